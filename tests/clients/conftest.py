"""Fixtures of the real clients: one Node process for the session, and people with either library."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, cast

import pytest
import pytest_asyncio

from tests.actors import PASSWORD, fresh_localpart
from tests.clients.js_client import JsClient, NodeDriver
from tests.clients.nio_client import NioClient
from tests.clients.node import require_js_sdk
from tests.clients.real_client import RealClient
from tests.running_server import RunningServer

Library = Literal["nio", "js-sdk"]
LIBRARIES: tuple[Library, ...] = ("nio", "js-sdk")


class Drivers:
    """The Node driver, started by the first test that needs it."""

    def __init__(self, server: RunningServer, folder: pytest.TempPathFactory) -> None:
        """Remember where to start it; Node may never be needed."""
        self._server = server
        self._folder = folder
        self._driver: NodeDriver | None = None

    async def node(self) -> NodeDriver:
        """Return the running driver; skip or fail the test when there is no Node."""
        if self._driver is None:
            # npm may take a while; the loop must stay free for the clients that already sync.
            node, library = await asyncio.to_thread(require_js_sdk)
            errors = self._folder.mktemp("node") / "stderr"
            self._driver = await NodeDriver.launch(node, library, self._server.url, errors)
        return self._driver

    async def stop(self) -> None:
        """End the Node process if one was started."""
        if self._driver is not None:
            await self._driver.stop()


@pytest_asyncio.fixture(scope="session")
async def drivers(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Drivers]:
    """Give the holder of the Node driver and end it after the last test."""
    holder = Drivers(server, tmp_path_factory)
    yield holder
    await holder.stop()


@dataclass
class People:
    """Makes people with real clients and closes them after the test."""

    server: RunningServer
    drivers: Drivers

    def __post_init__(self) -> None:
        """Begin with nobody."""
        self._made: list[RealClient] = []

    async def client(self, library: Library) -> RealClient:
        """Return a client of the library on which nobody is signed in."""
        made: RealClient = (
            NioClient(self.server.url) if library == "nio" else JsClient(await self.drivers.node())
        )
        self._made.append(made)
        return made

    async def person(self, library: Library, name: str, display_name: str | None = None) -> RealClient:
        """Register a fresh user with the library, log in, set the display name and start syncing."""
        client = await self.client(library)
        localpart = fresh_localpart(name)
        await client.register(localpart, PASSWORD)
        await client.log_in(localpart, PASSWORD)
        if display_name is not None:
            await client.set_display_name(display_name)
        await client.start()
        return client

    async def close(self) -> None:
        """Close every client, also when another fails to close."""
        await asyncio.gather(*(client.close() for client in self._made), return_exceptions=True)


@pytest_asyncio.fixture
async def people(server: RunningServer, drivers: Drivers) -> AsyncIterator[People]:
    """Give the maker of people with real clients."""
    made = People(server, drivers)
    yield made
    await made.close()


NewPerson = Callable[..., Awaitable[RealClient]]


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    """Give each client library in turn."""
    return cast(Library, request.param)


@pytest.fixture
def person(people: People, library: Library) -> NewPerson:
    """Give `person(name, display_name=None)` for the library under test."""
    return functools.partial(people.person, library)
