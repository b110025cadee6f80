"""PostgreSQL through asyncpg: one writing connection that holds the stream's row for a batch, a pool for reads.

Whoever writes first locks the one row of `stream_position` and so commits in the order of positions, also
with several processes on one database.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import asyncpg
import structlog

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.storage.db import Database, Row, Tx, WriteJob, gather_batch
from teahouse.kernel.stream import Fact

T = TypeVar("T")
log = structlog.get_logger(__name__)

READERS = 8
CONNECT_TIMEOUT_S = 2.0
COMMAND_TIMEOUT_S = 4.0
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, TimeoutError,
        asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError,
        asyncpg.TooManyConnectionsError)  # fmt: skip
WAIT_FOR_DATABASE_S = 3.0


@lru_cache(maxsize=4096)
def to_postgres(sql: str) -> str:
    """Rewrite the shared subset's `?` and `json_each(?)` into PostgreSQL's forms."""
    number = 0

    def numbered(_: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"${number}"

    sql = re.sub(r"\?", numbered, sql)
    return re.sub(
        r"json_each\((\$\d+)\)", r"jsonb_array_elements_text(\1::text::jsonb) AS listed(value)", sql
    )


class PostgresTx(Tx):
    """A transaction on one PostgreSQL connection."""

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.connection = connection

    async def execute(self, sql: str, *params: Any) -> int:
        status: str = await self.connection.execute(to_postgres(sql), *params)
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self.connection.executemany(to_postgres(sql), rows)

    async def fetch_all(self, sql: str, *params: Any) -> list[Row]:
        return [tuple(row) for row in await self.connection.fetch(to_postgres(sql), *params)]

    async def fetch_one(self, sql: str, *params: Any) -> Row | None:
        row = await self.connection.fetchrow(to_postgres(sql), *params)
        return None if row is None else tuple(row)


class PostgresDatabase(Database):
    """The database of a city: the same verbs over PostgreSQL."""

    dialect = "postgres"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self._pool: Any = None
        self._connection: Any = None
        self._writer: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._own_position = 0

    async def _connect(self) -> Any:
        return await asyncpg.connect(self.url, timeout=CONNECT_TIMEOUT_S, command_timeout=60)

    async def open(self) -> None:
        try:
            self._connection = await self._connect()
            self._pool = await asyncpg.create_pool(
                self.url, min_size=0, max_size=READERS, timeout=CONNECT_TIMEOUT_S, command_timeout=30
            )
        except (*LOST, asyncpg.PostgresError) as error:
            raise Unavailable(f"Can't reach PostgreSQL: {error}") from error

    async def run_alone(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        async with self._connection.transaction():
            await self._connection.execute("SELECT pg_advisory_xact_lock(8008)")
            return await job(PostgresTx(self._connection))

    async def start(self) -> None:
        self.doorbell.position = await self._connection.fetchval("SELECT position FROM stream_position")
        self._own_position = self.doorbell.position
        self._writer = asyncio.create_task(self._write_batches(), name="postgres writer")
        self._watcher = asyncio.create_task(self._watch_foreign_writes(), name="postgres watcher")

    async def close(self) -> None:
        while self._writer and not self._writer.done() and not self.queue.empty():
            await asyncio.sleep(0.01)
        for task in (self._watcher, self._writer):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if self._pool is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._pool.close(), 2)
            self._pool.terminate()
        if self._connection is not None:
            self._connection.terminate()

    async def read(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        deadline = time.monotonic() + WAIT_FOR_DATABASE_S
        try:
            async with (
                self._pool.acquire(timeout=WAIT_FOR_DATABASE_S) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                return await job(PostgresTx(connection))
        except LOST as error:
            log.warning(
                "a read could not reach PostgreSQL", error=repr(error), late=time.monotonic() > deadline
            )
            raise Unavailable from error

    async def ping(self) -> None:
        async def job(tx: Tx) -> None:
            await tx.fetch_one("SELECT position FROM stream_position")

        await self.read(job)

    async def _write_batches(self) -> None:
        while True:
            batch = await gather_batch(self.queue)
            try:
                await self._run_batch(batch)
            except asyncio.CancelledError:
                for item in batch:
                    item.fail(Unavailable("The server is stopping"))
                raise
            except Exception as error:
                log.error("writes could not be committed", error=repr(error), writes=len(batch))
                if self._connection is not None:
                    self._connection.terminate()
                self._connection = None
                self.reset_caches()
                for item in batch:
                    item.fail(Unavailable())

    async def _run_batch(self, batch: list[WriteJob[Any]]) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        connection = self._connection
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            await connection.execute("BEGIN")
            start: int = await connection.fetchval("SELECT position FROM stream_position FOR UPDATE")
        if start != self._own_position:
            self.reset_caches()
        tx = PostgresTx(connection)
        tx.position = start
        done: list[WriteJob[Any]] = []
        for item in batch:
            async with asyncio.timeout(30):
                if await self._run_job(tx, item, alone=len(batch) == 1):
                    done.append(item)
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            if tx.position != start:
                await connection.execute("UPDATE stream_position SET position = $1", tx.position)
            await connection.execute("COMMIT")
        self._own_position = tx.position
        facts: list[Fact] = []
        for item in done:
            item.succeed()
            facts.extend(item.facts)
        self.doorbell.ring(tx.position, facts)

    async def _run_job(self, tx: PostgresTx, item: WriteJob[Any], *, alone: bool) -> bool:
        """Run one job inside a savepoint; False when it failed and was rolled back."""
        position = tx.position
        tx.facts, tx.callbacks, tx.undo = [], [], []
        await tx.connection.execute("SAVEPOINT job")
        try:
            item.result = await item.job(tx)
        except LOST:
            raise
        except Exception as error:
            if not isinstance(error, TeahouseError | asyncpg.IntegrityConstraintViolationError):
                log.exception("a write job failed")
            await tx.connection.execute("ROLLBACK TO SAVEPOINT job")
            tx.position = position
            tx.run_undo()
            item.fail(error)
            return False
        if not alone:
            await tx.connection.execute("RELEASE SAVEPOINT job")
        item.facts, item.callbacks = tx.facts, tx.callbacks
        return True

    async def _watch_foreign_writes(self) -> None:
        """Notice writes of other processes within half a second."""
        while True:
            await asyncio.sleep(0.5)
            try:
                async with self._pool.acquire(timeout=WAIT_FOR_DATABASE_S) as connection:
                    position = await connection.fetchval("SELECT position FROM stream_position")
            except LOST:
                continue
            if position > max(self._own_position, self.doorbell.position) and self.queue.empty():
                self.reset_caches()
                self.doorbell.ring(position, [Fact(position, "foreign")])
