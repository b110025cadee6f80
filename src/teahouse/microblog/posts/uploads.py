"""Uploading for posts: the file is taken in, looked into, freed of place and device, and only then public.

Pictures are ready with the answer; film and sound are worked on afterwards, also after a restart in between.
"""

import asyncio
import contextlib
import mimetypes
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

import structlog

from teahouse.errors import InvalidParam, NotFound, TeahouseError, TooLarge
from teahouse.kernel.http import FilePart, Scope
from teahouse.kernel.storage import Tx
from teahouse.media import Claim, Media, MediaItem, harmless_name, read_type
from teahouse.microblog.core import Core
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import first_bytes
from teahouse.microblog.posts import store_attachments as store
from teahouse.microblog.posts.store_attachments import AttachmentRow, Info

log = structlog.get_logger(__name__)

MOST_NAME_CHARS = 200
UNKNOWN_KIND = "File content type is not supported"
LONGEST_LOOP_MS = 60_000
UNSAID = ("", "application/octet-stream", "text/plain")
KINDS = {"picture": "image", "video": "video", "audio": "audio"}


class PostUploads:
    """Takes files in for posts and for profiles."""

    def __init__(self, core: Core, media: Media) -> None:
        self._core = core
        self._media = media
        self._working: set[asyncio.Task[None]] = set()

    async def picture(self, caller: Scope, part: FilePart, data: AsyncIterator[bytes]) -> str:
        """Take a picture for a profile in and give its address in chat; raises InvalidParam for anything else."""
        item = await self._media.uploads.receive(caller, replace(_claim(part), is_public=False), data)
        kind, _ = await self._looked_into(caller, item)
        if kind != "image":
            raise InvalidParam(UNKNOWN_KIND)
        return self._media.uri(item.media_id)

    async def receive(self, caller: Scope, part: FilePart, data: AsyncIterator[bytes]) -> MediaItem:
        """Take a file in, without what tells place and device; raises InvalidParam for other kinds than these."""
        claim, data = await _looked_at(_claim(part), data)
        if claim.content_type.partition("/")[0] not in ("image", "video", "audio"):
            raise InvalidParam(UNKNOWN_KIND)
        try:
            return await self._media.publication.receive(caller, claim, data)
        except TeahouseError as error:
            raise _as_refusal(error) from error

    async def sizes_of(self, statuses: Sequence[Status]) -> dict[str, int]:
        """Give how many bytes the files of posts have, by the files' addresses; in one query."""
        start = f"{self._core.public_url}/media/"
        urls = [one.url for status in statuses for one in status.media_attachments if one.url]
        ids = {url: url.removeprefix(start).partition("/")[0] for url in urls if url.startswith(start)}
        sizes = await self._media.downloads.sizes_of(ids.values())
        return {url: sizes[media_id] for url, media_id in ids.items() if media_id in sizes}

    async def attach_later(
        self, caller: Scope, viewer: Viewer, item: MediaItem, said: Mapping[str, object], *, wait: bool
    ) -> AttachmentRow:
        """Make an attachment of a file; unless told to wait, film and sound are still looked into."""
        kind = item.content_type.partition("/")[0]
        row = AttachmentRow(
            self._core.snowflakes.next(), viewer.id, item.media_id, None, kind, item.file_name or "file", Info(),
            said.get("focus"), said.get("description"), "processing", self._core.clock.now_ms(),  # type: ignore[arg-type]
        )  # fmt: skip
        if wait or kind == "image":
            row.type, row.info = await self._looked_into(caller, item)
            row.state = "ready"
        await self._core.db.write(lambda tx: store.put(tx, row))
        if row.state != "ready":
            self._later(caller, row)
        return row

    async def _looked_into(self, caller: Scope, item: MediaItem) -> tuple[str, Info]:
        """Tell what a file is; one that can't be looked into is removed and refused."""
        try:
            info = await self._media.derivations.info(item, caller.user_id)
        except TeahouseError as error:
            refusal = _as_refusal(error)
            if refusal is not error:
                await self._media.removal.delete_own(caller, item.media_id)
            raise refusal from error
        kind = KINDS[info.kind]
        if kind == "video" and info.audio_codec is None and (info.duration_ms or 0) <= LONGEST_LOOP_MS:
            kind = "gifv"
        return kind, Info(info.width, info.height, info.duration_ms, info.blurhash)

    async def _finish(self, caller: Scope, row: AttachmentRow) -> None:
        try:
            item = await self._media.downloads.find_public(row.media_id)
            row.type, row.info = await self._looked_into(caller, item)
            row.state = "ready"
        except TeahouseError as error:
            if error.status >= 500 or error.status == 429:
                raise
            row.state = "failed"
        await self._core.db.write(lambda tx: store.settle(tx, row))

    def _later(self, caller: Scope, row: AttachmentRow) -> None:
        async def work() -> None:
            with contextlib.suppress(TeahouseError):
                await self._finish(caller, row)

        task = asyncio.create_task(work(), name="post upload")
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def remove(self, caller: Scope, media_id: str) -> None:
        """Remove a file that no post will have; one that is gone already is removed."""
        with contextlib.suppress(NotFound):
            await self._media.removal.delete_own(caller, media_id)

    def media_id_of(self, address: str) -> str | None:
        """Give the id of a picture by its address in chat; None for what is none of this server's."""
        start = f"mxc://{self._media.server_name}/"
        return address.removeprefix(start) if address.startswith(start) else None

    async def resume(self) -> None:
        """Go on with what was being worked on when the server last ended."""

        async def job(tx: Tx) -> list[tuple[AttachmentRow, str]]:
            return await store.unfinished(tx)

        for row, user_id in await self._core.db.read(job):
            self._later(Scope(user_id, "", 0), row)

    async def stop(self) -> None:
        """Leave what is being worked on for the next start."""
        for task in list(self._working):
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)


def _claim(part: FilePart) -> Claim:
    name = harmless_name(part.file_name.replace("\\", "/").rpartition("/")[2][:MOST_NAME_CHARS])
    kind = read_type(part.content_type)
    if kind in UNSAID:
        # COMPAT(toot and other clients on Python): they send a name alone. Decoding finds out what it really is.
        kind = mimetypes.guess_type(name or "")[0] or kind
    return Claim(kind, name, None, "post", is_public=True)


async def _looked_at(claim: Claim, data: AsyncIterator[bytes]) -> tuple[Claim, AsyncIterator[bytes]]:
    """Find out from the first bytes what kind of file it is, where neither a type nor a name said so."""
    if claim.content_type not in UNSAID:
        return claim, data
    first = b""
    async for piece in data:
        first += piece
        if len(first) >= first_bytes.FEWEST:
            break

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in data:
            yield piece

    kind = first_bytes.kind_of(first)
    return (claim if kind is None else replace(claim, content_type=kind)), whole()


def _as_refusal(error: TeahouseError) -> TeahouseError:
    """Give the refusal of a file that can't be looked into; what has another reason stays what it is."""
    if error.status == 400 and not isinstance(error, TooLarge):
        return InvalidParam(UNKNOWN_KIND)
    return error
