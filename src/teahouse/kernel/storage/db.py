"""The two verbs that every store uses, `read` and `write`, the same on both databases.

A job is `async def job(tx)`: it awaits only methods of `tx`. On SQLite those never suspend, so a job runs as
plain code; on PostgreSQL they really wait. Write jobs run one after another in one transaction a batch (group
commit) and therefore commit in the order of the positions they took: readers never see a gap.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.storage.tx import Tx
from teahouse.kernel.storage.writes import Spoiled, WriteJob, WriteQueue
from teahouse.kernel.stream import Doorbell, Fact

T = TypeVar("T")
log = structlog.get_logger(__name__)

BATCH_S = 0.1
"""A batch takes no further jobs after this long: whoever came first waits for no more than that."""
LOOK_EVERY_S = 0.5
CLOSE_S = 3.0


class Database(ABC):
    """A database with one queue of writes and many concurrent reads."""

    dialect: str
    url: str
    commits_may_hang: bool
    """Whether a batch may wait for a server that doesn't answer: then its callers are told so in time."""

    def __init__(self, doorbell: Doorbell | None = None) -> None:
        self.doorbell = doorbell or Doorbell()
        self.writes = WriteQueue()
        self.reset_listeners: list[Callable[[], None]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._in_batch = False

    @abstractmethod
    async def open(self) -> None:
        """Open the first connection; raises Unavailable when the database can't be reached."""

    @abstractmethod
    async def run_alone(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `job` in a transaction of its own before the writer starts; for migrations. Raises Unavailable."""

    @abstractmethod
    async def read(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `job` on one consistent snapshot and give its result; raises Unavailable."""

    @abstractmethod
    async def _run_batch(self, batch: list[WriteJob[Any]]) -> None:
        """Run the jobs in one transaction and deliver them once it is on disk; raises when it could not be."""

    @abstractmethod
    def _fail_batch(self, batch: Sequence[WriteJob[Any]], error: Exception) -> None:
        """Answer a batch that was not committed, or not surely, and drop the connection it ran on."""

    @abstractmethod
    async def _look_for_foreign_writes(self) -> None:
        """Compare with what other processes may have written since the last batch."""

    @abstractmethod
    async def _close_connections(self) -> None:
        """Close everything; nothing runs any more."""

    async def start(self) -> None:
        """Start taking writes; call it once the schema is up to date. Raises Unavailable."""
        self.doorbell.position = await self.read(_stream_position)
        self._tasks = [
            asyncio.create_task(self._write_batches(), name="writer"),
            asyncio.create_task(self._keep_promises(), name="late writes"),
            asyncio.create_task(self._watch(), name="foreign writes"),
        ]

    async def close(self) -> None:
        """Finish the queued writes and close every connection."""
        self.writes.close()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=CLOSE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.writes.fail_all(Unavailable("The server is stopping"))
        await self._close_connections()

    async def write(
        self, job: Callable[[Tx], Awaitable[T]], *, frees_space: bool = False, checks_first: bool = False
    ) -> T:
        """Run `job` in the next batch and give its result after the commit is on disk.

        An exception of the job rolls only this job back and is raised here. `frees_space` marks deletions,
        which may use the reserve of a nearly full disk. `checks_first` promises that the job raises only before its
        first change, which spares it a savepoint; should it break that, its batch is run again, so it costs time.
        Raises Unavailable when nothing was committed, and also when a database server went away in the middle:
        then only asking again, with the same transaction id, tells whether it was. A caller that is cancelled
        before its turn withdraws the job.
        """
        item: WriteJob[T] = WriteJob(
            job, asyncio.get_running_loop().create_future(), frees_space, checks_first
        )
        self.writes.put(item)
        return await item.future

    async def ping(self) -> None:
        """Raise Unavailable unless a read works and the writer runs."""
        if self._tasks and self._tasks[0].done():
            raise Unavailable("The server takes no writes any more and must be restarted")
        await self.read(_stream_position)

    def on_reset(self, listener: Callable[[], None]) -> None:
        """Call `listener` when memory may differ from the database: after a failed commit or a foreign write."""
        self.reset_listeners.append(listener)

    def reset_caches(self) -> None:
        for listener in self.reset_listeners:
            try:
                listener()
            except Exception:
                log.exception("a cache could not be emptied")

    async def _write_batches(self) -> None:
        while batch := await self.writes.take():
            self._in_batch = True
            try:
                await self._run_batch(batch)
            except Spoiled:
                self.writes.run_again()
                self.reset_caches()
            except Exception as error:
                self._fail_batch(batch, error)
                self.reset_caches()
            finally:
                self._in_batch = False

    def _deliver(self, done: Sequence[WriteJob[Any]], position: int) -> None:
        """Tell everybody of a commit: first memory, then the listeners, then those who asked for it."""
        facts: list[Fact] = []
        for item in done:
            for callback in item.callbacks:
                try:
                    callback()
                except Exception:
                    # It is committed whatever happens here; only memory may be wrong now.
                    log.exception("memory could not follow a commit")
                    self.reset_caches()
            facts.extend(item.facts)
        self.doorbell.ring(position, facts)
        for item in done:
            self.writes.waits.note(item.begun - item.since)
            item.succeed()

    def _fail_unsaved(self, tx: Tx, item: WriteJob[Any], error: Exception, position: int) -> None:
        """Answer a job that failed without a savepoint; raises Spoiled when it had changed something."""
        if tx.has_changed:
            log.error("a write job failed after its first change", exc_info=error)
            raise Spoiled from error
        tx.undo_job(position)
        self._fail_job(item, error)

    def _fail_job(self, item: WriteJob[Any], error: Exception) -> None:
        if not isinstance(error, TeahouseError):
            log.error("a write job failed", exc_info=error)
        item.fail(error)

    def _notice_foreign_write(self, position: int) -> None:
        """Forget what memory holds, then tell the listeners: they read anew from their own positions."""
        self.reset_caches()
        self.doorbell.ring(position, [Fact(position, "foreign")])

    async def _keep_promises(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S / 2)
            self.writes.give_up_late(running_too=self.commits_may_hang)

    async def _watch(self) -> None:
        """Notice writes of other processes, such as the command line's, also while nobody writes here."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if not self._in_batch:
                    await self._look_for_foreign_writes()
            except Exception as error:
                log.warning("could not look for writes of other processes", error=repr(error))


async def _stream_position(tx: Tx) -> int:
    position: int = await tx.fetch_value("SELECT position FROM stream_position")
    return position
