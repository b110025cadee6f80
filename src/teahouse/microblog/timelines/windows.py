"""Remembers the newest part of the homes that were read lately, so that a reading merges only what came since.

Nothing here is kept: a reader's part goes when his follows change, all go when memory may be wrong, and the oldest go
when there are too many. It lives on the loop's thread; a reading takes what is known with it and brings it back.
"""

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from cachetools import LRUCache

from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.paging import Span
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts.records import DIRECT
from teahouse.microblog.timelines.store_timelines import Entry

WINDOW = 400
MOST_READERS = 1000
MOST_NEWS = 2000
MOST_GONE = 5000


@dataclass(frozen=True, slots=True)
class Window:
    """Entries of a home, newest first: all that there are from `floor` on."""

    entries: list[Entry]
    floor: int

    def part(self, span: Span, most: int) -> list[Entry] | None:
        """Give the `most` nearest entries in the span's order; None when there may be others that are not known."""
        inside = [entry for entry in self.entries if span.above < entry.id < span.below]
        is_whole = self.floor == 0 or span.above >= self.floor
        if span.upwards:
            return inside[::-1][:most] if is_whole else None
        return inside[:most] if is_whole or len(inside) >= most else None

    def reach(self, count: int) -> int:
        """Guess how many ids so many entries span beyond the window: generously, and 0 where there is no telling."""
        if len(self.entries) < WINDOW // 2 or not self.floor:
            return 0
        return 2 * count * (self.entries[0].id - self.floor) // len(self.entries)

    def with_news(self, news: Sequence[Entry]) -> "Window":
        """Give the window with newer entries, whose authors are followed, but no larger than WINDOW."""
        if not news:
            return self
        both = {entry.id: entry for entry in (*self.entries, *news) if entry.id >= self.floor}
        entries = sorted(both.values(), key=lambda entry: entry.id, reverse=True)
        if len(entries) <= WINDOW:
            return Window(entries, self.floor)
        return Window(entries[:WINDOW], entries[WINDOW - 1].id)


@dataclass(slots=True)
class Known:
    """What a reading begins with: the window of before, and what everybody posted since. It may set `window` anew."""

    window: Window | None = None
    news: list[Entry] = field(default_factory=list)
    told: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """A window, packed, as of the moment when so many posts had been told of."""

    packed: "array[int]"
    floor: int
    told: int


class HomeWindows:
    """The windows of all readers; one a server."""

    def __init__(self, core: Core) -> None:
        self._kept: LRUCache[str, _Kept] = LRUCache(MOST_READERS)
        self._reading: LRUCache[str, Known] = LRUCache(MOST_READERS)
        self._news: deque[Entry] = deque(maxlen=MOST_NEWS)
        self._gone: set[int] = set()
        self._told = 0
        core.db.on_reset(self.forget_all)
        core.db.doorbell.listen(self._hear)

    def forget_all(self) -> None:
        """Forget every window."""
        self._kept.clear()
        self._reading.clear()
        self._gone.clear()

    def _hear(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.kind == "following_changed":
                self._kept.pop(fact.user_id or "", None)
                self._reading.pop(fact.user_id or "", None)
            elif fact.kind == "status_posted" and fact.body.visibility != DIRECT:
                post = fact.body
                self._news.append(Entry(post.id, post.account_id, post.in_reply_to_account, post.reblog_of))
                self._told += 1
            elif fact.kind == "status_deleted":
                self._gone.add(fact.body.id)
                if len(self._gone) > MOST_GONE:
                    self.forget_all()

    def begin(self, viewer: Viewer) -> Known:
        """Give what is known, for a reading that begins now: its snapshot has all that is told of, if not more."""
        known = self._reading[viewer.user_id] = Known(told=self._told)
        kept = self._kept.get(viewer.user_id)
        if kept is not None and self._told - kept.told <= len(self._news):
            known.window = Window(self._unpacked(kept.packed), kept.floor)
            known.news = list(self._news)[len(self._news) - (self._told - kept.told) :]
        return known

    def end(self, viewer: Viewer, known: Known) -> None:
        """Keep what a reading knows at its end, unless something changed meanwhile."""
        window = known.window
        if self._reading.get(viewer.user_id) is known and window is not None:
            del self._reading[viewer.user_id]
            packed = array("q", [number for entry in window.entries for number in _numbers(entry)])
            self._kept[viewer.user_id] = _Kept(packed, window.floor, known.told)

    def _unpacked(self, packed: "array[int]") -> list[Entry]:
        quads = zip(*[iter(packed)] * 4, strict=True)
        return [
            Entry(number, account, None if answered < 0 else answered, root or None)
            for number, account, answered, root in quads
            if number not in self._gone
        ]


def _numbers(entry: Entry) -> tuple[int, int, int, int]:
    answered = -1 if entry.reply_to_account is None else entry.reply_to_account
    return entry.id, entry.account_id, answered, entry.reblog_of or 0
