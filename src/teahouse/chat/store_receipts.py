"""The SQL of read receipts and read markers: how far each reader came, by kind and thread."""

from dataclasses import dataclass

from teahouse.kernel.storage import Tx

UNTHREADED = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far a user has read: up to `event_id`, in one thread, in `main`, or (None) in the whole room."""

    receipt_type: str
    thread_id: str | None
    event_id: str
    event_position: int
    ts: int


async def read_up_to(tx: Tx, room_id: str, user_id: str, receipt_type: str, thread_id: str | None) -> int:
    """Give the position of the event that a user's receipt names; 0 when there is none."""
    position: int | None = await tx.fetch_value(
        "SELECT event_position FROM receipts WHERE room_id = ? AND user_id = ? AND receipt_type = ? "
        "AND thread_id = ?", room_id, user_id, receipt_type, thread_id or UNTHREADED,
    )  # fmt: skip
    return position or 0


async def put_receipt(tx: Tx, room_id: str, user_id: str, receipt: Receipt, position: int) -> None:
    """Store a receipt in the place of the reader's former one."""
    await tx.execute(
        "INSERT INTO receipts (room_id, user_id, receipt_type, thread_id, event_id, event_position, ts, position) "
        "VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (room_id, user_id, receipt_type, thread_id) DO UPDATE SET "
        "event_id = excluded.event_id, event_position = excluded.event_position, ts = excluded.ts, "
        "position = excluded.position",
        room_id, user_id, receipt.receipt_type, receipt.thread_id or UNTHREADED,
        receipt.event_id, receipt.event_position, receipt.ts, position,
    )  # fmt: skip
