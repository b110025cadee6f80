"""How much the server is used: people, posts, weeks. Counted as things happen, so that telling costs nothing."""

import contextlib
from collections import Counter
from dataclasses import dataclass

from cachetools import LRUCache, TTLCache

from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Tx
from teahouse.microblog import store_usage as store
from teahouse.microblog.core import Core
from teahouse.microblog.store_usage import DAY_MS, DAYS_IN_WEEK, week_of

MOST_SEEN = 100_000
COUNTED_FOR_S = 60
MONTH_DAYS, HALF_YEAR_DAYS = 30, 180
WEEKS_TOLD = 12


@dataclass(frozen=True, slots=True)
class Counts:
    """The server in four numbers."""

    people: int
    posts: int
    active_month: int
    active_half_year: int


class Usage:
    """Notes who is here, and tells what was counted."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._seen: LRUCache[int, int] = LRUCache(MOST_SEEN)
        self._counted: TTLCache[str, Counts] = TTLCache(1, COUNTED_FOR_S, core.clock.monotonic)
        core.db.on_reset(self._seen.clear)

    @property
    def _today(self) -> int:
        return self._core.clock.now_ms() // DAY_MS

    async def note(self, account_id: int) -> None:
        """Note that somebody is here: one write a day for each. A database that takes no writes keeps nobody out."""
        today = self._today
        if self._seen.get(account_id, -1) >= today:
            return
        self._seen[account_id] = today
        with contextlib.suppress(TeahouseError):
            await self._core.db.write(lambda tx: store.note_seen(tx, account_id, today))
            return
        self._seen.pop(account_id, None)

    async def counts(self) -> Counts:
        """Give the counts of now, a minute old at most."""
        known = self._counted.get("all")
        if known is None:
            known = self._counted["all"] = await self._core.db.read(self._count)
        return known

    async def _count(self, tx: Tx) -> Counts:
        all_of = await store.totals(tx)
        return Counts(
            people=all_of.get("accounts", 0) - all_of.get("gone", 0),
            posts=all_of.get("posts", 0),
            active_month=await store.count_seen(tx, self._today - MONTH_DAYS),
            active_half_year=await store.count_seen(tx, self._today - HALF_YEAR_DAYS),
        )

    async def weeks(self) -> list[dict[str, str]]:
        """Give posts, people and new accounts of the last weeks, this one first."""
        this_week = week_of(self._today)
        first_day = (this_week - WEEKS_TOLD + 1) * DAYS_IN_WEEK - 3
        counted: Counter[tuple[int, str]] = Counter()
        for day, what, count in await self._core.db.read(lambda tx: store.by_day(tx, first_day)):
            counted[week_of(day), what] += count
        return [
            {
                "week": str((week * DAYS_IN_WEEK - 3) * DAY_MS // 1000),
                "statuses": str(counted[week, "posts"]),
                "logins": str(counted[week, "logins"]),
                "registrations": str(counted[week, "accounts"]),
            }
            for week in range(this_week, this_week - WEEKS_TOLD, -1)
        ]
