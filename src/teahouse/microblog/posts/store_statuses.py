"""SQL of posts themselves: rows by id, their counts, tags and mentions."""

from collections.abc import Iterable
from typing import Any

from teahouse.kernel.storage import Tx
from teahouse.microblog.people.store_accounts import LISTED, ids
from teahouse.microblog.posts.records import StatusRow, encode_parts, status_row

COLUMNS = (
    "s.id, s.account_id, s.visibility, s.listed, s.reblog_of, s.reblog_via, s.in_reply_to, s.in_reply_to_account, "
    "s.root_id, s.quote_of, s.quote_root, s.quote_state, s.quote_policy, s.reply_policy, s.text, s.html, s.spoiler, "
    "s.sensitive, s.language, s.parts, s.poll_id, s.application, s.created_ts, s.edited_ts"
)
COUNTED = (
    COLUMNS
    + ", COALESCE(c.replies, 0), COALESCE(c.reblogs, 0), COALESCE(c.favourites, 0), COALESCE(c.quotes, 0) "
    "FROM statuses s LEFT JOIN status_counts c ON c.status_id = s.id"
)


async def by_ids(tx: Tx, status_ids: Iterable[int]) -> dict[int, StatusRow]:
    """Give by id those of the posts that exist, with their counts."""
    wanted = set(status_ids)
    if not wanted:
        return {}
    rows = await tx.fetch_all(f"SELECT {COUNTED} WHERE s.id IN {LISTED}", ids(wanted))
    return {row[0]: status_row(row) for row in rows}


async def by_id(tx: Tx, status_id: int) -> StatusRow | None:
    """Give one post with its counts."""
    row = await tx.fetch_one(f"SELECT {COUNTED} WHERE s.id = ?", status_id)
    return None if row is None else status_row(row)


async def insert(tx: Tx, row: StatusRow) -> None:
    """Keep a new post, with nothing counted."""
    await insert_rows(tx, [row])
    await tx.execute(
        "INSERT INTO status_counts (status_id, parent_id, replies, reblogs, favourites, quotes, heat) "
        "VALUES (?, ?, 0, 0, 0, 0, 0)", row.id, row.in_reply_to,
    )  # fmt: skip


async def insert_rows(tx: Tx, rows: Iterable[StatusRow]) -> None:
    """Keep new reposts, of which nothing is counted, or the rows of posts themselves."""
    columns = COLUMNS.replace("s.", "")
    marks = ", ".join("?" * (columns.count(",") + 2))
    await tx.execute_many(
        f"INSERT INTO statuses ({columns}, has_media) VALUES ({marks})", [_values(row) for row in rows]
    )


def _values(row: StatusRow) -> list[Any]:
    values = [getattr(row, name) for name in StatusRow.__struct_fields__][:24]
    values[19] = encode_parts(row.parts)
    return [*values, int(bool(row.parts.media))]


async def count(
    tx: Tx, status_id: int, replies: int = 0, reblogs: int = 0, favourites: int = 0, quotes: int = 0
) -> None:
    """Add to what is counted of a post; heat follows, a repost and a quote counting twice."""
    heat = favourites + replies + 2 * (reblogs + quotes)
    await tx.execute(
        "UPDATE status_counts SET replies = replies + ?, reblogs = reblogs + ?, favourites = favourites + ?, "
        "quotes = quotes + ?, heat = heat + ? WHERE status_id = ?",
        replies, reblogs, favourites, quotes, heat, status_id,
    )  # fmt: skip


async def put_mentions(tx: Tx, status_id: int, account_ids: Iterable[int], *, is_new: bool = False) -> None:
    """Keep whom a post mentions, in the place of whom it mentioned before."""
    if not is_new:
        await tx.execute("DELETE FROM status_mentions WHERE status_id = ?", status_id)
    await tx.execute_many(
        "INSERT INTO status_mentions (status_id, account_id) VALUES (?, ?)",
        [(status_id, account_id) for account_id in set(account_ids)],
    )


async def put_tags(tx: Tx, row: StatusRow, spelled: dict[str, str], *, is_new: bool = False) -> None:
    """Keep a post's tags, in the place of those it had; `spelled` holds how each name was written."""
    if not is_new:
        await tx.execute("DELETE FROM status_tags WHERE status_id = ?", row.id)
    await tx.execute_many(
        "INSERT INTO tags (name, display, created_ts) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(name, shown, row.created_ts) for name, shown in spelled.items()],
    )
    await tx.execute_many(
        "INSERT INTO status_tags (tag, status_id, account_id, visibility, has_media) VALUES (?, ?, ?, ?, ?)",
        [(name, row.id, row.account_id, row.visibility, int(bool(row.parts.media))) for name in spelled],
    )


async def newest_of(tx: Tx, account_id: int) -> int:
    """Give the id of an account's newest post, 0 when there is none."""
    found: int = await tx.fetch_value(
        "SELECT COALESCE(MAX(id), 0) FROM statuses WHERE account_id = ?", account_id
    )
    return found


async def made_with_key(tx: Tx, account_id: int, key: str) -> tuple[str, int] | None:
    """Give what an Idempotency-Key already made: ('status' or 'scheduled', its id)."""
    row = await tx.fetch_one(
        "SELECT made, made_id FROM posting_keys WHERE account_id = ? AND posting_key = ?", account_id, key
    )
    return None if row is None else (row[0], row[1])


async def keep_key(
    tx: Tx, account_id: int, key: str, made: tuple[str, int], *, now_ms: int, until_ms: int
) -> None:
    """Keep what an Idempotency-Key made, and forget keys from before `until_ms`."""
    await tx.execute("DELETE FROM posting_keys WHERE created_ts < ?", until_ms)
    await tx.execute(
        "INSERT INTO posting_keys (account_id, posting_key, made, made_id, created_ts) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, posting_key) DO UPDATE SET made = excluded.made, made_id = excluded.made_id, "
        "created_ts = excluded.created_ts", account_id, key, *made, now_ms,
    )  # fmt: skip


async def count_featured(tx: Tx, account_id: int, tags: Iterable[str], change: int, status_id: int) -> None:
    """Add to the counts of those of the tags that the author features."""
    await tx.execute_many(
        "UPDATE featured_tags SET statuses = statuses + ?, last_status_id = CASE WHEN last_status_id < ? "
        "THEN ? ELSE last_status_id END WHERE account_id = ? AND tag = ?",
        [(change, status_id, status_id, account_id, tag) for tag in tags],
    )
