"""Fixtures for the storage's tests: a database of one's own on whichever kind is under test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from teahouse.kernel.log import set_up_logging
from teahouse.kernel.storage import Database
from tests.kernel.databases import fresh_database, opened

set_up_logging("warning", "console")  # The library's own way draws every local variable: seconds a failure.


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of an empty database."""
    async with fresh_database(tmp_path) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database that takes writes."""
    async with opened(database_url) as found:
        yield found
