"""Files that no post has: those of deleted posts go at once, those that were uploaded for none a day later.

The row of an upload is the only record of what is to be done, so a restart in between loses nothing.
"""

import asyncio
import contextlib

import structlog

from teahouse.errors import NotFound, TeahouseError
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
                await self.sweep()
            except TeahouseError as error:
                log.warning("files that no post has could not be removed", error=error.message)
            except Exception:
                log.exception("files that no post has could not be removed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(left.wait(), LOOK_EVERY_S)

    async def sweep(self) -> None:
        """Remove all files that no post has and no scheduled post wants, a few at a time."""
        before, after = self._core.clock.now_ms() - KEPT_MS, (0, 0, 0)
        while rows := await self._waiting(before, after):
            after = (rows[-1].account_id, rows[-1].created_ts, rows[-1].id)
            await self._remove(rows)

    async def _waiting(self, before_ms: int, after: tuple[int, int, int]) -> list[store.AttachmentRow]:
        return await self._core.db.read(lambda tx: store.waiting_since(tx, before_ms, after, AT_ONCE))

    async def _remove(self, rows: list[store.AttachmentRow]) -> None:
        accounts = {row.account_id for row in rows}
        wanted = await self._core.db.read(lambda tx: store_schedule.media_wanted_by(tx, accounts))
        found = [row for row in rows if str(row.id) not in wanted]
        for row in found:
            with contextlib.suppress(NotFound):
                await self._media.removal.remove(row.media_id)
        gone = [row.id for row in found]
        if gone:
            await self._core.db.write(lambda tx: store.delete(tx, gone), frees_space=True)
