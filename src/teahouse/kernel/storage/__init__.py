"""Storage: one database behind two verbs, on SQLite or PostgreSQL, and the migrations that shape it."""

from pathlib import Path
from urllib.parse import urlsplit

from teahouse.kernel.storage.copying import (
    CopiedTable,
    copy_database,
    copy_sqlite_file,
    refuse_full,
    seal_sqlite_file,
)
from teahouse.kernel.storage.db import Database
from teahouse.kernel.storage.migrations import SchemaTooNew, all_migrations, applied_steps, migrate
from teahouse.kernel.storage.postgres import PostgresDatabase
from teahouse.kernel.storage.settings import forget, recall, remember
from teahouse.kernel.storage.sqlite import SqliteDatabase
from teahouse.kernel.storage.tx import Row, Tx, json_list

__all__ = [
    "CopiedTable",
    "Database",
    "Row",
    "SchemaTooNew",
    "Tx",
    "all_migrations",
    "applied_steps",
    "copy_database",
    "copy_sqlite_file",
    "forget",
    "json_list",
    "migrate",
    "open_database",
    "recall",
    "refuse_full",
    "remember",
    "seal_sqlite_file",
]


async def open_database(url: str, *, upgrade: bool = True) -> Database:
    """Connect to `sqlite:///path` or `postgresql://…`, bring the schema up to date, and start taking writes.

    Raises Unavailable when the database can't be reached and SchemaTooNew when a newer program wrote it.
    """
    database: Database
    if urlsplit(url).scheme == "sqlite":
        database = SqliteDatabase(Path("/" + url.removeprefix("sqlite://").lstrip("/")))
    else:
        database = PostgresDatabase(url)
    await database.open()
    try:
        if upgrade:
            await migrate(database)
            await database.start()
    except BaseException:
        await database.close()
        raise
    return database
