"""From a link to what apps show of it: fetched once, kept for a while, shared by all who ask."""

import asyncio
import hashlib
from dataclasses import dataclass

import orjson
import structlog

from teahouse.clock import Clock
from teahouse.config import Media as MediaSettings
from teahouse.errors import TeahouseError
from teahouse.kernel.http import JsonObject, RateLimiter, Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_previews
from teahouse.media.content_types import essence
from teahouse.media.derivations import Derivations
from teahouse.media.previews.fetching import OEMBED, PAGES, PICTURES, Fetched, Fetcher, NothingThere
from teahouse.media.previews.page import LONG, SHORT, Page, read_page, tidy
from teahouse.media.records import Claim, MediaItem
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
        await self._ask_oembed(page)
        answer: JsonObject = dict(page.properties)
        if page.image is not None:
            try:
                picture = await self._tools.fetcher.fetch(page.image, PICTURES)
                answer |= await self._picture(picture, expires_ts)
            except NothingThere as reason:
                log.info("a page's picture was left out", reason=str(reason))
        return answer

    async def _ask_oembed(self, page: Page) -> None:
        """Fill in what the page itself didn't say; never needed, so its failure is no failure."""
        if page.oembed is None or ("og:title" in page.properties and page.image is not None):
            return
        try:
            found = await self._tools.fetcher.fetch(page.oembed, OEMBED)
            said = orjson.loads(found.body)
        except (NothingThere, orjson.JSONDecodeError):
            return
        if not isinstance(said, dict):
            return
        for name, source, most in (
            ("og:title", "title", SHORT), ("og:site_name", "provider_name", SHORT),
            ("og:description", "description", LONG),
        ):  # fmt: skip
            value = said.get(source)
            if isinstance(value, str) and tidy(value, most):
                page.properties.setdefault(name, tidy(value, most))
        picture = said.get("url") if said.get("type") == "photo" else said.get("thumbnail_url")
        if page.image is None and isinstance(picture, str):
            page.image = picture

    async def _picture(self, found: Fetched, expires_ts: int) -> JsonObject:
        claim = Claim(essence(found.content_type), None, len(found.body), purpose="preview")
        try:
            item = await self._tools.uploads.keep_picture(claim, found.body, expires_ts)
        except TeahouseError as error:
            log.info("a page's picture was left out", reason=error.message)
            return {}
        return {
            "og:image": f"mxc://{self._server}/{item.media_id}",
            "og:image:type": item.content_type,
            "matrix:image:size": item.size,
            **await self._measures(item),
        }

    async def _measures(self, item: MediaItem) -> JsonObject:
        try:
            info = await self._tools.derivations.info(item, NOBODY)
        except TeahouseError:
            return {}
        if info.width is None or info.height is None:
            return {}
        return {"og:image:width": info.width, "og:image:height": info.height}
