"""The SQL of relations and threads as they are read: newest edits, thread summaries, references, children."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from teahouse.chat.records import EVENT_COLUMNS, StoredEvent
from teahouse.chat.relates import REFERENCE, REPLACE, THREAD
from teahouse.kernel.storage import Tx, json_list

MOST_REFERENCES = 100
RECURSION_DEPTH = 3
_PREFIXED = ", ".join(f"e.{name.strip()}" for name in EVENT_COLUMNS.split(","))


@dataclass(slots=True)
class ThreadSummary:
    """What a thread's root says of it: how many replies, and the newest."""

    root_event_id: str
    count: int
    latest: StoredEvent


async def newest_edits(tx: Tx, event_ids: Sequence[str], until: int) -> dict[str, StoredEvent]:
    """Read the newest valid edit of each event up to a position: same sender, same type, neither one state.

    Of equal times the greater event id wins (specification, "Event replacements").
    """
    rows = await tx.fetch_all(
        f"SELECT {EVENT_COLUMNS} FROM (SELECT {_PREFIXED}, ROW_NUMBER() OVER (PARTITION BY e.relates_to "  # noqa: S608
        "ORDER BY e.origin_server_ts DESC, e.event_id DESC) AS nth FROM events e "
        "JOIN events o ON o.event_id = e.relates_to "
        "WHERE e.relates_to IN (SELECT value FROM json_each(?)) AND e.rel_type = ? AND e.position <= ? "
        "AND e.redacted_by IS NULL AND o.redacted_by IS NULL AND e.state_key IS NULL AND o.state_key IS NULL "
        "AND e.sender = o.sender AND e.type = o.type AND e.room_id = o.room_id "
        """AND (e.type = 'm.room.encrypted' OR e.pdu LIKE '%"m.new_content":{%') """
        "AND (o.rel_type IS NULL OR o.rel_type <> ?)) AS edits WHERE nth = 1",
        json_list(event_ids), REPLACE, until, REPLACE,
    )  # fmt: skip
    edits = [StoredEvent(*row) for row in rows]
    return {edit.relates_to: edit for edit in edits if edit.relates_to is not None}


async def references(tx: Tx, event_ids: Sequence[str], until: int) -> dict[str, list[tuple[str, int]]]:
    """Read the first events that refer to each event up to a position, as (id, position)."""
    rows = await tx.fetch_all(
        "SELECT relates_to, event_id, position FROM (SELECT relates_to, event_id, position, "
        "ROW_NUMBER() OVER (PARTITION BY relates_to ORDER BY position) AS nth FROM events "
        "WHERE relates_to IN (SELECT value FROM json_each(?)) AND rel_type = ? AND position <= ? "
        "AND redacted_by IS NULL) AS referring WHERE nth <= ? ORDER BY position",
        json_list(event_ids), REFERENCE, until, MOST_REFERENCES,
    )  # fmt: skip
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for target, event_id, position in rows:
        found[target].append((event_id, position))
    return found


async def thread_summaries(tx: Tx, root_ids: Sequence[str]) -> list[ThreadSummary]:
    """Read the threads that begin at these events, as they are now."""
    rows = await tx.fetch_all(
        f"SELECT t.root_event_id, t.event_count, {_PREFIXED} FROM threads t "  # noqa: S608
        "JOIN events e ON e.event_id = t.last_event_id "
        "WHERE t.root_event_id IN (SELECT value FROM json_each(?)) AND t.event_count > 0", json_list(root_ids),
    )  # fmt: skip
    return [ThreadSummary(row[0], row[1], StoredEvent(*row[2:])) for row in rows]


async def thread_summaries_until(
    tx: Tx, root_ids: Sequence[str], until: int, ignored: Sequence[str]
) -> list[ThreadSummary]:
    """Read the threads that begin at these events as they were at a position, some senders left out."""
    rows = await tx.fetch_all(
        f"SELECT t.thread_root, t.replies, {_PREFIXED} FROM (SELECT thread_root, COUNT(*) AS replies, "  # noqa: S608
        "MAX(position) AS newest FROM events WHERE thread_root IN (SELECT value FROM json_each(?)) "
        "AND rel_type = ? AND redacted_by IS NULL AND position <= ? "
        "AND sender NOT IN (SELECT value FROM json_each(?)) GROUP BY thread_root) AS t "
        "JOIN events e ON e.position = t.newest", json_list(root_ids), THREAD, until, json_list(ignored),
    )  # fmt: skip
    return [ThreadSummary(row[0], row[1], StoredEvent(*row[2:])) for row in rows]


async def threads_with(tx: Tx, root_ids: Sequence[str], user_id: str) -> set[str]:
    """Give those of the threads in which a person has written."""
    rows = await tx.fetch_all(
        "SELECT root_event_id FROM thread_participants WHERE user_id = ? "
        "AND root_event_id IN (SELECT value FROM json_each(?))", user_id, json_list(root_ids),
    )  # fmt: skip
    return {row[0] for row in rows}


async def threads_of_room(
    tx: Tx, room_id: str, before: int, limit: int, participant: str | None
) -> list[tuple[str, int]]:
    """List a room's threads by newest reply, at or before a position, as (root id, newest position)."""
    joined, params = "", []
    if participant is not None:
        joined = (
            "AND (EXISTS (SELECT 1 FROM thread_participants p WHERE p.root_event_id = t.root_event_id "
            "AND p.user_id = ?) OR EXISTS (SELECT 1 FROM events r WHERE r.event_id = t.root_event_id "
            "AND r.sender = ?)) "
        )
        params = [participant, participant]
    rows = await tx.fetch_all(
        "SELECT t.root_event_id, t.last_position FROM threads t WHERE t.room_id = ? AND t.last_position <= ? "  # noqa: S608
        f"AND t.event_count > 0 {joined}ORDER BY t.last_position DESC LIMIT ?",
        room_id, before, *params, limit,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


async def threads_of_room_until(tx: Tx, room_id: str, until: int) -> list[tuple[str, int]]:
    """List a room's threads as they were at a position, newest first: (root id, newest position)."""
    rows = await tx.fetch_all(
        "SELECT thread_root, MAX(position) FROM events WHERE room_id = ? AND thread_root IS NOT NULL "
        "AND rel_type = ? AND redacted_by IS NULL AND position <= ? GROUP BY thread_root ORDER BY 2 DESC",
        room_id, THREAD, until,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class Children:
    """Which relating events to list: of what kind, in which part of the room, which way, how deep."""

    parent_id: str
    rel_type: str | None
    event_type: str | None
    low: int
    high: int
    forwards: bool
    depth: int


async def children_of(tx: Tx, wanted: Children, limit: int) -> list[StoredEvent]:
    """Read the events that relate to one, directly or (to a depth) through others, redacted ones left out."""
    conditions, params = "", []
    if wanted.rel_type is not None:
        conditions += "AND e.rel_type = ? "
        params.append(wanted.rel_type)
    if wanted.event_type is not None:
        conditions += "AND e.type = ? "
        params.append(wanted.event_type)
    order = "ASC" if wanted.forwards else "DESC"
    rows = await tx.fetch_all(
        "WITH RECURSIVE related(event_id, depth) AS (SELECT event_id, 1 FROM events WHERE relates_to = ? "  # noqa: S608
        "UNION SELECT c.event_id, r.depth + 1 FROM related r JOIN events c ON c.relates_to = r.event_id "
        f"WHERE r.depth < ?) SELECT {_PREFIXED} FROM events e "
        "WHERE e.event_id IN (SELECT event_id FROM related) "
        f"AND e.redacted_by IS NULL AND e.position BETWEEN ? AND ? {conditions}"
        f"ORDER BY e.position {order} LIMIT ?",
        wanted.parent_id, wanted.depth, wanted.low, wanted.high, *params, limit,
    )  # fmt: skip
    return [StoredEvent(*row) for row in rows]
