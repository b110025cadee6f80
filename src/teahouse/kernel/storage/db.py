"""The two verbs that every store uses, `read` and `write`, the same on both databases.

A job is `async def job(tx)`: it awaits only methods of `tx`. On SQLite those never suspend, so a job runs as
plain code; on PostgreSQL they really wait. Write jobs run one after another in one transaction a batch (group
commit) and therefore commit in the order of the positions they took: readers never see a gap.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson

from teahouse.errors import Unavailable
from teahouse.kernel.stream import Doorbell, Fact

T = TypeVar("T")
Row = tuple[Any, ...]


def json_list(values: Iterable[str]) -> str:
    """Give the parameter for `IN (SELECT value FROM json_each(?))`, the shared way to pass a list of texts."""
    return orjson.dumps(list(values)).decode()


class Tx(ABC):
    """One transaction as a job sees it: statements, and in writes also positions, facts and after-commit work."""

    def __init__(self) -> None:
        self.position = 0
        self.facts: list[Fact] = []
        self.callbacks: list[Callable[[], None]] = []
        self.undo: list[Callable[[], None]] = []
        self.staged: dict[Any, Any] = {}

    @abstractmethod
    async def execute(self, sql: str, *params: Any) -> int:
        """Run one statement and give the number of rows it changed."""

    @abstractmethod
    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once for each row of parameters."""

    @abstractmethod
    async def fetch_all(self, sql: str, *params: Any) -> list[Row]:
        """Run one query and give all its rows."""

    async def fetch_one(self, sql: str, *params: Any) -> Row | None:
        """Run one query and give its first row, or None."""
        rows = await self.fetch_all(sql, *params)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, *params: Any) -> Any:
        """Run one query and give the first column of its first row, or None."""
        row = await self.fetch_one(sql, *params)
        return row[0] if row else None

    def next_position(self) -> int:
        """Take the next position of the stream; only inside a write job."""
        self.position += 1
        return self.position

    def announce(self, fact: Fact) -> None:
        """Ring the doorbell with `fact` once this job is committed."""
        self.facts.append(fact)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` on the loop's thread once this job is committed, before its facts are announced."""
        self.callbacks.append(callback)

    def on_rollback(self, callback: Callable[[], None]) -> None:
        """Call `callback` when this job is rolled back while others of its batch go on."""
        self.undo.append(callback)

    def run_undo(self) -> None:
        for callback in reversed(self.undo):
            callback()
        self.undo = []


@dataclass(eq=False)
class WriteJob(Generic[T]):
    """A write that waits for its turn, then its outcome; the future answers after the commit."""

    job: Callable[[Tx], Awaitable[T]]
    future: "asyncio.Future[T]"
    frees_space: bool = False
    result: Any = None
    facts: list[Fact] = field(default_factory=list)
    callbacks: list[Callable[[], None]] = field(default_factory=list)

    def succeed(self) -> None:
        for callback in self.callbacks:
            callback()
        if not self.future.done():
            self.future.set_result(self.result)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Database(ABC):
    """A database with one queue of writes and many concurrent reads."""

    dialect: str
    url: str

    def __init__(self, doorbell: Doorbell | None = None) -> None:
        self.doorbell = doorbell or Doorbell()
        self.queue: asyncio.Queue[WriteJob[Any]] = asyncio.Queue(maxsize=20_000)
        self.reset_listeners: list[Callable[[], None]] = []

    @abstractmethod
    async def open(self) -> None:
        """Open connections and start the writer; raises Unavailable when the database can't be reached."""

    @abstractmethod
    async def start(self) -> None:
        """Start taking writes; call it once the schema is up to date."""

    @abstractmethod
    async def run_alone(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `job` in a transaction of its own before the writer starts; for migrations."""

    @abstractmethod
    async def close(self) -> None:
        """Finish the queued writes and close every connection."""

    @abstractmethod
    async def read(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `job` on one consistent snapshot and give its result; raises Unavailable."""

    @abstractmethod
    async def ping(self) -> None:
        """Raise Unavailable unless a read and the write path work."""

    async def write(self, job: Callable[[Tx], Awaitable[T]], *, frees_space: bool = False) -> T:
        """Run `job` in the next batch and give its result after the commit is on disk.

        An exception of the job rolls only this job back and is raised here. `frees_space` marks deletions,
        which may use the reserve of a nearly full disk. Raises Unavailable when nothing could be committed.
        """
        item: WriteJob[T] = WriteJob(job, asyncio.get_running_loop().create_future(), frees_space)
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            raise Unavailable("The server has more writes waiting than it can take; try again soon") from None
        return await item.future

    def on_reset(self, listener: Callable[[], None]) -> None:
        """Call `listener` when memory may differ from the database: after a failed commit or a foreign write."""
        self.reset_listeners.append(listener)

    def reset_caches(self) -> None:
        for listener in self.reset_listeners:
            listener()


async def gather_batch(queue: "asyncio.Queue[WriteJob[Any]]", most: int = 256) -> list[WriteJob[Any]]:
    """Wait for a job, then take whatever else is waiting, up to `most`."""
    batch = [await queue.get()]
    while len(batch) < most and not queue.empty():
        batch.append(queue.get_nowait())
    return batch
