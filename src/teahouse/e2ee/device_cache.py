"""A bounded memory of one value a device that is read from the database when it is not known.

A value that was read while a commit changed it is read again, so memory never stays behind.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from teahouse.kernel.storage import Database, Tx

T = TypeVar("T")
Device = tuple[str, str]


class DeviceCache(Generic[T]):
    """Values by (user, device); `load` reads one inside a job."""

    def __init__(self, db: Database, load: Callable[[Tx, str, str], Awaitable[T]], size: int) -> None:
        self._db = db
        self._load = load
        self._known: dict[Device, T] = {}
        self._size = size
        self._changed_while_read: dict[Device, bool] = {}
        db.on_reset(self.clear)

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
        for device in self._changed_while_read:
            self._changed_while_read[device] = True

    def peek(self, device: Device) -> T | None:
        """Give the value if it is known."""
        return self._known.get(device)

    def replace(self, device: Device, value: T) -> None:
        """Put another value in the place of a known one, after a commit that changed it."""
        if device in self._known:
            self._known[device] = value
        if device in self._changed_while_read:
            self._changed_while_read[device] = True

    def forget(self, device: Device) -> None:
        """Have the value read again, after a commit that changed it."""
        self._known.pop(device, None)
        if device in self._changed_while_read:
            self._changed_while_read[device] = True

    async def get(self, device: Device) -> T:
        """Give the value as of now."""
        known = self._known.get(device)
        if known is not None:
            return known
        while True:
            if device in self._changed_while_read:
                # Somebody else reads it too, and only one may judge whether a read was spoiled.
                return await self._db.read(lambda tx: self._load(tx, *device))
            self._changed_while_read[device] = False
            try:
                value = await self._db.read(lambda tx: self._load(tx, *device))
            finally:
                changed = self._changed_while_read.pop(device)
            if not changed:
                if len(self._known) >= self._size:
                    # Every poll asks here, so a plain dict, emptied when full, beats an orderly one.
                    self._known.clear()
                self._known[device] = value
                return value
