"""Server-side key backup: versions of it, and room keys, of which the better one of each session is kept.

Specification: "Server-side key backups". The etag of a version grows with each change of its keys. What all
backups of a user hold is bounded; who is at the bound may still replace keys by smaller ones, and delete.
"""

from typing import Any

import msgspec
import orjson

from teahouse.e2ee import forms
from teahouse.e2ee import store_backups as store
from teahouse.e2ee.store_backups import BackedUpKey, Backup
from teahouse.errors import Forbidden, InvalidParam, MissingParam, NotFound, TooLarge
from teahouse.kernel.http import JsonObject
from teahouse.kernel.signing import check_canonical
from teahouse.kernel.storage import Database, Tx

MOST_KEY_BYTES = 64 * 1024
BIGGEST = 2**53 - 1
Rooms = dict[str, dict[str, JsonObject]]
"""The session data by room and session, as clients send them."""


class Backups:
    """One user's backups at a time; other people's are as absent as ones that never were."""

    def __init__(self, db: Database, most_chars: int) -> None:
        """Keep at most so many characters for each user, all versions together; 0 for no bound."""
        self._db = db
        self._most_chars = most_chars

    async def create(self, user_id: str, body: JsonObject) -> JsonObject:
        """Begin a new version, which is the current one from now on; raises BadJson, MissingParam and TooLarge."""
        algorithm = forms.a_name(forms.required(body, "algorithm"), "algorithm")
        auth_data = _text(forms.an_object(forms.required(body, "auth_data"), "auth_data"))

        async def job(tx: Tx) -> JsonObject:
            version = await store.newest_version(tx, user_id) + 1
            await self._check_room_for(tx, user_id, store.VERSION_CHARS + len(auth_data))
            await store.insert_backup(tx, user_id, version, algorithm, auth_data)
            return {"version": str(version)}

        return await self._db.write(job)

    async def show(self, user_id: str, version: str | None) -> JsonObject:
        """Describe a version, or the current one; raises NotFound."""

        async def job(tx: Tx) -> Backup | None:
            if version is None:
                return await store.current_backup(tx, user_id)
            return await store.find_backup(tx, user_id, _number(version))

        backup = await self._db.read(job)
        if backup is None:
            raise _absent()
        return {
            "algorithm": backup.algorithm,
            "auth_data": orjson.loads(backup.auth_data),
            "count": backup.key_count,
            "etag": str(backup.etag),
            "version": str(backup.version),
        }

    async def describe(self, user_id: str, version: str, body: JsonObject) -> None:
        """Change the auth_data of a version; raises NotFound, and InvalidParam for another algorithm or version."""
        algorithm = forms.required(body, "algorithm")
        auth_data = _text(forms.an_object(forms.required(body, "auth_data"), "auth_data"))
        if body.get("version", version) != version:
            raise InvalidParam("The version in the body is not the one in the path")

        async def job(tx: Tx) -> None:
            backup = await _backup(tx, user_id, version)
            if backup.algorithm != algorithm:
                raise InvalidParam("The algorithm of a backup can't change")
            await self._check_room_for(tx, user_id, len(auth_data) - len(backup.auth_data))
            await store.set_auth_data(tx, user_id, backup.version, auth_data)

        await self._db.write(job)

    async def delete(self, user_id: str, version: str) -> None:
        """Delete a version with its keys; raises NotFound for one that never was."""

        async def job(tx: Tx) -> None:
            if not await store.delete_backup(tx, user_id, _number(version)):
                raise _absent()

        await self._db.write(job, frees_space=True)

    async def put(self, user_id: str, version: str, rooms: Any) -> JsonObject:
        """Take in keys by room and session, each unless a better one is there.

        Raises NotFound for no such version, Forbidden (M_WRONG_ROOM_KEYS_VERSION) for an older one than the
        current, TooLarge when the user's backups would hold too much, BadJson, InvalidParam and MissingParam for
        malformed keys.
        """
        keys = [
            _backed_up_key(room_id, session_id, data)
            for room_id, room in forms.objects(rooms, "rooms").items()
            for session_id, data in forms.objects(forms.required(room, "sessions"), "sessions").items()
        ]

        async def job(tx: Tx) -> JsonObject:
            backup = await _current(tx, user_id, version)
            known = await store.keys_of_sessions(
                tx, user_id, backup.version, [key.session_id for key in keys]
            )
            better = [key for key in keys if _is_better(key, known.get((key.room_id, key.session_id)))]
            replaced = [old for key in better if (old := known.get((key.room_id, key.session_id)))]
            grown = sum(key.chars for key in better) - sum(key.chars for key in replaced)
            await self._check_room_for(tx, user_id, grown)
            await store.put_keys(tx, user_id, backup.version, better)
            return await _noted(tx, user_id, backup, bool(better), len(better) - len(replaced), grown)

        return await self._db.write(job)

    async def get(
        self, user_id: str, version: str, room_id: str | None = None, session_id: str | None = None
    ) -> Rooms:
        """Give the keys of a version by room and session, or fewer; raises NotFound for no such version."""

        async def job(tx: Tx) -> list[BackedUpKey]:
            backup = await _backup(tx, user_id, version)
            return await store.keys_in(tx, user_id, backup.version, room_id, session_id)

        found: Rooms = {}
        for key in await self._db.read(job):
            found.setdefault(key.room_id, {})[key.session_id] = {
                "first_message_index": key.first_message_index,
                "forwarded_count": key.forwarded_count,
                "is_verified": bool(key.is_verified),
                "session_data": msgspec.Raw(key.session_data.encode()),
            }
        return found

    async def remove(
        self, user_id: str, version: str, room_id: str | None = None, session_id: str | None = None
    ) -> JsonObject:
        """Delete keys of a version: all, a room's, or one; raises NotFound for no such version."""

        async def job(tx: Tx) -> JsonObject:
            backup = await _backup(tx, user_id, version)
            gone, chars = await store.delete_keys(tx, user_id, backup.version, room_id, session_id)
            return await _noted(tx, user_id, backup, gone > 0, -gone, -chars)

        return await self._db.write(job, frees_space=True)

    async def _check_room_for(self, tx: Tx, user_id: str, chars: int) -> None:
        if not self._most_chars or chars <= 0:
            return
        if await store.size_of_all(tx, user_id) + chars > self._most_chars:
            raise TooLarge("Your key backups are full: delete older versions of them first")

    async def forget_user(self, tx: Tx, user_id: str) -> None:
        """Delete the backups of a user whose account ends."""
        await store.delete_all(tx, user_id)


async def _backup(tx: Tx, user_id: str, version: str) -> Backup:
    backup = await store.find_backup(tx, user_id, _number(version))
    if backup is None:
        raise _absent()
    return backup


async def _current(tx: Tx, user_id: str, version: str) -> Backup:
    current = await store.current_backup(tx, user_id)
    if current is None:
        raise _absent()
    if current.version != _number(version):
        raise Forbidden(
            "This is not the current version of the backup",
            errcode="M_WRONG_ROOM_KEYS_VERSION",
            current_version=str(current.version),
        )
    return current


async def _noted(tx: Tx, user_id: str, backup: Backup, changed: bool, added: int, grown: int) -> JsonObject:
    etag, count = backup.etag + changed, backup.key_count + added
    if changed:
        await store.note_change(tx, user_id, backup.version, etag, count, backup.key_chars + grown)
    return {"count": count, "etag": str(etag)}


def _is_better(key: BackedUpKey, known: BackedUpKey | None) -> bool:
    """Say whether a key takes the place of the known one: verified first, then the lower index, then the
    lower count of forwards."""
    if known is None:
        return True
    return _rank(key) < _rank(known)


def _rank(key: BackedUpKey) -> tuple[int, int, int]:
    return (-key.is_verified, key.first_message_index, key.forwarded_count)


def _backed_up_key(room_id: str, session_id: str, data: JsonObject) -> BackedUpKey:
    forms.a_name(room_id, "The room id")
    forms.a_name(session_id, "The session id")
    index, forwards = (forms.required(data, name) for name in ("first_message_index", "forwarded_count"))
    verified = forms.required(data, "is_verified")
    if not all(type(value) is int and 0 <= value <= BIGGEST for value in (index, forwards)):
        raise InvalidParam("first_message_index and forwarded_count must be integers, 0 or more")
    if not isinstance(verified, bool):
        raise InvalidParam("is_verified must be true or false")
    session_data = _text(forms.an_object(forms.required(data, "session_data"), "session_data"))
    return BackedUpKey(room_id, session_id, index, forwards, int(verified), session_data)


def _text(value: JsonObject) -> str:
    written = check_canonical(value)
    if len(written) > MOST_KEY_BYTES:
        raise InvalidParam(f"An entry of a backup may have at most {MOST_KEY_BYTES} bytes")
    return written.decode()


def _number(version: str) -> int:
    """Read a version; raises NotFound for what was never given as one."""
    if not version:
        raise MissingParam("version is missing")
    if not version.isascii() or not version.isdigit() or len(version) > 15 or version != str(int(version)):
        raise _absent()
    return int(version)


def _absent() -> NotFound:
    return NotFound("There is no such backup")
