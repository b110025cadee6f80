"""Fixtures of the OAuth tests: a browser with its own cookies, and one in which alice is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.actors import Actor
from tests.oauth.browser import Browser
from tests.running_server import RunningServer


@pytest_asyncio.fixture(loop_scope="session")
async def browser(server: RunningServer) -> AsyncIterator[Browser]:
    """A browser that was never here."""
    async with Browser(server.url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def alices_browser(server: RunningServer, alice: Actor) -> AsyncIterator[Browser]:
    """A browser in which alice is signed in."""
    async with Browser(server.url) as opened:
        assert (await opened.sign_in(alice.user_id)).path == "/account"
        yield opened
