"""Files of public posts lose place and device on their way in; files of chats stay byte for byte what they were."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from teahouse.app import Services, open_services
from teahouse.config import Config, DatabaseUrl
from teahouse.errors import TeahouseError
from teahouse.kernel.http import Scope
from teahouse.media import Claim, MediaItem
from tests.actors import Actor
from tests.media.files import fetched, upload
from tests.media_processing.made import video, voice
from tests.media_processing.test_strip import SECRET, pixels, telling, with_location

ALICE = Scope("@alice:localhost", "TEAPOT", 1)
POST = Claim("image/jpeg", "holiday.jpg", None, purpose="post", is_public=True)


@pytest_asyncio.fixture(loop_scope="session")
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """The server's services, as the microblog asks them."""
    config = Config(data=tmp_path, database=DatabaseUrl(f"sqlite://{tmp_path}/tea.db"))
    media = dataclasses.replace(config.media, store=type(config.media.store)(f"file://{tmp_path}/media"))
    async with open_services(dataclasses.replace(config, media=media)) as opened:
        await opened.accounts.create_user("alice", "oolong-and-rain")
        yield opened


async def publish(services: Services, data: bytes, claim: Claim = POST) -> MediaItem:
    """Take a file in for a public post."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1000):
            yield data[start : start + 1000]

    return await services.media.publication.receive(ALICE, claim, pieces())


async def content(services: Services, item: MediaItem) -> bytes:
    """Read a published file as visitors do."""
    found = await services.media.downloads.find_public(item.media_id)
    assert found.size == item.size
    return b"".join([piece async for piece in services.media.downloads.read(found)])


def kept_in(folder: Path) -> bytes:
    """Read everything that lies in the store."""
    return b"".join(path.read_bytes() for path in (folder / "media").rglob("*") if path.is_file())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
async def test_a_public_picture_is_kept_without_its_secrets(
    services: Services, tmp_path: Path, format: str
) -> None:
    data = telling(format)
    item = await publish(services, data)
    shown = await content(services, item)
    assert SECRET not in shown
    assert pixels(shown) == pixels(data)
    assert SECRET not in kept_in(tmp_path)
    assert (item.is_public, item.purpose, item.file_name) == (True, "post", "holiday.jpg")
    assert await services.media.quotas.stored(ALICE.user_id) == (1, len(shown))


async def test_a_public_film_is_kept_without_its_place(services: Services, tmp_path: Path) -> None:
    item = await publish(services, with_location("mp4"), dataclasses.replace(POST, content_type="video/mp4"))
    assert b"+52.52" not in await content(services, item)
    assert b"+52.52" not in kept_in(tmp_path)


@pytest.mark.parametrize(
    "data", [video("webm", "libvpx"), voice("ogg", "libopus"), b"words"], ids=["film", "voice", "text"]
)
async def test_what_tells_nothing_is_published_as_it_is(services: Services, data: bytes) -> None:
    item = await publish(services, data)
    assert await content(services, item) == data
    assert await services.media.quotas.stored(ALICE.user_id) == (1, len(data))


async def test_a_picture_too_broken_to_be_cleaned_is_not_published(
    services: Services, tmp_path: Path
) -> None:
    data = telling("JPEG")
    with pytest.raises(TeahouseError) as refused:
        await publish(services, data[: len(data) // 2])
    assert (refused.value.status, refused.value.errcode) == (400, "M_UNKNOWN")
    assert SECRET not in kept_in(tmp_path)
    assert await services.media.quotas.stored(ALICE.user_id) == (0, 0)


async def test_a_picture_sent_in_a_chat_stays_as_it_is(alice: Actor, bob: Actor) -> None:
    data = telling("JPEG", turn=6)
    media_id = await upload(alice, data, "image/jpeg")
    assert await fetched(bob, media_id) == data
    public = await bob.http.get(f"/media/{media_id}/holiday.jpg")
    assert isinstance(public, httpx.Response)
    assert public.status_code == 404
