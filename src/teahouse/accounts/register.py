"""Making accounts: by people, by operators' tools, by the command line.

Names are lower-cased, unique also under races, and never given twice; the first user is nobody special.
"""

import hashlib
import hmac
import secrets
import string
from collections.abc import Awaitable, Callable
from dataclasses import replace

from cachetools import TTLCache

from teahouse.accounts import store_people, store_users
from teahouse.accounts.passwords import Passwords, check_length, check_new_password
from teahouse.accounts.records import Issued, NewDevice, User
from teahouse.accounts.tokens import Tokens
from teahouse.clock import Clock
from teahouse.config import Registration as RegistrationSettings
from teahouse.errors import Conflict, Forbidden, InvalidParam
from teahouse.ids import ServerName, make_user_id
from teahouse.kernel.storage import Database, Tx

NONCE_LIFETIME_S = 60.0


class Register:
    """Makes users and, unless told not to, their first session."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        server_name: ServerName,
        settings: RegistrationSettings,
        tokens: Tokens,
        passwords: Passwords,
        *,
        any_password: bool = False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._server_name = server_name
        self._settings = settings
        self._tokens = tokens
        self._passwords = passwords
        self._any_password = any_password
        self._nonces: TTLCache[str, bool] = TTLCache(10_000, NONCE_LIFETIME_S, clock.monotonic)

    def user_id_for(self, username: str | None) -> str:
        """Give the user id that registration makes of a name, or of none; raises InvalidParam."""
        if username is None:
            username = "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))
        # Only A to Z have small letters here: the sign for Kelvin is no k.
        return make_user_id(username.lower() if username.isascii() else username, self._server_name)

    def check_open(self) -> None:
        """Raise Forbidden when nobody may register over the API."""
        if self._settings.mode == "closed":
            raise Forbidden("Registration is closed on this server")

    def check_password(self, password: str, user_id: str) -> None:
        """Raise InvalidParam for a password that nobody may choose; test suites choose weak ones."""
        if self._any_password:
            check_length(password)
        else:
            check_new_password(password, user_id)

    async def check_free(self, user_id: str) -> None:
        """Raise Conflict (M_USER_IN_USE) when the name is taken, also by a deactivated user."""
        if await self._db.read(lambda tx: store_users.find_user(tx, user_id)) is not None:
            raise _in_use()

    async def register(
        self,
        user_id: str,
        password: str | None,
        device: NewDevice | None,
        registration_token: str | None,
        also: Callable[[Tx], Awaitable[None]] | None = None,
    ) -> Issued | None:
        """Make the user and a session on `device`; None as the device makes none. `also` joins the same write.

        Raises Conflict when the name was taken meanwhile, InvalidParam for weak passwords, Forbidden when the
        registration token was used up meanwhile.
        """
        password_hash = None
        if password is not None:
            self.check_password(password, user_id)
            password_hash = await self._passwords.hash(password)

        async def job(tx: Tx) -> Issued | None:
            if registration_token is not None:
                await self._use_token(tx, registration_token)
            await self._insert(tx, user_id, password_hash, is_admin=False)
            if also is not None:
                await also(tx)
            return None if device is None else await self._tokens.issue(tx, user_id, device)

        return await self._db.write(job)

    async def _use_token(self, tx: Tx, token: str) -> None:
        found = await store_users.find_registration_token(tx, token, self._clock.now_ms())
        # Other sessions that hold it do not count against this one; `completed` alone keeps the limit.
        if found is None or not replace(found, pending=0).is_valid(self._clock.now_ms()):
            raise Forbidden("The registration token is used up or expired")
        await store_users.count_registration_token(tx, token)

    async def _insert(self, tx: Tx, user_id: str, password_hash: str | None, *, is_admin: bool) -> None:
        inserted = await store_users.insert_user(
            tx,
            user_id,
            password_hash,
            is_admin=is_admin,
            now_ms=self._clock.now_ms(),
        )
        if not inserted:
            raise _in_use()
        await store_people.put_words(tx, user_id, None)

    async def create(
        self, localpart: str, password: str, device: NewDevice | None, *, is_admin: bool
    ) -> tuple[User, Issued | None]:
        """Make a user for an operator, whatever the mode, with any password that is not empty or too long."""
        check_length(password)
        user_id = self.user_id_for(localpart)
        await self.check_free(user_id)
        password_hash = await self._passwords.hash(password)

        async def job(tx: Tx) -> tuple[User, Issued | None]:
            await self._insert(tx, user_id, password_hash, is_admin=is_admin)
            issued = None if device is None else await self._tokens.issue(tx, user_id, device)
            user = await store_users.find_user(tx, user_id)
            assert user is not None  # noqa: S101
            return user, issued

        return await self._db.write(job)

    def new_nonce(self) -> str:
        """Give a nonce for one registration by shared secret, good for a minute; raises Forbidden when off."""
        self._secret()
        nonce = secrets.token_hex(32)
        self._nonces[nonce] = True
        return nonce

    def check_mac(self, nonce: str, mac: str, *signed: str) -> None:
        """Use up the nonce and check the HMAC-SHA1 over it and the signed fields.

        Raises InvalidParam for a nonce that is unknown or used, Forbidden for a wrong mac.
        """
        secret = self._secret()
        if not self._nonces.pop(nonce, False):
            raise InvalidParam("The nonce is unknown, used or too old", errcode="M_UNKNOWN")
        message = b"\0".join(part.encode() for part in (nonce, *signed))
        expected = hmac.new(secret.encode(), message, hashlib.sha1).hexdigest()
        if not hmac.compare_digest(expected.encode(), mac.lower().encode()):
            raise Forbidden("The mac is wrong")

    def _secret(self) -> str:
        secret = self._settings.shared_secret
        if not secret:
            raise Forbidden("Registration by shared secret is off on this server")
        return secret


def _in_use() -> Conflict:
    return Conflict("This username is taken", errcode="M_USER_IN_USE")
