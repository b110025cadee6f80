"""Where the bytes of a file come from: a file on this machine, memory, or any store that reads ranges."""

import os
from pathlib import Path
from typing import Protocol


class Source(Protocol):
    """A file of known size."""

    @property
    def size(self) -> int:
        """Give how many bytes it has."""

    def open(self) -> int | None:
        """Open it for a worker, who reads it itself; None when the bytes must be handed over."""

    async def read(self, offset: int, length: int) -> bytes:
        """Read exactly these bytes; raises OSError when they aren't there."""


class FileSource:
    """A file on this machine: a worker gets it as a descriptor, and the server reads none of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size

    @property
    def size(self) -> int:
        """Give how many bytes it has."""
        return self._size

    def open(self) -> int | None:
        """Open it for reading only."""
        return os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)

    async def read(self, offset: int, length: int) -> bytes:
        """Read exactly these bytes."""
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return whole(os.pread(descriptor, length, offset), length)
        finally:
            os.close(descriptor)


class BytesSource:
    """A file in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Give how many bytes it has."""
        return len(self._data)

    def open(self) -> int | None:
        """Say that the bytes must be handed over."""
        return None

    async def read(self, offset: int, length: int) -> bytes:
        """Read exactly these bytes."""
        return whole(self._data[offset : offset + length], length)


def whole(read: bytes, length: int) -> bytes:
    """Give what was read when it is all; raises OSError otherwise, for half a read must never pass for a file."""
    if len(read) != length:
        raise OSError("The file is shorter than it was")
    return read
