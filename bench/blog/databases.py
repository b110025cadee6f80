"""The database of a stopped server, open for filling: the same few verbs over SQLite and PostgreSQL.

Owns nothing that lasts: what is filled here is thrown away after the run, so durability is given up meanwhile.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg


class Filling(ABC):
    """A connection that runs statements made of numbers only."""

    @abstractmethod
    async def run(self, sql: str) -> None:
        """Run one statement."""

    @abstractmethod
    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run one query."""

    @abstractmethod
    def numbers(self, first: int, last: int) -> str:
        """Give a source of the numbers from first to last, as the column n.i."""

    @abstractmethod
    async def take_indexes_off(self, tables: list[str]) -> list[str]:
        """Drop the indexes of tables, which are quicker to make of all rows at once; gives how to make them."""

    @abstractmethod
    async def put_words(self, source: str) -> None:
        """Fill the words of posts out of a query that gives (id, text), lower case and without punctuation."""

    @abstractmethod
    async def settle(self) -> None:
        """Leave the database as it would be after some hours of service."""


class SqliteFilling(Filling):
    """The file of a stopped server."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        pragmas = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -600000", "temp_store = MEMORY")
        for pragma in pragmas:
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("BEGIN")

    async def run(self, sql: str) -> None:
        self._db.execute(sql)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._db.execute(sql).fetchall()

    def numbers(self, first: int, last: int) -> str:
        return (
            f"(WITH RECURSIVE m(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM m WHERE i < {last}) "
            "SELECT i FROM m) AS n"
        )

    async def take_indexes_off(self, tables: list[str]) -> list[str]:
        listed = ", ".join(f"'{table}'" for table in tables)
        found = await self.rows(
            "SELECT name, sql FROM sqlite_master "
            f"WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({listed})"
        )
        for name, _ in found:
            self._db.execute(f"DROP INDEX {name}")
        return [sql for _, sql in found]

    async def put_words(self, source: str) -> None:
        (made,) = self._db.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'status_words_added'"
        ).fetchone()
        self._db.execute("DROP TRIGGER status_words_added")
        self._db.execute(f"INSERT INTO status_words (status_id, words) {source}")
        self._db.execute("INSERT INTO status_words_index (status_words_index) VALUES ('rebuild')")
        self._db.execute(made)

    async def settle(self) -> None:
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.close()


class PostgresFilling(Filling):
    """A connection to the database of a stopped server."""

    def __init__(self, connection: Any) -> None:
        self._db = connection

    async def run(self, sql: str) -> None:
        await self._db.execute(sql)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._db.fetch(sql)]

    def numbers(self, first: int, last: int) -> str:
        return f"generate_series(CAST({first} AS BIGINT), {last}) AS n(i)"

    async def take_indexes_off(self, tables: list[str]) -> list[str]:
        listed = ", ".join(f"'{table}'::regclass" for table in tables)
        found = await self.rows(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            f"WHERE NOT indisunique AND indrelid IN ({listed})"
        )
        for name, _ in found:
            await self.run(f"DROP INDEX {name}")
        return [sql for _, sql in found]

    async def put_words(self, source: str) -> None:
        await self.run(
            f"INSERT INTO status_words (status_id, words) SELECT id, to_tsvector('simple', words) FROM ({source}) s"
        )

    async def settle(self) -> None:
        for (table,) in await self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            await self.run(f'VACUUM (ANALYZE) "{table}"')
        await self.run("CHECKPOINT")
        await self._db.close()


@asynccontextmanager
async def filling(address: str | Path) -> AsyncIterator[Filling]:
    """Open the database of a stopped server, and settle it at the end."""
    if isinstance(address, Path):
        opened: Filling = SqliteFilling(address)
    else:
        connection = await asyncpg.connect(address)
        for setting in ("synchronous_commit = off", "maintenance_work_mem = '512MB'", "jit = off"):
            await connection.execute(f"SET {setting}")
        opened = PostgresFilling(connection)
    yield opened
    await opened.settle()


async def count_rows(address: str | Path, table: str) -> int:
    """Count the rows of a table while the server runs."""
    if isinstance(address, Path):
        with closing(sqlite3.connect(f"file:{address}?mode=ro", uri=True)) as file:
            return int(file.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    connection = await asyncpg.connect(address)
    try:
        return int(await connection.fetchval(f"SELECT COUNT(*) FROM {table}"))
    finally:
        await connection.close()
