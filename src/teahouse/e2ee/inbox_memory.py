"""What spares the database the daily work of inboxes: the newest messages in memory, and acknowledgements in batches.

Both may be empty at any time: the database is asked then, and is always right.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from teahouse.e2ee import store_inbox as store
from teahouse.e2ee.device_cache import Device
from teahouse.kernel.storage import Database, Tx

MOST_OF_DEVICE = 64
MOST_BYTES = 32 * 1024 * 1024
MOST_DEVICES = 50_000


@dataclass(slots=True)
class _Tail:
    """Every message of a device after the position `floor`, oldest first, as JSON."""

    floor: int
    messages: list[tuple[int, bytes]] = field(default_factory=list)


class NewestMessages:
    """The newest messages of devices that are about to fetch them."""

    def __init__(self, db: Database) -> None:
        self._tails: dict[Device, _Tail] = {}
        self._bytes = 0
        db.on_reset(self.clear)

    def clear(self) -> None:
        """Forget everything."""
        self._tails.clear()
        self._bytes = 0

    def add(self, device: Device, before: int, position: int, message: bytes) -> None:
        """Keep a committed message; `before` is the position of the device's newest one before it."""
        tail = self._tails.get(device)
        if tail is None:
            tail = self._tails[device] = _Tail(before)
        tail.messages.append((position, message))
        self._bytes += len(message)
        if len(tail.messages) > MOST_OF_DEVICE:
            self.forget(device)
        if self._bytes > MOST_BYTES:
            self.clear()

    def between(self, device: Device, after: int, upto: int) -> list[bytes] | None:
        """Give the device's messages in (after, upto], oldest first; None when only the database knows."""
        tail = self._tails.get(device)
        if tail is None or after < tail.floor:
            return None
        return [message for position, message in tail.messages if after < position <= upto]

    def drop(self, device: Device, upto: int) -> list[int] | None:
        """Forget what was deleted; give the positions of what is left, None when only the database knows."""
        tail = self._tails.get(device)
        if tail is None or upto < tail.floor:
            self.forget(device)
            return None
        kept = [one for one in tail.messages if one[0] > upto]
        self._bytes -= sum(len(message) for _, message in tail.messages) - sum(len(m) for _, m in kept)
        tail.messages = kept
        if not kept:
            del self._tails[device]
        return [position for position, _ in kept]

    def forget(self, device: Device) -> None:
        """Forget a device's messages."""
        tail = self._tails.pop(device, None)
        if tail is not None:
            self._bytes -= sum(len(message) for _, message in tail.messages)


class Fullness:
    """How many messages wait for each device, counted once and kept up to date by those who change them."""

    def __init__(self, db: Database) -> None:
        self._counts: dict[Device, int] = {}
        db.on_reset(self._counts.clear)

    async def of(self, tx: Tx, devices: Collection[Device]) -> dict[Device, int]:
        """Give the counts, inside a job; what the job's batch adds is not in them yet."""
        unknown = [device for device in devices if device not in self._counts]
        if not unknown:
            return {device: self._counts[device] for device in devices}
        counted = await store.count_waiting(tx, {user_id for user_id, _ in unknown})
        found = {device: self._counts.get(device, counted.get(device, 0)) for device in devices}
        tx.after_commit(lambda: self._learn(unknown, found))
        return found

    def _learn(self, devices: Collection[Device], counts: dict[Device, int]) -> None:
        if len(self._counts) > MOST_DEVICES:
            self._counts.clear()
        for device in devices:
            self._counts.setdefault(device, counts[device])

    def add(self, device: Device) -> None:
        """Note a committed message."""
        if device in self._counts:
            self._counts[device] += 1

    def put(self, device: Device, count: int | None) -> None:
        """Note what is left after a deletion; None when that must be counted again."""
        if count is None:
            self._counts.pop(device, None)
        else:
            self._counts[device] = count


class Acknowledgements:
    """Deletes what devices have got; those who come while a write is under way share the next one."""

    def __init__(self, db: Database, deleted: Callable[[Device, int], None]) -> None:
        self._db = db
        self._deleted = deleted
        self._noted: dict[Device, int] = {}
        self._next: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def note(self, device: Device, position: int) -> None:
        """Delete the device's messages up to the position; returns when that is on disk."""
        self._noted[device] = max(position, self._noted.get(device, 0))
        if self._next is None:
            self._next = asyncio.create_task(self._write())
        await asyncio.shield(self._next)

    async def _write(self) -> None:
        async with self._one_at_a_time:
            noted, self._noted, self._next = self._noted, {}, None

            async def job(tx: Tx) -> None:
                await store.delete_upto(tx, noted)
                tx.after_commit(lambda: self._tell(noted))

            await self._db.write(job, frees_space=True)

    def _tell(self, noted: dict[Device, int]) -> None:
        for device, position in noted.items():
            self._deleted(device, position)
