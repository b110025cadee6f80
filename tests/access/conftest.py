"""One cast for each file of tests of access."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.access.cast import Cast, make_cast
from tests.running_server import RunningServer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cast(server: RunningServer) -> AsyncIterator[Cast]:
    """Everybody, one person a role; rooms are made anew by each test."""
    made = await make_cast(server)
    yield made
    await made.close()
