"""Profiles: display name, avatar and the further fields of specification 1.16 ("Profiles").

A change is announced as `Fact(kind="profile", body=ProfileChange)`; before it is answered, `on_change` hooks
carry it further (chat puts it into the user's rooms).
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from teahouse.accounts import store_people as store
from teahouse.accounts import store_users
from teahouse.accounts.names import clean_display_name
from teahouse.accounts.records import ProfileChange
from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

OnChange = Callable[[ProfileChange], Awaitable[None]]
WithinChange = Callable[[Tx, str], Awaitable[None]]
NAME, AVATAR = "displayname", "avatar_url"
MOST_KEY_BYTES = 255
MOST_PROFILE_BYTES = 64 * 1024
MOST_NAME_CHARS = 256
MOST_URL_CHARS = 1000
_CUSTOM_KEY = re.compile(r"[a-z][a-z0-9_.-]*")  # The common namespaced identifier grammar.


class Profiles:
    """What users say of themselves; everybody who is signed in may read it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._on_change: list[OnChange] = []
        self._within_change: list[WithinChange] = []

    def within_change(self, hook: WithinChange) -> None:
        """Await `hook(tx, user_id)` inside the write of each change: what must not be lost with the process."""
        self._within_change.append(hook)

    def on_change(self, hook: OnChange) -> None:
        """Await `hook(change)` after each committed change, before the change is answered."""
        self._on_change.append(hook)

    async def find(self, user_id: str) -> dict[str, Any]:
        """Give the whole profile; empty for a user who has none or does not exist."""
        return await self._db.read(lambda tx: profile_in(tx, user_id))

    async def get(self, user_id: str) -> dict[str, Any]:
        """Give the whole profile of a user who exists; raises NotFound."""

        async def job(tx: Tx) -> dict[str, Any] | None:
            known = await store_users.find_user(tx, user_id)
            return None if known is None else await profile_in(tx, user_id)

        profile = await self._db.read(job)
        if profile is None:
            raise NotFound("There is no such user")
        return profile

    async def get_field(self, user_id: str, key: str) -> Any:
        """Give one field; raises NotFound for users and fields that do not exist, InvalidParam for the key."""
        check_key(key)
        profile = await self.get(user_id)
        if key not in profile:
            raise NotFound("This profile has no such field")
        return profile[key]

    async def set_field(self, user_id: str, key: str, value: Any) -> None:
        """Set one field, or remove a name or avatar that is set to nothing.

        Raises InvalidParam (M_KEY_TOO_LARGE, M_PROFILE_TOO_LARGE, M_INVALID_PARAM) and Forbidden.
        """
        check_key(key)
        value = _checked(key, value)
        if key in (NAME, AVATAR) and not value:
            await self.delete_field(user_id, key)
            return
        text = orjson.dumps(value).decode()

        async def job(tx: Tx) -> ProfileChange:
            profile = await profile_in(tx, user_id)
            profile[key] = value
            if len(orjson.dumps(profile)) > MOST_PROFILE_BYTES:
                raise InvalidParam("A profile may have at most 64 KiB", errcode="M_PROFILE_TOO_LARGE")
            position = tx.next_position()
            await store.put_profile_field(tx, user_id, key, text, position)
            return await self._changed(tx, ProfileChange(user_id, key, profile, position))

        await self._carry_on(await self._db.write(job))

    async def delete_field(self, user_id: str, key: str) -> None:
        """Remove one field; one that was not there is removed already. Raises InvalidParam."""
        check_key(key)

        async def job(tx: Tx) -> ProfileChange | None:
            if not await store.delete_profile_field(tx, user_id, key):
                return None
            profile = await profile_in(tx, user_id)
            return await self._changed(tx, ProfileChange(user_id, key, profile, tx.next_position()))

        await self._carry_on(await self._db.write(job))

    async def _changed(self, tx: Tx, change: ProfileChange) -> ProfileChange:
        user = await store_users.find_user(tx, change.user_id)
        if user is None or not user.is_active:
            raise Forbidden("This user is deactivated")
        if change.field == NAME:
            await store.put_words(tx, change.user_id, change.profile.get(NAME))
        for hook in self._within_change:
            await hook(tx, change.user_id)
        tx.announce(Fact(change.position, "profile", user_id=change.user_id, body=change))
        return change

    async def _carry_on(self, change: ProfileChange | None) -> None:
        for hook in self._on_change if change is not None else ():
            await hook(change)  # type: ignore[arg-type]


async def profile_in(tx: Tx, user_id: str) -> dict[str, Any]:
    """Give the whole profile inside a job."""
    return {name: orjson.loads(value) for name, value in await store.profile_fields(tx, user_id)}


def check_key(key: str) -> None:
    """Raise InvalidParam for what can't be the name of a profile field."""
    if len(key.encode()) > MOST_KEY_BYTES:
        raise InvalidParam("A profile field's name may have at most 255 bytes", errcode="M_KEY_TOO_LARGE")
    if key not in (NAME, AVATAR) and _CUSTOM_KEY.fullmatch(key) is None:
        raise InvalidParam("This can't be the name of a profile field")


def _checked(key: str, value: Any) -> Any:
    if key not in (NAME, AVATAR, "m.tz"):
        return value
    if value is None and key != "m.tz":
        return None
    if not isinstance(value, str):
        raise InvalidParam(f"{key} must be text")
    if key == NAME:
        return _checked_name(value)
    if key == AVATAR and value and not value.startswith("mxc://"):
        raise InvalidParam("avatar_url must be an mxc:// address")
    if len(value) > MOST_URL_CHARS:
        raise InvalidParam(f"{key} may have at most {MOST_URL_CHARS} characters")
    return value


def _checked_name(value: str) -> str:
    if len(value) > MOST_NAME_CHARS:
        raise InvalidParam(f"A display name may have at most {MOST_NAME_CHARS} characters")
    return clean_display_name(value)
