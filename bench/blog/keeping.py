"""A city that one run leaves to the next: to fill a database takes minutes, to copy one takes seconds.

Owns what lies in the folder of `--data`: the SQLite file and its plan, or PostgreSQL's databases and their plan. What
a run measures is always a copy, since measuring changes it.
"""

import dataclasses
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson

from bench.blog.filling import City
from bench.servers import Homeserver

_FILLED, _RUN = "filled", "measured"


class Kept:
    """A kept city of so many posts; without a folder nothing is kept."""

    def __init__(self, folder: Path | None, server: Homeserver, posts: int) -> None:
        self._folder = folder
        self._server = server
        dialect = "sqlite" if server.database_url is None else "postgres"
        self._name = f"city-{dialect}-{posts}"
        self._database = f"{_FILLED}_{posts}"

    async def take(self) -> City | None:
        """Give the stopped server a copy of the kept city; None, and an empty database, when there is none."""
        if self._folder is None:
            return None
        if not self._plan.exists():
            await self._begin()
            return None
        if self._server.database_url is None:
            target = self._server.database_file
            for beside in target.parent.glob(f"{target.name}-*"):
                beside.unlink()
            shutil.copyfile(self._file, target)
        else:
            await self._copy(self._database, _RUN)
            self._server.database_url = _named(self._server.database_url, _RUN)
        return City(**orjson.loads(self._plan.read_bytes()))

    async def give(self, plan: City) -> None:
        """Keep a copy of what the stopped server's database was filled with."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._server.database_url is None:
            shutil.copyfile(self._server.database_file, self._file)
        else:
            await self._copy(urlsplit(self._server.database_url).path[1:], self._database)
        # Written last: a copy that was broken off has no plan, and is made anew.
        self._plan.write_bytes(orjson.dumps(dataclasses.asdict(plan)))

    async def _begin(self) -> None:
        """Give the server a database of this run alone: in the kept PostgreSQL there may be others from before."""
        if self._server.database_url is not None:
            await self._copy("template0", _RUN)
            self._server.database_url = _named(self._server.database_url, _RUN)
            await self._server.start()
            await self._server.stop()

    @property
    def _plan(self) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._name}.json"

    @property
    def _file(self) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._name}.db"

    async def _copy(self, source: str, target: str) -> None:
        assert self._server.database_url is not None
        # Nobody may be connected to the database that is copied, so this connects to another.
        connection: Any = await asyncpg.connect(_named(self._server.database_url, "template1"))
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {target}")
            await connection.execute(f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY FILE_COPY")
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
