"""Fixtures for all tests: the running server, and alice, bob and carol who are new in every test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.actors import Actor, fresh_localpart, register
from tests.running_server import RunningServer, already_running
from tests.server_process import ServerProcess


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show why a journey had to be tried again: its second success must not hide it."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"tried again: {report.nodeid}")
        terminalreporter.line(report.longreprtext)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A running server shared by the session's tests, without rate limits."""
    known = already_running()
    if known is not None:
        yield known
        return
    process = ServerProcess(tmp_path_factory.mktemp("server"))
    await process.start()
    yield RunningServer(process.url, process.server_name, process.registration_shared_secret)
    await process.remove()


async def _actor(server: RunningServer, name: str) -> AsyncIterator[Actor]:
    secret = server.registration_shared_secret
    async with await register(server.url, secret, fresh_localpart(name)) as actor:
        yield actor


@pytest_asyncio.fixture(loop_scope="session")
async def alice(server: RunningServer) -> AsyncIterator[Actor]:
    """A user who is new in this test."""
    async for actor in _actor(server, "alice"):
        yield actor


@pytest_asyncio.fixture(loop_scope="session")
async def bob(server: RunningServer) -> AsyncIterator[Actor]:
    """Another user who is new in this test."""
    async for actor in _actor(server, "bob"):
        yield actor


@pytest_asyncio.fixture(loop_scope="session")
async def carol(server: RunningServer) -> AsyncIterator[Actor]:
    """A third user who is new in this test."""
    async for actor in _actor(server, "carol"):
        yield actor
