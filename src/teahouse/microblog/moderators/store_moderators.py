"""SQL of the lists that moderators read."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from teahouse.kernel.search_keys import range_of
from teahouse.kernel.storage import Tx, json_list
from teahouse.microblog.paging import Span

_HOLDS = {
    "active": "a.suspended_ts IS NULL",
    "silenced": "a.limited_ts IS NOT NULL",
    "suspended": "a.suspended_ts IS NOT NULL",
    "sensitized": "a.sensitized_ts IS NOT NULL",
}
_LISTED = "(SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which accounts: what holds of them, how name and display name begin, of which users, and of which not."""

    statuses: frozenset[str]
    username: str
    words: Sequence[str]
    among: Set[str] | None
    without: Set[str]


async def page(tx: Tx, wanted: Wanted, span: Span) -> list[int]:
    """Give the ids of accounts that are not gone, at most limit + 1 in the order of the span."""
    where, values = [span.where("a.id"), "a.gone_ts IS NULL"], [*span.bounds]
    where += [_HOLDS[status] for status in sorted(wanted.statuses) if status in _HOLDS]
    more: list[object] = []
    # A name is a word of its account too, and words have the index of beginnings that names lack.
    for word in (*([wanted.username] if wanted.username else []), *wanted.words):
        where.append("a.id IN (SELECT w.account_id FROM account_words w WHERE w.word >= ? AND w.word < ?)")
        more += range_of(word)
    if wanted.username:
        where.append("SUBSTR(a.username, 1, ?) = ?")
        more += [len(wanted.username), wanted.username]
    if wanted.among is not None:
        where.append(f"a.user_id IN {_LISTED}")
        more.append(json_list(sorted(wanted.among)))
    if wanted.without:
        where.append(f"a.user_id NOT IN {_LISTED}")
        more.append(json_list(sorted(wanted.without)))
    rows = await tx.fetch_all(
        f"SELECT a.id FROM accounts a WHERE {' AND '.join(where)} {span.order('a.id')} LIMIT ?",
        *values, *more, span.limit + 1,
    )  # fmt: skip
    return [row[0] for row in rows]
