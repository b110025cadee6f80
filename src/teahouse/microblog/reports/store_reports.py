"""SQL of reports."""

from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Row, Tx

_COLUMNS = "id, account_id, target_id, status_ids, rule_ids, comment, category, created_ts, closed_ts"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report; `account_id` is who told."""

    id: int
    account_id: int
    target_id: int
    status_ids: list[int]
    rule_ids: list[int]
    comment: str
    category: str
    created_ts: int
    closed_ts: int | None


async def put(tx: Tx, row: ReportRow) -> None:
    """Keep a new one."""
    await tx.execute(
        f"INSERT INTO microblog_reports ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.id, row.account_id, row.target_id, orjson.dumps(row.status_ids).decode(),
        orjson.dumps(row.rule_ids).decode(), row.comment, row.category, row.created_ts, row.closed_ts,
    )  # fmt: skip


async def open_ones(tx: Tx, most: int) -> list[ReportRow]:
    """Give those that nobody has closed, the oldest first."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM microblog_reports WHERE closed_ts IS NULL ORDER BY id LIMIT ?",
        most,
    )
    return [_row(row) for row in rows]


async def by_id(tx: Tx, number: int) -> ReportRow | None:
    """Give one, open or closed."""
    row = await tx.fetch_one(f"SELECT {_COLUMNS} FROM microblog_reports WHERE id = ?", number)
    return None if row is None else _row(row)


def _row(row: Row) -> ReportRow:
    return ReportRow(
        row[0], row[1], row[2], orjson.loads(row[3]), orjson.loads(row[4]), row[5], row[6], row[7], row[8]
    )


async def close(tx: Tx, number: int, now_ms: int) -> bool:
    """Note that an operator is done with one; False when there is none that is open."""
    sql = "UPDATE microblog_reports SET closed_ts = ? WHERE id = ? AND closed_ts IS NULL"
    return await tx.execute(sql, now_ms, number) == 1
