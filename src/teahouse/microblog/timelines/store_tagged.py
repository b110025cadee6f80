"""SQL of timelines by tags: with any of some, all of others, none of still others."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.paging import Span
from teahouse.microblog.people.store_accounts import LISTED, ids
from teahouse.microblog.timelines.store_timelines import ENTRY, Entry

WALK = 1000
"""So many posts of a tag are compared with other tags at once; what lies beyond is for the next time."""


@dataclass(frozen=True, slots=True)
class TagWish:
    """Which posts are wanted."""

    any_of: Sequence[str]
    all_of: Sequence[str] = ()
    none_of: Sequence[str] = ()
    only_media: bool = False


async def of_tags(
    tx: Tx, wish: TagWish, span: Span, most: int, walk: int = WALK
) -> tuple[list[Entry], int | None]:
    """Give public entries in the span's order; and where the walk stopped, if that was neither the end nor `most`."""
    if wish.all_of or wish.none_of:
        return await _compared(tx, wish, span, (most, walk))
    rows = await tx.fetch_all(
        f"SELECT {ENTRY} FROM ({_any_tag(wish, len(wish.any_of), span, 'UNION')}) t JOIN statuses s "
        f"ON s.id = t.status_id {span.order('s.id')} LIMIT ?",
        *(value for tag in wish.any_of for value in (tag, *span.bounds, most)), most,
    )  # fmt: skip
    return [Entry(*row) for row in rows], None


async def of_followed_tags(tx: Tx, tags: Sequence[str], viewer_id: int, span: Span, most: int) -> list[Entry]:
    """Give public entries with any of these tags that are not the viewer's own, in the span's order."""
    rows = await tx.fetch_all(
        f"SELECT {ENTRY} FROM ({_any_tag(TagWish(tags), len(tags), span, 'UNION')}) t JOIN statuses s "
        f"ON s.id = t.status_id WHERE s.account_id <> ? {span.order('s.id')} LIMIT ?",
        *(value for tag in tags for value in (tag, *span.bounds, most)), viewer_id, most,
    )  # fmt: skip
    return [Entry(*row) for row in rows]


def _any_tag(wish: TagWish, number: int, span: Span, joined: str) -> str:
    media = " AND t.has_media = 1" if wish.only_media else ""
    one = (
        f"SELECT * FROM (SELECT t.status_id, t.tag FROM status_tags t WHERE t.tag = ? AND t.visibility = 0{media} "
        f"AND {span.where('t.status_id')} {span.order('t.status_id')} LIMIT ?) x"
    )
    if joined == "UNION":
        one = one.replace("SELECT *", "SELECT x.status_id", 1)
    return f" {joined} ".join([one] * number)


async def _compared(
    tx: Tx, wish: TagWish, span: Span, bounds: tuple[int, int]
) -> tuple[list[Entry], int | None]:
    """Walk the rarest tag that all must have, or any of the first, and keep those that the rest wants."""
    most, walk = bounds
    sizes = await _sizes(tx, {*wish.any_of, *wish.all_of})
    rarest = min(wish.all_of, key=sizes.__getitem__, default=None)
    walked: Sequence[str] = wish.any_of
    if rarest is not None and sizes[rarest] < sum(sizes[tag] for tag in wish.any_of):
        walked = [rarest]
    rows = await tx.fetch_all(
        _any_tag(wish, len(walked), span, "UNION ALL"),
        *(value for tag in walked for value in (tag, *span.bounds, walk)),
    )
    stopped = _stopped(rows, walked, span, walk)
    reached = [
        row[0] for row in rows if stopped is None or (row[0] <= stopped) == span.upwards or row[0] == stopped
    ]
    has = "EXISTS (SELECT 1 FROM status_tags o WHERE o.status_id = s.id AND o.tag"
    words = f"{has} IN (SELECT value FROM json_each(?)))"
    words += f" AND {has} = ?)" * len(wish.all_of) + f" AND NOT {has} = ?)" * len(wish.none_of)
    found = await tx.fetch_all(
        f"SELECT {ENTRY} FROM statuses s WHERE s.id IN {LISTED} AND {words} {span.order('s.id')} LIMIT ?",
        ids(set(reached)), orjson.dumps(list(wish.any_of)).decode(), *wish.all_of, *wish.none_of, most,
    )  # fmt: skip
    return [Entry(*row) for row in found], None if len(found) >= most else stopped


def _stopped(rows: Sequence[tuple[int, str]], walked: Sequence[str], span: Span, walk: int) -> int | None:
    """Give the id up to which all posts of these tags were walked; None when that is to their end."""
    ends = []
    for tag in walked:
        numbers = [row[0] for row in rows if row[1] == tag]
        if len(numbers) >= walk:
            ends.append(max(numbers) if span.upwards else min(numbers))
    return (min(ends) if span.upwards else max(ends)) if ends else None


async def _sizes(tx: Tx, tags: set[str]) -> dict[str, int]:
    """Count the posts of each tag, but no further than WALK."""
    listed = sorted(tags)
    one = "SELECT CAST(? AS TEXT) AS tag, COUNT(*) FROM (SELECT 1 FROM status_tags WHERE tag = ? LIMIT ?) x"
    rows = await tx.fetch_all(
        " UNION ALL ".join([one] * len(listed)), *(value for tag in listed for value in (tag, tag, WALK))
    )
    return {row[0]: row[1] for row in rows}
