"""From a link to what apps show of it: fetched once, kept for a while, shared by all who ask."""

import asyncio
import hashlib
from dataclasses import dataclass

import orjson
import structlog

from teahouse.clock import Clock
from teahouse.config import Media as MediaSettings
from teahouse.decoding import MediaInfo
from teahouse.errors import TeahouseError
from teahouse.kernel.http import JsonObject, RateLimiter, Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_previews
from teahouse.media.content_types import essence
from teahouse.media.derivations import Derivations
from teahouse.media.previews.back_links import me_links, same_form
from teahouse.media.previews.description import Description, Picture, describe, of_picture
from teahouse.media.previews.fetching import OEMBED, PAGES, PICTURES, Fetched, Fetcher, NothingThere
from teahouse.media.previews.page import LONG, SHORT, Page, read_page, tidy
from teahouse.media.records import Claim, MediaItem
from teahouse.media.removal import Removal
from teahouse.media.uploads import NOBODY, Uploads

log = structlog.get_logger(__name__)

DEADLINE_S = 10.0
AT_ONCE = 20
NOTHING_FOR_MS = 600_000
"""How long it is remembered that there was nothing: a page may come back."""
PICTURE_LONGER_MS = 3_600_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Tools:
    """What previews are made with."""

    uploads: Uploads
    derivations: Derivations
    removal: Removal
    fetcher: Fetcher


class Previews:
    """Tells what is behind links, where the operator wants that."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        limiter: RateLimiter,
        settings: MediaSettings,
        tools: Tools,
        server: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._limiter = limiter
        self._settings = settings
        self._tools = tools
        self._server = server
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._making: dict[str, asyncio.Task[JsonObject]] = {}

    async def of(self, caller: Scope, url: str) -> JsonObject:
        """Give what is behind a link; empty when there is nothing to tell, or previews are off."""
        if not self._settings.previews:
            return {}
        self._limiter.check("preview", caller.user_id)
        url = url.partition("#")[0].strip()
        key = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
        kept = await self._kept(key)
        if kept is not None:
            return kept
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, url), name="preview of a link")
            self._making[key] = task
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(task)

    async def forget_old(self) -> int:
        """Delete previews that are too old; gives how many."""

        async def delete(tx: Tx) -> int:
            return await store_previews.delete_old_previews(tx, self._clock.now_ms())

        return await self._db.write(delete, frees_space=True)

    async def close(self) -> None:
        """Stop what is being fetched, and close all connections."""
        for task in list(self._making.values()):
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        await self._tools.fetcher.close()

    async def _kept(self, key: str) -> JsonObject | None:
        async def find(tx: Tx) -> str | None:
            return await store_previews.find_preview(tx, key, self._clock.now_ms())

        text = await self._db.read(find)
        return None if text is None else dict(orjson.loads(text))

    async def _make(self, key: str, url: str) -> JsonObject:
        answer: JsonObject = {}
        lasting = int(self._settings.preview_hours * HOUR_MS)
        try:
            async with self._slots, asyncio.timeout(DEADLINE_S):
                answer = await self._look(url, self._clock.now_ms() + lasting + PICTURE_LONGER_MS)
        except NothingThere as reason:
            log.info("a link has no preview", reason=str(reason))
        except TimeoutError:
            log.info("a link has no preview", reason="too slow")
        expires = self._clock.now_ms() + (lasting if answer else min(lasting, NOTHING_FOR_MS))

        async def put(tx: Tx) -> None:
            await store_previews.put_preview(tx, key, orjson.dumps(answer).decode(), expires)

        await self._db.write(put)
        return answer

    async def _look(self, url: str, expires_ts: int) -> JsonObject:
        found = await self._tools.fetcher.fetch(url, (*PAGES, *PICTURES))
        if essence(found.content_type) in PICTURES:
            return {"og:url": found.url, **await self._picture(found, expires_ts)}
        page = await asyncio.to_thread(read_page, found.body, found.content_type, found.url)
        if "og:title" not in page.properties or page.image is None:
            _fill_from(page, await self._oembed_of(page))
        answer: JsonObject = dict(page.properties)
        if page.image is not None:
            try:
                picture = await self._tools.fetcher.fetch(page.image, PICTURES)
                answer |= await self._picture(picture, expires_ts)
            except NothingThere as reason:
                log.info("a page's picture was left out", reason=str(reason))
        return answer

    async def _oembed_of(self, page: Page) -> JsonObject:
        """Give a page's oEmbed description; never needed, so its failure is no failure."""
        if page.oembed is None:
            return {}
        try:
            found = await self._tools.fetcher.fetch(page.oembed, OEMBED)
            said = orjson.loads(found.body)
        except (NothingThere, orjson.JSONDecodeError):
            return {}
        return said if isinstance(said, dict) else {}

    async def _picture(self, found: Fetched, expires_ts: int) -> JsonObject:
        kept = await self._keep(found, expires_ts, is_public=False)
        if kept is None:
            return {}
        item, info = kept
        told: JsonObject = {
            "og:image": f"mxc://{self._server}/{item.media_id}",
            "og:image:type": item.content_type,
            "matrix:image:size": item.size,
        }
        if info is not None and info.width is not None and info.height is not None:
            told |= {"og:image:width": info.width, "og:image:height": info.height}
        return told

    async def _keep(
        self, found: Fetched, expires_ts: int | None, *, is_public: bool
    ) -> tuple[MediaItem, MediaInfo | None] | None:
        """Keep a picture as ours; None when that can't be."""
        claim = Claim(essence(found.content_type), None, len(found.body), "preview", is_public=is_public)
        try:
            item = await self._tools.uploads.keep_picture(claim, found.body, expires_ts)
        except TeahouseError as error:
            log.info("a page's picture was left out", reason=error.message)
            return None
        try:
            return item, await self._tools.derivations.info(item, NOBODY)
        except TeahouseError:
            return item, None

    async def describe(self, url: str) -> Description | None:
        """Fetch what is behind a link for a card; None when there is nothing to tell, or previews are off.

        The picture is kept without an end, for everybody to see: whoever keeps the card removes it. Nothing else is
        kept, and nobody's limit is asked.
        """
        if not self._settings.previews:
            return None
        try:
            async with self._slots, asyncio.timeout(DEADLINE_S):
                described = await self._describe(url.partition("#")[0])
        except (NothingThere, TimeoutError) as reason:
            log.info("a link has no card", reason=str(reason) or "too slow")
            return None
        return described if described.tells_something else None

    async def _describe(self, url: str) -> Description:
        found = await self._tools.fetcher.fetch(url, (*PAGES, *PICTURES))
        if essence(found.content_type) in PICTURES:
            described = of_picture(found.url)
            described.picture = await self._shown(found, "")
            return described
        page = await asyncio.to_thread(read_page, found.body, found.content_type, found.url)
        oembed = await self._oembed_of(page)
        _fill_from(page, oembed)
        described = describe(page, oembed, found.url)
        if page.image is not None:
            try:
                picture = await self._tools.fetcher.fetch(page.image, PICTURES)
                described.picture = await self._shown(picture, page.properties.get("og:image:alt", ""))
            except NothingThere as reason:
                log.info("a page's picture was left out", reason=str(reason))
        return described

    async def _shown(self, found: Fetched, description: str) -> Picture | None:
        """Keep a picture for everybody to see; one that can't be looked into is not shown to anybody."""
        kept = await self._keep(found, None, is_public=True)
        if kept is None:
            return None
        item, info = kept
        if info is None or info.kind != "picture" or info.width is None or info.height is None:
            await self._tools.removal.remove(item.media_id)
            return None
        return Picture(item.media_id, info.width, info.height, info.blurhash, description)

    async def links_back(self, url: str, wanted: str) -> bool:
        """Tell whether the page at an address links with rel="me" to `wanted`; False too when it can't be read."""
        if not self._settings.previews:
            return False
        try:
            async with self._slots, asyncio.timeout(DEADLINE_S):
                found = await self._tools.fetcher.fetch(url.partition("#")[0], PAGES)
        except (NothingThere, TimeoutError):
            return False
        links = await asyncio.to_thread(me_links, found.body, found.content_type, found.url)
        return same_form(wanted) in links


def _fill_from(page: Page, oembed: JsonObject) -> None:
    """Fill in from its oEmbed description what a page itself didn't say."""
    for name, source, most in (
        ("og:title", "title", SHORT), ("og:site_name", "provider_name", SHORT), ("og:description", "description", LONG),
    ):  # fmt: skip
        value = oembed.get(source)
        if isinstance(value, str) and tidy(value, most):
            page.properties.setdefault(name, tidy(value, most))
    picture = oembed.get("url") if oembed.get("type") == "photo" else oembed.get("thumbnail_url")
    if page.image is None and isinstance(picture, str):
        page.image = picture
