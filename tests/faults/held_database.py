"""Holds the database's write lock from outside, as a long-running other process would."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.server_process import ServerProcess


@asynccontextmanager
async def writes_held(server: ServerProcess) -> AsyncIterator[None]:
    """Let no write of the server through for as long as the block lasts."""
    if server.database:
        connection = await asyncpg.connect(server.database)
        async with connection.transaction():
            await connection.execute("SELECT position FROM stream_position FOR UPDATE")
            yield
        await connection.close()
        return
    lite = sqlite3.connect(server.data / "teahouse.db", isolation_level=None, timeout=5)
    lite.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        lite.execute("ROLLBACK")
        lite.close()
