"""SQL of decisions about accounts, and of appeals."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from teahouse.kernel.storage import Tx
from teahouse.microblog.people.store_accounts import LISTED, ids
from teahouse.microblog.posts.records import StatusRow

_COLUMNS = (
    "id, account_id, action, text, posts, report_id, created_ts, log_seq, "
    "appeal, appealed_ts, appeal_state, answer, answer_log_seq, by_account_id, media_id"
)


NO_ENTRY = -1


class TakenDown(msgspec.Struct):
    """What is kept of a post that was taken down; `rest` is the row without its texts, None of an old decision."""

    id: str
    text: str
    spoiler: str
    rest: StatusRow | None = None


@dataclass(slots=True)
class WarningRow:
    """One decision and what became of it; `log_seq` is its entry in the public log, NO_ENTRY of one that is older."""

    id: int
    account_id: int
    action: str
    text: str
    posts: list[TakenDown]
    report_id: int | None
    created_ts: int
    log_seq: int
    appeal: str | None = None
    appealed_ts: int | None = None
    appeal_state: str | None = None
    answer: str | None = None
    answer_log_seq: int | None = None
    by_account_id: int | None = None
    media_id: str | None = None


_POSTS = msgspec.json.Decoder(list[TakenDown])


def _row(row: tuple[object, ...]) -> WarningRow:
    values = list(row)
    values[4] = _POSTS.decode(str(row[4]))
    return WarningRow(*values)  # type: ignore[arg-type]


async def add(tx: Tx, row: WarningRow) -> None:
    """Keep a new decision; there is none without its entry in the public log."""
    await tx.execute(
        "INSERT INTO account_warnings "
        "(id, account_id, action, text, posts, report_id, created_ts, log_seq, by_account_id, media_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.id, row.account_id, row.action, row.text, msgspec.json.encode(row.posts).decode(), row.report_id,
        row.created_ts, row.log_seq, row.by_account_id, row.media_id,
    )  # fmt: skip


async def keep_appeal(tx: Tx, row: WarningRow) -> None:
    """Keep what became of a decision."""
    await tx.execute(
        "UPDATE account_warnings SET appeal = ?, appealed_ts = ?, appeal_state = ?, answer = ?, answer_log_seq = ? "
        "WHERE id = ?",
        row.appeal, row.appealed_ts, row.appeal_state, row.answer, row.answer_log_seq, row.id,
    )  # fmt: skip


async def by_ids(tx: Tx, numbers: Iterable[int]) -> dict[int, WarningRow]:
    """Give decisions by their ids."""
    rows = await tx.fetch_all(f"SELECT {_COLUMNS} FROM account_warnings WHERE id IN {LISTED}", ids(numbers))
    return {row[0]: _row(row) for row in rows}


async def of_account(tx: Tx, account_id: int, most: int) -> list[WarningRow]:
    """Give the newest decisions about an account."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM account_warnings WHERE account_id = ? ORDER BY id DESC LIMIT ?", account_id, most
    )  # fmt: skip
    return [_row(row) for row in rows]


async def newest_of(tx: Tx, account_id: int, action: str) -> int | None:
    """Give the id of the newest decision of a kind about an account."""
    number: int | None = await tx.fetch_value(
        "SELECT MAX(id) FROM account_warnings WHERE account_id = ? AND action = ?", account_id, action
    )
    return number


async def appealed(tx: Tx, most: int) -> list[WarningRow]:
    """Give those whose appeal waits for an answer, the oldest first."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM account_warnings WHERE appeal_state = 'pending' ORDER BY id LIMIT ?", most
    )
    return [_row(row) for row in rows]
