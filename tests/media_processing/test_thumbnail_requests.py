"""Thumbnails over HTTP: made when asked, kept, and answered as the specification says."""

from __future__ import annotations

import asyncio
import io

import httpx
import pytest
from PIL import Image

from tests.actors import Actor
from tests.media.files import fetch, post_file, token_of, upload
from tests.media_processing.asking import colour_at
from tests.media_processing.made import encoded, film_of, photo, picture_in, video, voice

THUMBNAIL = "/_matrix/client/v1/media/thumbnail"
OLD_THUMBNAIL = "/_matrix/media/v3/thumbnail"


async def thumbnail_of(actor: Actor, media_id: str, **params: str | int) -> httpx.Response:
    """Ask for a thumbnail, and return the whole answer."""
    return await actor.http.get(f"{THUMBNAIL}/localhost/{media_id}", params=params, headers=token_of(actor))


def opened(answer: httpx.Response) -> Image.Image:
    """Decode a thumbnail that must have come."""
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


async def test_somebody_else_sees_a_small_picture(alice: Actor, bob: Actor) -> None:
    media_id = await upload(alice, picture_in("JPEG", 1600, 1200), "image/jpeg")
    answer = await thumbnail_of(bob, media_id, width=800, height=600, method="scale")
    assert opened(answer).size == (800, 600)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == 'inline; filename="thumbnail.jpg"'
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"width": 32, "height": 32, "method": "crop"}, (32, 32)),
        ({"width": 96, "height": 96, "method": "crop"}, (96, 96)),
        ({"width": 64, "height": 64, "method": "crop"}, (96, 96)),
        ({"width": 320, "height": 240, "method": "scale"}, (320, 240)),
        ({"width": 640, "height": 480}, (640, 480)),
        ({"width": 300, "height": 100, "method": "scale"}, (320, 240)),
        ({"width": 200, "height": 50, "method": "crop"}, (200, 50)),
        ({"width": 5000, "height": 5000, "method": "scale"}, (1600, 1200)),
    ],
)
async def test_a_thumbnail_is_no_smaller_than_asked_and_no_larger_than_the_picture(
    alice: Actor, asked: dict[str, str | int], given: tuple[int, int]
) -> None:
    media_id = await upload(alice, picture_in("PNG", 1600, 1200), "image/png")
    assert opened(await thumbnail_of(alice, media_id, **asked)).size == given


async def test_a_thumbnail_is_made_once_and_kept_for_the_same_picture_of_others(
    alice: Actor, bob: Actor
) -> None:
    data = encoded(photo(700, 500, seed=77), "PNG")
    first, second = await upload(alice, data, "image/png"), await upload(bob, data, "image/png")
    made = await asyncio.gather(
        *(
            thumbnail_of(actor, media_id, width=96, height=96)
            for actor in (alice, bob)
            for media_id in (first, second)
        )
    )
    assert len({answer.content for answer in made}) == 1
    (tag,) = {answer.headers["etag"] for answer in made}
    known = await alice.http.get(
        f"{THUMBNAIL}/localhost/{first}",
        params={"width": 96, "height": 96},
        headers={**token_of(alice), "If-None-Match": tag},
    )
    assert (known.status_code, known.content) == (304, b"")
    other = await thumbnail_of(alice, first, width=320, height=240)
    assert other.headers["etag"] != tag


async def test_what_a_picture_is_called_by_its_sender_decides_nothing(alice: Actor) -> None:
    media_id = await upload(alice, picture_in("WEBP"), "text/html", "page.html")
    answer = await thumbnail_of(alice, media_id, width=96, height=96)
    assert opened(answer).format == "JPEG"
    assert answer.headers["content-type"] == "image/jpeg"


async def test_films_move_only_when_asked(alice: Actor) -> None:
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("red", "lime", "blue")]
    media_id = await upload(alice, film_of(frames, "GIF", duration=100, loop=0), "image/gif")
    size: dict[str, str | int] = {"width": 96, "height": 96}
    moving = await thumbnail_of(alice, media_id, animated="true", **size)
    assert moving.headers["content-type"] == "image/webp"
    assert opened(moving).n_frames == 3  # type: ignore[attr-defined]
    for still in (
        await thumbnail_of(alice, media_id, animated="false", **size),
        await thumbnail_of(alice, media_id, **size),
    ):
        assert (opened(still).format, colour_at(opened(still), 0.5, 0.5)) == ("JPEG", "red")


async def test_a_film_shows_its_poster(alice: Actor) -> None:
    media_id = await upload(alice, video(), "video/mp4")
    poster = opened(await thumbnail_of(alice, media_id, width=320, height=240, animated="true"))
    assert (poster.format, poster.size, colour_at(poster, 0.1, 0.1)) == ("JPEG", (320, 240), "red")


async def test_a_thumbnail_waits_for_its_picture(alice: Actor, bob: Actor) -> None:
    created = await alice.post("/_matrix/media/v1/create")
    media_id = created["content_uri"].rsplit("/")[-1]
    early = await thumbnail_of(bob, media_id, width=96, height=96, timeout_ms=0)
    assert (early.status_code, early.json()["errcode"]) == (504, "M_NOT_YET_UPLOADED")
    waiting = asyncio.create_task(thumbnail_of(bob, media_id, width=96, height=96, timeout_ms=60000))
    path = f"/_matrix/media/v3/upload/localhost/{media_id}"
    assert (await post_file(alice, picture_in("PNG"), "image/png", path=path)).status_code == 200
    assert opened(await waiting).size == (96, 72)


@pytest.mark.parametrize(
    "params",
    [
        {}, {"width": 96}, {"height": 96}, {"width": 0, "height": 96}, {"width": -1, "height": 96},
        {"width": "wide", "height": 96}, {"width": 9.5, "height": 96}, {"width": "9" * 30, "height": 96},
        {"width": 96, "height": 96, "method": "stretch"}, {"width": 96, "height": 96, "animated": "maybe"},
        {"width": 96, "height": 96, "timeout_ms": "long"}, {"width": "９６", "height": 96},
    ],
    ids=str,
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(alice: Actor, params: dict[str, str | int]) -> None:
    media_id = await upload(alice, picture_in("PNG"), "image/png")
    answer = await thumbnail_of(alice, media_id, **params)
    assert answer.status_code == 400
    assert answer.json()["errcode"] in {"M_MISSING_PARAM", "M_INVALID_PARAM"}


@pytest.mark.parametrize(
    "data", [b"just text", voice("ogg", "libopus"), picture_in("PNG")[:300]], ids=["text", "voice", "cut"]
)
async def test_what_has_no_picture_has_no_thumbnail(alice: Actor, data: bytes) -> None:
    media_id = await upload(alice, data, "image/png")
    answer = await thumbnail_of(alice, media_id, width=96, height=96)
    assert (answer.status_code, answer.json()["errcode"]) == (400, "M_UNKNOWN")
    assert (await fetch(alice, media_id)).content == data


async def test_strangers_get_no_thumbnails_and_other_servers_have_none_here(alice: Actor) -> None:
    media_id = await upload(alice, picture_in("PNG"), "image/png")
    size: dict[str, str | int] = {"width": 96, "height": 96}
    unsigned = await alice.http.get(f"{THUMBNAIL}/localhost/{media_id}", params=size)
    assert (unsigned.status_code, unsigned.json()["errcode"]) == (401, "M_MISSING_TOKEN")
    old = await alice.http.get(f"{OLD_THUMBNAIL}/localhost/{media_id}", params=size)
    assert (old.status_code, old.json()["errcode"]) == (404, "M_NOT_FOUND")
    elsewhere = await alice.http.get(
        f"{THUMBNAIL}/elsewhere.example/{media_id}", params=size, headers=token_of(alice)
    )
    assert (elsewhere.status_code, elsewhere.json()["errcode"]) == (404, "M_NOT_FOUND")
    assert (await thumbnail_of(alice, "A" * 32, **size)).status_code == 404


async def test_parts_and_heads_of_thumbnails_are_given(alice: Actor) -> None:
    media_id = await upload(alice, picture_in("PNG"), "image/png")
    path, size = f"{THUMBNAIL}/localhost/{media_id}", {"width": 96, "height": 96}
    whole = await alice.http.get(path, params=size, headers=token_of(alice))
    part = await alice.http.get(path, params=size, headers={**token_of(alice), "Range": "bytes=2-9"})
    assert (part.status_code, part.content) == (206, whole.content[2:10])
    head = await alice.http.head(path, params=size, headers=token_of(alice))
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
