"""SQL of deletion: nothing of a post stays in any table."""

from collections.abc import Iterable
from dataclasses import dataclass

from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.people.store_accounts import LISTED, ids

GONE = "post_gone"


async def reposts_of(tx: Tx, status_id: int, limit: int) -> list[tuple[int, int]]:
    """Give (repost, account) of a post's reposts."""
    rows = await tx.fetch_all(
        "SELECT id, account_id FROM statuses WHERE reblog_of = ? LIMIT ?", status_id, limit
    )
    return [(row[0], row[1]) for row in rows]


async def delete_reposts(tx: Tx, repost_ids: Iterable[int]) -> None:
    """Delete reposts; they have no other rows than their marks, which go with the root's."""
    await tx.execute(f"DELETE FROM statuses WHERE id IN {LISTED}", ids(repost_ids))


async def settle_authors(tx: Tx, account_ids: Iterable[int]) -> None:
    """Take one post off the counts of each of these, and find their newest anew."""
    await tx.execute(
        "UPDATE account_counts SET statuses = statuses - 1, last_status_id = COALESCE("
        "(SELECT MAX(s.id) FROM statuses s WHERE s.account_id = account_counts.account_id), 0) "
        f"WHERE account_id IN {LISTED}", ids(account_ids),
    )  # fmt: skip


async def delete_post(tx: Tx, status_id: int) -> None:
    """Delete a post with all that hangs on it; comments on it stay, as posts that answer nothing."""
    await tx.execute(
        "UPDATE statuses SET in_reply_to = NULL WHERE id IN "
        "(SELECT c.status_id FROM status_counts c WHERE c.parent_id = ?)",
        status_id,
    )
    await tx.execute("UPDATE status_counts SET parent_id = NULL WHERE parent_id = ?", status_id)
    for table in (
        "status_counts", "status_mentions", "status_tags", "status_edits", "status_filter_statuses",
        "status_words",
    ):  # fmt: skip
        await tx.execute(f"DELETE FROM {table} WHERE status_id = ?", status_id)
    await tx.execute(
        "DELETE FROM poll_votes WHERE poll_id IN (SELECT id FROM polls WHERE status_id = ?)", status_id
    )
    await tx.execute("DELETE FROM polls WHERE status_id = ?", status_id)
    await tx.execute("DELETE FROM statuses WHERE id = ?", status_id)


@dataclass(frozen=True, slots=True)
class GonePost:
    """A deleted post that left something behind."""

    status_id: int

    @property
    def key(self) -> str:
        """What tells it from others."""
        return str(self.status_id)


async def note_gone(tx: Tx, status_id: int) -> None:
    """Note that what a deleted post leaves behind is to be swept up, and wake who does it."""
    await tx.execute("INSERT INTO deleted_posts (status_id) VALUES (?) ON CONFLICT DO NOTHING", status_id)
    tx.announce(Fact(tx.next_position(), GONE))


async def next_gone(tx: Tx, but: Iterable[str]) -> GonePost | None:
    """Give a deleted post to sweep up after, none of these."""
    row = await tx.fetch_one(
        f"SELECT status_id FROM deleted_posts WHERE status_id NOT IN {LISTED} LIMIT 1", ids(map(int, but))
    )
    return None if row is None else GonePost(row[0])


async def is_swept(tx: Tx, status_id: int) -> bool:
    """Tell whether something of a deleted post is still to be swept up."""
    return await tx.fetch_value("SELECT 1 FROM deleted_posts WHERE status_id = ?", status_id) is not None


async def forget_gone(tx: Tx, status_id: int) -> None:
    """Note that nothing is left of a deleted post."""
    await tx.execute("DELETE FROM deleted_posts WHERE status_id = ?", status_id)


async def delete_some_marks(tx: Tx, status_id: int, limit: int) -> int:
    """Delete what some people did with a post; gives how much that was."""
    return await tx.execute(
        "DELETE FROM status_marks WHERE status_id = ? AND account_id IN "
        "(SELECT m.account_id FROM status_marks m WHERE m.status_id = ? LIMIT ?)", status_id, status_id, limit,
    )  # fmt: skip


async def delete_some_told(tx: Tx, status_id: int, limit: int) -> int:
    """Delete some notifications about a post, and their groups, which speak of nothing else; gives how many."""
    rows = await tx.fetch_all(
        "SELECT id, account_id, group_key FROM notifications WHERE status_id = ? AND status_id <> 0 LIMIT ?",
        status_id, limit,
    )  # fmt: skip
    await tx.execute(f"DELETE FROM notifications WHERE id IN {LISTED}", ids(row[0] for row in rows))
    await tx.execute_many(
        "DELETE FROM notification_groups WHERE account_id = ? AND group_key = ?",
        [*{(row[1], row[2]) for row in rows}],
    )
    return len(rows)


async def some_of(tx: Tx, account_id: int, limit: int) -> list[int]:
    """Give some posts of an account."""
    rows = await tx.fetch_all(
        "SELECT id FROM statuses WHERE account_id = ? ORDER BY id LIMIT ?", account_id, limit
    )
    return [row[0] for row in rows]


async def some_follows(tx: Tx, account_id: int, limit: int) -> list[tuple[int, int]]:
    """Give (follower, target) of some follows of or by an account."""
    rows = await tx.fetch_all(
        "SELECT follower_id, target_id FROM "
        "(SELECT follower_id, target_id FROM follows WHERE follower_id = ? LIMIT ?) a "
        "UNION ALL SELECT follower_id, target_id FROM "
        "(SELECT follower_id, target_id FROM follows WHERE target_id = ? LIMIT ?) b",
        account_id, limit, account_id, limit,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


async def some_marks(tx: Tx, account_id: int, limit: int) -> list[tuple[int, str]]:
    """Give (post, kind) of some marks of an account."""
    rows = await tx.fetch_all(
        "SELECT status_id, kind FROM status_marks WHERE account_id = ? LIMIT ?", account_id, limit
    )
    return [(row[0], row[1]) for row in rows]


async def delete_mark(tx: Tx, account_id: int, status_id: int, kind: str) -> None:
    """Take a mark away."""
    await tx.execute(
        "DELETE FROM status_marks WHERE account_id = ? AND status_id = ? AND kind = ?",
        account_id,
        status_id,
        kind,
    )


async def delete_rest(tx: Tx, account_id: int, user_id: str) -> None:
    """Delete what else an account keeps, and empty its profile; the name stays taken."""
    await tx.execute("DELETE FROM list_members WHERE owner_id = ? OR target_id = ?", account_id, account_id)
    for table in (
        "lists", "mutes", "account_notes", "endorsements", "followed_tags", "featured_tags", "markers",
        "scheduled_statuses", "posting_keys", "conversations", "status_filters", "status_filter_keywords",
        "status_filter_statuses", "poll_votes", "attachments", "status_mentions", "field_checks", "account_words",
        "announcement_dismissals", "announcement_reactions", "microblog_reports", "account_warnings",
    ):  # fmt: skip
        await tx.execute(f"DELETE FROM {table} WHERE account_id = ?", account_id)
    for table, column in (
        ("follow_requests", "follower_id"), ("follow_requests", "target_id"), ("mutes", "target_id"),
        ("account_notes", "target_id"), ("endorsements", "target_id"),
    ):  # fmt: skip
        await tx.execute(f"DELETE FROM {table} WHERE {column} = ?", account_id)
    await tx.execute("DELETE FROM blocks WHERE user_id = ?", user_id)
    await tx.execute(
        "UPDATE accounts SET display_name = '', avatar = '', header = '', note = '', fields = '[]', preferences = '{}' "
        "WHERE id = ?", account_id,
    )  # fmt: skip
