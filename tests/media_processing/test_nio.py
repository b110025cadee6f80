"""matrix-nio, the library under many bots, asks for thumbnails of what another app has sent."""

from __future__ import annotations

import io
from typing import Any

import nio  # type: ignore[import-untyped]
import pytest
from nio.crypto.attachments import encrypt_attachment  # type: ignore[import-untyped]
from PIL import Image

from tests.actors import Actor
from tests.media_processing.asking import colour_at
from tests.media_processing.made import picture_in, video


def app_of(actor: Actor) -> Any:
    """Give an app of this user's on nio."""
    app = nio.AsyncClient(actor.url, actor.user_id)
    app.access_token = actor.access_token
    return app


async def send(actor: Actor, data: bytes, content_type: str) -> str:
    """Upload with nio, and return the media id."""
    app = app_of(actor)
    answer, _ = await app.upload(
        io.BytesIO(data), content_type=content_type, filename="sent", filesize=len(data)
    )
    await app.close()
    assert isinstance(answer, nio.UploadResponse), answer
    return str(answer.content_uri).rpartition("/")[2]


async def small(actor: Actor, media_id: str, method: Any = nio.ResizingMethod.scale) -> Any:
    """Ask for a thumbnail with nio, and return its answer."""
    app = app_of(actor)
    answer = await app.thumbnail("localhost", media_id, 96, 96, method)
    await app.close()
    return answer


@pytest.mark.parametrize(
    ("data", "content_type"),
    [(picture_in("JPEG"), "image/jpeg"), (video(), "video/mp4")],
    ids=["photo", "film"],
)
async def test_a_thumbnail_of_what_somebody_sent_is_shown(
    alice: Actor, bob: Actor, data: bytes, content_type: str
) -> None:
    answer = await small(bob, await send(alice, data, content_type), nio.ResizingMethod.crop)
    assert isinstance(answer, nio.ThumbnailResponse), answer
    assert answer.content_type == "image/jpeg"
    picture = Image.open(io.BytesIO(answer.body))
    assert (picture.size, colour_at(picture, 0.95, 0.05)) == ((96, 96), "lime")


async def test_an_encrypted_photo_has_no_thumbnail_and_the_app_is_told_so(alice: Actor, bob: Actor) -> None:
    encrypted, _ = encrypt_attachment(picture_in("JPEG"))
    answer = await small(bob, await send(alice, encrypted, "application/octet-stream"))
    assert isinstance(answer, nio.ThumbnailError), answer
    assert answer.transport_response.status == 400
