"""Writes that wait for their turn: bounded in number and in time, so that overload answers instead of hanging."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from teahouse.errors import Unavailable
from teahouse.kernel.storage.tx import Tx
from teahouse.kernel.stream import Fact
from teahouse.kernel.timings import Timings

T = TypeVar("T")

MOST_WAITING = 20_000
MOST_IN_BATCH = 256
GATHER_S = 0.003
QUIET_TURNS = 4
"""A batch of one costs the disk as much as one of many: those who wrote together are expected together again."""
PATIENCE_S = 4.0
"""How long a write may wait; with the checks a quarter of a second apart its answer comes within five."""


@dataclass(eq=False)
class WriteJob(Generic[T]):
    """One write and its outcome; the future answers after the commit."""

    job: Callable[[Tx], Awaitable[T]]
    future: "asyncio.Future[T]"
    frees_space: bool = False
    checks_first: bool = False
    """Whether the job promises to raise only before it changes anything, so that it needs no savepoint."""
    since: float = field(default_factory=time.monotonic)
    begun: float = 0.0
    """When its batch began, the last one if it was put back."""
    result: Any = None
    facts: list[Fact] = field(default_factory=list)
    callbacks: list[Callable[[], None]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Say whether nobody waits any more: the caller left, or was told that it took too long."""
        return self.future.done()

    def take(self, tx: Tx) -> None:
        """Keep what the finished job asked to be done once it is committed."""
        self.facts, self.callbacks = tx.facts, tx.callbacks

    def succeed(self) -> None:
        if not self.future.done():
            self.future.set_result(self.result)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Spoiled(Exception):
    """A job broke its promise to raise only before its first change: its batch must be rolled back and run again."""


class WriteQueue:
    """Hands the writes out in the order they came, in batches."""

    def __init__(self) -> None:
        self._waiting: deque[WriteJob[Any]] = deque()
        self._arrived = asyncio.Event()
        self._closed = False
        self.running: list[WriteJob[Any]] = []
        self.waits = Timings()
        """How long those that were committed had waited for their batch to begin."""

    def put(self, item: WriteJob[Any]) -> None:
        """Take a write in; raises Unavailable when there are too many, or the database is closing."""
        if self._closed:
            raise Unavailable("The server is stopping; try again soon")
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("The server has more writes waiting than it can take; try again soon")
        self._waiting.append(item)
        self._arrived.set()

    async def take(self) -> list[WriteJob[Any]]:
        """Wait for a write, then give whatever else waits too; nothing when all is done and the queue closed."""
        together = len(self.running) + len(self._waiting)
        self.running = []
        while not self.running:
            if together > 1:
                await self._gather(together)
            while self._waiting and len(self.running) < MOST_IN_BATCH:
                item = self._waiting.popleft()
                if not item.is_over:
                    self.running.append(item)
            if not self.running:
                if self._closed:
                    return []
                self._arrived.clear()
                await self._arrived.wait()
        now = time.monotonic()
        for item in self.running:
            item.begun = now
        return self.running

    async def _gather(self, expected: int) -> None:
        """Let those come who send on as soon as they are answered, while every few turns of the loop bring one.

        Whoever writes alone is never kept waiting.
        """
        seen, quiet_turns = len(self._waiting), 0
        until = time.monotonic() + GATHER_S
        while seen < expected and quiet_turns < QUIET_TURNS and time.monotonic() < until:
            await asyncio.sleep(0)
            quiet_turns = quiet_turns + 1 if len(self._waiting) == seen else 0
            seen = len(self._waiting)

    def put_back(self, number: int) -> None:
        """Let all but the first `number` writes of the running batch wait for the next one."""
        self._waiting.extendleft(reversed(self.running[number:]))
        del self.running[number:]

    def run_again(self) -> None:
        """Let the whole running batch wait for the next one, where no job's promise is believed."""
        for item in self.running:
            item.checks_first = False
        self.put_back(0)

    def close(self) -> None:
        """Refuse further writes; those that wait are still handed out."""
        self._closed = True
        self._arrived.set()

    def give_up_late(self, *, running_too: bool) -> None:
        """Answer those who waited too long; what runs already may yet be committed, its caller can't know."""
        before = time.monotonic() - PATIENCE_S
        if self._waiting and self._waiting[0].since < before:
            for item in self._waiting:
                if item.since < before:
                    item.fail(Unavailable("The server has more to write than it can; try again soon"))
        if running_too:
            for item in self.running:
                if item.since < before:
                    item.fail(
                        Unavailable("The database does not answer; it is not known whether this was kept")
                    )

    def fail_all(self, error: Unavailable) -> None:
        """Answer everybody who still waits with `error`."""
        for item in (*self.running, *self._waiting):
            item.fail(error)
        self._waiting.clear()
