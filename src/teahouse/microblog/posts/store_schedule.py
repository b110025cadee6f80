"""SQL of posts that wait for their time."""

from collections.abc import Iterable

import msgspec

from teahouse.kernel.storage import Tx
from teahouse.microblog.paging import Span
from teahouse.microblog.people.store_accounts import LISTED, ids
from teahouse.microblog.posts.records import Draft


class ScheduledRow(msgspec.Struct):
    """A draft and when it is due."""

    id: int
    account_id: int
    due_ts: int
    draft: Draft


_DRAFTS = msgspec.json.Decoder(Draft)


def _row(row: tuple[int, int, int, str]) -> ScheduledRow:
    return ScheduledRow(row[0], row[1], row[2], _DRAFTS.decode(row[3]))


async def page(tx: Tx, account_id: int, span: Span) -> list[ScheduledRow]:
    """Give a page of what somebody has scheduled."""
    rows = await tx.fetch_all(
        "SELECT id, account_id, due_ts, params FROM scheduled_statuses WHERE account_id = ? "
        f"AND {span.where('id')} {span.order('id')} LIMIT ?", account_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return [_row(row) for row in rows]


async def find(tx: Tx, account_id: int, scheduled_id: int) -> ScheduledRow | None:
    """Give one of somebody's scheduled posts."""
    row = await tx.fetch_one(
        "SELECT id, account_id, due_ts, params FROM scheduled_statuses WHERE id = ? AND account_id = ?",
        scheduled_id, account_id,
    )  # fmt: skip
    return None if row is None else _row(row)


async def put(tx: Tx, row: ScheduledRow) -> None:
    """Keep a scheduled post, in the place of what it was."""
    await tx.execute(
        "INSERT INTO scheduled_statuses (id, account_id, due_ts, params) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET due_ts = excluded.due_ts, params = excluded.params",
        row.id, row.account_id, row.due_ts, msgspec.json.encode(row.draft).decode(),
    )  # fmt: skip


async def delete(tx: Tx, scheduled_id: int) -> None:
    """Forget a scheduled post."""
    await tx.execute("DELETE FROM scheduled_statuses WHERE id = ?", scheduled_id)


async def count(tx: Tx, account_id: int) -> int:
    """Count what somebody has scheduled."""
    counted: int = await tx.fetch_value(
        "SELECT COUNT(*) FROM scheduled_statuses WHERE account_id = ?", account_id
    )
    return counted


async def media_wanted_by(tx: Tx, account_ids: Iterable[int]) -> set[str]:
    """Give the ids of uploads that scheduled posts of these accounts have."""
    rows = await tx.fetch_all(
        f"SELECT id, account_id, due_ts, params FROM scheduled_statuses WHERE account_id IN {LISTED}",
        ids(account_ids),
    )
    return {number for row in rows for number in _row(row).draft.media_ids}


async def next_due(tx: Tx) -> int | None:
    """Give when the next post is due."""
    found: int | None = await tx.fetch_value("SELECT MIN(due_ts) FROM scheduled_statuses")
    return found


async def due(tx: Tx, now_ms: int, most: int) -> list[ScheduledRow]:
    """Give posts that are due, the earliest first."""
    rows = await tx.fetch_all(
        "SELECT id, account_id, due_ts, params FROM scheduled_statuses WHERE due_ts <= ? ORDER BY due_ts LIMIT ?",
        now_ms, most,
    )  # fmt: skip
    return [_row(row) for row in rows]
