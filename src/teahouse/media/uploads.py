"""Uploads: bytes go to the store as they come, while they are hashed; nothing is visible until all is on the disk.

The order is what keeps the promises. The object is durable before the row that speaks of it is written, and the
row is committed before the upload is answered. So whatever is killed in between leaves an object that nothing
refers to, never a row without its object; `teahouse media collect` removes such objects.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from teahouse.clock import Clock
from teahouse.config import Media as MediaSettings
from teahouse.errors import Conflict, Forbidden, LimitExceeded, NotFound, TooLarge, Unavailable
from teahouse.kernel.http import RateLimiter, Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_media
from teahouse.media.arrivals import Arrivals
from teahouse.media.content_types import type_in_store
from teahouse.media.objects import ObjectStore, ObjectWriter, StoreFull
from teahouse.media.quotas import Quotas, Reservation
from teahouse.media.records import Claim, MediaItem, StoredFile

BLOCK_BYTES = 512 * 1024
RESERVE_BYTES = 128 * 1024 * 1024
LOOK_AT_SPACE_EVERY = 64 * 1024 * 1024

NOBODY = ""
"""The owner of what the server itself keeps; no quota counts it."""

Keep = Callable[[Tx, StoredFile], Awaitable[None]]


def new_media_id() -> str:
    """Make an id with 192 random bits: whoever is signed in and knows it may see the file."""
    while (media_id := secrets.token_urlsafe(24)).startswith("-"):
        # On a command line it would look like an option.
        pass
    return media_id


class Uploads:
    """Takes files in."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        limiter: RateLimiter,
        settings: MediaSettings,
        objects: ObjectStore,
        quotas: Quotas,
        arrivals: Arrivals,
    ) -> None:
        self._db = db
        self._clock = clock
        self._limiter = limiter
        self._settings = settings
        self._objects = objects
        self._quotas = quotas
        self._arrivals = arrivals

    async def create(self, caller: Scope) -> MediaItem:
        """Reserve an id for an upload that comes later; raises LimitExceeded when too many wait already."""
        self._limiter.check("upload", caller.user_id)
        now = self._clock.now_ms()
        lifetime_ms = int(self._settings.pending_hours * 3_600_000)
        claim = Claim("application/octet-stream", None, None)
        item = replace(_new_item(caller.user_id, claim, now), expires_ts=now + lifetime_ms)

        async def reserve(tx: Tx) -> None:
            if await store_media.count_pending(tx, caller.user_id, now) >= self._settings.pending_uploads:
                raise LimitExceeded("Too many ids wait for their upload", retry_after_ms=60_000)
            await store_media.insert_item(tx, item)

        await self._db.write(reserve)
        return item

    async def receive(self, caller: Scope, claim: Claim, pieces: AsyncIterator[bytes]) -> MediaItem:
        """Take a file in under a new id."""
        self._limiter.check("upload", caller.user_id)
        item = _new_item(caller.user_id, claim, self._clock.now_ms())

        async def keep(tx: Tx, content: StoredFile) -> None:
            await store_media.insert_item(tx, replace(item, sha256=content.sha256, size=content.size))

        return await self._take_in(item, claim, pieces, keep)

    async def receive_at(
        self, caller: Scope, media_id: str, claim: Claim, pieces: AsyncIterator[bytes]
    ) -> MediaItem:
        """Take a file in under the id that the caller has reserved.

        Raises NotFound for ids that are unknown or expired, Forbidden for other people's, Conflict for filled ones.
        """
        self._limiter.check("upload", caller.user_id)
        item = await self._pending(caller, media_id)

        async def keep(tx: Tx, content: StoredFile) -> None:
            if not await store_media.fill_item(tx, media_id, content, claim, self._clock.now_ms()):
                raise already_uploaded()

        kept = await self._take_in(item, claim, pieces, keep)
        self._arrivals.announce(media_id)
        return kept

    async def keep_picture(self, claim: Claim, data: bytes, expires_ts: int | None) -> MediaItem:
        """Keep a short file of the server's own, such as a preview's picture, until its time is over, if it ends."""
        item = replace(_new_item(NOBODY, claim, self._clock.now_ms()), expires_ts=expires_ts)
        name = await self._objects.put(data, type_in_store(claim.content_type))
        digest = hashlib.sha256(data).hexdigest()
        content = StoredFile(digest, name, len(data), type_in_store(claim.content_type), claim.file_name)

        async def commit(tx: Tx) -> StoredFile:
            if await store_media.is_blocked(tx, digest):
                raise Forbidden("This file is not allowed here")
            await store_media.insert_item(tx, replace(item, sha256=digest, size=len(data)))
            return await store_media.keep_file(tx, content, self._clock.now_ms())

        try:
            kept = await self._db.write(commit)
        except Forbidden:
            await self._objects.delete([name])
            raise
        if kept.object != name:
            await self._objects.delete([name])
        return replace(item, sha256=digest, size=len(data), object=kept.object)

    async def _pending(self, caller: Scope, media_id: str) -> MediaItem:
        async def find(tx: Tx) -> MediaItem | None:
            return await store_media.find_item(tx, media_id)

        item = await self._db.read(find)
        if item is None or ((item.expires_ts or 0) <= self._clock.now_ms() and not item.is_whole):
            raise NotFound("There is no such media id, or it has expired")
        if item.owner != caller.user_id:
            raise Forbidden("Somebody else has reserved this media id")
        if item.is_whole:
            raise already_uploaded()
        return item

    async def _take_in(
        self, item: MediaItem, claim: Claim, pieces: AsyncIterator[bytes], keep: Keep
    ) -> MediaItem:
        _, stored = await self._quotas.stored(item.owner)
        with self._quotas.upload(item.owner, stored) as reservation:
            await self._check_space(claim.length or 0)
            reservation.grow(claim.length or 0)
            shown_type = type_in_store(claim.content_type)
            writer = self._objects.create(shown_type, claim.file_name)
            try:
                sha256, size = await self._copy(writer, pieces, reservation)
            except BaseException:
                await asyncio.shield(writer.discard())
                raise
            content = StoredFile(sha256, writer.name, size, shown_type, claim.file_name)
            # From here on nothing may be half done: a caller who leaves doesn't stop it.
            return await asyncio.shield(self._finish(item, claim, writer, content, keep))

    async def _copy(
        self, writer: ObjectWriter, pieces: AsyncIterator[bytes], reservation: Reservation
    ) -> tuple[str, int]:
        """Bring the bytes to the store while the next ones come; at most two blocks are in memory."""
        digest, size, looked_at = hashlib.sha256(), 0, 0
        writing: asyncio.Future[object] | None = None
        block = bytearray()
        try:
            async for piece in pieces:
                block += piece
                if len(block) < BLOCK_BYTES:
                    continue
                size += len(block)
                self._count(size, reservation)
                if size - looked_at > LOOK_AT_SPACE_EVERY:
                    looked_at = size
                    await self._check_space(0)
                if writing is not None:
                    await writing
                writing = _hash_and_write(digest, writer, bytes(block))
                block.clear()
            if writing is not None:
                await writing
            if block:
                size += len(block)
                self._count(size, reservation)
                await _hash_and_write(digest, writer, bytes(block))
        finally:
            if writing is not None and not writing.done():
                await asyncio.wait((writing,))
        return digest.hexdigest(), size

    def _count(self, size: int, reservation: Reservation) -> None:
        if size > self._settings.max_upload_bytes:
            raise TooLarge(f"The file is larger than {self._settings.max_upload_bytes} bytes")
        if size > reservation.held:
            reservation.grow(size)

    async def _check_space(self, wanted: int) -> None:
        """Refuse while there is still room for everything else: a full disk would stop the chat too."""
        free = await self._objects.free_bytes()
        if free is not None and free - wanted < RESERVE_BYTES:
            raise StoreFull

    async def _finish(
        self, item: MediaItem, claim: Claim, writer: ObjectWriter, content: StoredFile, keep: Keep
    ) -> MediaItem:
        try:
            await writer.finish()
        except BaseException:
            await writer.discard()
            raise

        async def commit(tx: Tx) -> StoredFile:
            if await store_media.is_blocked(tx, content.sha256):
                raise Forbidden("This file is not allowed here")
            await self._quotas.charge(tx, item.owner, content.size)
            await keep(tx, content)
            return await store_media.keep_file(tx, content, self._clock.now_ms())

        try:
            kept = await self._db.write(commit)
        except (Unavailable, asyncio.CancelledError):
            # It may be committed all the same: the object stays, and is collected when no row speaks of it.
            raise
        except BaseException:
            await writer.discard()
            raise
        if kept.object != content.object:
            await writer.discard()
        return replace(
            item, sha256=kept.sha256, size=kept.size, content_type=claim.content_type, file_name=claim.file_name,
            expires_ts=None, object=kept.object, object_type=kept.content_type, object_name=kept.file_name,
        )  # fmt: skip


def _hash_and_write(digest: "hashlib._Hash", writer: ObjectWriter, block: bytes) -> "asyncio.Future[object]":
    hashing = asyncio.to_thread(digest.update, block)
    return asyncio.ensure_future(asyncio.gather(hashing, writer.write(block)))


def _new_item(owner: str, claim: Claim, now_ms: int) -> MediaItem:
    return MediaItem(
        new_media_id(), owner, claim.purpose, claim.is_public, None, 0, claim.content_type, claim.file_name,
        now_ms, None, None, None, None, now_ms,
    )  # fmt: skip


def already_uploaded() -> Conflict:
    """Give the refusal of a second upload to the same id."""
    return Conflict("This media id has its file already", errcode="M_CANNOT_OVERWRITE_MEDIA", status=409)
