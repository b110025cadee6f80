"""The SQL of rooms as people find and enter them: memberships, aliases, the public directory."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from teahouse.kernel.storage import Tx, json_list


class DirectoryPlace(NamedTuple):
    """Where a page of the directory ends: rooms are ordered by size, then by id."""

    joined_members: int
    room_id: str


class DirectoryEntry(NamedTuple):
    """A row of `room_directory`; `room_type` is empty for an ordinary room, `chunk` is JSON without the size."""

    room_id: str
    joined_members: int
    room_type: str
    search_text: str
    chunk: str


async def membership_of(tx: Tx, user_id: str, room_id: str) -> str | None:
    """Give what a user is in a room now, or None for whoever never was in it."""
    found: str | None = await tx.fetch_value(
        "SELECT membership FROM memberships WHERE user_id = ? AND room_id = ?", user_id, room_id
    )
    return found


async def is_in_any(tx: Tx, user_id: str, room_ids: Sequence[str]) -> bool:
    """Say whether a user is in at least one of the rooms."""
    if not room_ids:
        return False
    found = await tx.fetch_value(
        "SELECT 1 FROM memberships WHERE user_id = ? AND membership = 'join' "
        "AND room_id IN (SELECT value FROM json_each(?)) LIMIT 1", user_id, json_list(room_ids),
    )  # fmt: skip
    return found is not None


async def joined_rooms_of(tx: Tx, user_id: str) -> list[str]:
    """List the rooms a user is in, in the order of joining."""
    rows = await tx.fetch_all(
        "SELECT room_id FROM memberships WHERE user_id = ? AND membership = 'join' ORDER BY joined_position",
        user_id,
    )
    return [row[0] for row in rows]


async def forget(tx: Tx, user_id: str, room_id: str) -> None:
    """Hide a left room from its former member until they enter it again."""
    await tx.execute(
        "UPDATE memberships SET forgotten = 1 WHERE user_id = ? AND room_id = ?", user_id, room_id
    )


async def room_of_alias(tx: Tx, alias: str) -> str | None:
    """Give the room that an alias names, or None."""
    found: str | None = await tx.fetch_value("SELECT room_id FROM room_aliases WHERE alias = ?", alias)
    return found


async def insert_alias(tx: Tx, alias: str, room_id: str, creator: str, now_ms: int) -> bool:
    """Let an alias name a room; False when it already names one."""
    added = await tx.execute(
        "INSERT INTO room_aliases (alias, room_id, creator, created_ts) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
        alias, room_id, creator, now_ms,
    )  # fmt: skip
    return added == 1


async def set_public(tx: Tx, room_id: str, *, is_public: bool) -> None:
    """Mark a room as published in the directory, or not."""
    await tx.execute("UPDATE rooms SET is_public = ? WHERE room_id = ?", int(is_public), room_id)


async def find_is_public(tx: Tx, room_id: str) -> bool | None:
    """Say whether a room is published; None for an unknown one."""
    found = await tx.fetch_value("SELECT is_public FROM rooms WHERE room_id = ?", room_id)
    return None if found is None else bool(found)


async def is_public(tx: Tx, room_id: str) -> bool:
    """Say whether a room is in the directory."""
    return bool(await tx.fetch_value("SELECT 1 FROM room_directory WHERE room_id = ?", room_id))


async def upsert_directory_entry(tx: Tx, entry: DirectoryEntry) -> None:
    """Put a room's entry into the directory in the place of an older one."""
    await tx.execute(
        "INSERT INTO room_directory (room_id, joined_members, room_type, search_text, chunk) VALUES (?,?,?,?,?) "
        "ON CONFLICT (room_id) DO UPDATE SET joined_members = excluded.joined_members, "
        "room_type = excluded.room_type, search_text = excluded.search_text, chunk = excluded.chunk",
        entry.room_id, entry.joined_members, entry.room_type, entry.search_text, entry.chunk,
    )  # fmt: skip


async def delete_directory_entry(tx: Tx, room_id: str) -> None:
    """Take a room's entry out of the directory."""
    await tx.execute("DELETE FROM room_directory WHERE room_id = ?", room_id)


async def count_joined(tx: Tx, room_id: str, change: int) -> None:
    """Add to the count of members of a room's entry, if it has one."""
    await tx.execute(
        "UPDATE room_directory SET joined_members = joined_members + ? WHERE room_id = ?", change, room_id
    )


async def directory_page(
    tx: Tx,
    words: str,
    room_types: Sequence[str] | None,
    *,
    place: DirectoryPlace | None,
    backwards: bool,
    limit: int,
) -> list[DirectoryEntry]:
    """Read entries after a place, largest rooms first; `backwards` reads those before it, nearest first."""
    where, params = _directory_filter(words, room_types)
    if place is not None:
        where += (
            "AND (joined_members > ? OR (joined_members = ? AND room_id > ?)) "
            if backwards
            else "AND (joined_members < ? OR (joined_members = ? AND room_id < ?)) "
        )
        params += [place.joined_members, place.joined_members, place.room_id]
    order = "ASC" if backwards else "DESC"
    rows = await tx.fetch_all(
        "SELECT room_id, joined_members, room_type, search_text, chunk FROM room_directory "  # noqa: S608
        f"WHERE {where} ORDER BY joined_members {order}, room_id {order} LIMIT ?", *params, limit,
    )  # fmt: skip
    return [DirectoryEntry(*row) for row in rows]


async def count_directory(tx: Tx, words: str, room_types: Sequence[str] | None) -> int:
    """Count the entries that a search finds."""
    where, params = _directory_filter(words, room_types)
    count: int = await tx.fetch_value(f"SELECT COUNT(*) FROM room_directory WHERE {where}", *params)  # noqa: S608
    return count


def _directory_filter(words: str, room_types: Sequence[str] | None) -> tuple[str, list[Any]]:
    where, params = "1 = 1 ", list[Any]()
    if words:
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where += "AND search_text LIKE ? ESCAPE '\\' "
        params.append(f"%{escaped}%")
    if room_types is not None:
        where += "AND room_type IN (SELECT value FROM json_each(?)) "
        params.append(json_list(room_types))
    return where, params


async def aliases_of(tx: Tx, room_id: str) -> list[str]:
    """List the aliases that name a room, in the order of their making."""
    rows = await tx.fetch_all(
        "SELECT alias FROM room_aliases WHERE room_id = ? ORDER BY created_ts, alias", room_id
    )
    return [row[0] for row in rows]


async def find_alias(tx: Tx, alias: str) -> tuple[str, str] | None:
    """Give the room that an alias names and who made the alias, or None."""
    row = await tx.fetch_one("SELECT room_id, creator FROM room_aliases WHERE alias = ?", alias)
    return (row[0], row[1]) if row else None


async def delete_alias(tx: Tx, alias: str) -> None:
    """Free an alias."""
    await tx.execute("DELETE FROM room_aliases WHERE alias = ?", alias)


async def move_aliases(tx: Tx, old_room_id: str, new_room_id: str) -> None:
    """Let every alias of one room name another."""
    await tx.execute("UPDATE room_aliases SET room_id = ? WHERE room_id = ?", new_room_id, old_room_id)


async def member_events_of(tx: Tx, user_id: str, memberships: Sequence[str]) -> list[tuple[str, str]]:
    """List the rooms where a user has one of the memberships, each with the event that says so."""
    rows = await tx.fetch_all(
        "SELECT m.room_id, e.pdu FROM memberships m JOIN events e ON e.event_id = m.event_id WHERE m.user_id = ? "
        "AND m.membership IN (SELECT value FROM json_each(?)) ORDER BY m.position", user_id, json_list(memberships),
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


async def put_behind(tx: Tx, user_id: str, position: int) -> None:
    """Remember that a person's rooms are behind since a position."""
    await tx.execute(
        "INSERT INTO member_updates (user_id, position) VALUES (?,?) "
        "ON CONFLICT (user_id) DO UPDATE SET position = excluded.position", user_id, position,
    )  # fmt: skip


async def is_behind(tx: Tx, user_id: str) -> bool:
    """Say whether a person's rooms are behind."""
    return bool(await tx.fetch_value("SELECT 1 FROM member_updates WHERE user_id = ?", user_id))


async def first_behind(tx: Tx) -> tuple[str, int] | None:
    """Give the person whose rooms are behind the longest, and since which position."""
    row = await tx.fetch_one("SELECT user_id, position FROM member_updates ORDER BY position LIMIT 1")
    return (row[0], row[1]) if row else None


async def delete_behind(tx: Tx, user_id: str, position: int) -> None:
    """Take a person off the list, unless something changed again meanwhile."""
    await tx.execute("DELETE FROM member_updates WHERE user_id = ? AND position = ?", user_id, position)


async def encrypted_rooms_of(tx: Tx, user_id: str) -> list[str]:
    """Give the encrypted rooms that the user is in."""
    rows = await tx.fetch_all(
        "SELECT m.room_id FROM memberships m JOIN current_state s ON s.room_id = m.room_id "
        "AND s.type = 'm.room.encryption' AND s.state_key = '' "
        "WHERE m.user_id = ? AND m.membership = 'join'", user_id,
    )  # fmt: skip
    return [row[0] for row in rows]
