"""SQL that counts what a reader has not read. Reads the tables of chat, changes nothing.

Every function asks about many rooms at once, so that a first sync costs a fixed number of queries.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from teahouse.kernel.storage import Tx, json_list

MOST_THREADS = 2_000
MOST_EVENTS = 20_000
UNTHREADED = ""


class RoomTotals(NamedTuple):
    """A room's newest position and running counts, and where the reader's stay in it began."""

    last_position: int
    notify: int
    highlight: int
    joined_position: int


class ReadMark(NamedTuple):
    """A read receipt of the reader, public or private; `thread_id` is UNTHREADED, `main` or a thread's root."""

    room_id: str
    thread_id: str
    position: int


class Mention(NamedTuple):
    """An event that mentions the reader; `extra` is 1 when it notifies only those it mentions."""

    room_id: str
    position: int
    thread_root: str | None
    extra: int
    sender: str


class Thread(NamedTuple):
    """A thread with something newer than the position asked for."""

    room_id: str
    root: str
    last_position: int


class CountedEvent(NamedTuple):
    """What counting needs of an event."""

    room_id: str
    position: int
    thread_root: str | None
    sender: str
    notifies: int
    highlights: int


async def totals_of(tx: Tx, user_id: str, room_ids: Iterable[str]) -> dict[str, RoomTotals]:
    """Give the totals of the rooms that the user is, or was, in."""
    rows = await tx.fetch_all(
        "SELECT r.room_id, r.last_position, r.notify_total, r.highlight_total, "
        "COALESCE(m.joined_position, m.position) FROM memberships m JOIN rooms r ON r.room_id = m.room_id "
        "WHERE m.user_id = ? AND m.room_id IN (SELECT value FROM json_each(?))",
        user_id, json_list(room_ids),
    )  # fmt: skip
    return {row[0]: RoomTotals(*row[1:]) for row in rows}


async def read_marks(tx: Tx, user_id: str, room_ids: Iterable[str]) -> list[ReadMark]:
    """Give the user's own receipts in these rooms."""
    rows = await tx.fetch_all(
        "SELECT room_id, thread_id, event_position FROM receipts WHERE user_id = ? "
        "AND receipt_type IN ('m.read', 'm.read.private') AND room_id IN (SELECT value FROM json_each(?))",
        user_id, json_list(room_ids),
    )  # fmt: skip
    return [ReadMark(*row) for row in rows]


async def own_last_events(tx: Tx, user_id: str, room_ids: Iterable[str]) -> dict[str, int]:
    """Give the user's newest event in each room's main timeline; state counts only when it calls everybody."""
    rows = await tx.fetch_all(
        "SELECT room_id, position FROM last_said WHERE user_id = ? AND position > 0 "
        "AND room_id IN (SELECT value FROM json_each(?))", user_id, json_list(room_ids),
    )  # fmt: skip
    unsettled = await tx.fetch_all(
        "SELECT room_id, position FROM events WHERE position > (SELECT position FROM settled) AND sender = ? "
        "AND thread_root IS NULL AND (state_key IS NULL OR highlights_room = 1) ORDER BY position LIMIT ?",
        user_id, MOST_EVENTS,
    )  # fmt: skip
    return {row[0]: row[1] for row in (*rows, *unsettled)}


async def totals_at(tx: Tx, positions: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Give the main timeline's running counts at events, by the events' positions."""
    rows = await tx.fetch_all(
        "SELECT position, notify_total, highlight_total FROM events "
        "WHERE position IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
        json_list(map(str, positions)),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def mentions_after(tx: Tx, user_id: str, room_ids: Iterable[str], after: int) -> list[Mention]:
    """Give the events after a position that mention the user."""
    rows = await tx.fetch_all(
        "SELECT m.room_id, m.position, m.thread_root, m.extra_notify, e.sender FROM mentions m "
        "JOIN events e ON e.position = m.position WHERE m.user_id = ? AND m.position > ? "
        "AND m.room_id IN (SELECT value FROM json_each(?)) ORDER BY m.position DESC LIMIT ?",
        user_id, after, json_list(room_ids), MOST_EVENTS,
    )  # fmt: skip
    return [Mention(*row) for row in rows]


async def threads_after(tx: Tx, room_ids: Iterable[str], after: int) -> list[Thread]:
    """Give the rooms' threads with something after a position, the newest of them when there are very many."""
    rows = await tx.fetch_all(
        "SELECT room_id, root_event_id, last_position FROM threads WHERE last_position > ? "
        "AND room_id IN (SELECT value FROM json_each(?)) ORDER BY last_position DESC LIMIT ?",
        after, json_list(room_ids), MOST_THREADS,
    )  # fmt: skip
    return [Thread(*row) for row in rows]


async def thread_events_after(tx: Tx, user_id: str, roots: Iterable[str], after: int) -> list[CountedEvent]:
    """Give the threads' events after a position that notify or are the user's own, oldest first."""
    rows = await tx.fetch_all(
        "SELECT room_id, position, thread_root, sender, notifies, highlights_room FROM events "
        "WHERE thread_root IN (SELECT value FROM json_each(?)) AND position > ? "
        "AND (notifies = 1 OR sender = ?) ORDER BY position LIMIT ?",
        json_list(roots), after, user_id, MOST_EVENTS,
    )  # fmt: skip
    return [CountedEvent(*row) for row in rows]


async def notifying_events_of(tx: Tx, marks: Mapping[str, int], senders: Iterable[str]) -> list[CountedEvent]:
    """Give the notifying events of these senders in the rooms' main timelines, each room's after its mark.

    Only rooms in which one of them spoke after the mark are looked into.
    """
    # CROSS JOIN keeps SQLite to this order; PostgreSQL chooses for itself.
    marked = json_list(f"{position:019d}{room_id}" for room_id, position in marks.items())
    listed = json_list(senders)
    rows = await tx.fetch_all(
        "SELECT e.room_id, e.position, e.thread_root, e.sender, e.notifies, e.highlights_room FROM "
        "(SELECT SUBSTR(value, 20) AS room_id, CAST(SUBSTR(value, 1, 19) AS BIGINT) AS mark "
        "FROM json_each(?)) j CROSS JOIN last_said l CROSS JOIN events e "
        "WHERE l.user_id IN (SELECT value FROM json_each(?)) AND l.room_id = j.room_id "
        "AND l.notifying_position > j.mark AND e.room_id = l.room_id AND e.position > j.mark "
        "AND e.sender = l.user_id AND e.notifies = 1 AND e.thread_root IS NULL "
        "AND e.position <= (SELECT position FROM settled) ORDER BY e.position DESC LIMIT ?",
        marked, listed, MOST_EVENTS,
    )  # fmt: skip
    unsettled = await tx.fetch_all(
        "SELECT room_id, position, thread_root, sender, notifies, highlights_room FROM events "
        "WHERE position > (SELECT position FROM settled) AND notifies = 1 AND thread_root IS NULL "
        "AND sender IN (SELECT value FROM json_each(?)) ORDER BY position LIMIT ?", listed, MOST_EVENTS,
    )  # fmt: skip
    events = map(CountedEvent._make, (*rows, *unsettled))
    return [event for event in events if event.position > marks.get(event.room_id, event.position)]


async def joined_rooms(tx: Tx, user_id: str) -> dict[str, int]:
    """Give the rooms that a user is in with their newest positions, the busiest last first."""
    rows = await tx.fetch_all(
        "SELECT m.room_id, r.last_position FROM memberships m JOIN rooms r ON r.room_id = m.room_id "
        "WHERE m.user_id = ? AND m.membership = 'join' ORDER BY r.last_position DESC",
        user_id,
    )
    return {row[0]: row[1] for row in rows}
