"""The SQL of room events: append one, load a room, read events by id and by position."""

from collections.abc import Iterable, Mapping, Sequence

from teahouse.chat.records import EVENT_COLUMNS, StateEvent, StoredEvent
from teahouse.chat.room import RECENT_EVENTS, Room, RoomDraft
from teahouse.chat.room_versions import ROOM_VERSIONS
from teahouse.kernel.storage import Row, Tx, json_list

_INSERT_EVENT = (
    f"INSERT INTO events ({EVENT_COLUMNS}) VALUES ({', '.join('?' * len(EVENT_COLUMNS.split(',')))})"  # noqa: S608
)
_ROOM_COLUMNS = (
    "room_id, version, creator, last_event_id, last_position, depth, notify_total, highlight_total, "
    "bump_position"
)
_PREFIXED = ", ".join(f"e.{name.strip()}" for name in EVENT_COLUMNS.split(","))


async def insert_room(tx: Tx, room: Room, *, is_public: bool, created_ts: int, room_type: str | None) -> None:
    """Add the row of a new room, before its create event."""
    await tx.execute(
        f"INSERT INTO rooms ({_ROOM_COLUMNS}, is_public, created_ts, room_type) "  # noqa: S608
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        room.room_id, room.version.id, room.creator, room.last_event_id, room.last_position, room.depth,
        room.notify_total, room.highlight_total, room.bump_position, int(is_public), created_ts, room_type,
    )  # fmt: skip


async def insert_event(tx: Tx, event: StoredEvent) -> None:
    """Add an event at the end of its room, with its state rows; the room's own row follows by `update_rooms`."""
    e = event
    await tx.execute(
        _INSERT_EVENT,
        e.position, e.event_id, e.room_id, e.type, e.state_key, e.sender, e.device_id, e.txn_id,
        e.origin_server_ts, e.depth, e.pdu, e.redacted_by, e.redacts, e.rel_type, e.relates_to, e.rel_key,
        e.thread_root, e.contains_url, e.notifies, e.highlights_room, e.notify_total, e.highlight_total,
        e.thread_notify_total, e.thread_highlight_total, e.replaces_state, e.prev_content,
    )  # fmt: skip
    if e.state_key is not None:
        await _insert_state(tx, event)


async def update_rooms(tx: Tx, rooms: Iterable[RoomDraft]) -> None:
    """Write the rows of those rooms that were appended to, once for all events of a batch."""
    rows = [
        (
            room.last_event_id, room.last_position, room.depth, room.notify_total, room.highlight_total,
            room.bump_position, room.room_id,
        )
        for room in rooms
        if room.last_position != room.room.last_position
    ]  # fmt: skip
    if rows:
        await tx.execute_many(
            "UPDATE rooms SET last_event_id = ?, last_position = ?, depth = ?, notify_total = ?, "
            "highlight_total = ?, bump_position = ? WHERE room_id = ?", rows,
        )  # fmt: skip


async def _insert_state(tx: Tx, event: StoredEvent) -> None:
    state = event.as_state()
    membership = state.membership if state.type == "m.room.member" else None
    row = (event.room_id, state.type, state.state_key, state.position, state.event_id, membership)
    await tx.execute(
        "INSERT INTO room_state (room_id, type, state_key, position, event_id, membership) "
        "VALUES (?,?,?,?,?,?)", *row,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO current_state (room_id, type, state_key, position, event_id, membership) "
        "VALUES (?,?,?,?,?,?) ON CONFLICT (room_id, type, state_key) DO UPDATE SET "
        "position = excluded.position, event_id = excluded.event_id, membership = excluded.membership", *row,
    )  # fmt: skip
    if membership is not None:
        await _upsert_membership(tx, event, membership)


async def _upsert_membership(tx: Tx, event: StoredEvent, membership: str) -> None:
    joined = event.position if membership == "join" else None
    await tx.execute(
        "INSERT INTO memberships (user_id, room_id, membership, position, event_id, sender, joined_position, "
        "forgotten) VALUES (?,?,?,?,?,?,?,0) ON CONFLICT (user_id, room_id) DO UPDATE SET "
        "joined_position = CASE WHEN excluded.membership = 'join' AND memberships.membership <> 'join' "
        "THEN excluded.joined_position ELSE memberships.joined_position END, "
        "membership = excluded.membership, position = excluded.position, event_id = excluded.event_id, "
        "sender = excluded.sender, forgotten = 0",
        event.state_key, event.room_id, membership, event.position, event.event_id, event.sender, joined,
    )  # fmt: skip


async def insert_mentions(tx: Tx, event: StoredEvent, extra_by_user: Mapping[str, int]) -> None:
    """Remember whom an event mentions, one row each; 1 says that it notifies only those it mentions."""
    rows = [(user, event.room_id, event.position, event.thread_root, n) for user, n in extra_by_user.items()]
    await tx.execute_many(
        "INSERT INTO mentions (user_id, room_id, position, thread_root, extra_notify) VALUES (?,?,?,?,?)",
        rows,
    )


async def sent_event_id(tx: Tx, user_id: str, device_id: str, path: str) -> str | None:
    """Give the event that this device already made with this path (which holds the transaction id)."""
    found: str | None = await tx.fetch_value(
        "SELECT event_id FROM sent_transactions WHERE user_id = ? AND device_id = ? AND path = ?",
        user_id, device_id, path,
    )  # fmt: skip
    return found


async def insert_sent(tx: Tx, user_id: str, device_id: str, path: str, event_id: str, now_ms: int) -> None:
    """Remember which event a transaction id made."""
    await tx.execute(
        "INSERT INTO sent_transactions (user_id, device_id, path, event_id, created_ts) VALUES (?,?,?,?,?)",
        user_id, device_id, path, event_id, now_ms,
    )  # fmt: skip


async def last_position_of(tx: Tx, room_id: str) -> int | None:
    """Give the position of a room's newest event, or None when there is no such room."""
    position: int | None = await tx.fetch_value("SELECT last_position FROM rooms WHERE room_id = ?", room_id)
    return position


async def versions_of(tx: Tx, room_ids: Iterable[str]) -> dict[str, str]:
    """Read the versions of rooms."""
    rows = await tx.fetch_all(
        "SELECT room_id, version FROM rooms WHERE room_id IN (SELECT value FROM json_each(?))",
        json_list(room_ids),
    )
    return dict((row[0], row[1]) for row in rows)


async def load_room(tx: Tx, room_id: str) -> Room | None:
    """Read a room with its current state and newest events, or None when there is no such room."""
    row = await tx.fetch_one(f"SELECT {_ROOM_COLUMNS} FROM rooms WHERE room_id = ?", room_id)  # noqa: S608
    if row is None:
        return None
    room = Room(room_id, ROOM_VERSIONS[row[1]], *row[2:])
    rows = await tx.fetch_all(
        f"SELECT {_PREFIXED} FROM current_state s JOIN events e ON e.event_id = s.event_id "  # noqa: S608
        "WHERE s.room_id = ? ORDER BY s.position", room_id,
    )  # fmt: skip
    for state_row in rows:
        room.put_state(StoredEvent(*state_row).as_state())
    recent = await events_before(tx, room_id, row[4] + 1, RECENT_EVENTS)
    for event in reversed(recent):
        room.remember(event)
    room.recent_floor = recent[-1].position - 1 if len(recent) == RECENT_EVENTS else 0
    return room


async def event_by_id(tx: Tx, event_id: str) -> StoredEvent | None:
    """Read one event, or None."""
    row = await tx.fetch_one(f"SELECT {EVENT_COLUMNS} FROM events WHERE event_id = ?", event_id)  # noqa: S608
    return StoredEvent(*row) if row else None


async def events_by_ids(tx: Tx, event_ids: Sequence[str]) -> dict[str, StoredEvent]:
    """Read several events with one query; unknown ids are left out."""
    if not event_ids:
        return {}
    rows = await tx.fetch_all(
        f"SELECT {EVENT_COLUMNS} FROM events "  # noqa: S608
        "WHERE event_id IN (SELECT value FROM json_each(?))", json_list(event_ids),
    )  # fmt: skip
    return {event.event_id: event for event in map(_stored, rows)}


async def events_before(tx: Tx, room_id: str, before: int, limit: int) -> list[StoredEvent]:
    """Read at most `limit` events of a room with a position below `before`, newest first."""
    rows = await tx.fetch_all(
        f"SELECT {EVENT_COLUMNS} FROM events WHERE room_id = ? AND position < ? "  # noqa: S608
        "ORDER BY position DESC LIMIT ?", room_id, before, limit,
    )  # fmt: skip
    return list(map(_stored, rows))


async def events_after(tx: Tx, room_id: str, after: int, limit: int) -> list[StoredEvent]:
    """Read at most `limit` events of a room with a position above `after`, oldest first."""
    rows = await tx.fetch_all(
        f"SELECT {EVENT_COLUMNS} FROM events WHERE room_id = ? AND position > ? "  # noqa: S608
        "ORDER BY position LIMIT ?", room_id, after, limit,
    )  # fmt: skip
    return list(map(_stored, rows))


async def state_at(tx: Tx, room_id: str, position: int) -> list[StoredEvent]:
    """Read a room's whole state at a position: the newest event of each key at or before it."""
    rows = await tx.fetch_all(
        f"SELECT {_PREFIXED} FROM events e JOIN (SELECT MAX(position) AS newest FROM room_state "  # noqa: S608
        "WHERE room_id = ? AND position <= ? GROUP BY type, state_key) s ON e.position = s.newest "
        "ORDER BY e.position", room_id, position,
    )  # fmt: skip
    return list(map(_stored, rows))


async def state_event_at(
    tx: Tx, room_id: str, event_type: str, state_key: str, position: int
) -> StoredEvent | None:
    """Read the state event of one key at a position, or None."""
    row = await tx.fetch_one(
        f"SELECT {_PREFIXED} FROM room_state s JOIN events e ON e.position = s.position "  # noqa: S608
        "WHERE s.room_id = ? AND s.type = ? AND s.state_key = ? AND s.position <= ? "
        "ORDER BY s.position DESC LIMIT 1", room_id, event_type, state_key, position,
    )  # fmt: skip
    return StoredEvent(*row) if row else None


async def state_changes(tx: Tx, room_id: str, after: int, upto: int) -> list[StoredEvent]:
    """Read the newest state event of each key that changed in (after, upto]."""
    rows = await tx.fetch_all(
        f"SELECT {_PREFIXED} FROM events e JOIN (SELECT MAX(position) AS newest FROM room_state "  # noqa: S608
        "WHERE room_id = ? AND position > ? AND position <= ? GROUP BY type, state_key) s "
        "ON e.position = s.newest ORDER BY e.position", room_id, after, upto,
    )  # fmt: skip
    return list(map(_stored, rows))


def current_state_of(room: Room) -> list[StateEvent]:
    """List a room's current state, members included."""
    return [*room.state.values(), *room.members.values()]


def _stored(row: Row) -> StoredEvent:
    return StoredEvent(*row)


_STRIPPED = (
    "m.room.create", "m.room.name", "m.room.avatar", "m.room.topic", "m.room.join_rules",
    "m.room.canonical_alias", "m.room.encryption",
)  # fmt: skip


async def stripped_state_at(tx: Tx, room_id: str, position: int, members: Sequence[str]) -> list[StateEvent]:
    """Read what an invited or knocking person may know of a room at a position, with the named members."""
    rows = await tx.fetch_all(
        f"SELECT {_PREFIXED} FROM events e JOIN (SELECT MAX(position) AS newest FROM room_state "  # noqa: S608
        "WHERE room_id = ? AND position <= ? AND ((state_key = '' AND type IN "
        "(SELECT value FROM json_each(?))) OR (type = 'm.room.member' AND state_key IN "
        "(SELECT value FROM json_each(?)))) GROUP BY type, state_key) s ON e.position = s.newest "
        "ORDER BY e.position", room_id, position, json_list(_STRIPPED), json_list(members),
    )  # fmt: skip
    return [StoredEvent(*row).as_state() for row in rows]
