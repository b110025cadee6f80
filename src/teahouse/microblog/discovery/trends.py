"""What many people care for lately. People are counted, not acts, and only those who have been here for a while.

A few who post much, or many accounts made for it, move nothing. What is shown is computed now and then, not asked anew
by each reader.
"""

from cachetools import TTLCache

from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.discovery import store_trends as store
from teahouse.microblog.entities.people import Tag
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.tags import Tags
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.snowflakes import first_at, time_of

DAY_MS = 24 * 3600 * 1000
HALF_LIFE_MS = 2 * 3600 * 1000
LONGEST_OFFSET = 1000


def surprise(now: int, before: int) -> float:
    """Give how unusual it is that so many people use a tag now, when so many did the day before."""
    expected = max(1, before)
    return 0.0 if now <= expected else (now - expected) ** 2 / expected


def freshness(people: int, age_ms: int) -> float:
    """Give the rank of a post that so many like: it halves every two hours."""
    return float(people * 0.5 ** (max(0, age_ms) / HALF_LIFE_MS))


class Trends:
    """The trends of everybody; each reader sees of them what they may see."""

    def __init__(self, core: Core, show: ShowStatuses, tags: Tags) -> None:
        self._core = core
        self._show = show
        self._tags = tags
        kept = core.config.trends.refresh_s
        self._kept: TTLCache[str, list[str] | list[int]] = TTLCache(2, kept, core.clock.monotonic)

    @property
    def _made_before_ms(self) -> int:
        return self._core.clock.now_ms() - int(self._core.config.trends.account_age_days * DAY_MS)

    async def tags(self, viewer: Viewer, limit: int, offset: int) -> list[Tag]:
        """Give tags that many people use more than before."""
        names = self._kept.get("tags")
        if names is None:
            names = self._kept["tags"] = await self._core.db.read(self._rank_tags)
        shown = [str(name) for name in names[offset : offset + limit]]
        return await self._core.db.read(lambda tx: self._tags.many_in(tx, viewer, shown))

    async def _rank_tags(self, tx: Tx) -> list[str]:
        now = self._core.clock.now_ms()
        spans = (first_at(now - 2 * DAY_MS), first_at(now - DAY_MS))
        rows = await store.tags_of_late(tx, spans, self._made_before_ms, self._core.config.trends.accounts)
        ranked = sorted(rows, key=lambda row: (-surprise(row[1], row[2]), -row[1], row[0]))
        return [tag for tag, now_, before in ranked if surprise(now_, before) > 0][: store.MOST_TRENDS]

    async def statuses(self, viewer: Viewer, limit: int, offset: int) -> list[Status]:
        """Give posts that many people like and repost now."""
        numbers = self._kept.get("statuses")
        if numbers is None:
            numbers = self._kept["statuses"] = await self._core.db.read(self._rank_statuses)
        return await self._show.many(viewer, [int(one) for one in numbers[offset : offset + limit]], "public")

    async def _rank_statuses(self, tx: Tx) -> list[int]:
        now = self._core.clock.now_ms()
        least = self._core.config.trends.accounts
        rows = await store.posts_of_late(tx, first_at(now - DAY_MS), self._made_before_ms, least)
        ranked = sorted(rows, key=lambda row: (-freshness(row[1], now - time_of(row[0])), -row[0]))
        return [number for number, _ in ranked][: store.MOST_TRENDS]
