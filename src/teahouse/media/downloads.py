"""Downloads: who may see a file is asked here alone, each time, of the database: nothing is kept in memory.

So whatever is removed or blocked is gone for everybody with the commit that says so.
"""

import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from teahouse.clock import Clock
from teahouse.errors import NotFound, TeahouseError
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_media, store_upkeep
from teahouse.media.arrivals import Arrivals
from teahouse.media.content_types import type_in_store
from teahouse.media.objects import ObjectStore
from teahouse.media.records import MediaItem

_MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
LOOK_EVERY_S = 1.0
SIGNED_FOR_S = 300
DAY_MS = 86_400_000
MOST_USED = 10_000


class NotYetUploaded(TeahouseError):
    """The id was reserved, and its bytes have not come in the time that the asker wanted to wait."""

    status = 504
    errcode = "M_NOT_YET_UPLOADED"


class Downloads:
    """Finds files, and gives their bytes."""

    def __init__(
        self, db: Database, clock: Clock, server_name: str, objects: ObjectStore, arrivals: Arrivals
    ) -> None:
        self._db = db
        self._clock = clock
        self._server_name = server_name
        self._objects = objects
        self._arrivals = arrivals
        self._used: dict[str, int] = {}

    async def sizes_of(self, media_ids: Iterable[str]) -> dict[str, int]:
        """Give how many bytes uploads have, by their ids; those that are absent or pending are left out."""
        return await self._db.read(lambda tx: store_media.sizes_of(tx, media_ids))

    async def find(self, server_name: str, media_id: str, *, wait_s: float = 0.0) -> MediaItem:
        """Give a whole upload to anybody who is signed in and knows its id; waits for one that is on its way.

        Raises NotFound for what is absent, removed, blocked or of another server, and NotYetUploaded.
        """
        if server_name != self._server_name or not _MEDIA_ID.fullmatch(media_id):
            raise no_such_file()
        give_up = time.monotonic() + wait_s
        while True:
            item = await self._look(media_id)
            if item.is_whole:
                return item
            remaining = give_up - time.monotonic()
            if remaining <= 0:
                raise NotYetUploaded("The file has not been uploaded yet")
            # Another process may take the upload in, so the database is asked now and then.
            await self._arrivals.wait(media_id, min(remaining, LOOK_EVERY_S))

    async def find_public(self, media_id: str) -> MediaItem:
        """Give an upload that logged-out visitors may see too; raises NotFound for all others."""
        item = await self._look(media_id) if _MEDIA_ID.fullmatch(media_id) else None
        if item is None or not item.is_public or not item.is_whole:
            raise no_such_file()
        return item

    async def _look(self, media_id: str) -> MediaItem:
        async def find(tx: Tx) -> MediaItem | None:
            return await store_media.find_item(tx, media_id)

        item = await self._db.read(find)
        if item is not None and item.is_whole:
            self._note_use(item)
        if item is None or (item.expires_ts is not None and item.expires_ts <= self._clock.now_ms()):
            raise no_such_file()
        return item

    def _note_use(self, item: MediaItem) -> None:
        """Remember the day of the last download: written now and then, never for each."""
        now = self._clock.now_ms()
        if item.used_ts < now - DAY_MS and len(self._used) < MOST_USED:
            self._used[item.media_id] = now

    async def flush_uses(self) -> None:
        """Write down which uploads were fetched lately."""
        used, self._used = self._used, {}
        if used:

            async def write(tx: Tx) -> None:
                await store_upkeep.mark_used(tx, used, self._clock.now_ms())

            await self._db.write(write)

    def read(self, item: MediaItem, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Give an upload's bytes in pieces; raises ObjectMissing and StoreAway with the first one."""
        return self._objects.read(_object_of(item), start, item.size - start if length is None else length)

    async def signed_url(self, item: MediaItem) -> str | None:
        """Give an address at which the store serves an upload as we would; None when there is none."""
        is_same = (type_in_store(item.content_type), item.file_name) == (item.object_type, item.object_name)
        return await self._objects.signed_url(_object_of(item), SIGNED_FOR_S) if is_same else None

    def as_file(self, item: MediaItem) -> AbstractAsyncContextManager[Path]:
        """Give an upload as a local file to be read only, for as long as the block lasts."""
        return self._objects.as_file(_object_of(item))


def no_such_file() -> NotFound:
    """Give the one answer for what is absent, removed or blocked."""
    return NotFound("There is no such file")


def _object_of(item: MediaItem) -> str:
    if item.object is None:
        raise no_such_file()
    return item.object
