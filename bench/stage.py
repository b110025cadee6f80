"""The stage on which a scenario plays: a running server, the sizes, the progress bars, and made-up people.

Owns what the scenarios share. Refuses to measure: each scenario says itself what it counts.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from bench.client import Client, T, in_parallel, register
from bench.servers import SECRET, Homeserver

_REGISTRATIONS_AT_ONCE = 4


@dataclass
class Cost:
    """CPU and wall time between two moments, and how much was done meanwhile."""

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0

    def cpu_us(self, count: int) -> float:
        """Return CPU microseconds for each of `count` things."""
        return self.cpu_seconds / max(count, 1) * 1e6

    def cpu_ms(self, count: int) -> float:
        """Return CPU milliseconds for each of `count` things."""
        return self.cpu_us(count) / 1000


@dataclass
class Stage:
    """What a scenario gets to work with."""

    server: Homeserver
    is_quick: bool
    progress: Progress
    kept: Path | None = None
    """Where large made-up data are kept from run to run; None when they are not."""

    minutes: float | None = None
    """How long a scenario goes on that has no end of its own; None for its own choice."""

    @property
    def is_ours(self) -> bool:
        """Whether Teahouse is measured; a slower server gets fewer repetitions, never an easier task."""
        return self.server.is_ours

    def size(self, full: int, quick: int) -> int:
        """Choose between the full and the quick size."""
        return quick if self.is_quick else full

    @contextmanager
    def steps(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        """Show a progress bar and give the function that moves it on by one."""
        task = self.progress.add_task(f"{self.server.name}: {label}", total=total)
        try:
            yield lambda: self.progress.advance(task)
        finally:
            self.progress.remove_task(task)

    async def each(
        self, label: str, items: Iterable[T], work: Callable[[T], Awaitable[None]], width: int
    ) -> None:
        """Do `work` for all items under a progress bar, at most `width` at the same time."""
        queue = list(items)
        with self.steps(label, len(queue)) as step:

            async def stepped(item: T) -> None:
                await work(item)
                step()

            await in_parallel(queue, stepped, width)

    async def people(self, prefix: str, count: int) -> list[Client]:
        """Register users."""
        found: list[Client] = []

        async def one(number: int) -> None:
            found.append(await register(self.server.address, SECRET, f"{prefix}{number}"))

        await self.each(f"registering {count} users", range(count), one, _REGISTRATIONS_AT_ONCE)
        return found

    async def all_join(self, room_id: str, people: list[Client]) -> None:
        """Let everybody join a public room."""

        async def one(client: Client) -> None:
            await client.join(room_id)

        await self.each(f"{len(people)} users joining", people, one, 4)

    async def restart(self, people: list[Client]) -> None:
        """Stop the server and start it again, with none of these people connected."""
        for client in people:
            client.close()
        await self.server.stop()
        await self.server.start()

    @asynccontextmanager
    async def costing(self) -> AsyncIterator[Cost]:
        """Measure what the server spends inside the block; the figures are there after it."""
        cost = Cost()
        cpu, wall = self.server.cpu_seconds(), time.perf_counter()
        yield cost
        cost.wall_seconds = time.perf_counter() - wall
        cost.cpu_seconds = self.server.cpu_seconds() - cpu
