"""Files that no post has: those of deleted posts go at once, those that were uploaded for none a day later.

The row of an upload is the only record of what is to be done, so a restart in between loses nothing.
"""

import asyncio
import contextlib

import structlog

from teahouse.errors import NotFound, TeahouseError
from teahouse.kernel.storage import Tx
from teahouse.media import Media
from teahouse.microblog.core import Core
from teahouse.microblog.posts import store_attachments as store
from teahouse.microblog.posts import store_schedule
from teahouse.microblog.posts.attachments import Attachments

log = structlog.get_logger(__name__)

KEPT_MS = 24 * 3600 * 1000
LOOK_EVERY_S = 3600.0
AT_ONCE = 100


class Leftovers:
    """Removes the files that posts left over, and forgets them."""

    def __init__(self, core: Core, media: Media, attachments: Attachments) -> None:
        self._core = core
        self._media = media
        self._attachments = attachments
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, now and then and whenever a post was deleted with its files."""
        self._task = asyncio.create_task(self._watch(), name="files left over")

    async def stop(self) -> None:
        """End looking; what is left over is removed after the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        left = self._attachments.left_over
        while True:
            left.clear()
            try:
                while await self.sweep():
                    pass
            except TeahouseError as error:
                log.warning("files that no post has could not be removed", error=error.message)
            except Exception:
                log.exception("files that no post has could not be removed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(left.wait(), LOOK_EVERY_S)

    async def sweep(self) -> bool:
        """Remove some files; tells whether there may be more."""
        before = self._core.clock.now_ms() - KEPT_MS
        found = await self._core.db.read(lambda tx: self._found(tx, before))
        for row in found:
            with contextlib.suppress(NotFound):
                await self._media.removal.remove(row.media_id)
        gone = [row.id for row in found]
        if gone:
            await self._core.db.write(lambda tx: store.delete(tx, gone), frees_space=True)
        return len(found) == AT_ONCE

    async def _found(self, tx: Tx, before_ms: int) -> list[store.AttachmentRow]:
        rows = await store.waiting_since(tx, before_ms, AT_ONCE)
        wanted = await store_schedule.media_wanted_by(tx, {row.account_id for row in rows})
        return [row for row in rows if str(row.id) not in wanted]
