"""What spares the database the daily work of inboxes: the newest messages in memory, and acknowledgements in batches.

Both may be empty at any time: the database is asked then, and is always right.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from teahouse.e2ee import store_inbox as store
from teahouse.e2ee.device_cache import Device
from teahouse.kernel.storage import Database, Tx

MOST_OF_DEVICE = 64
MOST_BYTES = 32 * 1024 * 1024
MOST_DEVICES = 50_000
GATHER_S = 0.03
"""How long acknowledgements may wait for company when nobody is to be answered."""


class Left(NamedTuple):
    """How many messages a device has left, and the positions of the oldest and the newest."""

    waiting: int
    oldest: int
    newest: int


NOTHING_LEFT = Left(0, 0, 0)


@dataclass(slots=True)
class _Tail:
    """Every message of a device after the position `floor`, oldest first, as JSON."""

    floor: int
    messages: deque[tuple[int, bytes]] = field(default_factory=deque)


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
        messages = tail.messages
        if messages and after < messages[0][0] and messages[-1][0] <= upto:
            return [message for _, message in messages]
        return [message for position, message in messages if after < position <= upto]

    def drop(self, device: Device, upto: int) -> "Left | None":
        """Forget what was deleted; tell what is left, None when only the database knows."""
        tail = self._tails.get(device)
        if tail is None or upto < tail.floor:
            self.forget(device)
            return None
        if not tail.messages or tail.messages[-1][0] <= upto:
            self.forget(device)
            return NOTHING_LEFT
        messages = tail.messages
        while messages[0][0] <= upto:
            self._bytes -= len(messages.popleft()[1])
        return Left(len(messages), messages[0][0], messages[-1][0])

    def forget(self, device: Device) -> None:
        """Forget a device's messages."""
        tail = self._tails.pop(device, None)
        if tail is not None:
            self._bytes -= sum([len(message) for _, message in tail.messages])


class Fullness:
    """How many messages wait for each device, counted once and kept up to date by those who change them."""

    def __init__(self, db: Database) -> None:
        self._counts: dict[Device, int] = {}
        db.on_reset(self._counts.clear)

    async def full(self, tx: Tx, devices: Collection[Device], most: int) -> set[Device]:
        """Give those for whom `most` wait or more, inside a job; what the job's batch adds is not counted yet."""
        known = self._counts
        full = {device for device in devices if known.get(device, 0) >= most}
        unknown = [device for device in devices if device not in known]
        if unknown:
            counted = await store.count_waiting(tx, {user_id for user_id, _ in unknown})
            full.update(device for device in unknown if counted.get(device, 0) >= most)
            tx.after_commit(lambda: self._learn(unknown, counted))
        return full

    def _learn(self, devices: Collection[Device], counts: dict[Device, int]) -> None:
        if len(self._counts) > MOST_DEVICES:
            self._counts.clear()
        for device in devices:
            self._counts.setdefault(device, counts.get(device, 0))

    def add(self, devices: Iterable[Device]) -> None:
        """Note a committed message for each."""
        counts = self._counts
        for device in devices:
            if device in counts:
                counts[device] += 1

    def put(self, device: Device, count: int | None) -> None:
        """Note what is left after a deletion; None when that must be counted again."""
        if count is None:
            self._counts.pop(device, None)
        else:
            self._counts[device] = count


class Acknowledgements:
    """Deletes what devices have got, within the next write to any inbox, or soon by a write of its own.

    A room's keys reach many devices at once, and each comes back with an acknowledgement; a write for each would
    cost more than all else. So they are gathered while the devices wait, and whoever has an answer to give has
    them written first: with `settle`.
    """

    def __init__(self, db: Database, deleted: Callable[[Device, int], None]) -> None:
        self._db = db
        self._deleted = deleted
        self._noted: dict[Device, int] = {}
        self._being_written: dict[Device, int] = {}
        self._next: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        # What a failed commit did not delete, the device's next token does.
        db.on_reset(self._being_written.clear)

    def note(self, device: Device, position: int) -> None:
        """Have the device's messages up to the position deleted soon."""
        if position <= self.upto(device):
            return
        self._noted[device] = position
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._time_is_up)

    def upto(self, device: Device) -> int:
        """Give the position up to which the device's messages are as good as deleted, 0 when none are."""
        noted = self._noted.get(device)
        return noted if noted is not None else self._being_written.get(device, 0)

    async def settle(self, device: Device) -> None:
        """Return once what the device has acknowledged is deleted on disk."""
        if device not in self._noted and device not in self._being_written:
            return
        if self._next is None:
            self._next = asyncio.create_task(self._write())
        await asyncio.shield(self._next)

    async def write_within(self, tx: Tx) -> None:
        """Delete what was acknowledged inside a write job, which may be one for something else."""
        if not self._noted:
            return
        noted, self._noted = self._noted, {}
        self._being_written.update(noted)
        tx.after_commit(lambda: self._written(noted))
        tx.on_rollback(lambda: self._put_back(noted))
        await store.delete_upto(tx, noted)

    def _time_is_up(self) -> None:
        self._timer = None
        if self._noted and self._next is None:
            self._next = asyncio.create_task(self._write())
            self._next.add_done_callback(_look_at)

    async def _write(self) -> None:
        # One that runs already may have begun before the acknowledgement that this one is for.
        async with self._one_at_a_time:
            self._next = None
            await self._db.write(self.write_within, frees_space=True)

    def _written(self, noted: dict[Device, int]) -> None:
        for device, position in noted.items():
            if self._being_written.get(device) == position:
                del self._being_written[device]
            self._deleted(device, position)

    def _put_back(self, noted: dict[Device, int]) -> None:
        for device, position in noted.items():
            self._being_written.pop(device, None)
            self._noted[device] = max(position, self._noted.get(device, 0))


def _look_at(done: "asyncio.Task[None]") -> None:
    """Take the failure of a write that nobody waits for: the next token of each device acknowledges again."""
    if not done.cancelled():
        done.exception()
