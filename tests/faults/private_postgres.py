"""A PostgreSQL of the test's own, that it may stop, start and freeze."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import postgres


class PrivatePostgres:
    """One cluster; `url` names its first database, `folder` its data."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self._options = shlex.join(shlex.split((folder / "postmaster.opts").read_text())[1:])
        self._user = folder.owner()
        programs = postgres.find()
        assert programs is not None
        self._pg_ctl = [str(programs / "pg_ctl"), "-D", str(folder), "-w"]

    async def stop(self) -> None:
        """Take it down as a crash would."""
        await asyncio.to_thread(postgres._run, self._user, [*self._pg_ctl, "-m", "immediate", "stop"])

    async def start(self) -> None:
        """Bring it up again on the same port."""
        log = str(self.folder.parent / "log")
        command = [*self._pg_ctl, "-l", log, "-o", self._options, "start"]
        await asyncio.to_thread(postgres._run, self._user, command)

    def freeze(self) -> None:
        """Let all its processes stand still: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = (self.folder / "postmaster.pid").read_text().split()[0]
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *children):
            os.kill(int(pid), number)


@asynccontextmanager
async def private_postgres() -> AsyncIterator[PrivatePostgres]:
    """Run a cluster for as long as the block lasts."""
    running = postgres.running(fast=True)
    url = await asyncio.to_thread(running.__enter__)
    try:
        connection = await asyncpg.connect(url)
        folder = Path(await connection.fetchval("SHOW data_directory"))
        await connection.close()
        yield PrivatePostgres(urlsplit(url).geturl(), folder)
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)
