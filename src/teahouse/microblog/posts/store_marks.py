"""SQL of what people do with posts: favourite, bookmark, pin, mute and repost."""

from collections.abc import Iterable
from typing import Any

from teahouse.kernel.storage import Tx
from teahouse.microblog.paging import Span
from teahouse.microblog.people.store_accounts import LISTED, ids


async def marks_of(tx: Tx, account_id: int, status_ids: Iterable[int]) -> dict[str, set[int]]:
    """Give by kind which of the posts an account marked."""
    rows = await tx.fetch_all(
        f"SELECT kind, status_id FROM status_marks WHERE account_id = ? AND status_id IN {LISTED}",
        account_id, ids(status_ids),
    )  # fmt: skip
    found: dict[str, set[int]] = {}
    for kind, status_id in rows:
        found.setdefault(kind, set()).add(status_id)
    return found


async def put(tx: Tx, account_id: int, status_id: int, kind: str, mark_id: int) -> bool:
    """Mark a post; False when it was so marked already."""
    return await tx.execute(
        "INSERT INTO status_marks (account_id, status_id, kind, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        account_id, status_id, kind, mark_id,
    ) == 1  # fmt: skip


async def put_all(tx: Tx, status_id: int, kind: str, marks: Iterable[tuple[int, int]]) -> None:
    """Mark a post for (account, id of the mark), none of whom marked it so before."""
    await tx.execute_many(
        "INSERT INTO status_marks (account_id, status_id, kind, id) VALUES (?, ?, ?, ?)",
        [(account_id, status_id, kind, mark_id) for account_id, mark_id in marks],
    )


async def marks_among(tx: Tx, status_id: int, kind: str, account_ids: Iterable[int]) -> dict[int, int]:
    """Give by account the mark of this kind on a post, for those of the accounts that have one."""
    # Sought by its key for each account, and the kind hidden, lest a planner look at all of the post's likes.
    rows = await tx.fetch_all(
        "SELECT a.id, (SELECT m.id FROM status_marks m "
        "WHERE m.account_id = a.id AND m.status_id = ? AND m.kind || '' = ?) "
        f"FROM accounts a WHERE a.id IN {LISTED}", status_id, kind, ids(account_ids),
    )  # fmt: skip
    return {account_id: mark_id for account_id, mark_id in rows if mark_id is not None}


async def find(tx: Tx, account_id: int, status_id: int, kind: str) -> int | None:
    """Give the id of a mark, None when there is none."""
    found: int | None = await tx.fetch_value(
        "SELECT id FROM status_marks WHERE account_id = ? AND status_id = ? AND kind = ?",
        account_id,
        status_id,
        kind,
    )
    return found


async def delete(tx: Tx, account_id: int, status_id: int, kind: str) -> bool:
    """Take a mark away; False when there was none."""
    return (
        await tx.execute(
            "DELETE FROM status_marks WHERE account_id = ? AND status_id = ? AND kind = ?",
            account_id,
            status_id,
            kind,
        )
        == 1
    )


async def count_of_kind(tx: Tx, account_id: int, kind: str) -> int:
    """Count an account's marks of a kind; for kinds that are few."""
    found: int = await tx.fetch_value(
        "SELECT COUNT(*) FROM status_marks WHERE account_id = ? AND kind = ?", account_id, kind
    )
    return found


async def marked_by(tx: Tx, account_id: int, kind: str, span: Span) -> list[tuple[int, int]]:
    """Give (cursor, post) of an account's marks of a kind."""
    rows: list[Any] = await tx.fetch_all(
        "SELECT id, status_id FROM status_marks WHERE account_id = ? AND kind = ? "
        f"AND {span.where('id')} {span.order('id')} LIMIT ?", account_id, kind, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return rows


async def who_marked(tx: Tx, status_id: int, kind: str, span: Span) -> list[tuple[int, int]]:
    """Give (cursor, account) of those who so marked a post."""
    rows: list[Any] = await tx.fetch_all(
        "SELECT id, account_id FROM status_marks WHERE status_id = ? AND kind = ? "
        f"AND {span.where('id')} {span.order('id')} LIMIT ?", status_id, kind, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return rows
