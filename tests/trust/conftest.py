"""A server's insides, without the server, at a time that is set: what operators decide is only called there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from teahouse.app import Services, open_services
from teahouse.config import Config, load
from tests.accounts.conftest import SetClock, clock
from tests.server_process import CLUSTER, _make_database

__all__ = ["clock"]


@pytest_asyncio.fixture(loop_scope="session")
async def config(tmp_path: Path) -> Config:
    """The settings of a server of one's own."""
    chosen: dict[str, object] = {"data": tmp_path, "instance.rules": "Be kind.\nNo advertising."}
    if CLUSTER:
        chosen["database"] = await _make_database(CLUSTER)
    return load(None, {}, chosen)


@pytest_asyncio.fixture(loop_scope="session")
async def services(config: Config, clock: SetClock) -> AsyncIterator[Services]:
    """Its insides."""
    async with open_services(config, clock) as opened:
        yield opened
