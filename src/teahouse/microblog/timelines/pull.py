"""Reads a page of a timeline: fetch entries, choose, look who may see them, and go on until the page is full.

A timeline therefore is never empty while something older exists, and it never ends before its oldest post.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.paging import Found, Span, span_of
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts.gather import Gathered, gather
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.posts.store_filters import FilterRow
from teahouse.microblog.timelines.store_timelines import Entry

MOST_ROUNDS = 12
LARGEST_WINDOW = 640


class Source(Protocol):
    """A timeline: where its entries come from, and which of them this reader wants."""

    look_ahead: int
    """How many entries beyond an older one must be known to decide about it."""
    stopped_at: int | None
    """Where the last `entries` stopped looking, if it gave fewer than it was asked for and there may be more."""

    async def entries(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Give at most so many entries in the span's order."""

    async def choose(self, tx: Tx, entries: Sequence[Entry], older: Sequence[Entry]) -> list[Entry]:
        """Give those of the entries, newest first, that the reader wants; `older` are the ones that follow."""

    def wants(self, entry: Entry, found: Gathered) -> bool:
        """Tell whether the reader wants an entry, now that its post is known."""


@dataclass(slots=True)
class _Reading:
    """A page being read: what is on it so far, in the span's order, and where the reading stands."""

    span: Span
    shown: list[Status] = field(default_factory=list)
    at: int | None = None
    more: bool = True


class Pull:
    """Reads pages of any source."""

    def __init__(self, core: Core, show: ShowStatuses) -> None:
        self._core = core
        self._show = show

    async def page(
        self, viewer: Viewer, source: Source, page: Page, context: str, limits: tuple[int, int] = (20, 40)
    ) -> Found[Status]:
        """Give a page of a timeline; `context` chooses the filters. Raises InvalidParam for cursors."""
        span = span_of(page, *limits)
        filters = await self._show.filters_of(viewer)
        reading = await self._core.db.read(
            lambda tx: self._read(tx, viewer, source, span, (filters, context))
        )
        items = list(reversed(reading.shown)) if span.upwards else reading.shown
        if span.upwards:
            newer = items[0].id if items else (str(reading.at) if reading.at else None)
            return Found(items, items[-1].id if items else None, newer)
        return Found(
            items, str(reading.at) if reading.more and reading.at else None, items[0].id if items else None
        )

    async def _read(
        self, tx: Tx, viewer: Viewer, source: Source, span: Span, look: tuple[list[FilterRow], str]
    ) -> _Reading:
        reading = _Reading(span)
        # A few more than fit, for those that are left out; all that is read of a post costs more than its entry.
        window = span.limit + max(span.limit // 4, 5)
        for _ in range(MOST_ROUNDS):
            await self._read_window(tx, viewer, source, reading, window, look)
            if len(reading.shown) >= span.limit or not reading.more:
                break
            window = min(window * 2, LARGEST_WINDOW)
            reading.span = _beyond(reading.span, reading.at)
        return reading

    async def _read_window(
        self, tx: Tx, viewer: Viewer, source: Source, reading: _Reading, window: int,
        look: tuple[list[FilterRow], str],
    ) -> None:  # fmt: skip
        span, ahead = reading.span, source.look_ahead
        raw = await source.entries(tx, span, window + ahead)
        if span.upwards:
            decided, is_last = raw[:window], len(raw) <= window and source.stopped_at is None
            below = replace(span, below=min(span.above + 1, LARGEST_ID), above=0, upwards=False)
            older = await source.entries(tx, below, ahead) if ahead else []
            chosen = (await source.choose(tx, decided[::-1], older))[::-1]
        else:
            is_last = len(raw) < window + ahead and source.stopped_at is None
            decided = raw if is_last else raw[:window]
            chosen = await source.choose(tx, decided, raw[len(decided) :])
        found = await gather(tx, viewer, [entry.id for entry in chosen], self._core.clock.now_ms())
        wanted = [one for one in chosen if found.visible(one.id) is not None and source.wants(one, found)]
        taken = wanted[: span.limit - len(reading.shown)]
        reading.shown += self._show.entities(found, [entry.id for entry in taken], *look)
        if len(taken) < len(wanted) or (taken and len(reading.shown) >= span.limit):
            reading.at = taken[-1].id
            reading.more = not is_last or decided[-1].id != taken[-1].id
        else:
            reading.at = source.stopped_at or (decided[-1].id if decided else reading.at)
            reading.more = not is_last


def _beyond(span: Span, at: int | None) -> Span:
    if at is None:
        return span
    return replace(span, above=at) if span.upwards else replace(span, below=at)
