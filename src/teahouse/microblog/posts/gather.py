"""Reads everything that the entities of some posts are made of, with a fixed number of queries for any number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from teahouse.kernel.storage import Tx
from teahouse.media import Description
from teahouse.microblog.people import store_accounts, store_ties
from teahouse.microblog.people.records import AccountRow, Ties, Viewer
from teahouse.microblog.posts import store_cards, store_marks, store_polls
from teahouse.microblog.posts import store_statuses as store
from teahouse.microblog.posts.records import PollRow, StatusRow
from teahouse.microblog.posts.visibility import may_see


@dataclass(slots=True)
class Gathered:
    """Posts with their roots and quotes, authors, what the viewer did, polls; and who looks, at what moment."""

    viewer: Viewer
    now_ms: int
    rows: dict[int, StatusRow] = field(default_factory=dict)
    authors: dict[int, AccountRow] = field(default_factory=dict)
    ties: Ties = field(default_factory=Ties)
    marks: dict[str, set[int]] = field(default_factory=dict)
    polls: dict[int, PollRow] = field(default_factory=dict)
    votes: dict[int, list[int]] = field(default_factory=dict)
    cards: dict[str, Description] = field(default_factory=dict)
    evidence: frozenset[int] = frozenset()
    """Posts that are shown whoever may see them: those that a report names, to who judges it."""

    def visible(self, status_id: int | None) -> StatusRow | None:
        """Give a post if it exists and the viewer may see it; for a repost its root must be visible too."""
        row = self.rows.get(status_id) if status_id is not None else None
        if row is None or not self._may_see(row):
            return None
        if row.reblog_of is not None and self.visible(row.reblog_of) is None:
            return None
        return row

    def _may_see(self, row: StatusRow) -> bool:
        author = self.authors.get(row.account_id)
        if row.id in self.evidence and author is not None:
            return True
        is_gone = author is None or (author.is_away and not self._is_own_suspended(author))
        return may_see(self.viewer, row, self.ties, author_is_gone=is_gone)

    def _is_own_suspended(self, author: AccountRow) -> bool:
        return author.id == self.viewer.id and author.gone_ts is None

    def did(self, kind: str, status_id: int) -> bool:
        """Tell whether the viewer so marked a post."""
        return status_id in self.marks.get(kind, ())


async def gather(tx: Tx, viewer: Viewer, status_ids: Iterable[int], now_ms: int) -> Gathered:
    """Read posts and what hangs on them: roots of reposts, quoted posts, and posts that those quote."""
    found = Gathered(viewer, now_ms, await store.by_ids(tx, status_ids))
    # Two steps reach all that is ever shown: a repost's root and its quote, a quote's own quote stays an id.
    for _ in range(2):
        wanted = {number for row in found.rows.values() for number in (row.reblog_of, row.quote_of) if number}
        missing = wanted - found.rows.keys()
        if not missing:
            break
        found.rows |= await store.by_ids(tx, missing)
    await _add_people(tx, found)
    await _add_acts(tx, found)
    links = {row.parts.link for row in found.rows.values() if row.parts.link is not None}
    found.cards = await store_cards.cards_of(tx, links) if links else {}
    return found


async def _add_people(tx: Tx, found: Gathered) -> None:
    authors = {row.account_id for row in found.rows.values()}
    found.authors = await store_accounts.by_ids(tx, authors)
    found.ties = await store_ties.ties_of(tx, found.viewer, authors, found.now_ms)


async def _add_acts(tx: Tx, found: Gathered) -> None:
    polls = [row.poll_id for row in found.rows.values() if row.poll_id is not None]
    found.polls = await store_polls.by_ids(tx, polls)
    if not found.viewer.is_known or not found.rows:
        return
    if polls:
        found.votes = await store_polls.votes_of(tx, found.viewer.id, polls)
    roots = {row.root_id for row in found.rows.values()}
    found.marks = await store_marks.marks_of(tx, found.viewer.id, roots | found.rows.keys())


async def visible_row(tx: Tx, viewer: Viewer, status_id: int, now_ms: int) -> StatusRow | None:
    """Give one post if it exists and the viewer may see it."""
    rows = await visible_rows(tx, viewer, [status_id], now_ms)
    return rows[0] if rows else None


async def visible_rows(tx: Tx, viewer: Viewer, status_ids: Sequence[int], now_ms: int) -> list[StatusRow]:
    """Give those of the posts that the viewer may see, in their order, without what only entities need."""
    found = await look_at(tx, viewer, status_ids, now_ms)
    return [row for row in map(found.visible, status_ids) if row is not None]


async def look_at(tx: Tx, viewer: Viewer, status_ids: Sequence[int], now_ms: int) -> Gathered:
    """Read posts, the roots of reposts, and of people what says who may see them: nothing that only entities need."""
    found = Gathered(viewer, now_ms, await store.by_ids(tx, status_ids))
    roots = {row.reblog_of for row in found.rows.values() if row.reblog_of} - found.rows.keys()
    found.rows |= await store.by_ids(tx, roots)
    await _add_people(tx, found)
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """A post that several people name at the same moment, its root (itself but for a repost), and who may see it."""

    row: StatusRow | None
    root: StatusRow | None
    viewer_ids: frozenset[int]


async def seen_by(tx: Tx, viewers: Sequence[Viewer], status_id: int, now_ms: int) -> Seen:
    """Give who of the viewers may see a post, with no more queries than for one of them."""
    rows = await store.by_ids(tx, [status_id])
    roots = {row.reblog_of for row in rows.values() if row.reblog_of}
    rows |= await store.by_ids(tx, roots)
    authors = await store_accounts.by_ids(tx, {row.account_id for row in rows.values()})
    theirs = {}
    # Two at most, the author and who reposted it. Asked from their side, the ties to all viewers are one query.
    for author in authors.values():
        theirs[author.id] = await store_ties.ties_of(
            tx, Viewer(author.id, author.user_id), [viewer.id for viewer in viewers], now_ms
        )
    row = rows.get(status_id)
    seeing = (
        viewer.id
        for viewer in viewers
        if Gathered(viewer, now_ms, rows, authors, Ties.facing(viewer.id, theirs)).visible(status_id)
    )
    return Seen(row, None if row is None else rows.get(row.shown_id), frozenset(seeing))
