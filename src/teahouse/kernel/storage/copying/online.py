"""SQLite's file page by page, as it is at one moment, while others write to it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.durable import sync_folder
from teahouse.kernel.storage.sqlite_connection import connect

PAGES = 1024


def copy_sqlite_file(source: Path, target: Path, seen: Callable[[int, int], None]) -> None:
    """Make `target` hold what was committed to `source` before this began; `seen` is told pages: done, of how many.

    Nobody is held up. What `seen` raises ends it. Raises Unavailable.
    """
    if not source.exists():
        raise TeahouseError(f"There is no database at {source}")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(connect(source, busy_timeout_s=5, read_only=True)) as live,
            closing(_bare(target)) as copy,
        ):
            # The copy stays at the moment of this read, and need not begin anew whenever somebody writes.
            live.execute("BEGIN")
            live.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
            live.backup(copy, pages=PAGES, progress=lambda _, left, total: seen(total - left, total))
    except sqlite3.Error as error:
        raise Unavailable(f"Can't copy the database {source}: {error}") from error


def seal_sqlite_file(path: Path) -> None:
    """Make a database that nobody uses one plain file on the disk; raises TeahouseError when it is damaged."""
    try:
        with closing(_bare(path)) as copy:
            # So that it can be read where nobody may write.
            copy.execute("PRAGMA journal_mode=DELETE")
            complaint: str = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        complaint = str(error)
    if complaint != "ok":
        raise TeahouseError(f"The copy of the database is damaged: {complaint}")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    return connection
