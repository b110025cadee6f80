"""What is made of uploads when somebody asks, and kept: thumbnails, descriptions, sound in other forms.

Each is made once for all uploads of the same content, by its hash and how it is made, and goes when the content goes.
Who may see an upload is asked by whoever calls.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec

from teahouse.clock import Clock
from teahouse.decoding import MediaInfo
from teahouse.errors import Unavailable
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_derived
from teahouse.media.downloads import no_such_file
from teahouse.media.objects import ObjectStore
from teahouse.media.processing import AudioForm, Piece, Processing
from teahouse.media.records import Derived, MediaItem
from teahouse.media.stored_source import StoredSource
from teahouse.media.thumbnail_sizes import ThumbnailWish

Made = tuple[str, bytes]
"""Content type and bytes of something made."""
MOST_OF_ONE_CONTENT = 40
"""Whoever asks for ever new sizes gets them made, but no more are kept."""


class Derivations:
    """Gives what is made of an upload, making it when it isn't there."""

    def __init__(self, db: Database, clock: Clock, objects: ObjectStore, processing: Processing) -> None:
        self._db = db
        self._clock = clock
        self._objects = objects
        self._processing = processing
        self._making: dict[tuple[str, str], asyncio.Task[Derived | Made]] = {}

    async def thumbnail(self, item: MediaItem, wish: ThumbnailWish, owner: str) -> MediaItem | Made:
        """Give a thumbnail, as an item that can be served; raises CannotProcess, TooLarge and LimitExceeded."""

        async def make() -> Made:
            made = await self._processing.thumbnail(
                self._source(item), _key(item), owner, (wish.width, wish.height),
                crop=wish.method == "crop", animated=wish.animated,
            )  # fmt: skip
            return made.content_type, made.data

        return await self._item(item, wish.kind, make)

    async def audio(self, item: MediaItem, form: AudioForm, owner: str) -> MediaItem | Made:
        """Give an upload's sound in another form, as an item that can be served; raises like `thumbnail`."""

        async def make() -> Made:
            made = await self._processing.transcode(self._source(item), _key(item), owner, form)
            return made.content_type, made.data

        return await self._item(item, f"audio-{form}", make)

    async def info(self, item: MediaItem, owner: str) -> MediaInfo:
        """Describe an upload; raises like `thumbnail`."""

        async def make() -> Made:
            info = await self._processing.describe(self._source(item), _key(item), owner)
            return "application/json", msgspec.json.encode(info)

        found = await self._derived(item, "info", make)
        if isinstance(found, Derived):
            pieces = self._objects.read(found.object, 0, found.size)
            return msgspec.json.decode(b"".join([piece async for piece in pieces]), type=MediaInfo)
        return msgspec.json.decode(found[1], type=MediaInfo)

    async def without_metadata(self, item: MediaItem, owner: str) -> list[Piece] | None:
        """Give an upload as pieces without what tells place and device: ranges of the original, or bytes.

        None when there is nothing of the kind in it, or in its format. Raises like `thumbnail`.
        """
        return await self._processing.strip_metadata(self._source(item), _key(item), owner)

    def _source(self, item: MediaItem) -> StoredSource:
        if item.object is None:
            raise no_such_file()
        return StoredSource(self._objects, item.object, item.size)

    async def _item(
        self, item: MediaItem, kind: str, make: Callable[[], Awaitable[Made]]
    ) -> MediaItem | Made:
        found = await self._derived(item, kind, make)
        if not isinstance(found, Derived):
            return found
        return replace(
            item, sha256=f"{item.sha256}-{kind}", object=found.object, size=found.size,
            content_type=found.content_type, file_name=None,
        )  # fmt: skip

    async def _derived(
        self, item: MediaItem, kind: str, make: Callable[[], Awaitable[Made]]
    ) -> Derived | Made:  # fmt: skip
        """Give what is kept, or have it made; who asks for what is being made waits for the same making."""
        key = (_key(item), kind)

        async def find(tx: Tx) -> Derived | None:
            return await store_derived.find_derived(tx, *key)

        found = await self._db.read(find)
        if found is not None:
            return found
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, make))
            self._making[key] = task
            task.add_done_callback(lambda _: self._making.pop(key, None))
        # Whoever goes away doesn't take it from the others who wait.
        return await asyncio.shield(task)

    async def _make(self, key: tuple[str, str], make: Callable[[], Awaitable[Made]]) -> Derived | Made:
        content_type, data = await make()

        async def count(tx: Tx) -> int:
            return await store_derived.count_derived(tx, key[0])

        if await self._db.read(count) >= MOST_OF_ONE_CONTENT:
            return content_type, data
        name = await self._objects.put(data, content_type)
        mine = Derived(name, len(data), content_type)

        async def keep(tx: Tx) -> Derived | None:
            return await store_derived.keep_derived(tx, *key, mine, self._clock.now_ms())

        try:
            kept = await self._db.write(keep)
        except (Unavailable, asyncio.CancelledError):
            # It may be committed all the same: the object stays, and is collected when no row speaks of it.
            raise
        except BaseException:
            await self._objects.delete([name])
            raise
        if kept != mine:
            await self._objects.delete([name])
        if kept is None:
            raise no_such_file()
        return kept


def _key(item: MediaItem) -> str:
    if item.sha256 is None:
        raise no_such_file()
    return item.sha256
