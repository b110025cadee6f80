"""What becomes of a user after the sign-up: new passwords, the administrator's role, deactivation."""

from collections.abc import Awaitable, Callable
from typing import Any

from teahouse.accounts import store_browsers, store_consents, store_people, store_users
from teahouse.accounts.devices import Devices
from teahouse.accounts.erasures import Erasures
from teahouse.accounts.passwords import Passwords, check_length, check_new_password
from teahouse.accounts.records import User
from teahouse.accounts.tokens import Tokens
from teahouse.clock import Clock
from teahouse.errors import Forbidden, NotFound
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact


class Lifecycle:
    """Changes that end sessions do so in the same commit."""

    def __init__(
        self, db: Database, clock: Clock, tokens: Tokens, passwords: Passwords, devices: Devices
    ) -> None:
        self._db = db
        self._clock = clock
        self._tokens = tokens
        self._passwords = passwords
        self._devices = devices
        self.erasures = Erasures(db)
        self._within_deactivation: list[Callable[[Tx, str], Awaitable[None]]] = []

    def within_deactivation(self, hook: Callable[[Tx, str], Awaitable[None]]) -> None:
        """Await `hook(tx, user_id)` inside the write of each deactivation: what must not be lost with the process."""
        self._within_deactivation.append(hook)

    async def change_password(self, caller: Scope, password: str, *, logout_devices: bool) -> None:
        """Give the caller a new password; the other devices are signed out unless told not to."""
        await self.set_password(
            caller.user_id, password, logout_devices=logout_devices, keep=caller.device_id
        )

    async def set_password(
        self,
        user_id: str,
        password: str,
        *,
        logout_devices: bool,
        keep: str | None = None,
        keep_browser: int | None = None,
    ) -> None:
        """Give a user the new password that the person chose.

        Browsers are signed out in any case, but `keep_browser`; devices, but `keep`, unless told not to.
        """
        check_new_password(password, user_id)
        password_hash = await self._passwords.hash(password)

        async def job(tx: Tx) -> None:
            await _active(tx, user_id)
            await store_users.set_password_hash(tx, user_id, password_hash)
            await store_browsers.delete_browsers(tx, user_id, keep_browser)
            await store_consents.delete_allowed(tx, user_id)
            if logout_devices:
                await self._devices.delete_all_in(tx, user_id, keep, keep_browser)

        await self._db.write(job)

    async def reset_password(self, user_id: str, password: str) -> None:
        """Give a user a new password for an operator and end all sessions; raises NotFound and Forbidden."""
        check_length(password)
        password_hash = await self._passwords.hash(password)

        async def job(tx: Tx) -> None:
            await _active(tx, user_id)
            await store_users.set_password_hash(tx, user_id, password_hash)
            await self._devices.delete_all_in(tx, user_id)
            tx.next_position()  # Tells a running server to look, also when there was no session to end.

        await self._db.write(job)

    async def set_admin(self, user_id: str, is_admin: bool) -> None:
        """Make the user an administrator, or no longer one; open sessions know at once."""

        async def job(tx: Tx) -> None:
            await _active(tx, user_id)
            await store_users.set_admin(tx, user_id, is_admin)
            tx.next_position()
            tx.after_commit(self._tokens.forget_all)

        await self._db.write(job)

    async def deactivate(
        self, user_id: str, *, erase: bool, within: Callable[[Tx, str], Awaitable[None]] | None = None
    ) -> None:
        """End the user for ever and all sessions with it; the name stays taken. Raises NotFound.

        With `erase`, what the user kept here besides rooms is deleted and later members of the rooms will not
        be shown the user's messages.
        """

        async def job(tx: Tx) -> None:
            if await store_users.find_user(tx, user_id) is None:
                raise NotFound("There is no such user")
            await store_users.mark_deactivated(tx, user_id, self._clock.now_ms(), erase=erase)
            await self._devices.delete_all_in(tx, user_id)
            if erase:
                await store_users.begin_erasure(tx, user_id)
                await store_people.erase_person(tx, user_id)
            for hook in (*self._within_deactivation, *([within] if within is not None else [])):
                await hook(tx, user_id)
            tx.announce(Fact(tx.next_position(), "user_deactivated", user_id=user_id, body=erase))

        await self._db.write(job, frees_space=True)
        await self.erasures.carry_on(user_id, erase=erase)

    async def list_users(self) -> list[dict[str, Any]]:
        """Give every user, also deactivated ones."""
        return [
            {
                "user_id": user.user_id,
                "admin": user.is_admin,
                "created_ts": user.created_ts,
                "deactivated": not user.is_active,
                "erased": user.erased,
            }
            for user in await self._db.read(store_users.all_users)
        ]

    async def find(self, user_id: str) -> User | None:
        """Give the user, deactivated or not."""
        return await self._db.read(lambda tx: store_users.find_user(tx, user_id))


async def _active(tx: Tx, user_id: str) -> None:
    user = await store_users.find_user(tx, user_id)
    if user is None:
        raise NotFound("There is no such user")
    if not user.is_active:
        raise Forbidden("This user is deactivated")
