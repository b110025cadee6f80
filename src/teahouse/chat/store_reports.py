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


@dataclass(frozen=True, slots=True)
class OpenChatReport:
    """A report that nobody has closed, by its number."""

    number: int
    report: Report
    created_ts: int


async def open_ones(tx: Tx, most: int) -> list[OpenChatReport]:
    """Give those that nobody has closed, the oldest first."""
    rows = await tx.fetch_all(
        "SELECT position, created_ts, kind, reporter, reason, room_id, event_id, user_id FROM reports "
        "WHERE closed_ts IS NULL ORDER BY position LIMIT ?", most,
    )  # fmt: skip
    return [OpenChatReport(row[0], Report(*row[2:]), row[1]) for row in rows]


async def close(tx: Tx, number: int, now_ms: int) -> bool:
    """Note that an operator is done with one; False when there is none that is open."""
    sql = "UPDATE reports SET closed_ts = ? WHERE position = ? AND closed_ts IS NULL"
    return await tx.execute(sql, now_ms, number) == 1


async def room_exists(tx: Tx, room_id: str) -> bool:
    """Say whether there is such a room."""
    return await tx.fetch_value("SELECT 1 FROM rooms WHERE room_id = ?", room_id) is not None
