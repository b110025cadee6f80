"""Cards of links in posts: wanted with the post, fetched after it, shown as soon as they are there.

A post never waits for its card, and however many post a link, its page is fetched once for all of them. A card knows
its link and nothing of the posts.
"""

import contextlib

from teahouse.errors import NotFound
from teahouse.kernel.storage import Tx
from teahouse.media import Description, Media
from teahouse.microblog.core import Core
from teahouse.microblog.errands import Errands
from teahouse.microblog.posts import store_cards as store
from teahouse.microblog.posts import store_statuses
from teahouse.microblog.posts.publish import announce_status
from teahouse.microblog.posts.store_cards import LinkErrand
from teahouse.microblog.snowflakes import first_at

TOLD_FOR_MS = 24 * 3600 * 1000
MOST_TOLD = 100


class Cards:
    """Fetches the cards that are wanted and forgets those that no post has any more."""

    def __init__(self, core: Core, media: Media) -> None:
        self._core = core
        self._media = media
        self.errands = Errands(core.db, "link_wanted", store.next_to_do, self._do)

    async def _do(self, errand: LinkErrand) -> None:
        if errand.is_unused:
            picture = await self._core.db.write(lambda tx: store.take_unused(tx, errand.key))
        else:
            picture = await self._fetch(errand)
        if picture:
            with contextlib.suppress(NotFound):
                await self._media.removal.remove(picture)

    async def _fetch(self, errand: LinkErrand) -> str:
        """Fetch a card, keep it and tell of it; gives the picture that is not needed any more."""
        described = await self._media.previews.describe(errand.url)
        before = await self._core.db.write(lambda tx: self._settle(tx, errand, described))
        if before is None and described is not None and described.picture is not None:
            return described.picture.media_id
        return before or ""

    async def _settle(self, tx: Tx, errand: LinkErrand, described: Description | None) -> str | None:
        now = self._core.clock.now_ms()
        before = await store.settle(tx, errand.key, described, now)
        if before is None or described is None:
            return before
        told = await store.posts_with(tx, errand.key, first_at(now - TOLD_FOR_MS), MOST_TOLD)
        rows = await store_statuses.by_ids(tx, [status_id for status_id, _ in told])
        for status_id, user_id in reversed(told):
            if status_id in rows:
                announce_status(tx, "status_carded", rows[status_id], user_id)
        return before
