"""What many people care for lately. People are counted, not acts, and only those who have been here for a while.

A few who post much, or many accounts made for it, move nothing. What is shown is computed now and then, not asked anew
by each reader.
"""

import msgspec

from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.discovery import store_trends as store
from teahouse.microblog.discovery.standing import Standing
from teahouse.microblog.entities.people import Tag
from teahouse.microblog.entities.statuses import Status, TrendingLink
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.tags import Tags, histories
from teahouse.microblog.posts import store_cards
from teahouse.microblog.posts.card_entities import card_entity
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
        self.standing = Standing(
            core, {"tags": self._rank_tags, "links": self._rank_links, "statuses": self._rank_statuses}
        )

    @property
    def _made_before_ms(self) -> int:
        return self._core.clock.now_ms() - int(self._core.config.trends.account_age_days * DAY_MS)

    async def tags(self, viewer: Viewer, limit: int, offset: int) -> list[Tag]:
        """Give tags that many people use more than before."""
        shown = (await self.standing.of("tags"))[offset : offset + limit]
        return await self._core.db.read(lambda tx: self._tags.many_in(tx, viewer, shown))

    async def _rank_tags(self, tx: Tx) -> list[str]:
        return self._surprising(
            await store.tags_of_late(tx, self._spans, self._made_before_ms, self._core.config.trends.accounts)
        )

    @property
    def _spans(self) -> tuple[int, int]:
        """The first ids of the day before and of the last day."""
        now = self._core.clock.now_ms()
        return first_at(now - 2 * DAY_MS), first_at(now - DAY_MS)

    def _surprising(self, rows: list[tuple[str, int, int]]) -> list[str]:
        """Give those that more people use than before, the most unusual first."""
        ranked = sorted(rows, key=lambda row: (-surprise(row[1], row[2]), -row[1], row[0]))
        return [name for name, now, before in ranked if surprise(now, before) > 0][: store.MOST_TRENDS]

    async def links(self, limit: int, offset: int) -> list[TrendingLink]:
        """Give links that many people post more than before, with their cards."""
        shown = (await self.standing.of("links"))[offset : offset + limit]
        return await self._core.db.read(lambda tx: self._links_in(tx, shown))

    async def is_trending_link(self, url: str) -> bool:
        """Tell whether a link is among the trends."""
        return store_cards.hash_of(url) in await self.standing.of("links")

    async def _links_in(self, tx: Tx, hashes: list[str]) -> list[TrendingLink]:
        cards = await store_cards.cards_by_hash(tx, hashes)
        today = self._core.clock.now_ms() // DAY_MS
        rows = await store.uses_of_links(tx, hashes, first_at((today - 6) * DAY_MS) - 1)
        history = histories(hashes, rows, today)
        made = {key: card_entity(self._core.public_url, *cards[key]) for key in hashes if key in cards}
        return [
            TrendingLink(**msgspec.structs.asdict(card), history=history[key]) for key, card in made.items()
        ]

    async def _rank_links(self, tx: Tx) -> list[str]:
        return self._surprising(
            await store.links_of_late(
                tx, self._spans, self._made_before_ms, self._core.config.trends.accounts
            )
        )

    async def statuses(self, viewer: Viewer, limit: int, offset: int) -> list[Status]:
        """Give posts that many people like and repost now."""
        numbers = await self.standing.of("statuses")
        return await self._show.many(viewer, numbers[offset : offset + limit], "public")

    async def _rank_statuses(self, tx: Tx) -> list[int]:
        now = self._core.clock.now_ms()
        least = self._core.config.trends.accounts
        rows = await store.posts_of_late(tx, first_at(now - DAY_MS), self._made_before_ms, least)
        ranked = sorted(rows, key=lambda row: (-freshness(row[1], now - time_of(row[0])), -row[0]))
        return [number for number, _ in ranked][: store.MOST_TRENDS]
