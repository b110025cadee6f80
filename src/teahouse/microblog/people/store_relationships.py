"""SQL of relationships as their owner sees them, and of notes and endorsements."""

from collections.abc import Iterable
from typing import Any

from teahouse.kernel.storage import Tx
from teahouse.microblog.paging import Span
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.store_accounts import LISTED, ids

_FOLLOW = "SELECT '{kind}', target_id, reblogs, notify, languages FROM {table} WHERE follower_id = ? AND target_id IN "
_FOLLOWED = (
    "SELECT '{kind}', a.id, 0, 0, NULL FROM accounts a WHERE "
    "(SELECT 1 FROM {table} f WHERE f.target_id = ? AND f.follower_id = a.id) = 1 AND a.id IN "
)
"""Sought by its key for each account: somebody may have very many followers."""


async def relationship_rows(
    tx: Tx, viewer: Viewer, account_ids: Iterable[int], now_ms: int
) -> list[tuple[str, int, int, int, str | None]]:
    """Give (kind, account, two numbers, a text) for everything that ties the viewer to these accounts."""
    wanted = ids(account_ids)
    sql = " UNION ALL ".join(
        (
            _FOLLOW.format(kind="following", table="follows") + LISTED,
            _FOLLOW.format(kind="requested", table="follow_requests") + LISTED,
            _FOLLOWED.format(kind="followed_by", table="follows") + LISTED,
            _FOLLOWED.format(kind="requested_by", table="follow_requests") + LISTED,
            "SELECT 'blocking', a.id, 0, 0, NULL FROM accounts a JOIN blocks b ON b.user_id = ? "
            f"AND b.target_user_id = a.user_id WHERE a.id IN {LISTED}",
            "SELECT 'blocked_by', a.id, 0, 0, NULL FROM accounts a JOIN blocks b ON b.target_user_id = ? "
            f"AND b.user_id = a.user_id WHERE a.id IN {LISTED}",
            "SELECT 'muting', target_id, notifications, COALESCE(expires_ts, 0), NULL FROM mutes "
            f"WHERE account_id = ? AND target_id IN {LISTED} AND (expires_ts IS NULL OR expires_ts > ?)",
            f"SELECT 'endorsed', target_id, 0, 0, NULL FROM endorsements "
            f"WHERE account_id = ? AND target_id IN {LISTED}",
            f"SELECT 'note', target_id, 0, 0, note FROM account_notes WHERE account_id = ? AND target_id IN {LISTED}",
        )
    )
    me = viewer.id
    rows: list[Any] = await tx.fetch_all(
        sql, me, wanted, me, wanted, me, wanted, me, wanted, viewer.user_id, wanted, viewer.user_id, wanted,
        me, wanted, now_ms, me, wanted, me, wanted,
    )  # fmt: skip
    return rows


async def set_note(tx: Tx, account_id: int, target_id: int, note: str) -> None:
    """Keep a note; an empty one is removed."""
    if not note:
        await tx.execute(
            "DELETE FROM account_notes WHERE account_id = ? AND target_id = ?", account_id, target_id
        )
        return
    await tx.execute(
        "INSERT INTO account_notes (account_id, target_id, note) VALUES (?, ?, ?) "
        "ON CONFLICT (account_id, target_id) DO UPDATE SET note = excluded.note", account_id, target_id, note,
    )  # fmt: skip


async def endorse(tx: Tx, account_id: int, target_id: int, row_id: int) -> None:
    """Feature somebody on one's profile."""
    await tx.execute(
        "INSERT INTO endorsements (account_id, target_id, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        account_id, target_id, row_id,
    )  # fmt: skip


async def unendorse(tx: Tx, account_id: int, target_id: int) -> None:
    """Feature somebody no longer."""
    await tx.execute("DELETE FROM endorsements WHERE account_id = ? AND target_id = ?", account_id, target_id)


PAGES = {
    "followers": ("follows", "target_id", "follower_id"),
    "following": ("follows", "follower_id", "target_id"),
    "requests": ("follow_requests", "target_id", "follower_id"),
    "mutes": ("mutes", "account_id", "target_id"),
    "endorsements": ("endorsements", "account_id", "target_id"),
}
"""Lists of people: the table, the column of whose list it is, the column of who is in it."""


async def page_of(tx: Tx, which: str, owner_id: int, span: Span) -> list[tuple[int, int]]:
    """Give (cursor, account) of a list of people, in the span's order, one more than its limit."""
    table, owner, member = PAGES[which]
    rows: list[Any] = await tx.fetch_all(
        f"SELECT id, {member} FROM {table} WHERE {owner} = ? AND {span.where('id')} {span.order('id')} LIMIT ?",
        owner_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return rows


async def page_of_blocks(tx: Tx, user_id: str, span: Span) -> list[tuple[int, int]]:
    """Give (cursor, account) of whom a user blocks; people without an account are left out."""
    rows: list[Any] = await tx.fetch_all(
        "SELECT b.id, a.id FROM blocks b JOIN accounts a ON a.user_id = b.target_user_id "
        f"WHERE b.user_id = ? AND {span.where('b.id')} {span.order('b.id')} LIMIT ?",
        user_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return rows


async def familiar(tx: Tx, viewer_id: int, account_id: int, limit: int) -> list[int]:
    """Give those whom the viewer follows and who follow the account, hidden collections left out.

    Sought by key from those followed, who are few: the account may have a million followers.
    """
    rows = await tx.fetch_all(
        "SELECT x.target_id FROM (SELECT f.target_id, (SELECT g.id FROM follows g WHERE g.follower_id = f.target_id "
        "AND g.target_id = ?) AS shared FROM follows f WHERE f.follower_id = ?) x WHERE x.shared IS NOT NULL "
        "AND (SELECT 1 FROM accounts a WHERE a.id = x.target_id AND a.hide_collections = 0 AND a.gone_ts IS NULL "
        "AND a.suspended_ts IS NULL) = 1 "
        "ORDER BY x.shared DESC LIMIT ?", account_id, viewer_id, limit,
    )  # fmt: skip
    return [row[0] for row in rows]
