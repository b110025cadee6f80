"""The server's own emoji: few, held in memory whole, found in texts as `:shortcode:`."""

import asyncio
import re
from collections.abc import Iterable
from urllib.parse import quote

import structlog

from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Database
from teahouse.microblog.emojis import store_emojis as store
from teahouse.microblog.emojis.store_emojis import EmojiRow
from teahouse.microblog.entities.people import Emoji

log = structlog.get_logger(__name__)

_IN_TEXT = re.compile(r"(?<![A-Za-z0-9_:]):([A-Za-z0-9_]{2,40}):(?![A-Za-z0-9_:])")


class EmojiBook:
    """Knows all emoji; follows what the command line changes."""

    def __init__(self, db: Database, public_url: str) -> None:
        self._db = db
        self._public_url = public_url
        self._known: dict[str, Emoji] = {}
        self._loading: asyncio.Task[None] | None = None
        self._is_stale = False
        db.on_reset(self._load_soon)

    async def load(self) -> None:
        """Read all anew."""
        rows = await self._db.read(store.all_emojis)
        self._known = {row.shortcode: self._entity(row) for row in rows}

    async def stop(self) -> None:
        """Wait for what is being read."""
        if self._loading is not None:
            await asyncio.gather(self._loading, return_exceptions=True)

    def _load_soon(self) -> None:
        self._is_stale = True
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._follow(), name="emoji")

    async def _follow(self) -> None:
        while self._is_stale:
            self._is_stale = False
            try:
                await self.load()
            except TeahouseError as error:
                log.warning("the emoji could not be read anew", error=error.message)

    def all(self) -> list[Emoji]:
        """Give all, in their order."""
        return list(self._known.values())

    def get(self, shortcode: str) -> Emoji | None:
        """Give one."""
        return self._known.get(shortcode)

    def used_in(self, *texts: str) -> list[Emoji]:
        """Give those that stand in the texts, each once."""
        if not self._known:
            return []
        return self._among(name for text in texts if ":" in text for name in _IN_TEXT.findall(text))

    def _among(self, names: Iterable[str]) -> list[Emoji]:
        return [self._known[name] for name in dict.fromkeys(names) if name in self._known]

    def _entity(self, row: EmojiRow) -> Emoji:
        url = f"{self._public_url}/media/{row.media_id}/{quote(row.file_name, safe='')}"
        still = f"{self._public_url}/media/{row.media_id}/preview/small" if row.is_animated else url
        return Emoji(row.shortcode, url, still, bool(row.in_picker), row.category)
