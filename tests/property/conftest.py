"""The people of the property tests."""

from __future__ import annotations

import pytest

from tests.actors import Actor, fresh_localpart, register
from tests.property.world import PEOPLE
from tests.running_server import RunningServer


@pytest.fixture(scope="module")
async def people(server: RunningServer) -> list[Actor]:
    """Three people who live through every history."""
    secret = server.registration_shared_secret
    return [await register(server.url, secret, fresh_localpart("p")) for _ in range(PEOPLE)]
