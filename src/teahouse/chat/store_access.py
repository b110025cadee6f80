"""The SQL behind the one door of reading: who was what when, and how visible a room was when."""

from collections import defaultdict
from collections.abc import Sequence

import orjson

from teahouse.kernel.storage import Tx, json_list

Step = tuple[int, str]


async def membership_steps(tx: Tx, user_id: str, room_ids: Sequence[str]) -> dict[str, list[Step]]:
    """Read how a person's membership of each room changed, oldest first; repeated joins count once."""
    rows = await tx.fetch_all(
        "SELECT room_id, position, membership FROM room_state WHERE room_id IN (SELECT value FROM json_each(?)) "
        "AND type = 'm.room.member' AND state_key = ? ORDER BY room_id, position", json_list(room_ids), user_id,
    )  # fmt: skip
    steps: dict[str, list[Step]] = defaultdict(list)
    for room_id, position, membership in rows:
        known = steps[room_id]
        if not known or known[-1][1] != membership:
            known.append((position, membership))
    return steps


async def visibility_steps(tx: Tx, room_ids: Sequence[str]) -> dict[str, list[Step]]:
    """Read how the history visibility of each room changed, oldest first."""
    rows = await tx.fetch_all(
        "SELECT s.room_id, s.position, e.pdu FROM room_state s JOIN events e ON e.position = s.position "
        "WHERE s.room_id IN (SELECT value FROM json_each(?)) AND s.type = 'm.room.history_visibility' "
        "AND s.state_key = '' ORDER BY s.room_id, s.position", json_list(room_ids),
    )  # fmt: skip
    steps: dict[str, list[Step]] = defaultdict(list)
    for room_id, position, pdu in rows:
        mode = orjson.loads(pdu)["content"].get("history_visibility")
        steps[room_id].append((position, mode if isinstance(mode, str) else "shared"))
    return steps


async def forgotten_rooms(tx: Tx, user_id: str, room_ids: Sequence[str]) -> set[str]:
    """Give those of the rooms that a person has forgotten."""
    rows = await tx.fetch_all(
        "SELECT room_id FROM memberships WHERE user_id = ? AND forgotten = 1 "
        "AND room_id IN (SELECT value FROM json_each(?))", user_id, json_list(room_ids),
    )  # fmt: skip
    return {row[0] for row in rows}


async def mutual_rooms(tx: Tx, user_id: str, other_id: str, after: str, limit: int) -> tuple[list[str], int]:
    """Read the rooms that two people are both in, after one of them by id, and how many there are in all."""
    both = (
        "FROM memberships m JOIN memberships o ON o.room_id = m.room_id "
        "WHERE m.user_id = ? AND m.membership = 'join' AND o.user_id = ? AND o.membership = 'join'"
    )
    count: int = await tx.fetch_value(f"SELECT COUNT(*) {both}", user_id, other_id)
    rows = await tx.fetch_all(
        f"SELECT m.room_id {both} AND m.room_id > ? ORDER BY m.room_id LIMIT ?",
        user_id, other_id, after, limit,
    )  # fmt: skip
    return [row[0] for row in rows], count
