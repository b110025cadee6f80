"""SQLite's connections, what their errors mean, and the room that is left on the disk."""

import shutil
import sqlite3
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from teahouse.kernel.storage.tx import Row, Tx

T = TypeVar("T")

RESERVE_BYTES = 100 * 1024 * 1024
"""Kept free of ordinary writes so that a full disk can still be emptied; at most a twentieth of the disk."""

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "secure_delete=ON",
    "wal_autocheckpoint=4000",
    "journal_size_limit=67108864",
)

WRITERS_CACHE_KIB = 64 * 1024
READERS_CACHE_KIB = 24 * 1024
"""Each reader's own; what they share is the system's file cache. No memory map: each connection would map the file."""

_ENDS_BATCH = frozenset(
    (
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_READONLY,
    )
)  # fmt: skip


def primary_code(error: BaseException) -> int:
    """Give SQLite's primary result code of an error; 0 for what isn't SQLite's."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def ends_batch(error: BaseException, connection: sqlite3.Connection) -> bool:
    """Say whether the whole transaction is lost with this error, and not only the statement that met it."""
    return primary_code(error) in _ENDS_BATCH or not connection.in_transaction


def ends_writing(error: BaseException) -> bool:
    """Say whether no later write can be trusted.

    After a failed fsync the kernel may have dropped the pages and call the next fsync a success; a damaged file
    only gets worse.
    """
    name = getattr(error, "sqlite_errorname", "") or ""
    return "FSYNC" in name or primary_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def connect(path: Path, *, busy_timeout_s: float, read_only: bool = False) -> sqlite3.Connection:
    """Open the file with our settings; raises sqlite3.Error."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=busy_timeout_s
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        cache_kib = READERS_CACHE_KIB if read_only else WRITERS_CACHE_KIB
        connection.execute(f"PRAGMA cache_size=-{cache_kib}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


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
        self.has_changed = True
        return self.connection.execute(sql, params).rowcount

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self.has_changed = True
        self.connection.executemany(sql, rows)

    async def fetch_all(self, sql: str, *params: Any) -> list[Row]:
        return self.connection.execute(sql, params).fetchall()

    async def fetch_one(self, sql: str, *params: Any) -> Row | None:
        row: Row | None = self.connection.execute(sql, params).fetchone()
        return row


def is_space_short(folder: str | Path) -> bool:
    """Say whether only writes that free space may go on; costs two microseconds, so each batch may ask."""
    usage = shutil.disk_usage(folder)
    return usage.free < min(RESERVE_BYTES, usage.total // 20)
