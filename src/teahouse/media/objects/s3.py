"""An S3-compatible store. Bytes pass through in parts; what is cut off is never an object, nor left as parts.

Reading asks for one block after another instead of holding a connection to the store for as long as a slow reader
takes; each request has a deadline of its own, so a store that hangs is known to be away soon.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from teahouse.config import Media as MediaSettings
from teahouse.errors import TeahouseError
from teahouse.media.file_names import disposition
from teahouse.media.objects.door import (
    LARGEST_PIECE,
    ObjectInfo,
    ObjectMissing,
    ObjectStore,
    ObjectWriter,
    StoreAway,
    is_object_name,
    new_object_name,
)

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config

T = TypeVar("T")
log = structlog.get_logger(__name__)

PART_BYTES = 5 * 1024 * 1024
"""The smallest part that S3 takes, and so what one upload holds in memory, twice."""
BLOCK_BYTES = 2 * 1024 * 1024
CONNECT_S = 5
REQUEST_S = 30
TRIES = 1
TRY_FOR_S = 8


class BucketStore(ObjectStore):
    """Keeps each object under its name below the bucket's prefix."""

    def __init__(self, url: str, settings: MediaSettings) -> None:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self.shown = url
        config: S3Config = {"region": settings.s3_region}
        if settings.s3_endpoint is not None:
            config["endpoint"] = settings.s3_endpoint
        if settings.s3_access_key is not None and settings.s3_secret_key is not None:
            config["access_key_id"] = str(settings.s3_access_key)
            config["secret_access_key"] = str(settings.s3_secret_key)
        options: ClientConfig = {
            "connect_timeout": timedelta(seconds=CONNECT_S),
            "timeout": timedelta(seconds=REQUEST_S),
            "allow_http": (settings.s3_endpoint or "").startswith("http://"),
        }
        self._bucket = S3Store(
            bucket,
            prefix=prefix.strip("/") or None,
            config=config,
            client_options=options,
            retry_config={"max_retries": TRIES, "retry_timeout": timedelta(seconds=TRY_FOR_S)},
        )

    async def open(self) -> None:
        """Nothing to do: connections are made when they are needed."""

    async def close(self) -> None:
        """Nothing to do: the library closes its connections itself."""

    async def ask(self, request: Awaitable[T]) -> T:
        """Await a request; what the library complains of becomes an error of ours."""
        try:
            return await request
        except FileNotFoundError as error:
            raise ObjectMissing("This file is damaged: its bytes are gone") from error
        except (BaseError, OSError) as error:
            log.warning("the store of media fails", error=str(error)[:300])
            raise StoreAway from error

    def create(
        self, content_type: str, file_name: str | None = None, name: str | None = None
    ) -> ObjectWriter:
        """Begin an object; it is served under this type and name where people are redirected to the store."""
        shown = "attachment" if content_type == "application/octet-stream" else "inline"
        attributes = {"Content-Type": content_type, "Content-Disposition": disposition(shown, file_name)}
        return _BucketWriter(self, self._bucket, _checked(name or new_object_name()), attributes)

    async def read(self, name: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes; the next block is asked for while the one before is taken."""
        end = start + length if length is not None else (await self.size(_checked(name)) or 0)
        coming = self._block(name, start, end)
        try:
            while coming is not None:
                block = await coming
                start += len(block)
                coming = self._block(name, start, end)
                for offset in range(0, len(block), LARGEST_PIECE):
                    yield block[offset : offset + LARGEST_PIECE]
        finally:
            if coming is not None:
                coming.cancel()

    def _block(self, name: str, start: int, end: int) -> "asyncio.Task[bytes] | None":
        if start >= end:
            return None
        length = min(BLOCK_BYTES, end - start)

        async def fetch() -> bytes:
            asked = obstore.get_range_async(self._bucket, _checked(name), start=start, length=length)
            block = bytes(await self.ask(asked))
            if len(block) != length:
                raise ObjectMissing("This file is damaged: it is shorter than it was")
            return block

        return asyncio.create_task(fetch(), name="block of a bucket")

    @asynccontextmanager
    async def as_file(self, name: str) -> AsyncIterator[Path]:
        """Give a copy of the object that lasts as long as the block."""
        with tempfile.NamedTemporaryFile(prefix="teahouse-media-") as copy:
            async for piece in self.read(name):
                await asyncio.to_thread(copy.write, piece)
            await asyncio.to_thread(copy.flush)
            yield Path(copy.name)

    async def size(self, name: str) -> int | None:
        """Ask the bucket for the object's size."""
        try:
            return (await self.ask(obstore.head_async(self._bucket, _checked(name))))["size"]
        except ObjectMissing:
            return None

    async def delete(self, names: Sequence[str]) -> None:
        """Remove the objects."""
        try:
            if names:
                await self.ask(obstore.delete_async(self._bucket, [_checked(name) for name in names]))
        except ObjectMissing:
            return

    async def list(self) -> AsyncIterator[ObjectInfo]:
        """List the bucket, page by page."""
        pages = aiter(obstore.list(self._bucket))
        while (page := await self.ask(_next_page(pages))) is not None:
            for found in page:
                if is_object_name(found["path"]):
                    modified_ms = int(found["last_modified"].timestamp() * 1000)
                    yield ObjectInfo(found["path"], found["size"], modified_ms)

    async def signed_url(self, name: str, seconds: int) -> str | None:
        """Sign an address with the server's own key."""
        lasting = timedelta(seconds=seconds)
        return await self.ask(obstore.sign_async(self._bucket, "GET", _checked(name), lasting))


class _BucketWriter(ObjectWriter):
    """Holds a part back until it is clear whether the object needs more than one."""

    def __init__(self, store: BucketStore, bucket: S3Store, name: str, attributes: dict[str, str]) -> None:
        super().__init__(name)
        self._store = store
        self._bucket = bucket
        self._attributes: Any = attributes
        self._held = bytearray()
        self._blocks: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._sending: asyncio.Task[Any] | None = None
        self._is_cut = False

    async def write(self, block: bytes) -> None:
        if self._sending is None:
            self._held += block
            if len(self._held) < PART_BYTES:
                return
            block, self._held = bytes(self._held), bytearray()
            parts = obstore.put_async(
                self._bucket, self.name, self._parts(), attributes=self._attributes,
                use_multipart=True, chunk_size=PART_BYTES, max_concurrency=1,
            )  # fmt: skip
            self._sending = asyncio.create_task(self._store.ask(parts), name="parts to a bucket")
        await self._pass_on(block)

    async def _pass_on(self, block: bytes | None) -> None:
        """Hand a block to the sender, unless it has failed: then its error is raised."""
        assert self._sending is not None  # noqa: S101
        putting = asyncio.create_task(self._blocks.put(block))
        try:
            await asyncio.wait((putting, self._sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            putting.cancel()
        if self._sending.done():
            self._sending.result()

    async def _parts(self) -> AsyncIterator[bytes]:
        while (block := await self._blocks.get()) is not None:
            yield block
        if self._is_cut:
            raise ConnectionResetError  # The library gives the parts up that it has sent.

    async def finish(self) -> None:
        if self._sending is None:
            whole = bytes(self._held)
            await self._store.ask(
                obstore.put_async(
                    self._bucket, self.name, whole, attributes=self._attributes, use_multipart=False
                )
            )
            return
        await self._pass_on(None)
        await self._sending

    async def discard(self) -> None:
        self._is_cut = True
        if self._sending is not None and not self._sending.done():
            while not self._blocks.empty():
                self._blocks.get_nowait()
            self._blocks.put_nowait(None)
            await asyncio.wait((self._sending,), timeout=REQUEST_S)
        if self._sending is not None and self._sending.done() and not self._sending.cancelled():
            self._sending.exception()
        # It may have become whole at the last moment.
        with contextlib.suppress(TeahouseError):
            await self._store.delete([self.name])


async def _next_page(pages: AsyncIterator[Any]) -> Any:
    return await anext(pages, None)


def _checked(name: str) -> str:
    if not is_object_name(name):
        raise ObjectMissing("There is no such file")
    return name
