"""Making and removing emoji, for the operators."""

import re
from collections.abc import AsyncIterator
from pathlib import PurePath

from teahouse.clock import Clock
from teahouse.errors import Conflict, InvalidParam, NotFound, TeahouseError
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.media import Claim, Media
from teahouse.microblog.emojis import store_emojis as store
from teahouse.microblog.emojis.store_emojis import EmojiRow

MOST_BYTES = 256 * 1024
MOST_SIDE = 1024
MOST_CATEGORY_CHARS = 60
KINDS = {".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".jpg": "image/jpeg"}
_SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,40}")
_SERVER_ITSELF = Scope("", "", 0)


class EmojiDesk:
    """The operators' side."""

    def __init__(self, db: Database, clock: Clock, media: Media) -> None:
        self._db = db
        self._clock = clock
        self._media = media

    async def add(
        self, shortcode: str, file_name: str, data: bytes, *, category: str | None, in_picker: bool
    ) -> EmojiRow:
        """Make an emoji of a picture; raises InvalidParam, and Conflict for a shortcode that is taken."""
        if _SHORTCODE.fullmatch(shortcode) is None:
            raise InvalidParam("A shortcode has 2 to 40 characters of A-Z a-z 0-9 _")
        if category is not None and not 0 < len(category) <= MOST_CATEGORY_CHARS:
            raise InvalidParam(f"A category has 1 to {MOST_CATEGORY_CHARS} characters")
        if len(data) > MOST_BYTES:
            raise InvalidParam(f"An emoji's picture may have {MOST_BYTES // 1024} KiB")
        if await self._db.read(lambda tx: store.find(tx, shortcode)) is not None:
            raise _taken(shortcode)
        row = await self._take_in(shortcode, file_name, data, category, in_picker)

        async def keep(tx: Tx) -> None:
            if await store.find(tx, shortcode) is not None:
                raise _taken(shortcode)
            await store.put(tx, row)
            tx.next_position()  # By which the running server notices.

        try:
            await self._db.write(keep)
        except Conflict:
            await self._media.removal.remove(row.media_id)
            raise
        return row

    async def _take_in(
        self, shortcode: str, file_name: str, data: bytes, category: str | None, in_picker: bool
    ) -> EmojiRow:
        ending = PurePath(file_name).suffix.lower().replace(".jpeg", ".jpg")
        if ending not in KINDS:
            raise InvalidParam("An emoji's picture is a PNG, GIF, WebP or JPEG file")

        async def pieces() -> AsyncIterator[bytes]:
            yield data

        kept_name = shortcode + ending
        claim = Claim(KINDS[ending], kept_name, None, "post", is_public=True)
        try:
            item = await self._media.publication.receive(_SERVER_ITSELF, claim, pieces())
        except TeahouseError as error:
            raise _not_a_picture() from error
        try:
            info = await self._media.derivations.info(item, "")
            if info.kind != "picture" or max(info.width or 0, info.height or 0) > MOST_SIDE:
                raise InvalidParam(f"An emoji's picture has at most {MOST_SIDE} pixels on a side")
        except TeahouseError as error:
            await self._media.removal.remove(item.media_id)
            raise error if isinstance(error, InvalidParam) else _not_a_picture() from error
        animated = int((info.frames or 1) > 1)
        now = self._clock.now_ms()
        return EmojiRow(shortcode, item.media_id, kept_name, animated, category, int(in_picker), now)

    async def list(self) -> list[EmojiRow]:
        """Give all."""
        return await self._db.read(store.all_emojis)

    async def remove(self, shortcode: str) -> None:
        """Remove an emoji and its picture; raises NotFound."""

        async def job(tx: Tx) -> str:
            row = await store.find(tx, shortcode)
            if row is None:
                raise NotFound(f"There is no emoji '{shortcode}'")
            await store.delete(tx, shortcode)
            tx.next_position()
            return row.media_id

        media_id = await self._db.write(job)
        await self._media.removal.remove(media_id)


def _taken(shortcode: str) -> Conflict:
    return Conflict(f"There is an emoji '{shortcode}' already; remove it first", status=409)


def _not_a_picture() -> InvalidParam:
    return InvalidParam("The file is no picture that can be read")
