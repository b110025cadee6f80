"""PostgreSQL as an end of a copy: one transaction, so that a copy which is cut off leaves nothing behind."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg

from teahouse.errors import TeahouseError, Unavailable
from teahouse.kernel.storage.copying.end import BATCH, NOT_COPIED, End, NotEmpty
from teahouse.kernel.storage.copying.rows import Table
from teahouse.kernel.storage.migrations import Migration, applied_steps, apply_steps
from teahouse.kernel.storage.postgres_connection import PostgresTx, connect, is_away
from teahouse.kernel.storage.tx import Row

STATEMENT_S = 12 * 3600.0
"""An index over a large table takes its time."""


class PostgresEnd(End):
    """One database of a server."""

    dialect = "postgres"

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: Any = None
        self._aside: list[str] = []

    async def begin_reading(self, *, hold_writes: bool) -> None:
        await self._begin("REPEATABLE READ" + ("" if hold_writes else ", READ ONLY"))
        if hold_writes and await self.steps():
            # Whoever writes locks this row first, and waits here.
            await self._run("SELECT position FROM stream_position FOR UPDATE")

    async def begin_filling(self) -> None:
        await self._begin("READ COMMITTED")
        # A server that starts meanwhile waits with its migrations, and then finds the tables.
        await self._run("SELECT pg_advisory_xact_lock(8008)")
        held = await self._connection.fetchval(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()"
        )
        if held:
            raise NotEmpty(f"The PostgreSQL database has {held} tables already: give an empty one")

    async def _begin(self, level: str) -> None:
        self._connection = await connect(self.url, statement_timeout_s=STATEMENT_S)
        await self._run(f"BEGIN ISOLATION LEVEL {level}")
        # The other end's turn may be long.
        await self._run("SET LOCAL idle_in_transaction_session_timeout = 0")
        await self._run("SET LOCAL maintenance_work_mem = '128MB'")

    async def _run(self, sql: str) -> None:
        try:
            await self._connection.execute(sql)
        except Exception as error:
            if is_away(error, self._connection):
                raise Unavailable(f"PostgreSQL went away: {error or type(error).__name__}") from error
            raise

    async def steps(self) -> set[int]:
        if await self._connection.fetchval("SELECT to_regclass('schema_version')") is None:
            return set()
        return {row[0] for row in await self._connection.fetch("SELECT version FROM schema_version")}

    async def make(self, migrations: Sequence[Migration]) -> None:
        tx = PostgresTx(self._connection)
        await applied_steps(tx)
        await apply_steps(tx, migrations)
        for table in await self.tables():
            await self._run(f"DELETE FROM {table.name}")  # noqa: S608
        for name, owner, sql in await self._connection.fetch(
            "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conname"
        ):
            self._aside.append(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {sql}")
            await self._run(f"ALTER TABLE {owner} DROP CONSTRAINT {name}")
        for name, sql in await self._connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY indexname"
        ):
            self._aside.append(sql)
            await self._run(f"DROP INDEX {name}")

    async def tables(self) -> list[Table]:
        rows = await self._connection.fetch(
            "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position), "
            "bool_or(data_type = 'tsvector') FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name <> $1 "
            'GROUP BY table_name ORDER BY table_name COLLATE "C"', NOT_COPIED,
        )  # fmt: skip
        return [Table(name, tuple(columns), is_text) for name, columns, is_text in rows]

    async def count(self, table: Table) -> int:
        found: int = await self._connection.fetchval(f"SELECT COUNT(*) FROM {table.name}")  # noqa: S608
        return found

    async def rows(self, table: Table) -> AsyncIterator[list[Row]]:
        columns = f"{table.columns[0]}, words::text" if table.is_text else ", ".join(table.columns)
        cursor = await self._connection.cursor(f"SELECT {columns} FROM {table.name}")  # noqa: S608
        while batch := await cursor.fetch(BATCH):
            yield [tuple(row) for row in batch]

    async def put(self, table: Table, rows: list[Row]) -> None:
        try:
            if table.is_text:
                await self._put_text(table, rows)
            else:
                await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)
        except (asyncpg.DataError, TypeError, ValueError, OverflowError) as error:
            raise TeahouseError(f"PostgreSQL can't hold a row of the table {table.name}: {error}") from error
        except Exception as error:
            if is_away(error, self._connection):
                raise Unavailable(f"PostgreSQL went away: {error or type(error).__name__}") from error
            raise

    async def _put_text(self, table: Table, rows: list[Row]) -> None:
        """Pass full text on as text: it has no other form that both programs speak."""
        await self._run(
            "CREATE TEMPORARY TABLE IF NOT EXISTS text_on_its_way (key BIGINT, words TEXT) ON COMMIT DROP"
        )
        await self._connection.copy_records_to_table(
            "text_on_its_way", records=rows, columns=("key", "words")
        )
        await self._run(
            f"INSERT INTO {table.name} ({table.columns[0]}, words) "  # noqa: S608
            "SELECT key, CAST(words AS TSVECTOR) FROM text_on_its_way"
        )
        await self._run("DELETE FROM text_on_its_way")

    async def finish(self) -> None:
        for sql in self._aside:
            await self._run(sql)
        await self._run("ANALYZE")

    async def keep(self) -> None:
        await self._run("COMMIT")

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
