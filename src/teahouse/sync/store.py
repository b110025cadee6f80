"""The SQL of sync: a user's memberships, and what changed after a position when memory doesn't reach back."""

from teahouse.kernel.storage import Tx, json_list
from teahouse.sync.sessions import Membership

ReceiptRow = tuple[str, str, str, str, str, int]


async def memberships_and_position(tx: Tx, user_id: str) -> tuple[dict[str, Membership], int]:
    """Read what a user is in every room that he has not forgotten, and the position this holds at."""
    position: int = await tx.fetch_value("SELECT position FROM stream_position")
    rows = await tx.fetch_all(
        "SELECT room_id, membership, position, joined_position, event_id, sender FROM memberships "
        "WHERE user_id = ? AND forgotten = 0", user_id,
    )  # fmt: skip
    return {row[0]: Membership(*row[1:]) for row in rows}, position


async def rooms_with_membership_after(tx: Tx, user_id: str, position: int) -> set[str]:
    """Give the rooms in which the user's membership changed after `position`, also those that he has forgotten."""
    rows = await tx.fetch_all(
        "SELECT room_id FROM memberships WHERE user_id = ? AND position > ?", user_id, position
    )
    return {row[0] for row in rows}


async def rooms_changed_after(tx: Tx, user_id: str, position: int) -> set[str]:
    """Give the user's joined rooms with an event after `position`."""
    rows = await tx.fetch_all(
        "SELECT m.room_id FROM memberships m JOIN rooms r ON r.room_id = m.room_id "
        "WHERE m.user_id = ? AND m.membership = 'join' AND r.last_position > ?", user_id, position,
    )  # fmt: skip
    return {row[0] for row in rows}


async def rooms_with_receipts_after(tx: Tx, user_id: str, position: int) -> set[str]:
    """Give the user's joined rooms with a receipt after `position` that he may see."""
    rows = await tx.fetch_all(
        "SELECT DISTINCT m.room_id FROM memberships m JOIN receipts r ON r.room_id = m.room_id "
        "WHERE m.user_id = ? AND m.membership = 'join' AND r.position > ? "
        "AND (r.receipt_type = 'm.read' OR r.user_id = ?)", user_id, position, user_id,
    )  # fmt: skip
    return {row[0] for row in rows}


async def receipts_after(
    tx: Tx, user_id: str, room_ids: list[str], position: int, upto: int
) -> dict[str, list[ReceiptRow]]:
    """Read the rooms' receipts in (position, upto] that the user may see: (user, type, thread, event, ts)."""
    rows = await tx.fetch_all(
        "SELECT room_id, user_id, receipt_type, thread_id, event_id, ts FROM receipts "
        "WHERE room_id IN (SELECT value FROM json_each(?)) AND position > ? AND position <= ? "
        "AND (receipt_type = 'm.read' OR user_id = ?)", json_list(room_ids), position, upto, user_id,
    )  # fmt: skip
    found: dict[str, list[ReceiptRow]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


async def membership_at(tx: Tx, room_id: str, user_id: str, position: int) -> str:
    """Give the user's membership in a room at a position; `leave` before there was any."""
    found: str | None = await tx.fetch_value(
        "SELECT membership FROM room_state WHERE room_id = ? AND type = 'm.room.member' AND state_key = ? "
        "AND position <= ? ORDER BY position DESC LIMIT 1", room_id, user_id, position,
    )  # fmt: skip
    return found or "leave"
