"""The fixture of these tests: processing as the server has it, with real workers."""

from collections.abc import AsyncIterator

import pytest_asyncio

from teahouse.media.processing import Pool, Processing


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def processing() -> AsyncIterator[Processing]:
    """Processing with two workers, shared by the session's tests."""
    shared = Processing(Pool(2))
    yield shared
    await shared.close()
