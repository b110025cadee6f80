"""SQL of trends: how many different people care for a tag or a post lately. Only accounts of some age count."""

from typing import Any

import orjson

from teahouse.kernel.storage import Tx, json_list
from teahouse.microblog.store_restraints import shown

MOST_TRENDS = 100


async def tags_of_late(
    tx: Tx, spans: tuple[int, int], made_before_ms: int, least: int
) -> list[tuple[str, int, int]]:
    """Give (tag, people now, people before) for tags that at least so many used publicly.

    `spans` are the first ids of the time before and of the time now.
    """
    before, now = spans
    rows = await tx.fetch_all(
        "SELECT t.tag, COUNT(DISTINCT CASE WHEN t.status_id >= ? THEN t.account_id END) AS people, "
        "COUNT(DISTINCT CASE WHEN t.status_id < ? THEN t.account_id END) AS earlier "
        "FROM status_tags t JOIN accounts a ON a.id = t.account_id "
        f"WHERE t.status_id >= ? AND t.visibility = 0 AND {shown('a')} AND a.created_ts <= ? "
        "GROUP BY t.tag HAVING COUNT(DISTINCT CASE WHEN t.status_id >= ? THEN t.account_id END) >= ? "
        "ORDER BY people DESC, t.tag LIMIT ?", now, now, before, made_before_ms, now, least, MOST_TRENDS * 2,
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in rows]


async def links_of_late(
    tx: Tx, spans: tuple[int, int], made_before_ms: int, least: int
) -> list[tuple[str, int, int]]:
    """Give (link, people now, people before) for links with a card that at least so many posted publicly.

    `spans` are the first ids of the time before and of the time now. What is marked sensitive does not count.
    """
    before, now = spans
    rows = await tx.fetch_all(
        "SELECT l.url_hash, COUNT(DISTINCT CASE WHEN l.status_id >= ? THEN l.account_id END) AS people, "
        "COUNT(DISTINCT CASE WHEN l.status_id < ? THEN l.account_id END) AS earlier "
        "FROM status_links l JOIN accounts a ON a.id = l.account_id JOIN statuses s ON s.id = l.status_id "
        "JOIN link_cards k ON k.url_hash = l.url_hash "
        f"WHERE l.status_id >= ? AND l.visibility = 0 AND s.sensitive = 0 AND k.card <> '' AND {shown('a')} "
        "AND a.created_ts <= ? GROUP BY l.url_hash "
        "HAVING COUNT(DISTINCT CASE WHEN l.status_id >= ? THEN l.account_id END) >= ? "
        "ORDER BY people DESC, l.url_hash LIMIT ?", now, now, before, made_before_ms, now, least, MOST_TRENDS * 2,
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in rows]


async def uses_of_links(tx: Tx, hashes: list[str], since_id: int) -> list[tuple[str, int, int, int]]:
    """Give (link, day, uses, people) of the public uses of links since an id; days are counted from 1970."""
    day_of = "(status_id / 65536) / 86400000"
    rows = await tx.fetch_all(
        f"SELECT url_hash, {day_of}, COUNT(*), COUNT(DISTINCT account_id) FROM status_links "
        "WHERE url_hash IN (SELECT value FROM json_each(?)) AND status_id > ? AND visibility = 0 "
        f"GROUP BY url_hash, {day_of}", json_list(hashes), since_id,
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def posts_of_late(tx: Tx, since_id: int, made_before_ms: int, least: int) -> list[tuple[int, int]]:
    """Give (post, people) for public posts that at least so many liked or reposted; no comments, nothing sensitive."""
    rows = await tx.fetch_all(
        "SELECT m.status_id, COUNT(DISTINCT m.account_id) AS people FROM status_marks m "
        "JOIN accounts a ON a.id = m.account_id JOIN statuses s ON s.id = m.status_id "
        "JOIN accounts author ON author.id = s.account_id "
        "WHERE m.id >= ? AND m.kind IN ('favourite', 'reblog') AND m.account_id <> s.account_id "
        f"AND {shown('a')} AND a.created_ts <= ? AND s.visibility = 0 AND s.sensitive = 0 "
        f"AND s.in_reply_to IS NULL AND s.reblog_of IS NULL AND author.discoverable = 1 AND {shown('author')} "
        "AND (s.has_media = 0 OR author.sensitized_ts IS NULL) "
        "GROUP BY m.status_id HAVING COUNT(DISTINCT m.account_id) >= ? ORDER BY people DESC LIMIT ?",
        since_id, made_before_ms, least, MOST_TRENDS * 2,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


async def kept(tx: Tx) -> list[tuple[str, int, list[Any]]]:
    """Give (kind, moment, what was found) of everything that was found last."""
    rows = await tx.fetch_all("SELECT kind, found_ts, found FROM trends_kept")
    return [(row[0], row[1], orjson.loads(row[2])) for row in rows]


async def keep(tx: Tx, kind: str, found_ts: int, found: list[Any]) -> None:
    """Keep what was found, in the place of what was found before."""
    await tx.execute(
        "INSERT INTO trends_kept (kind, found_ts, found) VALUES (?, ?, ?) "
        "ON CONFLICT (kind) DO UPDATE SET found_ts = excluded.found_ts, found = excluded.found",
        kind, found_ts, orjson.dumps(found).decode(),
    )  # fmt: skip
