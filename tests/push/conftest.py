"""A server that may deliver to gateways on loopback, and people on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from tests.actors import Actor, fresh_localpart, register
from tests.push.gateway import PushGateway
from tests.server_process import ServerProcess

NewUser = Callable[[str], Awaitable[Actor]]


def server_process(folder: pytest.TempPathFactory) -> ServerProcess:
    """Make a server that may reach gateways on loopback."""
    data = folder.mktemp("push-server")
    config = data / "teahouse.toml"
    config.write_text("[push]\nallow_private_addresses = true\ntimeout_s = 2\n")
    return ServerProcess(data, "--config", str(config))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def push_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A running server shared by the session's tests of delivery."""
    process = server_process(tmp_path_factory)
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A running server of the test's own, to be killed and started again."""
    process = server_process(tmp_path_factory)
    await process.start()
    yield process
    await process.remove()


async def make_users(process: ServerProcess, stack: AsyncExitStack, *names: str) -> list[Actor]:
    """Register users on a server; the stack closes their connections."""
    secret = process.registration_shared_secret
    return [
        await stack.enter_async_context(await register(process.url, secret, fresh_localpart(name)))
        for name in names
    ]


@pytest_asyncio.fixture(loop_scope="session")
async def new_user(push_server: ServerProcess) -> AsyncIterator[NewUser]:
    """Registers users on the server that delivers."""
    async with AsyncExitStack() as stack:

        async def make(name: str) -> Actor:
            return (await make_users(push_server, stack, name))[0]

        yield make


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[PushGateway]:
    """A push gateway of the test's own."""
    async with PushGateway() as opened:
        yield opened
