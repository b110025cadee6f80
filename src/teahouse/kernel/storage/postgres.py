"""PostgreSQL through asyncpg: one writing connection that holds the stream's row for a batch, a pool for reads.

Whoever writes first locks the one row of `stream_position` and so commits in the order of positions, also
with several processes on one database. A server that is away or silent is answered for within five seconds,
and every later try connects anew.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import asyncpg
import structlog

from teahouse.errors import Unavailable
from teahouse.kernel.storage.db import BATCH_S, Database
from teahouse.kernel.storage.postgres_connection import PostgresTx, connect, is_away
from teahouse.kernel.storage.postgres_readers import Readers
from teahouse.kernel.storage.tx import Tx
from teahouse.kernel.storage.writes import Spoiled, WriteJob

T = TypeVar("T")
log = structlog.get_logger(__name__)

READ_S = 4.5
"""How long a read may take, waiting for a connection included: its answer must come within five seconds."""
MIGRATION_STATEMENT_S = 3600.0


class NotCommitted(Exception):
    """PostgreSQL answered a COMMIT with a rollback."""


class PostgresDatabase(Database):
    """The database of a city: the same verbs over PostgreSQL."""

    dialect = "postgres"
    commits_may_hang = True

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self._readers = Readers(url)
        self._connection: Any = None

    async def open(self) -> None:
        self._connection = await connect(self.url)

    async def run_alone(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        connection = await connect(self.url, statement_timeout_s=MIGRATION_STATEMENT_S)
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock(8008)")
                return await job(PostgresTx(connection))
        except Exception as error:
            if is_away(error, connection):
                raise Unavailable(f"PostgreSQL went away: {error or type(error).__name__}") from error
            raise
        finally:
            connection.terminate()

    async def _close_connections(self) -> None:
        self._readers.close()
        if self._connection is not None:
            self._connection.terminate()

    async def read(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(READ_S):
                return await self._readers.run(job)
        except TimeoutError as error:
            log.warning("a read took too long")
            raise Unavailable from error

    async def _run_batch(self, batch: list[WriteJob[Any]]) -> None:
        connection = await self._begun()
        stored: int = await connection.fetchval("SELECT position FROM stream_position FOR UPDATE")
        if stored != self.doorbell.position:
            # Another process wrote; or we did, and never learned that it was kept.
            self._notice_foreign_write(stored)
        tx = PostgresTx(connection)
        tx.position = max(stored, self.doorbell.position)
        try:
            done = await self._run_jobs(tx, batch)
            await tx.finish()
        except Spoiled:
            await connection.execute("ROLLBACK")
            raise
        if tx.position != stored:
            await connection.execute("UPDATE stream_position SET position = $1", tx.position)
        outcome = await connection.execute("COMMIT")
        if outcome != "COMMIT":
            raise NotCommitted(outcome)
        self._deliver(done, tx.position)

    async def _begun(self) -> Any:
        """Begin a transaction on the writing connection, or on a new one when that was lost meanwhile."""
        if self._connection is not None:
            try:
                return await self._begin(self._connection)
            except TimeoutError:
                raise
            except Exception as error:
                log.info("the writing connection was lost", error=repr(error))
                self._connection.terminate()
        self._connection = await connect(self.url)
        return await self._begin(self._connection)

    async def _begin(self, connection: Any) -> Any:
        await connection.execute("BEGIN")
        return connection

    async def _run_jobs(self, tx: PostgresTx, batch: list[WriteJob[Any]]) -> list[WriteJob[Any]]:
        """Run one job after another; give those that succeeded. What takes too long waits for the next batch."""
        done = []
        started = time.monotonic()
        for number, item in enumerate(batch):
            if not item.is_over and await self._run_job(tx, item):
                done.append(item)
            if time.monotonic() > started + BATCH_S:
                self.writes.put_back(number + 1)
                break
        return done

    async def _run_job(self, tx: PostgresTx, item: WriteJob[Any]) -> bool:
        """Run one job, inside a savepoint unless it checks first; False when it failed and nothing of it is left."""
        connection = tx.connection
        position = tx.begin_job()
        is_saved = not item.checks_first
        if is_saved:
            await connection.execute("SAVEPOINT job")
        try:
            item.result = await item.job(tx)
            # Fails, as it should, when the job swallowed a statement's error: nothing of it would be kept.
            if is_saved:
                await connection.execute("RELEASE SAVEPOINT job")
        except Exception as error:
            if is_away(error, connection):
                raise
            if not is_saved:
                # After any failed statement the server refuses all others of the transaction.
                tx.has_changed = tx.has_changed or isinstance(error, asyncpg.PostgresError)
                self._fail_unsaved(tx, item, error, position)
                return False
            await connection.execute("ROLLBACK TO SAVEPOINT job")
            tx.undo_job(position)
            self._fail_job(item, error)
            return False
        item.take(tx)
        return True

    def _fail_batch(self, batch: Sequence[WriteJob[Any]], error: Exception) -> None:
        log.error("writes could not be committed", error=repr(error), writes=len(batch))
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        is_full = isinstance(error, asyncpg.DiskFullError)
        for item in batch:
            failure = Unavailable("The database's disk is full") if is_full else Unavailable()
            failure.status = 507 if is_full else 503
            item.fail(failure)

    async def _look_for_foreign_writes(self) -> None:
        async def job(tx: Tx) -> int:
            position: int = await tx.fetch_value("SELECT position FROM stream_position")
            return position

        stored = await self.read(job)
        # While it was read our own batch may have begun, and that one compares by itself.
        if stored > self.doorbell.position and not self._in_batch:
            self._notice_foreign_write(stored)
