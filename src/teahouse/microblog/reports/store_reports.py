"""SQL of reports."""

from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Row, Tx
from teahouse.microblog.paging import Span

_COLUMNS = (
    "id, account_id, target_id, status_ids, rule_ids, comment, category, created_ts, closed_ts, "
    "assigned_id, closed_by, updated_ts"
)


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
    assigned_id: int | None = None
    closed_by: int | None = None
    updated_ts: int | None = None


async def put(tx: Tx, row: ReportRow) -> None:
    """Keep a new one."""
    await tx.execute(
        f"INSERT INTO microblog_reports ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
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


def _row(row: Row) -> ReportRow:
    values = list(row)
    values[3:5] = orjson.loads(row[3]), orjson.loads(row[4])
    return ReportRow(*values)


async def by_id(tx: Tx, number: int) -> ReportRow | None:
    """Give one, open or closed."""
    row = await tx.fetch_one(f"SELECT {_COLUMNS} FROM microblog_reports WHERE id = ?", number)
    return None if row is None else _row(row)


async def page(
    tx: Tx, span: Span, *, closed: bool | None, by: int | None, about: int | None
) -> list[ReportRow]:
    """Give those that are closed, open or (None) either, at most limit + 1 in the order of the span."""
    where, values = [span.where("id")], [*span.bounds]
    if closed is not None:
        where.append("closed_ts IS NOT NULL" if closed else "closed_ts IS NULL")
    for column, number in (("account_id", by), ("target_id", about)):
        if number is not None:
            where.append(f"{column} = ?")
            values.append(number)
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM microblog_reports WHERE {' AND '.join(where)} {span.order('id')} LIMIT ?",
        *values, span.limit + 1,
    )  # fmt: skip
    return [_row(row) for row in rows]


async def newest_open_about(tx: Tx, target_id: int) -> ReportRow | None:
    """Give the newest open one about an account."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM microblog_reports WHERE target_id = ? AND closed_ts IS NULL ORDER BY id DESC LIMIT 1",
        target_id,
    )
    return None if row is None else _row(row)


async def close(tx: Tx, number: int, now_ms: int, by: int | None = None) -> bool:
    """Note that an operator is done with one; False when there is none that is open."""
    sql = "UPDATE microblog_reports SET closed_ts = ?, updated_ts = ?, closed_by = ? WHERE id = ? AND closed_ts IS NULL"
    return await tx.execute(sql, now_ms, now_ms, by, number) == 1


async def close_about(tx: Tx, target_id: int, now_ms: int, by: int | None) -> None:
    """Close every open one about an account."""
    await tx.execute(
        "UPDATE microblog_reports SET closed_ts = ?, updated_ts = ?, closed_by = ? "
        "WHERE target_id = ? AND closed_ts IS NULL", now_ms, now_ms, by, target_id,
    )  # fmt: skip


async def reopen(tx: Tx, number: int, now_ms: int) -> None:
    """Note that nobody is done with one."""
    await tx.execute(
        "UPDATE microblog_reports SET closed_ts = NULL, closed_by = NULL, updated_ts = ? "
        "WHERE id = ? AND closed_ts IS NOT NULL", now_ms, number,
    )  # fmt: skip


async def assign(tx: Tx, number: int, account_id: int | None, now_ms: int) -> None:
    """Note who takes care of one, or that nobody does."""
    await tx.execute(
        "UPDATE microblog_reports SET assigned_id = ?, updated_ts = ? WHERE id = ?",
        account_id,
        now_ms,
        number,
    )


async def classify(tx: Tx, number: int, category: str, rule_ids: list[int], now_ms: int) -> None:
    """Put one into a category."""
    await tx.execute(
        "UPDATE microblog_reports SET category = ?, rule_ids = ?, updated_ts = ? WHERE id = ?",
        category, orjson.dumps(rule_ids).decode(), now_ms, number,
    )  # fmt: skip
