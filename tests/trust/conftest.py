"""A server's insides, without the server, at a time that is set: what operators decide is only called there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from teahouse.app import Services, open_services
from teahouse.config import load
from tests.accounts.conftest import SetClock
from tests.server_process import CLUSTER, _make_database


@pytest.fixture(scope="module")
def clock() -> SetClock:
    """A clock that stands still."""
    return SetClock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def services(tmp_path_factory: pytest.TempPathFactory, clock: SetClock) -> AsyncIterator[Services]:
    """Its insides, the same for all tests of a file."""
    chosen: dict[str, object] = {"data": tmp_path_factory.mktemp("insides")}
    if CLUSTER:
        chosen["database"] = await _make_database(CLUSTER)
    async with open_services(load(None, {}, chosen), clock) as opened:
        yield opened
