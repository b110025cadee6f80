"""The SQL of reports."""

from dataclasses import dataclass

from teahouse.kernel.storage import Tx


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reported: an event with its room and sender, a room, or a user."""

    kind: str
    reporter: str
    reason: str
    room_id: str | None = None
    event_id: str | None = None
    user_id: str | None = None


async def insert_report(tx: Tx, report: Report, position: int, now_ms: int) -> None:
    """Add a report."""
    await tx.execute(
        "INSERT INTO reports (position, kind, reporter, room_id, event_id, user_id, reason, created_ts) "
        "VALUES (?,?,?,?,?,?,?,?)", position, report.kind, report.reporter, report.room_id, report.event_id,
        report.user_id, report.reason, now_ms,
    )  # fmt: skip


async def room_exists(tx: Tx, room_id: str) -> bool:
    """Say whether there is such a room."""
    return await tx.fetch_value("SELECT 1 FROM rooms WHERE room_id = ?", room_id) is not None
