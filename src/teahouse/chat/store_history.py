"""The SQL of paging through a room: stretches of its events, members at a point, events by time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from teahouse.chat.event_filter import RoomEventFilter
from teahouse.chat.records import EVENT_COLUMNS, StoredEvent
from teahouse.kernel.storage import Tx, json_list

_PREFIXED = ", ".join(f"e.{name.strip()}" for name in EVENT_COLUMNS.split(","))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a room to read, both ends included, and what to leave out already in the database."""

    room_id: str
    low: int
    high: int
    forwards: bool
    wanted: RoomEventFilter
    ignored: frozenset[str] = frozenset()


class PageEvent(NamedTuple):
    """An event as a page of history needs it. `is_plain` says that nothing but `pdu` makes what a member reads."""

    position: int
    event_id: str
    type: str
    state_key: str | None
    sender: str
    device_id: str | None
    txn_id: str | None
    origin_server_ts: int
    pdu: str
    is_plain: int


async def page_of(tx: Tx, stretch: Stretch, limit: int) -> list[PageEvent]:
    """Read what `events_of` reads, but only what a page needs of it."""
    conditions, params = _conditions(stretch)
    order = "ASC" if stretch.forwards else "DESC"
    rows = await tx.fetch_all(
        "SELECT position, event_id, type, state_key, sender, device_id, txn_id, origin_server_ts, pdu, "  # noqa: S608
        "CASE WHEN redacted_by IS NULL AND redacts IS NULL AND replaces_state IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM events r WHERE r.relates_to = e.event_id) THEN 1 ELSE 0 END FROM events e "
        f"WHERE room_id = ? AND position BETWEEN ? AND ? {conditions}ORDER BY position {order} LIMIT ?",
        stretch.room_id, stretch.low, stretch.high, *params, limit,
    )  # fmt: skip
    return [PageEvent._make(row) for row in rows]


async def events_of(tx: Tx, stretch: Stretch, limit: int) -> list[StoredEvent]:
    """Read at most `limit` events of a stretch in its direction; patterns of types are left to the caller."""
    conditions, params = _conditions(stretch)
    order = "ASC" if stretch.forwards else "DESC"
    rows = await tx.fetch_all(
        f"SELECT {EVENT_COLUMNS} FROM events e WHERE room_id = ? AND position BETWEEN ? AND ? {conditions}"  # noqa: S608
        f"ORDER BY position {order} LIMIT ?", stretch.room_id, stretch.low, stretch.high, *params, limit,
    )  # fmt: skip
    return [StoredEvent(*row) for row in rows]


def _conditions(stretch: Stretch) -> tuple[str, list[object]]:
    wanted, sql, params = stretch.wanted, "", list[object]()
    if wanted.types is not None and not wanted.types.wild:
        sql += "AND type IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.types.exact)))
    if wanted.not_types is not None and wanted.not_types.exact:
        sql += "AND type NOT IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.not_types.exact)))
    if wanted.senders is not None:
        sql += "AND sender IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.senders)))
    if wanted.not_senders:
        sql += "AND sender NOT IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.not_senders)))
    if wanted.contains_url is not None:
        sql += "AND contains_url = ? "
        params.append(int(wanted.contains_url))
    related, more = related_by(wanted)
    sql, params = sql + related, [*params, *more]
    if stretch.ignored:
        # The state that ignored people set still counts for everybody.
        sql += "AND (state_key IS NOT NULL OR sender NOT IN (SELECT value FROM json_each(?))) "
        params.append(json_list(sorted(stretch.ignored)))
    return sql, params


def related_by(wanted: RoomEventFilter) -> tuple[str, list[object]]:
    """Give the condition that an event `e` has the relation which a filter asks for; empty when it asks for none."""
    if not wanted.asks_relations:
        return "", []
    sql = "AND EXISTS (SELECT 1 FROM events r WHERE r.relates_to = e.event_id AND r.redacted_by IS NULL "
    params: list[object] = []
    if wanted.related_by_senders is not None:
        sql += "AND r.sender IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.related_by_senders)))
    if wanted.related_by_rel_types is not None:
        sql += "AND r.rel_type IN (SELECT value FROM json_each(?)) "
        params.append(json_list(sorted(wanted.related_by_rel_types)))
    return sql + ") ", params


async def related_among(tx: Tx, event_ids: Sequence[str], wanted: RoomEventFilter) -> set[str]:
    """Give those of the events to which others relate as the filter asks."""
    condition, params = related_by(wanted)
    rows = await tx.fetch_all(
        f"SELECT event_id FROM events e WHERE event_id IN (SELECT value FROM json_each(?)) {condition}",  # noqa: S608
        json_list(event_ids), *params,
    )  # fmt: skip
    return {row[0] for row in rows}


async def members_at(
    tx: Tx, room_id: str, position: int, user_ids: Sequence[str] | None = None
) -> list[StoredEvent]:
    """Read the member events of a room as they stood at a position; of some users only, if they are named."""
    named, params = "", list[object]()
    if user_ids is not None:
        named = "AND state_key IN (SELECT value FROM json_each(?)) "
        params.append(json_list(user_ids))
    rows = await tx.fetch_all(
        f"SELECT {_PREFIXED} FROM events e JOIN (SELECT MAX(position) AS newest FROM room_state "  # noqa: S608
        f"WHERE room_id = ? AND type = 'm.room.member' AND position <= ? {named}GROUP BY state_key) s "
        "ON e.position = s.newest ORDER BY e.position", room_id, position, *params,
    )  # fmt: skip
    return [StoredEvent(*row) for row in rows]


async def nearest_in_time(
    tx: Tx, room_id: str, low: int, high: int, ts: int, *, forwards: bool
) -> tuple[str, int, int] | None:
    """Find the event of a stretch nearest to a time, at or after it (or before): (id, time, position).

    A room's times follow its order, as long as nobody sets the server's clock back, so the stretch is halved some
    twenty times instead of keeping every event's time in an index.
    """
    compare, order = (">=", "") if forwards else ("<=", "DESC")
    edge = (
        "SELECT event_id, origin_server_ts, position FROM events WHERE room_id = ? "  # noqa: S608
        f"AND position {compare} ? AND position BETWEEN ? AND ? ORDER BY position {order} LIMIT 1"
    )
    found = None
    near, far = (low, high) if forwards else (high, low)
    last = await tx.fetch_one(
        f"SELECT position FROM events WHERE room_id = ? AND position BETWEEN ? AND ? "  # noqa: S608
        f"ORDER BY position {'DESC' if forwards else ''} LIMIT 1", room_id, low, high,
    )  # fmt: skip
    if last is None:
        return None
    step = 1 if forwards else -1
    far = last[0]
    # The nearest event lies between `near` and `far`, both included, or it is `found`.
    while (far - near) * step >= 0:
        middle = near + (far - near) // 2
        row = await tx.fetch_one(edge, room_id, middle, min(near, far), max(near, far))
        if row is None:
            far = middle - step
        elif (row[1] - ts) * step >= 0:
            found, far = (row[0], row[1], row[2]), middle - step
        else:
            near = row[2] + step
    return found
