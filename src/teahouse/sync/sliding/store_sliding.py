"""The SQL of sliding sync: the order of a user's rooms, the newest of them, and what filters ask of all of them."""

from collections.abc import Sequence
from typing import NamedTuple

from teahouse.kernel.storage import Row, Tx, json_list
from teahouse.sync.sessions import Membership
from teahouse.sync.store import ReceiptRow

FEW_ROOMS = 600
"""Somebody in so many rooms has all of them looked at: it costs less than walking the server's newest ones."""
_COLUMNS = "m.room_id, m.membership, m.position, m.joined_position, m.event_id, m.sender"
_UNJOINED = (
    "m.forgotten = 0 AND m.membership <> 'join' AND (m.membership IN ('invite', 'knock') "
    "OR (m.joined_position IS NOT NULL AND m.sender <> m.user_id))"
)
"""The rooms of a list that the user is not in; the words of the index memberships_unjoined."""


class Newest(NamedTuple):
    """The newest rooms of a user, newest first, and how many his list has."""

    members: dict[str, Membership]
    size: int


async def rooms_by_activity(tx: Tx, user_id: str) -> tuple[list[tuple[str, str]], int]:
    """Give all rooms of the user's list with his membership, the one that changed last at the end.

    And the position at which this holds.
    """
    position: int = await tx.fetch_value("SELECT position FROM stream_position")
    rows = await tx.fetch_all(
        "SELECT m.room_id, m.membership, "  # noqa: S608
        "CASE WHEN m.membership = 'join' THEN r.last_position ELSE m.position END AS activity "
        "FROM memberships m JOIN rooms r ON r.room_id = m.room_id WHERE m.user_id = ? "
        f"AND (m.membership = 'join' OR ({_UNJOINED})) ORDER BY activity", user_id,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows], position


async def newest_rooms(tx: Tx, user_id: str, most: int) -> Newest:
    """Give the user's newest rooms without looking at all of them, newest first."""
    joined: int = await tx.fetch_value(
        "SELECT COUNT(*) FROM memberships WHERE user_id = ? AND membership = 'join'", user_id
    )
    unjoined: int = await tx.fetch_value(
        f"SELECT COUNT(*) FROM memberships m WHERE m.user_id = ? AND {_UNJOINED}", user_id  # noqa: S608
    )  # fmt: skip
    rows = [*await _newest_joined(tx, user_id, most, joined)]
    if unjoined:
        rows += await tx.fetch_all(
            f"SELECT {_COLUMNS}, m.position FROM memberships m WHERE m.user_id = ? AND {_UNJOINED} "  # noqa: S608
            "ORDER BY m.position DESC LIMIT ?", user_id, most,
        )  # fmt: skip
    rows.sort(key=lambda row: -row[6])
    return Newest({row[0]: Membership(*row[1:6]) for row in rows[:most]}, joined + unjoined)


async def _newest_joined(tx: Tx, user_id: str, most: int, joined: int) -> Sequence[Row]:
    """Walk the server's newest rooms until enough are the user's; who is in few rooms has his own looked at.

    No more rooms are walked than the user has, so that looking at his own costs at most as much again.
    """
    if joined > FEW_ROOMS:
        floor = await tx.fetch_value(
            "SELECT last_position FROM rooms ORDER BY last_position DESC LIMIT 1 OFFSET ?", joined
        )
        rows = await tx.fetch_all(
            f"SELECT {_COLUMNS}, r.last_position FROM rooms r CROSS JOIN memberships m "  # noqa: S608
            "WHERE r.last_position > ? AND m.room_id = r.room_id AND m.user_id = ? "
            "AND m.membership = 'join' ORDER BY r.last_position DESC LIMIT ?", floor or 0, user_id, most,
        )  # fmt: skip
        if len(rows) >= most:
            return rows
    # The sum keeps PostgreSQL from walking all newer rooms of somebody who has been silent for long.
    return await tx.fetch_all(
        f"SELECT {_COLUMNS}, r.last_position FROM memberships m JOIN rooms r ON r.room_id = m.room_id "  # noqa: S608
        "WHERE m.user_id = ? AND m.membership = 'join' ORDER BY r.last_position + 0 DESC LIMIT ?", user_id, most,
    )  # fmt: skip


async def memberships_in(
    tx: Tx, user_id: str, room_ids: Sequence[str], *, also_forgotten: bool = False
) -> dict[str, Membership]:
    """Give what the user is in these rooms."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM memberships m WHERE m.user_id = ? "  # noqa: S608
        "AND m.room_id IN (SELECT value FROM json_each(?)) AND m.forgotten <= ?",
        user_id, json_list(room_ids), int(also_forgotten),
    )  # fmt: skip
    return {row[0]: Membership(*row[1:]) for row in rows}


async def room_types(tx: Tx, user_id: str) -> dict[str, str]:
    """Give the type of those of the user's rooms that have one."""
    rows = await tx.fetch_all(
        "SELECT m.room_id, r.room_type FROM memberships m JOIN rooms r ON r.room_id = m.room_id "
        "WHERE m.user_id = ? AND r.room_type IS NOT NULL", user_id,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


async def encrypted_rooms(tx: Tx, user_id: str) -> frozenset[str]:
    """Give those of the user's rooms that are encrypted, or were when he left them."""
    rows = await tx.fetch_all(
        "SELECT m.room_id FROM memberships m JOIN current_state s ON s.room_id = m.room_id "
        "AND s.type = 'm.room.encryption' AND s.state_key = '' "
        "WHERE m.user_id = ? AND (m.membership = 'join' OR s.position <= m.position)", user_id,
    )  # fmt: skip
    return frozenset(row[0] for row in rows)


async def receipts_of_events(
    tx: Tx, user_id: str, event_ids: Sequence[str], room_ids: Sequence[str], upto: int
) -> dict[str, list[ReceiptRow]]:
    """Read the receipts on these events that the user may see, and all of his own in the rooms."""
    # A receipt is younger than its event, so the index finds it from there on.
    rows = await tx.fetch_all(
        "SELECT r.room_id, r.user_id, r.receipt_type, r.thread_id, r.event_id, r.ts FROM events e "
        "JOIN receipts r ON r.room_id = e.room_id AND r.position > e.position "
        "WHERE e.event_id IN (SELECT value FROM json_each(?)) AND r.event_id = e.event_id "
        "AND r.receipt_type = 'm.read' AND r.position <= ?", json_list(event_ids), upto,
    )  # fmt: skip
    own = await tx.fetch_all(
        "SELECT room_id, user_id, receipt_type, thread_id, event_id, ts FROM receipts "
        "WHERE user_id = ? AND room_id IN (SELECT value FROM json_each(?)) AND position <= ?",
        user_id, json_list(room_ids), upto,
    )  # fmt: skip
    found: dict[str, list[ReceiptRow]] = {}
    for row in [*rows, *own]:
        found.setdefault(row[0], []).append(row)
    return found
