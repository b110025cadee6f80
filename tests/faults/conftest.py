"""Fixtures of the fault tests: a server of one's own, that a test may mistreat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.actors import Actor, fresh_localpart, register
from tests.server_process import ServerProcess


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server that nobody else uses."""
    server = ServerProcess(tmp_path / "server")
    await server.start()
    yield server
    await server.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def dora(own_server: ServerProcess) -> AsyncIterator[Actor]:
    """A user of the own server."""
    async with await register(
        own_server.url, own_server.registration_shared_secret, fresh_localpart("dora")
    ) as actor:
        yield actor
