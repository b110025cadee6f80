"""SQLite: WAL, synchronous=FULL, one writing connection with group commit, reads in threads.

Statements of a write run on the loop's thread, where they cost microseconds and never fight for the
interpreter's lock; only the COMMIT, which waits for the disk, is sent to a thread (decision 0005).
"""

import asyncio
import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import structlog

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.storage.db import Database, Row, Tx, WriteJob, gather_batch
from teahouse.kernel.stream import Fact

T = TypeVar("T")
log = structlog.get_logger(__name__)

READERS = 4
RESERVE_BYTES = 100 * 1024 * 1024
"""Kept free of ordinary writes so that a full disk can still be emptied; at most a twentieth of the disk."""


def drive(coroutine: Awaitable[T]) -> T:
    """Run a job whose awaits never suspend, and give its result."""
    runner = coroutine.__await__()
    try:
        next(runner)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    runner.close()
    raise RuntimeError("A database job may await only its transaction")


class SqliteTx(Tx):
    """A transaction on one SQLite connection; its methods never suspend."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self.connection = connection

    async def execute(self, sql: str, *params: Any) -> int:
        return self.connection.execute(sql, params).rowcount

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self.connection.executemany(sql, rows)

    async def fetch_all(self, sql: str, *params: Any) -> list[Row]:
        return self.connection.execute(sql, params).fetchall()

    async def fetch_one(self, sql: str, *params: Any) -> Row | None:
        row: Row | None = self.connection.execute(sql, params).fetchone()
        return row


class SqliteDatabase(Database):
    """The default database: one file in the data folder."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.url = f"sqlite:///{path}"
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._connection: sqlite3.Connection | None = None
        self._writer: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._opened: list[sqlite3.Connection] = []
        self._fsync_failed = False
        self._space_checked = 0.0
        self._space_short = False
        self._data_version = 0

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=5
        )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
            "mmap_size=268435456",
            "temp_store=MEMORY",
            "secure_delete=FAST",
        ):
            connection.execute(f"PRAGMA {pragma}")
        self._opened.append(connection)
        return connection

    async def open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._connect()
        except sqlite3.Error as error:
            raise Unavailable(f"Can't open the database {self.path}: {error}") from error
        self.path.chmod(0o600)

    async def run_alone(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        assert self._connection is not None  # noqa: S101
        self._connection.execute("BEGIN EXCLUSIVE")
        try:
            result = drive(job(SqliteTx(self._connection)))
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return result

    async def start(self) -> None:
        assert self._connection is not None  # noqa: S101
        self.doorbell.position = self._connection.execute("SELECT position FROM stream_position").fetchone()[
            0
        ]
        self._data_version = self._foreign_version()
        self._writer = asyncio.create_task(self._write_batches(), name="sqlite writer")
        self._watcher = asyncio.create_task(self._watch_foreign_writes(), name="sqlite watcher")

    async def close(self) -> None:
        while self._writer and not self._writer.done() and not self.queue.empty():
            await asyncio.sleep(0.01)
        for task in (self._watcher, self._writer):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._committer.shutdown(wait=True)
        for connection in self._opened:
            connection.close()

    async def read(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read_here, job)

    def _read_here(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        try:
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self._connect()
                connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            try:
                return drive(job(SqliteTx(connection)))
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            log.warning("a read failed", error=str(error))
            raise Unavailable from error

    async def ping(self) -> None:
        async def job(tx: Tx) -> None:
            await tx.fetch_one("SELECT position FROM stream_position")

        if self._fsync_failed:
            raise Unavailable("The disk failed to keep a write; the server must be restarted after a check")
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
                self._fail_batch(batch, error)

    def _fail_batch(self, batch: list[WriteJob[Any]], error: Exception) -> None:
        """Answer a batch that could not be committed, and go on with a fresh connection."""
        name = getattr(error, "sqlite_errorname", "")
        log.error("writes could not be committed", error=str(error), code=name, writes=len(batch))
        if "FSYNC" in name:
            # After a failed fsync the kernel may have dropped the pages: nothing on this handle can be trusted.
            self._fsync_failed = True
        with contextlib.suppress(sqlite3.Error):
            if self._connection is not None:
                self._opened.remove(self._connection)
                self._connection.close()
        self._connection = None
        self.reset_caches()
        status = 507 if name == "SQLITE_FULL" else 503
        for item in batch:
            failure = Unavailable("The server could not keep this on disk; nothing was changed")
            failure.status = status
            item.fail(failure)

    async def _run_batch(self, batch: list[WriteJob[Any]]) -> None:
        if self._fsync_failed:
            raise Unavailable("The disk failed to keep a write; the server must be restarted after a check")
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        batch = self._refuse_when_space_is_short(batch)
        connection.execute("BEGIN IMMEDIATE")
        start: int = connection.execute("SELECT position FROM stream_position").fetchone()[0]
        tx = SqliteTx(connection)
        tx.position = start
        done: list[WriteJob[Any]] = []
        pause_at = time.monotonic() + 0.005
        for item in batch:
            if self._run_job(tx, item):
                done.append(item)
            if time.monotonic() > pause_at:
                await asyncio.sleep(0)
                pause_at = time.monotonic() + 0.005
        if tx.position != start:
            connection.execute("UPDATE stream_position SET position = ?", (tx.position,))
        await asyncio.get_running_loop().run_in_executor(self._committer, connection.execute, "COMMIT")
        facts: list[Fact] = []
        for item in done:
            item.succeed()
            facts.extend(item.facts)
        self.doorbell.ring(tx.position, facts)

    def _run_job(self, tx: SqliteTx, item: WriteJob[Any]) -> bool:
        """Run one job inside a savepoint; False when it failed and was rolled back."""
        connection = tx.connection
        position = tx.position
        tx.facts, tx.callbacks, tx.undo = [], [], []
        connection.execute("SAVEPOINT job")
        try:
            item.result = drive(item.job(tx))
        except (TeahouseError, sqlite3.IntegrityError) as error:
            self._undo_job(tx, position)
            item.fail(error)
            return False
        except sqlite3.Error:
            raise
        except Exception as error:
            log.exception("a write job failed")
            self._undo_job(tx, position)
            item.fail(error)
            return False
        connection.execute("RELEASE job")
        item.facts, item.callbacks = tx.facts, tx.callbacks
        return True

    def _undo_job(self, tx: SqliteTx, position: int) -> None:
        tx.connection.execute("ROLLBACK TO job")
        tx.connection.execute("RELEASE job")
        tx.position = position
        tx.run_undo()

    def _refuse_when_space_is_short(self, batch: list[WriteJob[Any]]) -> list[WriteJob[Any]]:
        now = time.monotonic()
        if now - self._space_checked > 1:
            self._space_checked = now
            usage = shutil.disk_usage(self.path.parent)
            self._space_short = usage.free < min(RESERVE_BYTES, usage.total // 20)
        if not self._space_short:
            return batch
        for item in batch:
            if not item.frees_space:
                failure = Unavailable("The server's disk is full; nothing was changed")
                failure.status = 507
                item.fail(failure)
        return [item for item in batch if item.frees_space]

    def _foreign_version(self) -> int:
        assert self._connection is not None  # noqa: S101
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    async def _watch_foreign_writes(self) -> None:
        """Notice writes of another process, such as the command line's, within half a second."""
        while True:
            await asyncio.sleep(0.5)
            if self._connection is None or self._connection.in_transaction:
                continue
            version = self._foreign_version()
            if version != self._data_version:
                self._data_version = version
                self.reset_caches()
                position = self._connection.execute("SELECT position FROM stream_position").fetchone()[0]
                self.doorbell.ring(position, [Fact(position, "foreign")])
