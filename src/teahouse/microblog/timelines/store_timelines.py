"""SQL of timelines: only ids and what decides about them; the posts themselves are read afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
import orjson

from teahouse.kernel.storage import Row, Tx
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.paging import Span
from teahouse.microblog.people.store_accounts import LISTED, ids

MANY_AUTHORS = 2000


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A post in a timeline before anything but its row is known."""

    id: int
    account_id: int
    reply_to_account: int | None
    reblog_of: int | None

    @property
    def shown_id(self) -> int:
        """The post that is seen: the root of a repost."""
        return self.reblog_of or self.id


ENTRY = "s.id, s.account_id, s.in_reply_to_account, s.reblog_of"
_AUTHORS = {
    "home": "SELECT target_id AS author FROM follows WHERE follower_id = ? AND in_home = 1",
    "list": "SELECT target_id AS author FROM list_members WHERE list_id = ?",
}
"""Whose posts make a timeline; the one parameter is the reader's account, or the list."""


async def of_authors(
    tx: Tx, dialect: str, which: str, owners: tuple[int, int], span: Span, most: int, reach: int = 0
) -> list[Entry]:
    """Give the `most` nearest entries of a timeline's authors and of one account more, in the span's order.

    `owners` are the parameter of the timeline and the account more (0 for none). A merge of the authors' own orders
    over the index (account, id): each database gets the text by which it merges (decision 20). `reach` is a guess at
    how many ids so many entries span; 0 when there is none.
    """
    owner, own = owners
    if which == "home" and (found := await _of_everybody(tx, owner, span, most)):
        return found
    if dialect == "sqlite":
        rows = await tx.fetch_all(_merged(which, span), owner, own, *span.bounds, most)
        return [Entry(*row) for row in rows]
    if not span.upwards and span.below == LARGEST_ID and span.above == 0:
        heads = await tx.fetch_all(_heads(which, span, _NEWEST), owner, own, most)
        found = await _of_nearest(tx, heads, span, most)
        # A head may be a post that no timeline shows; so many of them that the page suffers are the exception.
        if len(found) >= most or len(heads) < most:
            return found
    if reach and len(found := await _within(tx, which, owners, _cut(span, reach), most)) == most:
        return found
    heads = await tx.fetch_all(_heads(which, span, _nearest(span)), *span.bounds, owner, own, most)
    return await _of_nearest(tx, heads, span, most)


async def _of_everybody(tx: Tx, reader_id: int, span: Span, most: int) -> list[Entry]:
    """Give the nearest entries of a reader who follows so many that they are among everybody's nearest few; or nothing.

    Thousands of authors cost thousands of steps to merge; then it is cheaper to try a walk past all posts first.
    """
    following = await tx.fetch_value("SELECT following FROM account_counts WHERE account_id = ?", reader_id)
    if (following or 0) < MANY_AUTHORS:
        return []
    rows = await tx.fetch_all(
        f"SELECT {ENTRY} FROM (SELECT {ENTRY}, s.visibility FROM statuses s WHERE {span.where('s.id')} "
        f"{span.order('s.id')} LIMIT ?) s WHERE s.visibility < 3 AND (s.account_id = ? OR (SELECT 1 FROM follows f "
        "WHERE f.follower_id = ? AND f.target_id = s.account_id AND f.in_home = 1) = 1) "
        f"{span.order('s.id')} LIMIT ?", *span.bounds, 3 * most + 200, reader_id, reader_id, most,
    )  # fmt: skip
    return [Entry(*row) for row in rows] if len(rows) == most else []


def _merged(which: str, span: Span) -> str:
    """SQLite leaves an author as soon as his next post can't be among the nearest any more."""
    return (
        f"SELECT {ENTRY} FROM statuses s WHERE s.account_id IN "
        f"({_AUTHORS[which]} UNION ALL SELECT ?) AND s.visibility < 3 "
        f"AND {span.where('s.id')} {span.order('s.id')} LIMIT ?"
    )


_NEWEST = "(SELECT c.last_status_id FROM account_counts c WHERE c.account_id = a.author)"


def _nearest(span: Span) -> str:
    return (
        "(SELECT s.id FROM statuses s WHERE s.account_id = a.author AND s.visibility < 3 "
        f"AND {span.where('s.id')} {span.order('s.id')} LIMIT 1)"
    )


def _heads(which: str, span: Span, head: str) -> str:
    """PostgreSQL must be told: rank the authors by their nearest post, then read on only with the nearest."""
    return (
        f"SELECT a.author, {head} AS head FROM ({_AUTHORS[which]} UNION ALL SELECT CAST(? AS BIGINT)) a "
        f"{span.order('head')} NULLS LAST LIMIT ?"
    )


async def _of_nearest(tx: Tx, heads: Sequence[Row], span: Span, most: int) -> list[Entry]:
    """Give the `most` nearest entries of the authors of these heads, none of which lies beyond the last head."""
    heads = [row for row in heads if row[1]]
    below, above = span.bounds
    if len(heads) >= most:
        below, above = (heads[-1][1] + 1, above) if span.upwards else (below, heads[-1][1] - 1)
    rows = await tx.fetch_all(
        f"SELECT e.id, e.account_id, e.in_reply_to_account, e.reblog_of FROM {LISTED} a(author) CROSS JOIN LATERAL "
        f"(SELECT {ENTRY} FROM statuses s WHERE s.account_id = a.author AND s.visibility < 3 AND {span.where('s.id')} "
        f"{span.order('s.id')} LIMIT ?) e {span.order('e.id')} LIMIT ?",
        ids(row[0] for row in heads), below, above, most, most,
    )  # fmt: skip
    return [Entry(*row) for row in rows]


def _cut(span: Span, reach: int) -> Span:
    """Give the nearest part of a span."""
    if span.upwards:
        return replace(span, below=min(span.below, span.above + reach))
    return replace(span, above=max(span.above, span.below - reach))


async def _within(tx: Tx, which: str, owners: tuple[int, int], span: Span, most: int) -> list[Entry]:
    """Give the `most` nearest entries of a span so short that an author has few posts in it.

    One walk over the index for all authors costs PostgreSQL a third of as many walks for the nearest post of each.
    """
    rows = await tx.fetch_all(
        f"SELECT {ENTRY} FROM statuses s WHERE s.account_id = ANY "
        f"(ARRAY({_AUTHORS[which]} UNION ALL SELECT CAST(? AS BIGINT))) AND s.visibility < 3 "
        f"AND {span.where('s.id')} {span.order('s.id')} LIMIT ?", *owners, *span.bounds, most,
    )  # fmt: skip
    return [Entry(*row) for row in rows]


async def of_link(tx: Tx, url_hash: str, span: Span, most: int) -> list[Entry]:
    """Give public entries with a link."""
    rows = await tx.fetch_all(
        f"SELECT {ENTRY} FROM status_links l JOIN statuses s ON s.id = l.status_id "
        f"WHERE l.url_hash = ? AND l.visibility = 0 AND {span.where('l.status_id')} "
        f"{span.order('l.status_id')} LIMIT ?", url_hash, *span.bounds, most,
    )  # fmt: skip
    return [Entry(*row) for row in rows]


async def listed(tx: Tx, span: Span, most: int, *, only_media: bool) -> list[Entry]:
    """Give entries of the public timeline."""
    media = " AND s.has_media = 1" if only_media else ""
    rows = await tx.fetch_all(
        f"SELECT {ENTRY} FROM statuses s WHERE s.listed = 1{media} AND {span.where('s.id')} "
        f"{span.order('s.id')} LIMIT ?", *span.bounds, most,
    )  # fmt: skip
    return [Entry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class AccountWish:
    """Which posts of an account somebody wants."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    tagged: str | None = None
    exclude_direct: bool = False


async def of_account(tx: Tx, account_id: int, wish: AccountWish, span: Span, most: int) -> list[Entry]:
    """Give entries of one account's profile."""
    more, params = "", []
    if wish.only_media:
        more += " AND s.has_media = 1 AND s.reblog_of IS NULL"
    if wish.exclude_replies:
        more += " AND (s.in_reply_to_account IS NULL OR s.in_reply_to_account = s.account_id)"
    if wish.exclude_reblogs:
        more += " AND s.reblog_of IS NULL"
    if wish.exclude_direct:
        more += " AND s.visibility < 3"
    if wish.tagged is not None:
        more += " AND s.id IN (SELECT t.status_id FROM status_tags t WHERE t.account_id = s.account_id AND t.tag = ?)"
        params.append(wish.tagged)
    rows = await tx.fetch_all(
        f"SELECT {ENTRY} FROM statuses s WHERE s.account_id = ?{more} AND {span.where('s.id')} "
        f"{span.order('s.id')} LIMIT ?", account_id, *params, *span.bounds, most,
    )  # fmt: skip
    return [Entry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class FollowWish:
    """How somebody follows an account: with its reposts or not, in which languages."""

    reblogs: bool
    languages: frozenset[str] | None


async def follow_wishes(tx: Tx, follower_id: int, account_ids: Iterable[int]) -> dict[int, FollowWish]:
    """Give by account how the follower follows it, for those followed."""
    rows = await tx.fetch_all(
        "SELECT target_id, reblogs, languages FROM follows "
        f"WHERE follower_id = ? AND target_id IN {LISTED}", follower_id, ids(account_ids),
    )  # fmt: skip
    return {
        row[0]: FollowWish(bool(row[1]), None if row[2] is None else frozenset(orjson.loads(row[2])))
        for row in rows
    }


async def home_authors_among(tx: Tx, follower_id: int, account_ids: Iterable[int]) -> set[int]:
    """Give those of the accounts whose posts come to the follower's home."""
    rows = await tx.fetch_all(
        f"SELECT target_id FROM follows WHERE follower_id = ? AND target_id IN {LISTED} AND in_home = 1",
        follower_id, ids(account_ids),
    )  # fmt: skip
    return {row[0] for row in rows}


async def followed_tags(tx: Tx, account_id: int) -> list[str]:
    """Give the tags that somebody follows."""
    rows = await tx.fetch_all(
        "SELECT tag FROM followed_tags WHERE account_id = ? ORDER BY id DESC", account_id
    )
    return [row[0] for row in rows]


async def members_among(tx: Tx, list_id: int, account_ids: Iterable[int]) -> set[int]:
    """Give those of the accounts that are in a list."""
    rows = await tx.fetch_all(
        f"SELECT target_id FROM list_members WHERE list_id = ? AND target_id IN {LISTED}", list_id, ids(account_ids)
    )  # fmt: skip
    return {row[0] for row in rows}
