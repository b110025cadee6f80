"""SQL that follows room events across rooms, for the dispatcher of notifications. Changes nothing."""

from collections.abc import Iterable

from teahouse.chat import EVENT_COLUMNS, StoredEvent
from teahouse.kernel.storage import Tx, json_list

_PREFIXED = ", ".join(f"e.{name.strip()}" for name in EVENT_COLUMNS.split(","))


async def events_following(tx: Tx, position: int, since_ts: int, limit: int) -> list[StoredEvent]:
    """Give the server's events after a position, oldest first, without those from before a time."""
    rows = await tx.fetch_all(
        f"SELECT {EVENT_COLUMNS} FROM events WHERE position > ? AND origin_server_ts >= ? "  # noqa: S608
        "ORDER BY position LIMIT ?",
        position, since_ts, limit,
    )  # fmt: skip
    return [StoredEvent(*row) for row in rows]


async def events_heard_by(
    tx: Tx, user_id: str, after: int, upto: int, since_ts: int, limit: int
) -> list[StoredEvent]:
    """Give others' newest events in (after, upto] in the rooms a user is in or invited to, oldest first."""
    rows = await tx.fetch_all(
        f"SELECT {_PREFIXED} FROM memberships m JOIN events e ON e.room_id = m.room_id "  # noqa: S608
        "WHERE m.user_id = ? AND m.membership IN ('join', 'invite') AND e.position > ? AND e.position <= ? "
        "AND e.sender <> ? AND e.origin_server_ts >= ? ORDER BY e.position DESC LIMIT ?",
        user_id, after, upto, user_id, since_ts, limit,
    )  # fmt: skip
    return [StoredEvent(*row) for row in reversed(rows)]


async def newest_of_rooms(
    tx: Tx, room_ids: Iterable[str], before: int, limit: int
) -> dict[str, list[StoredEvent]]:
    """Give at most `limit` events below a position of each room, newest first."""
    rows = await tx.fetch_all(
        f"SELECT {_PREFIXED} FROM (SELECT value FROM json_each(?)) j JOIN events e ON e.room_id = j.value "  # noqa: S608
        "AND e.position < ? AND e.position >= COALESCE((SELECT o.position FROM events o WHERE o.room_id = j.value "
        "AND o.position < ? ORDER BY o.position DESC LIMIT 1 OFFSET ?), 0) ORDER BY e.position DESC",
        json_list(room_ids), before, before, limit - 1,
    )  # fmt: skip
    found: dict[str, list[StoredEvent]] = {}
    for event in (StoredEvent(*row) for row in rows):
        found.setdefault(event.room_id, []).append(event)
    return found
