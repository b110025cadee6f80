"""SQLite as an end of a copy. What is filled is a file of another name, which gets its own when it is whole."""

import contextlib
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.durable import make_folder, sync_folder
from teahouse.kernel.storage.copying.end import BATCH, NOT_COPIED, End, NotEmpty
from teahouse.kernel.storage.copying.rows import Table, vector_of, words_of_vector
from teahouse.kernel.storage.migrations import Migration, applied_steps, apply_steps
from teahouse.kernel.storage.sqlite_connection import SqliteTx, connect
from teahouse.kernel.storage.tx import Row

# A power loss may damage the unfinished file: it has another name, and is thrown away.
_QUICK = (
    "journal_mode=OFF",
    "synchronous=OFF",
    "foreign_keys=OFF",
    "temp_store=MEMORY",
    "cache_size=-131072",
)
_CONTENT = re.compile(r"content='(\w+)'")


class SqliteEnd(End):
    """One file."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unfinished = path.with_name(path.name + ".unfinished")
        self._opened: sqlite3.Connection | None = None
        self._aside: list[str] = []
        self._is_filling = False

    @property
    def _connection(self) -> sqlite3.Connection:
        assert self._opened is not None  # noqa: S101
        return self._opened

    async def begin_reading(self, *, hold_writes: bool) -> None:
        if not self.path.exists():
            raise TeahouseError(f"There is no database at {self.path}")
        try:
            self._opened = connect(self.path, busy_timeout_s=5)
            self._connection.execute("BEGIN IMMEDIATE" if hold_writes else "BEGIN")
            self._connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            raise Unavailable(f"Can't read the database {self.path}: {error}") from error

    async def begin_filling(self) -> None:
        if self.path.exists():
            raise NotEmpty(f"There is a file at {self.path} already: give the name of a new one")
        make_folder(self.path.parent)
        self._unfinished.unlink(missing_ok=True)
        self._is_filling = True
        os.close(os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._opened = sqlite3.connect(self._unfinished, isolation_level=None)
        for pragma in _QUICK:
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")

    async def steps(self) -> set[int]:
        try:
            return {row[0] for row in self._connection.execute("SELECT version FROM schema_version")}
        except sqlite3.OperationalError:
            return set()

    async def make(self, migrations: Sequence[Migration]) -> None:
        tx = SqliteTx(self._connection)
        await applied_steps(tx)
        await apply_steps(tx, migrations)
        for table in await self.tables():
            self._connection.execute(f"DELETE FROM {table.name}")  # noqa: S608
        for kind, name, sql in self._connection.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
            "ORDER BY type, name"
        ).fetchall():
            self._aside.append(sql)
            self._connection.execute(f"DROP {kind} {name}")

    async def tables(self) -> list[Table]:
        listed = self._connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
            "AND name NOT LIKE 'sqlite_%' AND name <> ? ORDER BY name", (NOT_COPIED,)
        ).fetchall()  # fmt: skip
        searched = set(self._full_text().values())
        return [Table(name, self._columns(name), name in searched) for (name,) in listed]

    def _columns(self, name: str) -> tuple[str, ...]:
        rows = self._connection.execute("SELECT name FROM pragma_table_info(?)", (name,))
        return tuple(row[0] for row in rows)

    def _full_text(self) -> dict[str, str]:
        """Give the full text indexes, with the table that each is of."""
        rows = self._connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
        ).fetchall()
        return {name: content[1] for name, sql in rows if (content := _CONTENT.search(sql))}

    async def count(self, table: Table) -> int:
        found: int = self._connection.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()[0]  # noqa: S608
        return found

    async def rows(self, table: Table) -> AsyncIterator[list[Row]]:
        # Full text has other columns than at the other end.
        columns = self._columns(table.name) if table.is_text else table.columns
        cursor = self._connection.execute(f"SELECT {', '.join(columns)} FROM {table.name}")  # noqa: S608
        while batch := _fetched(cursor, table):
            yield [_neutral(row) for row in batch] if table.is_text else batch

    async def put(self, table: Table, rows: list[Row]) -> None:
        columns = self._columns(table.name) if table.is_text else table.columns
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(
            f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
            [_own(row, len(columns)) for row in rows] if table.is_text else rows,
        )

    async def finish(self) -> None:
        for index in self._full_text():
            self._connection.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")  # noqa: S608
        for sql in self._aside:
            self._connection.execute(sql)
        broken = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise TeahouseError(f"A row of the table {broken[0]} names one of {broken[2]} that isn't there")

    async def keep(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.close()
        self._opened = None
        descriptor = os.open(self._unfinished, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._unfinished.rename(self.path)
        sync_folder(self.path.parent)

    async def close(self) -> None:
        if self._opened is not None:
            with contextlib.suppress(sqlite3.Error):
                self._opened.close()
        if self._is_filling:
            self._unfinished.unlink(missing_ok=True)


def _fetched(cursor: sqlite3.Cursor, table: Table) -> list[Row]:
    try:
        return cursor.fetchmany(BATCH)
    except sqlite3.Error as error:
        raise TeahouseError(f"A row of the table {table.name} can't be read: {error}") from error


def _neutral(row: Row) -> Row:
    return (row[0], vector_of(row[1], row[2] if len(row) > 2 else ""))


def _own(row: Row, columns: int) -> Row:
    return (row[0], *words_of_vector(row[1])[: columns - 1])
