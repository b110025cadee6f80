"""Opens fresh databases for tests of the storage itself: SQLite files, or databases of the cluster under test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from teahouse.kernel.storage import Database, Tx, open_database
from tests.server_process import CLUSTER, _make_database


@asynccontextmanager
async def fresh_database(folder: Path) -> AsyncIterator[str]:
    """Give the URL of an empty database that is removed at the end."""
    if CLUSTER is None:
        yield f"sqlite:///{folder}/storage.db"
        return
    url = await _make_database(CLUSTER)
    try:
        yield url
    finally:
        connection = await asyncpg.connect(CLUSTER)
        await connection.execute(f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')
        await connection.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Give the database at `url`, migrated and taking writes, and close it at the end."""
    database = await open_database(url)
    try:
        yield database
    finally:
        await database.close()


async def put(tx: Tx, name: str, value: str = "") -> None:
    """Add a row of a table that every schema has."""
    await tx.execute("INSERT INTO server_settings (name, value) VALUES (?, ?)", name, value)


async def names(database: Database) -> list[str]:
    """List the rows that `put` made."""

    async def job(tx: Tx) -> list[str]:
        return [row[0] for row in await tx.fetch_all("SELECT name FROM server_settings ORDER BY name")]

    return await database.read(job)


async def stored_position(database: Database) -> int:
    """Give the stream's position as the database has it."""

    async def job(tx: Tx) -> int:
        position: int = await tx.fetch_value("SELECT position FROM stream_position")
        return position

    return await database.read(job)
