"""Accounts: users, sessions, devices, profiles, account data and all that belongs to one person.

    service.py     the door: wires the capabilities, names what other slices may ask
    tokens.py      access and refresh tokens; `authenticate` is behind every signed-in request
    login.py  register.py  uia.py  passwords.py  guessing.py  registration_tokens.py
    devices.py     list, rename, delete; deleting ends the session
    store_*.py     all SQL;  routes_*.py  the wire;  records.py  typed rows

Announces the facts token_revoked, device_renamed, devices_deleted.
Tables: users, devices, access_tokens, refresh_tokens, registration_tokens, uia_sessions, profile_fields,
account_data, filters. Specification: "Client authentication", "Server Discovery", "Client config",
"Device management". Refuses to know rooms.
"""

from teahouse.accounts import routes_discovery, routes_session
from teahouse.accounts.service import Accounts
from teahouse.accounts.uia import Passed, UiaRequest

ROUTES = [*routes_discovery.ROUTES, *routes_session.ROUTES]

__all__ = ["ROUTES", "Accounts", "Passed", "UiaRequest"]
