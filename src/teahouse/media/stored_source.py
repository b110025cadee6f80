"""A file of the store as the source of a worker's job: a descriptor where it is local, ranges where it isn't."""

import os

from teahouse.media.objects import ObjectStore
from teahouse.media.processing import whole


class StoredSource:
    """One object of the store."""

    def __init__(self, objects: ObjectStore, name: str, size: int) -> None:
        self._objects = objects
        self._name = name
        self._size = size

    @property
    def size(self) -> int:
        """Give how many bytes it has."""
        return self._size

    def open(self) -> int | None:
        """Open the file where it lies on this machine; None when its bytes must be handed over."""
        path = self._objects.local_path(self._name)
        return None if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    async def read(self, offset: int, length: int) -> bytes:
        """Read exactly these bytes; raises ObjectMissing and StoreAway."""
        return whole(
            b"".join([piece async for piece in self._objects.read(self._name, offset, length)]), length
        )
