"""Media in an S3-compatible store: the same as in a folder, and what only such a store can."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.actors import Actor
from tests.media.bucket import Bucket
from tests.media.files import fetch, fetched, media_id_of, post_file, upload
from tests.server_process import ServerProcess

MIB = 1024 * 1024


@pytest.mark.parametrize("size", [0, 1, 5 * MIB - 1, 5 * MIB, 12 * MIB + 7])
async def test_a_file_comes_back_byte_for_byte(bea: Actor, bucket: Bucket, size: int) -> None:
    data = (hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1))[:size]
    media_id = await upload(bea, data)
    assert await fetched(bea, media_id) == data
    assert size in bucket.objects().values()
    assert bucket.unfinished() == []


async def test_a_part_of_a_file_is_read_alone(bea: Actor) -> None:
    data = bytes(range(256)) * 20_000
    media_id = await upload(bea, data)
    answer = await fetch(bea, media_id, headers={"Range": "bytes=3000000-3000099"})
    assert (answer.status_code, answer.content) == (206, data[3_000_000:3_000_100])


async def test_the_same_file_is_kept_once(bea: Actor, bucket: Bucket) -> None:
    data = b"the same leaves" * 1000
    first = await upload(bea, data, "text/plain", "a.txt")
    before = bucket.objects()
    second = await upload(bea, data, "text/plain", "b.txt")
    assert first != second
    assert bucket.objects() == before
    assert (await fetch(bea, second)).headers["content-disposition"] == 'inline; filename="b.txt"'


async def test_an_app_that_allows_it_is_sent_to_the_store(bea: Actor) -> None:
    media_id = await upload(bea, b"straight from the store", "image/png", "tee grün.png")
    answer = await fetch(bea, media_id, allow_redirect="true")
    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "private, no-store"
    async with httpx.AsyncClient() as stranger:
        got = await stranger.get(answer.headers["location"])
    assert got.content == b"straight from the store"
    assert got.headers["content-type"] == "image/png"
    assert "filename*=utf-8''tee%20gr%C3%BCn.png" in got.headers["content-disposition"]
    assert (await fetch(bea, media_id)).content == b"straight from the store", "others get it from here"


async def test_the_store_never_serves_a_page(bea: Actor) -> None:
    media_id = await upload(bea, b"<script>alert(1)</script>", "text/html", "page.html")
    url = (await fetch(bea, media_id, allow_redirect="true")).headers["location"]
    async with httpx.AsyncClient() as stranger:
        got = await stranger.get(url)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")


async def endless(pieces: int) -> AsyncIterator[bytes]:
    """Give MiB after MiB without saying how many will come."""
    for _ in range(pieces):
        yield b"x" * MIB


async def test_an_upload_that_is_cut_leaves_nothing_in_the_store(bea: Actor, bucket: Bucket) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * MIB
        raise ConnectionResetError

    before = bucket.objects()
    with pytest.raises(ConnectionResetError):
        await post_file(bea, broken())
    too_long = await post_file(bea, endless(31))
    assert (too_long.status_code, too_long.json()["errcode"]) == (413, "M_TOO_LARGE")
    await upload(bea, b"the server had time to clean up")
    assert bucket.unfinished() == []
    assert len(bucket.objects()) == len(before) + 1


async def test_without_its_store_the_server_chats_on_and_says_so_of_media(
    bea: Actor, bucket: Bucket, bucket_server: ServerProcess
) -> None:
    media_id = await upload(bea, b"soon away")
    room = await bea.create_room()
    bucket.stop()
    try:
        for answer in (
            await post_file(bea, b"tea"),
            await post_file(bea, b"x" * 12 * MIB),
            await fetch(bea, media_id),
        ):
            assert answer.status_code == 503, answer.text
            assert answer.json()["errcode"] == "M_UNKNOWN"
            assert int(answer.headers["retry-after"]) > 0
        said = await bea.send_text(room, "the chat goes on")
        assert (await bea.event(room, said))["content"]["body"] == "the chat goes on"
        assert (await bea.sync())["rooms"]["join"]
    finally:
        bucket.start()
    assert (await fetch(bea, media_id)).status_code == 404, "the new store is empty: the file is damaged"
    back = await post_file(bea, b"it is back")
    assert await fetched(bea, media_id_of(back.json())) == b"it is back"
