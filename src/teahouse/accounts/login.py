"""Signing in with a password, in every form in which clients name the user (specification, "Login")."""

from dataclasses import replace
from functools import partial
from typing import Any

from teahouse.accounts import store_users
from teahouse.accounts.guessing import GuessLimits
from teahouse.accounts.new_sessions import NewSessions
from teahouse.accounts.passwords import Passwords
from teahouse.accounts.records import Issued, NewDevice, User
from teahouse.errors import BadJson, Forbidden, InvalidParam, LimitExceeded, MissingParam
from teahouse.ids import ServerName, make_user_id
from teahouse.kernel.storage import Database, Tx

WRONG = "The username or the password is wrong"
UNBOUND = "@"


def named_user(identifier: Any, legacy_user: Any, server_name: ServerName) -> str:
    """Give the user id that an identifier names, whether or not such a user exists.

    Email addresses and phone numbers are bound to nobody here: they give an id that no user has, so that
    they take the same way and time as a wrong name. Raises MissingParam, BadJson and InvalidParam.
    """
    if identifier is None:
        if legacy_user is None:
            raise MissingParam("There is no identifier")
        identifier = {"type": "m.id.user", "user": legacy_user}
    if not isinstance(identifier, dict):
        raise BadJson("The identifier must be an object")
    kind = identifier.get("type")
    needed = {
        "m.id.user": ("user",),
        "m.id.thirdparty": ("medium", "address"),
        "m.id.phone": ("country", "phone"),
    }.get(kind if isinstance(kind, str) else "")
    if needed is None:
        raise InvalidParam("This kind of identifier is unknown", errcode="M_UNKNOWN")
    for name in needed:
        if name not in identifier:
            raise MissingParam(f"The identifier lacks {name}")
        if not isinstance(identifier[name], str):
            raise BadJson(f"The identifier's {name} must be text")
    return _user_id_of(identifier["user"], server_name) if kind == "m.id.user" else UNBOUND


def _user_id_of(name: str, server_name: ServerName) -> str:
    localpart, _, server = name.removeprefix("@").partition(":") if name.startswith("@") else (name, "", "")
    if server not in ("", server_name):
        return UNBOUND
    try:
        return make_user_id(localpart.lower(), server_name)
    except InvalidParam:
        return UNBOUND


class Login:
    """Checks passwords and begins sessions; unknown users, wrong passwords and ended users look the same."""

    def __init__(
        self, db: Database, new_sessions: NewSessions, passwords: Passwords, guesses: GuessLimits
    ) -> None:
        self._db = db
        self._new_sessions = new_sessions
        self._passwords = passwords
        self._guesses = guesses

    async def check_password(self, user_id: str, password: str, address: str) -> User:
        """Give the user if the password fits; raises Forbidden with the same words for every other case."""
        account = user_id if user_id != UNBOUND else f"{UNBOUND} {address}"
        self._guesses.begin(account, address)
        user = await self._db.read(lambda tx: store_users.find_user(tx, user_id))
        stored = user.password_hash if user is not None and user.is_active else None
        try:
            fits = await self._passwords.verify(stored, password)
        except LimitExceeded:
            self._guesses.not_checked(account, address)
            raise
        if not fits or user is None or stored is None:
            raise Forbidden(WRONG)
        self._guesses.succeeded(account, address)
        if self._passwords.is_outdated(stored):
            stronger = await self._passwords.hash(password)
            job = partial(store_users.replace_password_hash, user_id=user_id, old=stored, new=stronger)
            if not await self._db.write(job):
                return await self.check_password(user_id, password, address)
            user = replace(user, password_hash=stronger)
        return user

    async def still_fits(self, tx: Tx, checked: User) -> None:
        """Raise Forbidden when the password was changed, or the user ended, since it was checked.

        Checking takes a while, and whoever changes a password ends the sessions that there are: one that began with the
        old password afterwards would stay.
        """
        user = await store_users.find_user(tx, checked.user_id)
        if user is None or not user.is_active or user.password_hash != checked.password_hash:
            raise Forbidden(WRONG)

    async def log_in(self, user_id: str, password: str, device: NewDevice, address: str) -> Issued:
        """Check the password and begin a session; raises Forbidden, LimitExceeded and InvalidParam."""
        checked = await self.check_password(user_id, password, address)

        async def job(tx: Tx) -> Issued:
            await self.still_fits(tx, checked)
            return await self._new_sessions.begin(tx, checked.user_id, device)

        return await self._db.write(job)
