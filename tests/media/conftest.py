"""Fixtures of the media tests."""

from __future__ import annotations

import pytest

from tests.running_server import RunningServer


@pytest.fixture
def server_url(server: RunningServer) -> str:
    """The address of the shared server."""
    return server.url
