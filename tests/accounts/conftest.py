"""Fixtures of the accounts tests: a stranger, a server that wants tokens, one with rate limits, a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from teahouse.clock import Clock
from teahouse.config import load
from teahouse.kernel.storage import Database, open_database
from tests.actors import Actor
from tests.running_server import RunningServer
from tests.server_process import CLUSTER, ServerProcess, _make_database


class SetClock(Clock):
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.at_ms = 1_800_000_000_000

    def now_ms(self) -> int:
        """Return the time that the test has set."""
        return self.at_ms

    def monotonic(self) -> float:
        """Return the same time in seconds."""
        return self.at_ms / 1000

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.at_ms += int(seconds * 1000)


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands still."""
    return SetClock()


@pytest_asyncio.fixture(loop_scope="session")
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database of the kind under test."""
    url = await _make_database(CLUSTER) if CLUSTER else load(None, {}, {"data": tmp_path}).database
    database = await open_database(url)
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(server: RunningServer) -> AsyncIterator[Actor]:
    """Somebody who is not signed in."""
    async with Actor(server.url, "", "", "") as actor:
        yield actor


async def _process(folder: Path, *options: str, rate_limits: bool = False) -> AsyncIterator[ServerProcess]:
    process = ServerProcess(folder, *options, rate_limits=rate_limits)
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def token_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server that lets people register with a token only."""
    async for process in _process(tmp_path_factory.mktemp("token"), "--registration", "token"):
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def limited_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server with its rate limits on."""
    async for process in _process(tmp_path_factory.mktemp("limited"), rate_limits=True):
        yield process
