"""Media in an S3-compatible store: the same as in a folder, and what only such a store can."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.actors import Actor
from tests.cli.commands import command, plain_command
from tests.kernel.databases import fresh_database
from tests.media.bucket import Bucket
from tests.media.files import fetch, fetched, media_id_of, post_file, token_of, upload
from tests.media_processing.asking import colour_at
from tests.media_processing.made import picture_in, video, voice
from tests.server_process import ServerProcess

MIB = 1024 * 1024


async def test_a_backup_takes_files_out_of_one_store_and_into_another(
    bea: Actor, bucket: Bucket, bucket_server: ServerProcess, tmp_path: Path
) -> None:
    await upload(bea, b"leaves that are saved", "text/plain", "leaves.txt")
    settings = ("--config", str(bucket_server.data / "teahouse.toml"))
    await command(bucket_server, "backup", "make", str(tmp_path / "backup"), *settings)
    before = bucket.objects()
    async with fresh_database(tmp_path) as database:
        place = ("--data", str(tmp_path / "new"), "--database", database, "--media", "s3://tea/restored")
        await plain_command("backup", "restore", str(tmp_path / "backup"), *settings, *place)
        assert "is not empty" in await plain_command(
            "backup", "restore", str(tmp_path / "backup"), *settings, "--data", str(tmp_path / "newer"), *place[4:],
            expect=1,
        )  # fmt: skip
    fresh = {key: size for key, size in bucket.objects().items() if key not in before}
    assert fresh == {key.replace("media/", "restored/", 1): size for key, size in before.items()}


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
    with pytest.raises(httpx.TransportError):
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


async def test_thumbnails_are_made_from_the_store_and_kept_there(bea: Actor, bucket: Bucket) -> None:
    media_id = await upload(bea, picture_in("JPEG", 1600, 1200), "image/jpeg")
    path = f"/_matrix/client/v1/media/thumbnail/localhost/{media_id}"
    asked: dict[str, str | int] = {"width": 320, "height": 240, "method": "scale"}
    made = await bea.http.get(path, params=asked, headers=token_of(bea))
    picture = Image.open(io.BytesIO(made.content))
    assert (picture.format, picture.size, colour_at(picture, 0.1, 0.1)) == ("JPEG", (320, 240), "red")
    assert len(made.content) in bucket.objects().values()
    before = bucket.objects()
    again = await bea.http.get(path, params=asked, headers=token_of(bea))
    assert (again.content, bucket.objects()) == (made.content, before)


async def test_films_and_voices_are_looked_into_piece_by_piece(bea: Actor) -> None:
    own = "/_teahouse/media"
    film = await upload(bea, video() + bytes(2 * MIB), "video/mp4")
    told = (await bea.get(f"{own}/info/localhost/{film}"))["info"]
    assert (told["mimetype"], told["w"], told["h"], told["duration"]) == ("video/mp4", 320, 240, 3000)
    spoken = await upload(bea, voice("webm", "libopus"), "audio/webm")
    path = f"{own}/audio/localhost/{spoken}"
    sound = await bea.http.get(path, params={"format": "ogg"}, headers=token_of(bea))
    assert (sound.headers["content-type"], sound.content[:4]) == ("audio/ogg", b"OggS")


async def test_what_was_made_of_a_file_goes_with_it(bea: Actor, bucket: Bucket) -> None:
    before = bucket.objects()
    media_id = await upload(bea, picture_in("PNG", 333, 222), "image/png")
    path = f"/_matrix/client/v1/media/thumbnail/localhost/{media_id}"
    for side in (32, 96):
        await bea.http.get(path, params={"width": side, "height": side}, headers=token_of(bea))
    assert len(bucket.objects()) == len(before) + 3
    deleted = await bea.http.delete(f"/_teahouse/media/uploads/{media_id}", headers=token_of(bea))
    assert deleted.status_code == 200
    assert bucket.objects() == before
    gone = await bea.http.get(path, params={"width": 96, "height": 96}, headers=token_of(bea))
    assert (gone.status_code, gone.json()["errcode"]) == (404, "M_NOT_FOUND")
