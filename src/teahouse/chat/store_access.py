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
