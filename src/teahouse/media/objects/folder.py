"""A folder as the store: two levels of files, written without a name and named only when they are whole.

On Linux an unfinished file has no name at all (O_TMPFILE), so a crash leaves nothing behind. Elsewhere it lies in
`unfinished/` under the folder, where old remains are removed at the start. Files are worked on in threads of
the store's own.
"""

import asyncio
import contextlib
import errno
import os
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import structlog

from teahouse.kernel.durable import make_folder, sync_folder
from teahouse.media.objects.door import (
    LARGEST_PIECE,
    SMALLEST_PIECE,
    ObjectInfo,
    ObjectMissing,
    ObjectStore,
    ObjectWriter,
    StoreAway,
    StoreFull,
    is_object_name,
    new_object_name,
)

T = TypeVar("T")
log = structlog.get_logger(__name__)
THREADS = 8
_NO_WAIT: int = getattr(os, "RWF_NOWAIT", 0)
QUICK_S = 0.02
"""A reader who takes a piece within this time gets larger ones, which cost less a byte."""


class FolderStore(ObjectStore):
    """Keeps each object as a file of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown = str(folder)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="media")

    async def open(self) -> None:
        """Make the folder, and remove what a crash left half written."""
        await self.work(self._prepare)

    def _prepare(self) -> None:
        make_folder(self.folder)
        self._remove_unfinished()
        for number in range(256):
            (self.folder / f"{number:02x}").mkdir(exist_ok=True, mode=0o700)
        sync_folder(self.folder)

    def _remove_unfinished(self) -> None:
        """Remove old remains only: another process, such as a command's, may open the folder of a running server."""
        with contextlib.suppress(FileNotFoundError):
            for path in (self.folder / "unfinished").iterdir():
                if path.stat().st_mtime < time.time() - 86_400:
                    path.unlink(missing_ok=True)

    async def close(self) -> None:
        """End the threads once they have nothing left to do."""
        self._threads.shutdown(wait=False)

    async def work(self, call: Callable[..., T], *args: object) -> T:
        """Run a call in a thread of the store; what the system complains of becomes an error of ours."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call, *args)
        except FileNotFoundError as error:
            raise ObjectMissing("This file is damaged: its bytes are gone") from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreFull from error
            log.warning("the folder of media fails", error=str(error))
            raise StoreAway from error

    def path(self, name: str) -> Path:
        """Give the file of an object; raises ObjectMissing for what is no name of ours."""
        if not is_object_name(name):
            raise ObjectMissing("There is no such file")
        return self.folder / name

    def create(
        self, content_type: str, file_name: str | None = None, name: str | None = None
    ) -> ObjectWriter:
        """Begin a file; its type stands in the database alone."""
        return _FileWriter(self, name or new_object_name())

    async def read(self, name: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes; the pieces grow for readers who take them quickly."""
        descriptor = await self.work(os.open, self.path(name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            end = start + length if length is not None else os.fstat(descriptor).st_size
            piece_bytes = SMALLEST_PIECE
            while start < end:
                wanted = min(piece_bytes, end - start)
                piece = _read_at_once(descriptor, wanted, start) or await self.work(
                    os.pread, descriptor, wanted, start
                )
                if not piece:
                    raise ObjectMissing("This file is damaged: it is shorter than it was")
                start += len(piece)
                given = time.monotonic()
                yield piece
                is_quick = time.monotonic() - given < QUICK_S
                piece_bytes = min(piece_bytes * 2, LARGEST_PIECE) if is_quick else SMALLEST_PIECE
        finally:
            os.close(descriptor)

    def local_path(self, name: str) -> Path | None:
        """Give the file itself, which may be gone."""
        return self.path(name)

    @asynccontextmanager
    async def as_file(self, name: str) -> AsyncIterator[Path]:
        """Give the file itself."""
        path = self.path(name)
        await self.work(os.stat, path)
        yield path

    async def size(self, name: str) -> int | None:
        """Give the file's size."""
        try:
            return (await self.work(os.stat, self.path(name))).st_size
        except ObjectMissing:
            return None

    async def delete(self, names: Sequence[str]) -> None:
        """Remove the files."""
        await self.work(self._delete, names)

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            self.path(name).unlink(missing_ok=True)

    async def list(self) -> AsyncIterator[ObjectInfo]:
        """Walk the folder, one of its 256 parts at a time."""
        for number in range(256):
            for info in await self.work(self._list_part, f"{number:02x}"):
                yield info

    def _list_part(self, part: str) -> Sequence[ObjectInfo]:
        found = []
        with contextlib.suppress(FileNotFoundError), os.scandir(self.folder / part) as entries:
            for entry in entries:
                name = f"{part}/{entry.name}"
                if is_object_name(name):
                    stat = entry.stat()
                    found.append(ObjectInfo(name, stat.st_size, int(stat.st_mtime * 1000)))
        return found

    async def free_bytes(self) -> int | None:
        """Ask the file system."""
        usage = await self.work(shutil.disk_usage, self.folder)
        return usage.free


def _read_at_once(descriptor: int, length: int, start: int) -> bytes | None:
    """Read what the system has in memory, without waiting for the disk; None when it hasn't, or can't tell.

    For a file that is read often that saves a change of threads for each piece, the larger part of its cost.
    """
    if not _NO_WAIT:
        return None
    buffer = bytearray(length)
    try:
        size = os.preadv(descriptor, [buffer], start, _NO_WAIT)
    except OSError:
        return None
    return bytes(memoryview(buffer)[:size])


class _FileWriter(ObjectWriter):
    """A file without a name, until it is whole."""

    def __init__(self, store: FolderStore, name: str) -> None:
        super().__init__(name)
        self._store = store
        self._descriptor: int | None = None
        self._unfinished: Path | None = None
        # A caller that is cancelled leaves its thread behind, which must be done before the file is closed.
        self._busy = threading.Lock()

    async def write(self, block: bytes) -> None:
        await self._store.work(self._write, block)

    def _write(self, block: bytes) -> None:
        with self._busy:
            descriptor = self._descriptor if self._descriptor is not None else self._open()
            view = memoryview(block)
            while view:
                view = view[os.write(descriptor, view) :]

    def _open(self) -> int:
        """Open a file without a name where the system can, else one in `unfinished/`."""
        nameless = getattr(os, "O_TMPFILE", 0)
        if nameless and Path("/proc/self/fd").exists():
            with contextlib.suppress(OSError):
                self._descriptor = os.open(self._store.folder, nameless | os.O_WRONLY | os.O_CLOEXEC, 0o600)
                return self._descriptor
        folder = self._store.folder / "unfinished"
        folder.mkdir(exist_ok=True, mode=0o700)
        self._unfinished = folder / self.name.replace("/", "")
        self._descriptor = os.open(
            self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        return self._descriptor

    async def finish(self) -> None:
        await self._store.work(self._finish_in_turn)

    def _finish_in_turn(self) -> None:
        with self._busy:
            self._finish()

    def _finish(self) -> None:
        """Bring the bytes to the disk, then the name, then the folder's knowledge of it."""
        descriptor = self._descriptor if self._descriptor is not None else self._open()
        os.fsync(descriptor)
        path = self._store.path(self.name)
        if self._unfinished is None:
            # Naming a folder, unused for absolute paths, is what makes Python follow the link to the file.
            os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)
        else:
            self._unfinished.rename(path)
            self._unfinished = None
        sync_folder(path.parent)
        os.close(descriptor)
        self._descriptor = None

    async def discard(self) -> None:
        await self._store.work(self._discard)

    def _discard(self) -> None:
        with self._busy:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            if self._unfinished is not None:
                self._unfinished.unlink(missing_ok=True)
            self._store.path(self.name).unlink(missing_ok=True)
