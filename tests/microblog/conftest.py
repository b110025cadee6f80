"""Ann, Ben and Cleo have accounts and are new in every test; a visitor has none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.microblog.bloggers import Blogger, blogger, bloggers
from tests.microblog.bloggers import visitor as make_visitor
from tests.running_server import RunningServer
from tests.server_process import ServerProcess

SETTINGS = """
[instance]
rules = "Be kind.\\nNo advertising."
extended_description = "A long story.\\n\\nWith <b>two</b> parts."
privacy_policy = "Nobody reads your chats."
terms_of_service = "Pay with patience."
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server whose operator the tests are that ask for it; each leaves no report and no appeal open."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "teahouse.toml").write_text(SETTINGS)
    process = ServerProcess(folder, "--config", str(folder / "teahouse.toml"))
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def people(house: ServerProcess) -> AsyncIterator[list[Blogger]]:
    """Ann and Ben on that server."""
    server = RunningServer(house.url, house.server_name, house.registration_shared_secret)
    made = await bloggers(server, "ann", "ben")
    yield made
    for one in made:
        await one.actor.close()


async def _blogger(server: RunningServer, name: str) -> AsyncIterator[Blogger]:
    made = await blogger(server, name)
    yield made
    await made.actor.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ann(server: RunningServer) -> AsyncIterator[Blogger]:
    """Somebody with an account who is new in this test."""
    async for made in _blogger(server, "ann"):
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def ben(server: RunningServer) -> AsyncIterator[Blogger]:
    """Another one."""
    async for made in _blogger(server, "ben"):
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def cleo(server: RunningServer) -> AsyncIterator[Blogger]:
    """A third one."""
    async for made in _blogger(server, "cleo"):
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(server: RunningServer) -> AsyncIterator[Blogger]:
    """Somebody who is not signed in."""
    made = make_visitor(server)
    yield made
    await made.actor.close()
