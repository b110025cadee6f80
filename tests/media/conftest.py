"""Fixtures of the media tests: the shared server, one with a small store, one that keeps media in a bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.actors import Actor, fresh_localpart, register
from tests.media.bucket import Bucket
from tests.running_server import RunningServer
from tests.server_process import SECRET, ServerProcess


@pytest.fixture
def server_url(server: RunningServer) -> str:
    """The address of the shared server."""
    return server.url


STRICT = """[media]
max_upload_bytes = 1000000
user_quota_bytes = 2500000
uploads_at_once = 3
pending_uploads = 3
unauthenticated = true
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def strict_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server with small limits that serves the old paths too; its folder of media is its own."""
    folder = tmp_path_factory.mktemp("strict-server")
    (folder / "teahouse.toml").write_text(STRICT)
    process = ServerProcess(folder, "--config", str(folder / "teahouse.toml"))
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def sam(strict_server: ServerProcess) -> AsyncIterator[Actor]:
    """A user of the server with small limits."""
    async with await register(strict_server.url, SECRET, fresh_localpart("sam")) as actor:
        yield actor


@pytest_asyncio.fixture(loop_scope="session")
async def sue(strict_server: ServerProcess) -> AsyncIterator[Actor]:
    """Another user of the server with small limits."""
    async with await register(strict_server.url, SECRET, fresh_localpart("sue")) as actor:
        yield actor


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """A running S3-compatible store."""
    made = Bucket()
    made.start()
    yield made
    made.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bucket_server(
    bucket: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServerProcess]:
    """A server that keeps its media in the bucket, and redirects to it."""
    folder = tmp_path_factory.mktemp("bucket-server")
    (folder / "teahouse.toml").write_text(bucket.settings + "redirect = true\nmax_upload_bytes = 30000000\n")
    process = ServerProcess(folder, "--config", str(folder / "teahouse.toml"))
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def bea(bucket_server: ServerProcess) -> AsyncIterator[Actor]:
    """A user of the server with the bucket."""
    async with await register(bucket_server.url, SECRET, fresh_localpart("bea")) as actor:
        yield actor
