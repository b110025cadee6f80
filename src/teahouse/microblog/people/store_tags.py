"""SQL of tags that people follow or feature, and of markers."""

from typing import Any

from teahouse.kernel.storage import Tx, json_list
from teahouse.microblog.paging import Span


async def find_tag(tx: Tx, name: str) -> tuple[str, str, int] | None:
    """Give (name, spelling, since) of a tag that was ever used or followed."""
    row = await tx.fetch_one("SELECT name, display, created_ts FROM tags WHERE name = ?", name)
    return None if row is None else (row[0], row[1], row[2])


async def put_tag(tx: Tx, name: str, display: str, now_ms: int) -> None:
    """Keep a tag, unless it is known."""
    await tx.execute(
        "INSERT INTO tags (name, display, created_ts) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        name,
        display,
        now_ms,
    )


async def followed_among(tx: Tx, account_id: int, names: list[str]) -> set[str]:
    """Give those of the tags that somebody follows."""
    rows = await tx.fetch_all(
        "SELECT tag FROM followed_tags WHERE account_id = ? AND tag IN (SELECT value FROM json_each(?))",
        account_id, json_list(names),
    )  # fmt: skip
    return {row[0] for row in rows}


async def featured_among(tx: Tx, account_id: int, names: list[str]) -> set[str]:
    """Give those of the tags that somebody features."""
    rows = await tx.fetch_all(
        "SELECT tag FROM featured_tags WHERE account_id = ? AND tag IN (SELECT value FROM json_each(?))",
        account_id, json_list(names),
    )  # fmt: skip
    return {row[0] for row in rows}


async def follow(tx: Tx, account_id: int, name: str, row_id: int) -> None:
    """Follow a tag."""
    await tx.execute(
        "INSERT INTO followed_tags (account_id, tag, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        account_id, name, row_id,
    )  # fmt: skip


async def unfollow(tx: Tx, account_id: int, name: str) -> None:
    """Follow a tag no longer."""
    await tx.execute("DELETE FROM followed_tags WHERE account_id = ? AND tag = ?", account_id, name)


async def count_followed(tx: Tx, account_id: int) -> int:
    """Count the tags that somebody follows."""
    counted: int = await tx.fetch_value("SELECT COUNT(*) FROM followed_tags WHERE account_id = ?", account_id)
    return counted


async def page_of_followed(tx: Tx, account_id: int, span: Span) -> list[tuple[int, str]]:
    """Give (cursor, tag) of followed tags."""
    rows: list[Any] = await tx.fetch_all(
        f"SELECT id, tag FROM followed_tags WHERE account_id = ? AND {span.where('id')} {span.order('id')} LIMIT ?",
        account_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return rows


async def featured(tx: Tx, account_id: int) -> list[tuple[int, str, int, int]]:
    """Give (id, tag, posts, newest post) of what somebody features."""
    rows: list[Any] = await tx.fetch_all(
        "SELECT id, tag, statuses, last_status_id FROM featured_tags WHERE account_id = ? ORDER BY id",
        account_id,
    )
    return rows


async def feature(tx: Tx, account_id: int, name: str, row_id: int) -> None:
    """Feature a tag, counting once the public posts that have it."""
    await tx.execute(
        "INSERT INTO featured_tags (account_id, tag, id, statuses, last_status_id) "
        "SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), COUNT(*), COALESCE(MAX(status_id), 0) "
        "FROM status_tags WHERE account_id = ? AND tag = ? AND visibility < 2 ON CONFLICT DO NOTHING",
        account_id, name, row_id, account_id, name,
    )  # fmt: skip


async def unfeature(tx: Tx, account_id: int, row_id: int) -> bool:
    """Feature a tag no longer; False when it was not featured."""
    return (
        await tx.execute("DELETE FROM featured_tags WHERE account_id = ? AND id = ?", account_id, row_id) == 1
    )


async def used_lately(tx: Tx, account_id: int, limit: int) -> list[str]:
    """Give tags of somebody's newest posts that have any."""
    rows = await tx.fetch_all(
        "SELECT tag, MAX(status_id) FROM status_tags WHERE account_id = ? GROUP BY tag ORDER BY 2 DESC LIMIT ?",
        account_id, limit,
    )  # fmt: skip
    return [row[0] for row in rows]


async def uses_by_day(tx: Tx, names: list[str], since_id: int) -> list[tuple[str, int, int, int]]:
    """Give (tag, day, uses, people) of tags' public uses since an id; days are counted from 1970."""
    day_of = "(status_id / 65536) / 86400000"
    rows: list[Any] = await tx.fetch_all(
        f"SELECT tag, {day_of}, COUNT(*), COUNT(DISTINCT account_id) FROM status_tags "
        "WHERE tag IN (SELECT value FROM json_each(?)) AND status_id > ? AND visibility = 0 "
        f"GROUP BY tag, {day_of}", json_list(names), since_id,
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def markers(tx: Tx, account_id: int) -> list[tuple[str, int, int, int]]:
    """Give (timeline, newest read, version, when) of somebody's markers."""
    rows: list[Any] = await tx.fetch_all(
        "SELECT timeline, last_read_id, version, updated_ts FROM markers WHERE account_id = ?", account_id
    )
    return rows


async def put_marker(tx: Tx, account_id: int, timeline: str, last_read_id: int, now_ms: int) -> None:
    """Set a marker; its version grows by one."""
    await tx.execute(
        "INSERT INTO markers (account_id, timeline, last_read_id, version, updated_ts) VALUES (?, ?, ?, 1, ?) "
        "ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id, "
        "version = markers.version + 1, updated_ts = excluded.updated_ts",
        account_id, timeline, last_read_id, now_ms,
    )  # fmt: skip
