"""The slice's door: one object that wires the capabilities together and names what other slices may ask."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

from teahouse.accounts import store_people, store_sessions, store_users
from teahouse.accounts.account_data import (
    AccountDataOf,
    WithinIgnoring,
    ignored_users_in,
    tags_by_room,
)
from teahouse.accounts.browsers import Browsers
from teahouse.accounts.devices import Devices, OnDelete
from teahouse.accounts.directory import Directory
from teahouse.accounts.erasures import OnDeactivate
from teahouse.accounts.filters import Filters
from teahouse.accounts.guessing import GuessLimits
from teahouse.accounts.lifecycle import Lifecycle
from teahouse.accounts.login import Login
from teahouse.accounts.new_sessions import NewSessions
from teahouse.accounts.oauth.service import OAuth
from teahouse.accounts.openid import OpenIdTokens
from teahouse.accounts.oversight import Oversight
from teahouse.accounts.passwords import Passwords
from teahouse.accounts.presence import Presence
from teahouse.accounts.profiles import OnChange, Profiles, profile_in
from teahouse.accounts.records import AccountData, NewDevice, User
from teahouse.accounts.register import Register
from teahouse.accounts.registration_tokens import RegistrationTokens
from teahouse.accounts.rendezvous import Rendezvous
from teahouse.accounts.tokens import Tokens, WithinSession
from teahouse.accounts.uia import OAUTH, PASSWORD, RESET_KEYS, Uia, UiaRequest
from teahouse.accounts.upstream import Upstream
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.ids import parse_server_name
from teahouse.kernel.http import JsonObject, RateLimiter, Scope
from teahouse.kernel.sealing import load_or_create_sealer
from teahouse.kernel.storage import Database, Tx


class Accounts:
    """Users, sessions, profiles and account data; each attribute is one capability."""

    def __init__(self, db: Database, config: Config, clock: Clock, limiter: RateLimiter) -> None:
        limits_on = config.rate_limits.enabled
        self.config = config
        self.more_capabilities: JsonObject = {}
        self.more_of_apps: JsonObject = {}
        self._clock = clock
        self.server_name = parse_server_name(config.server_name)
        self.guesses = GuessLimits(limiter, clock, enabled=limits_on)
        self.passwords = Passwords(refuse_when_busy=limits_on)
        self.tokens = Tokens(db, clock)
        self.oversight = Oversight(clock, self.tokens)
        self.devices = Devices(db, self.tokens, most=config.limits.devices_per_user)
        self.account_data = AccountDataOf(db)
        self.new_sessions = NewSessions(clock, self.tokens, self.devices, self.account_data)
        self.login = Login(db, self.new_sessions, self.passwords, self.guesses)
        self.register = Register(
            db, clock, self.server_name, config.registration, self.tokens, self.passwords,
            any_password=config.sign_in.test_password_grant,
        )  # fmt: skip
        self.registration_tokens = RegistrationTokens(db, clock)
        self.oauth = OAuth(
            db, clock, config, limiter, self.tokens, self.devices, self.new_sessions, self.login
        )
        self.uia = Uia(
            db, clock, self.server_name, self.login, self.guesses, self.oauth.authorize.take_approval
        )
        self.lifecycle = Lifecycle(db, clock, self.tokens, self.passwords, self.devices)
        self.profiles = Profiles(db)
        self.directory = Directory(db, limiter)
        self.filters = Filters(db)
        self.presence = Presence(db, clock, enabled=config.presence.enabled)
        self.rendezvous = Rendezvous(clock, limiter, limits_on=limits_on)
        self.browsers = Browsers(db, clock, config.public_url)
        self.openid = OpenIdTokens(load_or_create_sealer(config.data / "sealing.key"), clock)
        self.upstream = Upstream(db, clock, config.upstream, config.public_url, self.register, self.profiles)

    def now_ms(self) -> int:
        """Give the time of the server."""
        return self._clock.now_ms()

    # For every slice

    async def authenticate(self, token: str, address: str = "") -> Scope:
        """Give the caller behind an access token; raises Unauthenticated."""
        return await self.tokens.authenticate(token, address)

    async def find_user(self, user_id: str) -> User | None:
        """Give the user, deactivated or not; None for names nobody ever had."""
        return await self.lifecycle.find(user_id)

    async def erased_users(self, tx: Tx, user_ids: Iterable[str]) -> frozenset[str]:
        """Give those of the users whose messages later members must not see."""
        return await store_users.erased_among(tx, user_ids)

    async def profile(self, user_id: str) -> dict[str, Any]:
        """Give the whole profile; empty for a user who has none or does not exist."""
        return await self.profiles.find(user_id)

    async def set_profile_field(self, user_id: str, key: str, value: Any) -> None:
        """Set one field of a profile as its owner would, or remove an empty name or avatar; raises InvalidParam."""
        await self.profiles.set_field(user_id, key, value)

    def uia_to_replace_keys(self, caller: Scope, body: JsonObject, auth: Any, address: str) -> UiaRequest:
        """Give what a change of the signing keys asks for: the password, or of an app that has none to ask for, the
        person's word on the account pages."""
        request = UiaRequest("device_signing", body, auth, [[PASSWORD]], caller.user_id, address)
        if not caller.client_id:
            return request
        url = f"{self.oauth.public_url}/account?action={RESET_KEYS}"
        stages = (OAUTH, RESET_KEYS)
        return replace(
            request, flows=[[stage] for stage in stages], params={stage: {"url": url} for stage in stages}
        )

    async def is_deactivated_in(self, tx: Tx, user_id: str) -> bool:
        """Say inside a job whether the user's account was ended."""
        user = await store_users.find_user(tx, user_id)
        return user is not None and not user.is_active

    async def device_names_in(self, tx: Tx, user_ids: Iterable[str]) -> dict[str, dict[str, str | None]]:
        """Give by user the names of all devices by their ids, inside a job."""
        return await store_sessions.device_names(tx, user_ids)

    async def profile_in(self, tx: Tx, user_id: str) -> dict[str, Any]:
        """Give the whole profile inside a job."""
        return await profile_in(tx, user_id)

    async def ignored_users(self, user_id: str) -> frozenset[str]:
        """Give whom the user ignores; from memory nearly always."""
        return await self.account_data.ignored_users(user_id)

    async def ignored_users_in(self, tx: Tx, user_id: str) -> frozenset[str]:
        """Give whom the user ignores, inside a job."""
        return await ignored_users_in(tx, user_id)

    async def account_data_since(self, tx: Tx, user_id: str, since: int) -> list[AccountData]:
        """Give what account data of all rooms and none changed after the position, in the order of change."""
        return await store_people.account_data_since(tx, user_id, since)

    async def account_data_of_rooms(self, tx: Tx, user_id: str, room_ids: list[str]) -> list[AccountData]:
        """Give all account data of these rooms; an empty id stands for the global account data."""
        return await store_people.account_data_of_rooms(tx, user_id, room_ids)

    async def tags_in(self, tx: Tx, user_id: str) -> dict[str, frozenset[str]]:
        """Give the tags of all rooms that the user has tagged."""
        return await tags_by_room(tx, user_id)

    async def all_account_data(self, tx: Tx, user_id: str) -> list[AccountData]:
        """Give all account data of the user, of all rooms and none."""
        return await store_people.account_data_since(tx, user_id, -1)

    async def account_data_in(self, tx: Tx, user_id: str, room_id: str, kind: str) -> JsonObject | None:
        """Give one piece of account data inside a job, or None."""
        return await self.account_data.find_in(tx, user_id, room_id, kind)

    async def put_account_data_in(
        self, tx: Tx, user_id: str, room_id: str, kind: str, content: JsonObject
    ) -> int:
        """Set account data inside the caller's write, also types that only the server sets."""
        return await self.account_data.put_in(tx, user_id, room_id, kind, content)

    async def get_filter(self, user_id: str, filter_id: str) -> JsonObject:
        """Give a stored filter as it was sent; raises NotFound."""
        return await self.filters.get(user_id, filter_id)

    def on_profile_change(self, hook: OnChange) -> None:
        """Await `hook(change)` after each committed change of a profile, before it is answered."""
        self.profiles.on_change(hook)

    def on_deactivate(self, hook: OnDeactivate) -> None:
        """Await `hook(user_id, erase)` after each committed deactivation, before it is answered.

        It is awaited again after a stop in its midst, and must bear that.
        """
        self.lifecycle.erasures.add(hook)

    def within_change_of_person(self, hook: Callable[[Tx, str], Awaitable[None]]) -> None:
        """Await `hook(tx, user_id)` inside each write that changes a profile or deactivates a user."""
        self.profiles.within_change(hook)
        self.lifecycle.within_deactivation(hook)

    def within_session_of_app(self, hook: WithinSession) -> None:
        """Await `hook(tx, user_id, grants)` inside each write that signs an app in."""
        self.tokens.within_session_of_app(hook)

    def within_ignoring(self, hook: WithinIgnoring) -> None:
        """Await `hook(tx, user_id, ignored)` inside each write that changes whom a user ignores."""
        self.account_data.within_ignoring(hook)

    def within_deactivation(self, hook: Callable[[Tx, str], Awaitable[None]]) -> None:
        """Await `hook(tx, user_id)` inside each write that deactivates a user."""
        self.lifecycle.within_deactivation(hook)

    def on_devices_deleted(self, hook: OnDelete) -> None:
        """Await `hook(tx, user_id, device_ids)` inside each write that deletes devices."""
        self.devices.on_delete(hook)

    def add_capability(self, name: str, value: JsonObject) -> None:
        """Let apps be told of a capability that a slice above brings."""
        self.more_capabilities[name] = value

    def add_to_apps(self, name: str, value: str) -> None:
        """Let every app be told, with its registration, of something that a slice above brings."""
        self.more_of_apps[name] = value

    # For operators

    async def create_user(self, localpart: str, password: str, *, admin: bool = False) -> User:
        """Make a user whatever the registration mode; raises Conflict and InvalidParam."""
        user, _ = await self.register.create(localpart, password, None, is_admin=admin)
        return user

    async def create_user_with_token(
        self, localpart: str, password: str, *, admin: bool = False
    ) -> tuple[User, str]:
        """Make a user and a session of theirs, and give its access token; raises as `create_user`."""
        device = NewDevice(display_name="teahouse user create")
        user, issued = await self.register.create(localpart, password, device, is_admin=admin)
        return user, issued.access_token if issued is not None else ""

    async def list_users(self) -> list[dict[str, Any]]:
        """Give every user, also deactivated ones."""
        return await self.lifecycle.list_users()

    async def deactivate_user(
        self,
        user_id: str,
        erase: bool = False,
        within: Callable[[Tx, str], Awaitable[None]] | None = None,
    ) -> None:
        """End a user for ever, and await `within(tx, user_id)` inside the write that does; raises NotFound."""
        await self.lifecycle.deactivate(user_id, erase=erase, within=within)

    async def reset_password(self, user_id: str, password: str) -> None:
        """Give a user a new password and end all sessions; raises NotFound and Forbidden."""
        await self.lifecycle.reset_password(user_id, password)

    async def set_admin(self, user_id: str, admin: bool) -> None:
        """Make a user an administrator, or no longer one; raises NotFound and Forbidden."""
        await self.lifecycle.set_admin(user_id, admin)

    async def create_registration_token(
        self, token: str | None = None, uses_allowed: int | None = None, expires_at_ms: int | None = None
    ) -> str:
        """Make a registration token and give it; raises InvalidParam and Conflict."""
        return (await self.registration_tokens.create(token, uses_allowed, expires_at_ms)).token

    async def list_registration_tokens(self) -> list[dict[str, Any]]:
        """Give every registration token with its uses."""
        return await self.registration_tokens.list()

    async def revoke_registration_token(self, token: str) -> None:
        """End a registration token; raises NotFound."""
        await self.registration_tokens.revoke(token)

    async def ensure_first_token(self) -> str | None:
        """Give a registration token to print at first start, if registration needs one and there is none."""
        needed = self.config.registration.mode == "token" and not self.config.listen.is_loopback
        return await self.registration_tokens.ensure_first() if needed else None

    async def close(self) -> None:
        """Write what is still only in memory and end the threads."""
        await self.tokens.flush_seen()
        await self.upstream.close()
        self.passwords.close()
