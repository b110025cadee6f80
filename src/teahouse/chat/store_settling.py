"""The SQL of settling: the unsettled events, and the rows that they are entered in."""

from collections.abc import Sequence
from typing import NamedTuple

from teahouse.kernel.storage import Tx


class Unsettled(NamedTuple):
    """What of an event is to be entered: its transaction, if a path names one, and whether it shows and tells."""

    position: int
    sender: str
    room_id: str
    device_id: str | None
    path: str | None
    event_id: str
    sent_ts: int
    shows_reading: bool
    notifies: bool


class UnsettledRow(NamedTuple):
    """An event that is not settled yet, as it is stored."""

    position: int
    sender: str
    room_id: str
    device_id: str | None
    type: str
    txn_id: str | None
    event_id: str
    sent_ts: int
    state_key: str | None
    thread_root: str | None
    notifies: int
    highlights_room: int


async def unsettled_rows(tx: Tx, limit: int) -> list[UnsettledRow]:
    """Read the oldest events that are not settled."""
    rows = await tx.fetch_all(
        "SELECT position, sender, room_id, device_id, type, txn_id, event_id, origin_server_ts, state_key, "
        "thread_root, notifies, highlights_room FROM events WHERE position > (SELECT position FROM settled) "
        "ORDER BY position LIMIT ?", limit,
    )  # fmt: skip
    return [UnsettledRow._make(row) for row in rows]


async def settle(tx: Tx, events: Sequence[Unsettled]) -> None:
    """Enter events, the oldest unsettled ones in their order, and note that they are."""
    await tx.execute_many(
        "INSERT INTO sent_transactions (user_id, device_id, path, event_id, created_ts) VALUES (?,?,?,?,?) "
        "ON CONFLICT DO NOTHING",
        sorted((e.sender, e.device_id, e.path, e.event_id, e.sent_ts) for e in events if e.path is not None),
    )
    spoken: dict[tuple[str, str], tuple[int, int]] = {}
    for event in events:
        if event.shows_reading or event.notifies:
            key = event.sender, event.room_id
            shown, told = spoken.get(key, (0, 0))
            spoken[key] = (
                event.position if event.shows_reading else shown,
                event.position if event.notifies else told,
            )
    await tx.execute_many(
        "INSERT INTO last_said (user_id, room_id, position, notifying_position) VALUES (?,?,?,?) "
        "ON CONFLICT (user_id, room_id) DO UPDATE SET "
        "position = CASE WHEN excluded.position > 0 THEN excluded.position ELSE last_said.position END, "
        "notifying_position = CASE WHEN excluded.notifying_position > 0 THEN excluded.notifying_position "
        "ELSE last_said.notifying_position END",
        [(*key, *positions) for key, positions in sorted(spoken.items())],
    )
    await tx.execute("UPDATE settled SET position = ?", events[-1].position)
