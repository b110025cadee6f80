"""Uploading: at once or to a reserved id, kept whole or not at all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.actors import Actor
from tests.faults.raw_http import RawClient, head
from tests.media.files import UPLOAD, fetch, fetched, gone, media_id_of, post_file, upload


async def in_pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    """Give data in pieces, so that it is sent in chunks and without its length."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("size", [0, 1, 511 * 1024, 512 * 1024, 512 * 1024 + 1, 3_000_000])
async def test_a_file_comes_back_byte_for_byte(alice: Actor, bob: Actor, size: int) -> None:
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    media_id = await upload(alice, data)
    assert await fetched(bob, media_id) == data


async def test_a_file_of_unknown_length_comes_back_too(alice: Actor) -> None:
    data = bytes(range(256)) * 9000
    answer = await post_file(alice, in_pieces(data, 100_003))
    assert await fetched(alice, media_id_of(answer.json())) == data


async def test_an_id_cannot_be_guessed(alice: Actor) -> None:
    ids = [await upload(alice, b"tea") for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,255}", media_id) for media_id in ids)


async def test_the_sender_says_what_a_file_is(alice: Actor) -> None:
    media_id = await upload(alice, b"tea", "image/png", "leaves.png")
    answer = await fetch(alice, media_id)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'inline; filename="leaves.png"'


@pytest.mark.parametrize("said", [None, "", "png", "image/", "im age/png", "a/" + "b" * 300])
async def test_a_type_that_is_none_is_read_as_unknown(alice: Actor, said: str | None) -> None:
    answer = await post_file(alice, b"tea", said)
    assert answer.status_code == 200, answer.text
    got = await fetch(alice, media_id_of(answer.json()))
    assert got.headers["content-type"] == "application/octet-stream"


async def test_the_limit_is_told_and_kept(alice: Actor) -> None:
    told = await alice.get("/_matrix/client/v1/media/config")
    assert told == await alice.get("/_matrix/media/v3/config")
    assert told["m.upload.size"] == 104_857_600
    client = await RawClient.connect(alice.url)
    await client.write(head("POST", UPLOAD, alice.access_token, told["m.upload.size"] + 1))
    answer = await client.answer()
    assert (answer.status, answer.json()["errcode"]) == (413, "M_TOO_LARGE"), "before any byte is sent"


async def test_a_reserved_id_takes_one_upload_of_its_owner(alice: Actor, bob: Actor) -> None:
    reserved = await alice.post("/_matrix/media/v1/create")
    media_id = media_id_of(reserved)
    path = f"/_matrix/media/v3/upload/localhost/{media_id}"
    stolen = await post_file(bob, b"bob's", path=path)
    assert (stolen.status_code, stolen.json()["errcode"]) == (403, "M_FORBIDDEN")
    filled = await post_file(alice, b"alice's", "text/plain", "tea.txt", path)
    assert (filled.status_code, filled.json()) == (200, {})
    again = await post_file(alice, b"other", path=path)
    assert (again.status_code, again.json()["errcode"]) == (409, "M_CANNOT_OVERWRITE_MEDIA")
    assert await fetched(bob, media_id) == b"alice's"


async def test_an_id_that_nobody_reserved_takes_nothing(alice: Actor) -> None:
    for place in ("localhost/" + "a" * 32, "elsewhere.example/" + "a" * 32):
        answer = await post_file(alice, b"tea", path=f"/_matrix/media/v3/upload/{place}")
        assert (answer.status_code, answer.json()["errcode"]) == (404, "M_NOT_FOUND")


async def test_who_asks_before_the_upload_waits_for_it(alice: Actor, bob: Actor) -> None:
    media_id = media_id_of(await alice.post("/_matrix/media/v1/create"))
    early = await fetch(bob, media_id, timeout_ms=1)
    assert (early.status_code, early.json()["errcode"]) == (504, "M_NOT_YET_UPLOADED")
    waiting = asyncio.create_task(fetch(bob, media_id))
    await post_file(alice, b"here it is", path=f"/_matrix/media/v3/upload/localhost/{media_id}")
    assert (await waiting).content == b"here it is"


async def test_nobody_uploads_without_signing_in(server_url: str) -> None:
    stranger = Actor(server_url, "", "", "")
    answer = await post_file(stranger, b"tea")
    assert (answer.status_code, answer.json()["errcode"]) == (401, "M_MISSING_TOKEN")
    await stranger.close()


async def test_an_upload_that_breaks_off_is_never_seen(alice: Actor) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 600_000
        raise ConnectionResetError

    media_id = media_id_of(await alice.post("/_matrix/media/v1/create"))
    path = f"/_matrix/media/v3/upload/localhost/{media_id}"
    with pytest.raises(httpx.TransportError):
        await post_file(alice, broken(), path=path)
    assert (await fetch(alice, media_id, timeout_ms=1)).json()["errcode"] == "M_NOT_YET_UPLOADED"
    whole = await post_file(alice, b"second try", path=path)
    assert whole.status_code == 200, "the id is still free"
    assert await fetched(alice, media_id) == b"second try"


async def test_a_foreign_or_malformed_address_names_no_file(alice: Actor) -> None:
    assert await gone(alice, "a" * 32)
    assert await gone(alice, "..%2F..%2Fetc%2Fpasswd")
    answer = await alice.answer("GET", "/_matrix/client/v1/media/download/elsewhere.example/abc")
    assert (answer.status_code, answer.json()["errcode"]) == (404, "M_NOT_FOUND")
