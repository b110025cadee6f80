"""SQLite's bad days: another process holds the file, the disk is full, an fsync fails (G3, G14)."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from teahouse.errors import Unavailable
from teahouse.kernel.storage import Tx, open_database, sqlite
from teahouse.kernel.storage.sqlite import SqliteDatabase
from tests.kernel.databases import names, put


@pytest_asyncio.fixture(loop_scope="session")
async def lite(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A SQLite database, whichever kind is under test."""
    database = await open_database(f"sqlite:///{tmp_path}/lite.db")
    assert isinstance(database, SqliteDatabase)
    yield database
    await database.close()


async def test_a_file_that_another_process_holds_is_waited_for_without_stopping_the_loop(
    lite: SqliteDatabase,
) -> None:
    other = sqlite3.connect(lite.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(lite.write(lambda tx: put(tx, "patient")))
    longest, before = 0.0, time.monotonic()
    for _ in range(100):
        await asyncio.sleep(0.005)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    assert not writing.done()
    assert longest < 2, "the loop must go on serving others"
    other.execute("COMMIT")
    other.close()
    await writing
    assert await names(lite) == ["patient"]


async def test_a_file_that_is_held_too_long_refuses_writes_and_then_recovers(
    lite: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_PATIENCE_S", 0.1)
    other = sqlite3.connect(lite.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as refusal:
        await lite.write(lambda tx: put(tx, "refused"))
    assert refusal.value.status == 503
    assert await names(lite) == []
    other.execute("COMMIT")
    other.close()
    await lite.write(lambda tx: put(tx, "taken"))
    assert await names(lite) == ["taken"]


async def test_a_full_database_refuses_the_write_and_takes_the_next_when_there_is_room(
    lite: SqliteDatabase,
) -> None:
    async def fill(tx: Tx) -> None:
        await tx.execute("PRAGMA max_page_count = 1")
        for number in range(100):
            await put(tx, f"filling {number}", "x" * 4000)

    with pytest.raises(Unavailable) as refusal:
        await lite.write(fill)
    assert refusal.value.status == 507
    assert await names(lite) == []
    await lite.write(lambda tx: put(tx, "fits"))
    assert await names(lite) == ["fits"]


async def test_the_last_of_the_disk_is_kept_for_what_frees_space(
    lite: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    def nearly_full(_: Path) -> Usage:
        return Usage(10**9, 10**9 - 10**6, 10**6)

    await lite.write(lambda tx: put(tx, "old"))
    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    writing = lite.write(lambda tx: put(tx, "new"))
    freeing = lite.write(lambda tx: tx.execute("DELETE FROM server_settings"), frees_space=True)
    refusal, deleted = await asyncio.gather(writing, freeing, return_exceptions=True)
    assert isinstance(refusal, Unavailable)
    assert refusal.status == 507
    assert deleted == 1
    assert await names(lite) == []
    monkeypatch.undo()

    await lite.write(lambda tx: put(tx, "new"))
    assert await names(lite) == ["new"]


class _FailingDisk:
    """A connection whose COMMIT meets a disk that can't keep it."""

    def __init__(self, real: sqlite3.Connection, code: int, name: str) -> None:
        self._real = real
        self._code, self._name = code, name

    def execute(self, sql: str, *params: Any) -> Any:
        if sql == "COMMIT":
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = self._code, self._name
            raise error
        return self._real.execute(sql, *params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


async def test_a_failed_fsync_is_never_a_success_and_ends_writing_until_a_restart(
    lite: SqliteDatabase,
) -> None:
    await lite.write(lambda tx: put(tx, "before"))
    told: list[str] = []
    lite.doorbell.listen(lambda facts: told.append("told"))
    lite.on_reset(lambda: told.append("reset"))
    assert lite._connection is not None
    lite._connection = _FailingDisk(lite._connection, 1034, "SQLITE_IOERR_FSYNC")  # type: ignore[assignment]
    for name in ("in doubt", "later"):
        with pytest.raises(Unavailable) as refusal:
            await lite.write(lambda tx, name=name: put(tx, name))  # type: ignore[misc]
        assert refusal.value.status == 503
    assert told == ["reset"]
    assert await names(lite) == ["before"], "reading goes on"
    with pytest.raises(Unavailable):
        await lite.ping()


async def test_a_write_error_is_not_tried_again_on_the_same_connection(lite: SqliteDatabase) -> None:
    assert lite._connection is not None
    failing = _FailingDisk(lite._connection, 778, "SQLITE_IOERR_WRITE")
    lite._connection = failing  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        await lite.write(lambda tx: put(tx, "lost"))
    assert lite._connection is None
    await lite.write(lambda tx: put(tx, "kept"))
    assert await names(lite) == ["kept"]


async def test_the_command_line_gets_its_turn_while_the_server_writes_without_pause(
    lite: SqliteDatabase,
) -> None:
    other = await open_database(lite.url)
    done = asyncio.Event()

    async def write_on(number: int) -> int:
        count = 0
        while not done.is_set():
            await lite.write(lambda tx, count=count: put(tx, f"server {number} {count}"))  # type: ignore[misc]
            count += 1
        return count

    busy = [asyncio.create_task(write_on(number)) for number in range(8)]
    try:
        for count in range(5):
            await other.write(lambda tx, count=count: put(tx, f"command {count}"))  # type: ignore[misc]
    finally:
        done.set()
        written = sum(await asyncio.gather(*busy))
        await other.close()
    assert len(await names(lite)) == written + 5
