"""SQL of cards: what is behind the links of posts, and which post has which link."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from teahouse.kernel.storage import Tx, json_list
from teahouse.media import Description
from teahouse.microblog.posts.records import StatusRow

_DECODER = msgspec.json.Decoder(Description)


@dataclass(frozen=True, slots=True)
class LinkErrand:
    """A link that somebody posted and nobody has looked at yet, or one that no post has any more."""

    key: str
    url: str
    is_unused: bool


def hash_of(url: str) -> str:
    """Give the key of a link: where in its page it points makes no difference."""
    return hashlib.sha256(url.partition("#")[0].encode("utf-8", "replace")).hexdigest()


async def want(tx: Tx, row: StatusRow, url: str, *, older_ms: int, empty_ms: int) -> None:
    """Note a post's link, and want its card when there is none, or one from before `older_ms`.

    A link that had nothing to tell is looked at again when that was before `empty_ms`.
    """
    url_hash = hash_of(url)
    await tx.execute(
        "INSERT INTO status_links (status_id, url_hash, account_id, visibility) VALUES (?, ?, ?, ?)",
        row.id, url_hash, row.account_id, row.visibility,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO link_cards (url_hash, url, state, card, media_id, fetched_ts) VALUES (?, ?, 'wanted', '', '', 0) "
        "ON CONFLICT (url_hash) DO UPDATE SET state = CASE WHEN link_cards.fetched_ts < (CASE "
        "WHEN link_cards.card = '' THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END) THEN 'wanted' ELSE 'done' END",
        url_hash, url.partition("#")[0], empty_ms, older_ms,
    )  # fmt: skip


async def unlink(tx: Tx, status_id: int) -> None:
    """Forget a post's link; a card that no other post has is not needed any more."""
    url_hash = await tx.fetch_value("SELECT url_hash FROM status_links WHERE status_id = ?", status_id)
    if url_hash is None:
        return
    await tx.execute("DELETE FROM status_links WHERE status_id = ?", status_id)
    await tx.execute(
        "UPDATE link_cards SET state = 'unused' WHERE url_hash = ? "
        "AND NOT EXISTS (SELECT 1 FROM status_links l WHERE l.url_hash = link_cards.url_hash)", url_hash,
    )  # fmt: skip


async def next_to_do(tx: Tx, but: Iterable[str]) -> LinkErrand | None:
    """Give a link with which something is to be done, none of these."""
    row = await tx.fetch_one(
        "SELECT url_hash, url, state FROM link_cards WHERE state <> 'done' "
        "AND url_hash NOT IN (SELECT value FROM json_each(?)) LIMIT 1", json_list(but),
    )  # fmt: skip
    return None if row is None else LinkErrand(row[0], row[1], row[2] == "unused")


async def settle(tx: Tx, url_hash: str, described: Description | None, now_ms: int) -> str | None:
    """Keep what was found behind a link; gives the picture that it replaces, None when nobody wants it any more."""
    before = await tx.fetch_value("SELECT media_id FROM link_cards WHERE url_hash = ?", url_hash)
    if before is None:
        return None
    card = "" if described is None else msgspec.json.encode(described).decode()
    picture = described.picture.media_id if described is not None and described.picture is not None else ""
    await tx.execute(
        "UPDATE link_cards SET card = ?, media_id = ?, fetched_ts = ?, "
        "state = CASE WHEN state = 'wanted' THEN 'done' ELSE state END WHERE url_hash = ?",
        card, picture, now_ms, url_hash,
    )  # fmt: skip
    return str(before)


async def posts_with(tx: Tx, url_hash: str, since_id: int, limit: int) -> list[tuple[int, str]]:
    """Give (post, its author's user id) of the newest posts with a link."""
    rows = await tx.fetch_all(
        "SELECT l.status_id, a.user_id FROM status_links l JOIN accounts a ON a.id = l.account_id "
        "WHERE l.url_hash = ? AND l.status_id >= ? ORDER BY l.status_id DESC LIMIT ?", url_hash, since_id, limit,
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


async def take_unused(tx: Tx, url_hash: str) -> str:
    """Forget a card unless a post has its link again; gives its picture, '' for none."""
    row = await tx.fetch_one(
        "SELECT media_id FROM link_cards WHERE url_hash = ? AND state = 'unused'", url_hash
    )
    await tx.execute("DELETE FROM link_cards WHERE url_hash = ? AND state = 'unused'", url_hash)
    return "" if row is None else str(row[0])


async def cards_of(tx: Tx, urls: Iterable[str]) -> dict[str, Description]:
    """Give by address what is known to be behind these links."""
    by_hash = {hash_of(url): url for url in urls}
    return {by_hash[key]: card for key, (_, card) in (await cards_by_hash(tx, by_hash)).items()}


async def cards_by_hash(tx: Tx, hashes: Iterable[str]) -> dict[str, tuple[str, Description]]:
    """Give by key (address, card) of those of the links that have one."""
    wanted = json_list(hashes)
    rows = await tx.fetch_all(
        "SELECT url_hash, url, card FROM link_cards WHERE card <> '' "
        "AND url_hash IN (SELECT value FROM json_each(?))", wanted,
    )  # fmt: skip
    return {row[0]: (row[1], _DECODER.decode(row[2])) for row in rows}
