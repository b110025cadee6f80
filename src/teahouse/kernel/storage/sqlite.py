"""SQLite: WAL, synchronous=FULL, one writing connection with group commit, reads in threads.

Statements of a write run on the loop's thread, where they cost microseconds and never fight for the
interpreter's lock; only the COMMIT, which waits for the disk, is sent to a thread (decision 0005).
"""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import structlog

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.durable import make_folder
from teahouse.kernel.storage.db import BATCH_S, Database
from teahouse.kernel.storage.sqlite_connection import (
    SqliteTx,
    connect,
    drive,
    ends_batch,
    ends_writing,
    is_space_short,
    primary_code,
)
from teahouse.kernel.storage.tx import Tx
from teahouse.kernel.storage.writes import Spoiled, WriteJob

T = TypeVar("T")
log = structlog.get_logger(__name__)

READERS = 4
PAUSE_S = 0.005
BUSY_PATIENCE_S = 3.5
"""How long another process, such as the command line, may hold the file before writes are refused."""
BROKEN = "The disk failed to keep a write; the server must be restarted after a check"
FULL = "The server's disk is full; nothing was changed"


class SqliteDatabase(Database):
    """The default database: one file in the data folder."""

    dialect = "sqlite"
    commits_may_hang = False

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._folder = str(path.parent)
        self.url = f"sqlite:///{path}"
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._connection: sqlite3.Connection | None = None
        self._reading: set[sqlite3.Connection] = set()
        self._is_broken = False
        self._data_version = 0

    async def open(self) -> None:
        make_folder(self.path.parent)
        try:
            # Other processes may be busy with the file at a start; later nobody may block the loop.
            self._connection = connect(self.path, busy_timeout_s=5)
            self._connection.execute("PRAGMA busy_timeout=0")
        except sqlite3.Error as error:
            raise Unavailable(f"Can't open the database {self.path}: {error}") from error
        self.path.chmod(0o600)
        self._data_version = _data_version(self._connection)

    async def run_alone(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        assert self._connection is not None  # noqa: S101
        try:
            await self._begin(self._connection)
            try:
                result = drive(job(SqliteTx(self._connection)))
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise Unavailable(f"Can't write to the database {self.path}: {error}") from error
        return result

    async def _close_connections(self) -> None:
        self._readers.shutdown(wait=True, cancel_futures=True)
        self._committer.shutdown(wait=True)
        for connection in (*self._reading, self._connection):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    async def read(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        try:
            reading = asyncio.get_running_loop().run_in_executor(self._readers, self._read_here, job)
        except RuntimeError:
            raise Unavailable("The server is stopping") from None
        return await reading

    def _read_here(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        try:
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                return drive(job(SqliteTx(connection)))
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            log.error("a read failed", exc_info=error)
            if primary_code(error) not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, 0):
                self._drop_reader()
            raise Unavailable from error

    def _reader(self) -> sqlite3.Connection:
        """Give this thread's connection, opening it at first or after a failure."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self.path, busy_timeout_s=2, read_only=True)
            self._reading.add(connection)
        return connection

    def _drop_reader(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            self._local.connection = None
            self._reading.discard(connection)
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    async def ping(self) -> None:
        if self._is_broken:
            raise Unavailable(BROKEN)
        await super().ping()

    async def _run_batch(self, batch: list[WriteJob[Any]]) -> None:
        if self._refuse(batch):
            return
        connection = self._writable()
        await self._begin(connection)
        stored = _position(connection)
        if _data_version(connection) != self._data_version:
            self._data_version = _data_version(connection)
            self._notice_foreign_write(stored)
        tx = SqliteTx(connection)
        tx.position = max(stored, self.doorbell.position)
        try:
            done = await self._run_jobs(tx, batch)
            drive(tx.finish())
        except Spoiled:
            connection.execute("ROLLBACK")
            raise
        if tx.position != stored:
            connection.execute("UPDATE stream_position SET position = ?", (tx.position,))
        await asyncio.get_running_loop().run_in_executor(self._committer, connection.execute, "COMMIT")
        self._deliver(done, tx.position)

    def _refuse(self, batch: list[WriteJob[Any]]) -> bool:
        """Answer the writes that a broken or a full disk doesn't allow; True when none is left."""
        if self._is_broken:
            _fail_all(batch, BROKEN, 503)
            batch.clear()
        elif is_space_short(self._folder):
            _fail_all([item for item in batch if not item.frees_space], FULL, 507)
            batch[:] = [item for item in batch if item.frees_space]
        return not batch

    def _writable(self) -> sqlite3.Connection:
        """Give the writing connection; a new one after a failure, which can't know what happened meanwhile."""
        if self._connection is None:
            self._connection = connect(self.path, busy_timeout_s=0)
            self._data_version = -1
        return self._connection

    async def _begin(self, connection: sqlite3.Connection) -> None:
        """Begin the transaction, waiting for other processes without holding up the loop."""
        patient_until = time.monotonic() + BUSY_PATIENCE_S
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > patient_until:
                    raise
            else:
                return
            await asyncio.sleep(0.002)

    async def _run_jobs(self, tx: SqliteTx, batch: list[WriteJob[Any]]) -> list[WriteJob[Any]]:
        """Run one job after another; give those that succeeded. What takes too long waits for the next batch."""
        done = []
        started = pause = time.monotonic()
        for number, item in enumerate(batch):
            if not item.is_over and self._run_job(tx, item):
                done.append(item)
            now = time.monotonic()
            if now > started + BATCH_S:
                self.writes.put_back(number + 1)
                break
            if now > pause + PAUSE_S:
                await asyncio.sleep(0)
                pause = time.monotonic()
        return done

    def _run_job(self, tx: SqliteTx, item: WriteJob[Any]) -> bool:
        """Run one job, inside a savepoint unless it checks first; False when it failed and nothing of it is left."""
        connection = tx.connection
        position = tx.begin_job()
        is_saved = not item.checks_first
        if is_saved:
            connection.execute("SAVEPOINT job")
        try:
            item.result = drive(item.job(tx))
        except Exception as error:
            if isinstance(error, sqlite3.Error) and ends_batch(error, connection):
                raise
            if not is_saved:
                self._fail_unsaved(tx, item, error, position)
                return False
            connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
            tx.undo_job(position)
            self._fail_job(item, error)
            return False
        if is_saved:
            connection.execute("RELEASE job")
        item.take(tx)
        return True

    def _fail_batch(self, batch: Sequence[WriteJob[Any]], error: Exception) -> None:
        if not isinstance(error, TeahouseError):
            name = getattr(error, "sqlite_errorname", "")
            log.error("writes could not be committed", error=repr(error), code=name, writes=len(batch))
        self._is_broken = self._is_broken or ends_writing(error)
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        if self._is_broken:
            _fail_all(batch, BROKEN, 503)
        elif primary_code(error) == sqlite3.SQLITE_FULL:
            _fail_all(batch, FULL, 507)
        else:
            _fail_all(batch, "The server could not keep this on disk; try again later", 503)

    async def _look_for_foreign_writes(self) -> None:
        if self._connection is None:
            return
        version = _data_version(self._connection)
        if version != self._data_version:
            self._data_version = version
            self._notice_foreign_write(_position(self._connection))


def _fail_all(batch: Sequence[WriteJob[Any]], words: str, status: int) -> None:
    for item in batch:
        failure = Unavailable(words)
        failure.status = status
        item.fail(failure)


def _data_version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


def _position(connection: sqlite3.Connection) -> int:
    position: int = connection.execute("SELECT position FROM stream_position").fetchone()[0]
    return position
