"""Accounts: users, sessions, devices, profiles, account data and all that belongs to one person.

    service.py     the door: wires the capabilities, names what other slices may ask
    tokens.py      access and refresh tokens; `authenticate` is behind every signed-in request
    login.py  register.py  registration_tokens.py  passwords.py  guessing.py  uia.py
    rendezvous.py  where two devices meet to sign one of them in
    devices.py     list, rename, delete; deleting ends the session
    oversight.py   what moderators see of users, and locks; networks.py, where their addresses are
    lifecycle.py   new passwords, the administrator's role, deactivation;  erasures.py  what is done after it
    profiles.py  names.py  directory.py  presence.py     people as others see them
    account_data.py  filters.py                          what apps keep for their user
    store_*.py     all SQL;  routes_*.py  the wire;  records.py  typed rows

Announces the facts token_revoked, device_renamed, devices_deleted, user_deactivated, profile, account_data and
presence. Tables: users, devices, access_tokens, refresh_tokens, registration_tokens, uia_sessions,
profile_fields, account_data, filters, unfinished_erasures. Specification: "Client authentication", "Account
management", "Client config", "Device management", "Profiles", "User directory", "Presence", "Filtering". Refuses to
know rooms.
"""

from teahouse.accounts import (
    pages,
    routes_account,
    routes_apps,
    routes_client_config,
    routes_discovery,
    routes_oauth,
    routes_openid,
    routes_people,
    routes_refused,
    routes_rendezvous,
    routes_session,
)
from teahouse.accounts.addresses import client_address
from teahouse.accounts.networks import Network, read_network
from teahouse.accounts.records import AccountData, LockShown, Overseen, ProfileChange, User
from teahouse.accounts.service import Accounts
from teahouse.accounts.store_oversight import is_locked
from teahouse.accounts.store_users import erased_among
from teahouse.accounts.uia import PASSWORD, Passed, UiaRequest

ROUTES = [
    *routes_discovery.ROUTES,
    *routes_session.ROUTES,
    *routes_account.ROUTES,
    *routes_people.ROUTES,
    *routes_client_config.ROUTES,
    *routes_oauth.ROUTES,
    *routes_apps.ROUTES,
    *routes_rendezvous.ROUTES,
    *pages.ROUTES,
    *routes_openid.ROUTES,
    *routes_refused.ROUTES,
]

__all__ = [
    "PASSWORD",
    "ROUTES",
    "AccountData",
    "Accounts",
    "LockShown",
    "Network",
    "Overseen",
    "Passed",
    "ProfileChange",
    "UiaRequest",
    "User",
    "client_address",
    "erased_among",
    "is_locked",
    "read_network",
]
