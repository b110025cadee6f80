"""The SQL of key backups: their versions, and the room keys in each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from teahouse.kernel.storage import Tx, json_list


@dataclass(frozen=True, slots=True)
class Backup:
    """A version of a user's backup; `auth_data` is JSON."""

    version: int
    algorithm: str
    auth_data: str
    etag: int
    key_count: int
    deleted: int
    key_chars: int


@dataclass(frozen=True, slots=True)
class BackedUpKey:
    """A room key as a client backed it up; `session_data` is JSON."""

    room_id: str
    session_id: str
    first_message_index: int
    forwarded_count: int
    is_verified: int
    session_data: str

    @property
    def chars(self) -> int:
        """How much it counts in its backup."""
        return len(self.room_id) + len(self.session_id) + len(self.session_data)


_COLUMNS = "version, algorithm, auth_data, etag, key_count, deleted, key_chars"
VERSION_CHARS = 1024
"""What a version counts beside its keys and what it says of itself."""
_KEY_COLUMNS = "room_id, session_id, first_message_index, forwarded_count, is_verified, session_data"


async def newest_version(tx: Tx, user_id: str) -> int:
    """Give the highest version that was ever given to the user's backups, deleted or not; 0 when none was."""
    found: int = await tx.fetch_value(
        "SELECT COALESCE(MAX(version), 0) FROM key_backups WHERE user_id = ?", user_id
    )
    return found


async def find_backup(tx: Tx, user_id: str, version: int) -> Backup | None:
    """Give one version that was not deleted."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM key_backups WHERE user_id = ? AND version = ? AND deleted = 0",  # noqa: S608
        user_id, version,
    )  # fmt: skip
    return None if row is None else Backup(*row)


async def current_backup(tx: Tx, user_id: str) -> Backup | None:
    """Give the newest version that was not deleted."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM key_backups WHERE user_id = ? AND deleted = 0 "  # noqa: S608
        "ORDER BY version DESC LIMIT 1", user_id,
    )  # fmt: skip
    return None if row is None else Backup(*row)


async def size_of_all(tx: Tx, user_id: str) -> int:
    """Give how much all backups of the user hold, in characters."""
    found: int = await tx.fetch_value(
        "SELECT COALESCE(SUM(key_chars + LENGTH(auth_data)), 0) + ? * COUNT(*) FROM key_backups "
        "WHERE user_id = ? AND deleted = 0", VERSION_CHARS, user_id,
    )  # fmt: skip
    return int(found)


async def insert_backup(tx: Tx, user_id: str, version: int, algorithm: str, auth_data: str) -> None:
    """Begin an empty version."""
    await tx.execute(
        "INSERT INTO key_backups (user_id, version, algorithm, auth_data, etag, key_count, deleted, key_chars) "
        "VALUES (?, ?, ?, ?, 0, 0, 0, 0)", user_id, version, algorithm, auth_data,
    )  # fmt: skip


async def set_auth_data(tx: Tx, user_id: str, version: int, auth_data: str) -> None:
    """Change what a version says of itself."""
    await tx.execute(
        "UPDATE key_backups SET auth_data = ? WHERE user_id = ? AND version = ?", auth_data, user_id, version
    )


async def delete_backup(tx: Tx, user_id: str, version: int) -> bool:
    """Delete a version and its keys; False when it never was."""
    await tx.execute("DELETE FROM backed_up_keys WHERE user_id = ? AND version = ?", user_id, version)
    changed = await tx.execute(
        "UPDATE key_backups SET deleted = 1, key_count = 0, key_chars = 0, auth_data = '{}' "
        "WHERE user_id = ? AND version = ?",
        user_id, version,
    )  # fmt: skip
    return changed == 1


async def note_change(tx: Tx, user_id: str, version: int, etag: int, key_count: int, key_chars: int) -> None:
    """Keep the version's new etag, number of keys and their size."""
    await tx.execute(
        "UPDATE key_backups SET etag = ?, key_count = ?, key_chars = ? WHERE user_id = ? AND version = ?",
        etag, key_count, key_chars, user_id, version,
    )  # fmt: skip


async def keys_in(
    tx: Tx, user_id: str, version: int, room_id: str | None = None, session_id: str | None = None
) -> list[BackedUpKey]:
    """Give the keys of a version, of all rooms, one room, or one session."""
    where, params = _where(room_id, session_id)
    rows = await tx.fetch_all(
        f"SELECT {_KEY_COLUMNS} FROM backed_up_keys WHERE user_id = ? AND version = ?{where} "  # noqa: S608
        "ORDER BY room_id, session_id", user_id, version, *params,
    )  # fmt: skip
    return [BackedUpKey(*row) for row in rows]


async def keys_of_sessions(
    tx: Tx, user_id: str, version: int, session_ids: Iterable[str]
) -> dict[tuple[str, str], BackedUpKey]:
    """Give by (room, session) the keys of a version that belong to these sessions."""
    rows = await tx.fetch_all(
        f"SELECT {_KEY_COLUMNS} FROM backed_up_keys WHERE user_id = ? AND version = ? "  # noqa: S608
        "AND session_id IN (SELECT value FROM json_each(?))", user_id, version, json_list(session_ids),
    )  # fmt: skip
    return {(row[0], row[1]): BackedUpKey(*row) for row in rows}


async def put_keys(tx: Tx, user_id: str, version: int, keys: Sequence[BackedUpKey]) -> None:
    """Keep keys in the place of those of the same room and session."""
    await tx.execute_many(
        f"INSERT INTO backed_up_keys (user_id, version, {_KEY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
        "ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET "
        "first_message_index = excluded.first_message_index, forwarded_count = excluded.forwarded_count, "
        "is_verified = excluded.is_verified, session_data = excluded.session_data",
        [
            (user_id, version, key.room_id, key.session_id, key.first_message_index, key.forwarded_count,
             key.is_verified, key.session_data)
            for key in keys
        ],
    )  # fmt: skip


async def delete_keys(
    tx: Tx, user_id: str, version: int, room_id: str | None, session_id: str | None
) -> tuple[int, int]:
    """Delete keys of a version, of all rooms, one room, or one session; gives how many there were, and their size."""
    where, params = _where(room_id, session_id)
    row = await tx.fetch_one(
        "SELECT COUNT(*), COALESCE(SUM(LENGTH(room_id) + LENGTH(session_id) + LENGTH(session_data)), 0) "  # noqa: S608
        f"FROM backed_up_keys WHERE user_id = ? AND version = ?{where}", user_id, version, *params,
    )  # fmt: skip
    assert row is not None  # noqa: S101
    await tx.execute(
        f"DELETE FROM backed_up_keys WHERE user_id = ? AND version = ?{where}",  # noqa: S608
        user_id, version, *params,
    )  # fmt: skip
    return int(row[0]), int(row[1])


async def delete_all(tx: Tx, user_id: str) -> None:
    """Delete every backup of a user, as when the account ends."""
    await tx.execute("DELETE FROM backed_up_keys WHERE user_id = ?", user_id)
    await tx.execute("DELETE FROM key_backups WHERE user_id = ?", user_id)


def _where(room_id: str | None, session_id: str | None) -> tuple[str, list[str]]:
    if room_id is None:
        return "", []
    if session_id is None:
        return " AND room_id = ?", [room_id]
    return " AND room_id = ? AND session_id = ?", [room_id, session_id]
