"""All tables of one moment into an empty database of either kind, and the proof that both hold the same."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from teahouse.errors import TeahouseError
from teahouse.kernel.storage.copying.end import End
from teahouse.kernel.storage.copying.postgres_end import PostgresEnd
from teahouse.kernel.storage.copying.rows import CopiedTable, RowSum, Table
from teahouse.kernel.storage.copying.sqlite_end import SqliteEnd
from teahouse.kernel.storage.migrations import SchemaTooNew, all_migrations

Seen = Callable[[str, int, int], None]
"""Is told what is being done, how many rows of it are done, and of how many."""


async def copy_database(
    source_url: str, target_url: str, *, hold_writes: bool, seen: Seen = lambda what, done, total: None
) -> list[CopiedTable]:
    """Fill the empty database at `target_url` with what the other holds now, and give the tables with their sums.

    All of it becomes visible at once, after each table was read again and compared: a copy that fails or is killed
    leaves an empty database, or no file. `hold_writes` keeps everybody from writing to the source meanwhile.
    Raises NotEmpty, SchemaTooNew, Unavailable, and TeahouseError for what can't be copied.
    """
    source, target = _end(source_url), _end(target_url)
    try:
        await source.begin_reading(hold_writes=hold_writes)
        await _check_schema(source)
        await target.begin_filling()
        await target.make(all_migrations(target.dialect))
        tables = await source.tables()
        _check_shapes(tables, await target.tables())
        progress = _Progress(seen, sum([await source.count(table) for table in tables]))
        sums = [await _copy(source, target, table, progress) for table in tables]
        seen("making indexes", 0, 1)
        await target.finish()
        seen("making indexes", 1, 1)
        progress.begin("comparing")
        for table, copied in zip(tables, sums, strict=True):
            await _compare(target, table, copied, progress)
        await target.keep()
    finally:
        await target.close()
        await source.close()
    return sums


async def refuse_full(url: str) -> None:
    """Raise NotEmpty unless a copy could be made into this database; raises Unavailable."""
    end = _end(url)
    try:
        await end.begin_filling()
    finally:
        await end.close()


def _end(url: str) -> End:
    if urlsplit(url).scheme == "sqlite":
        return SqliteEnd(Path("/" + url.removeprefix("sqlite://").lstrip("/")))
    return PostgresEnd(url)


class _Progress:
    """Counts rows over all tables."""

    def __init__(self, seen: Seen, total: int) -> None:
        self._seen, self._total = seen, total
        self.begin("copying")

    def begin(self, what: str) -> None:
        self._what, self._done = what, 0
        self._seen(what, 0, self._total)

    async def add(self, rows: int) -> None:
        self._done += rows
        self._seen(self._what, self._done, self._total)
        # SQLite's end never waits for anything: so that a Ctrl-C is heard.
        await asyncio.sleep(0)


async def _check_schema(source: End) -> None:
    known = {step.number for step in all_migrations(source.dialect)}
    has = await source.steps()
    if not has:
        raise TeahouseError("There is no database of a Teahouse to copy")
    if has - known:
        raise SchemaTooNew(
            f"This database has schema {max(has - known)}, which this Teahouse does not know: use the newer one"
        )
    if known - has:
        raise TeahouseError("This database has an older schema; run: teahouse database migrate")


def _check_shapes(tables: list[Table], targets: list[Table]) -> None:
    """Refuse databases that somebody changed by hand: a column would be left out silently."""
    mine = {table.name: table.is_text or frozenset(table.columns) for table in tables}
    theirs = {table.name: table.is_text or frozenset(table.columns) for table in targets}
    odd = sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
    if odd:
        raise TeahouseError(f"These tables are not what this Teahouse made: {', '.join(odd)}")


async def _copy(source: End, target: End, table: Table, progress: _Progress) -> CopiedTable:
    total = RowSum(table)
    async for rows in source.rows(table):
        total.add(rows)
        await target.put(table, rows)
        await progress.add(len(rows))
    return total.result()


async def _compare(target: End, table: Table, copied: CopiedTable, progress: _Progress) -> None:
    total = RowSum(table)
    async for rows in target.rows(table):
        total.add(rows)
        await progress.add(len(rows))
    if total.result() != copied:
        raise TeahouseError(
            f"The table {table.name} is not the same on both sides ({copied.rows} and {total.rows} rows); "
            "nothing was kept"
        )
