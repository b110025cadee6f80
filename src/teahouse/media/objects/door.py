"""What every store of bytes can do. Objects are written once, whole or not at all, and never changed."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from teahouse.errors import NotFound, TeahouseError, Unavailable

SMALLEST_PIECE = 64 * 1024
LARGEST_PIECE = 256 * 1024


class StoreAway(Unavailable):
    """The store can't be reached for now; everything but media goes on."""

    def __init__(self, message: str = "The server can't reach its store of media; try again soon"):
        super().__init__(message, retry_after_ms=10_000)


class StoreFull(TeahouseError):
    """The store has no room for more."""

    status = 507

    def __init__(self) -> None:
        super().__init__("The server's store of media is full")


class ObjectMissing(NotFound):
    """The store has no such object, though the database says so: `teahouse media verify` finds these."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as the store lists it."""

    name: str
    size: int
    modified_ms: int


class ObjectWriter(ABC):
    """An object on its way into the store; nobody sees it before `finish` has returned."""

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    async def write(self, block: bytes) -> None:
        """Add bytes. Raises StoreAway and StoreFull."""

    @abstractmethod
    async def finish(self) -> None:
        """Make the object whole and durable: it survives a power cut from here on. Raises like `write`."""

    @abstractmethod
    async def discard(self) -> None:
        """Leave nothing behind; also after `finish` failed."""


class ObjectStore(ABC):
    """A store of objects by name."""

    shown: str
    """Where the bytes lie, for people; holds no secret."""

    @abstractmethod
    async def open(self) -> None:
        """Get ready. A store that is away now doesn't keep the server from starting."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of threads and connections."""

    @abstractmethod
    def create(
        self, content_type: str, file_name: str | None = None, name: str | None = None
    ) -> ObjectWriter:
        """Begin an object under a new name, or under the one it had when it comes back from a backup.

        What it is called is kept beside it where the store can.
        """

    @abstractmethod
    def read(self, name: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes in pieces, `length` of them from `start`; raises ObjectMissing and StoreAway."""

    @abstractmethod
    def as_file(self, name: str) -> AbstractAsyncContextManager[Path]:
        """Give the object as a local file that may only be read, for as long as the block lasts."""

    @abstractmethod
    async def size(self, name: str) -> int | None:
        """Give an object's size; None when it is not there. Raises StoreAway."""

    @abstractmethod
    async def delete(self, names: Sequence[str]) -> None:
        """Remove objects; those that are gone already don't matter. Raises StoreAway."""

    @abstractmethod
    def list(self) -> AsyncIterator[ObjectInfo]:
        """Give every object that is whole, in no order."""

    def local_path(self, name: str) -> Path | None:
        """Give the object's own file on this machine; None where the store has none."""
        return None

    async def signed_url(self, name: str, seconds: int) -> str | None:
        """Give an address from which anybody can fetch the object for a while; None where there is no such thing."""
        return None

    async def free_bytes(self) -> int | None:
        """Give how much room is left; None when nobody knows."""
        return None

    async def put(self, data: bytes, content_type: str) -> str:
        """Store a short object at once; gives its name."""
        writer = self.create(content_type)
        try:
            await writer.write(data)
            await writer.finish()
        except BaseException:
            await writer.discard()
            raise
        return writer.name


def new_object_name() -> str:
    """Make a name that no object ever had; its first two characters spread objects over folders."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name[2:]}"


def is_object_name(name: str) -> bool:
    """Tell whether `new_object_name` can have made a name: what else lies in the store is not ours."""
    return (
        len(name) == 33
        and name[2] == "/"
        and all(letter in "0123456789abcdef" for letter in name[:2] + name[3:])
    )
