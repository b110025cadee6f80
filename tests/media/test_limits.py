"""Limits of size, quota, number and time, on a server where they are small; and what that server's folder holds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests.actors import Actor
from tests.faults.raw_http import RawClient, head
from tests.media.files import OLD_DOWNLOAD, UPLOAD, fetch, fetched, media_id_of, post_file, upload
from tests.server_process import ServerProcess

KIB = 1024


def files_of(server: ServerProcess) -> dict[str, int]:
    """Give the size of every file in the server's folder of media, unfinished ones too, by its path."""
    folder = Path(server.data) / "media"
    return {
        str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()
    }


async def pieces(count: int) -> AsyncIterator[bytes]:
    """Give KiB after KiB without telling the length before."""
    for _ in range(count):
        yield b"x" * KIB


async def usage(actor: Actor) -> tuple[int, int]:
    """Give how many files and bytes the server says the user has stored."""
    used = (await actor.get("/_teahouse/media/uploads"))["usage"]
    return used["files"], used["bytes"]


async def test_the_limit_of_size_is_kept_to_the_byte(sam: Actor, strict_server: ServerProcess) -> None:
    assert (await sam.get("/_matrix/client/v1/media/config"))["m.upload.size"] == 1_000_000
    before = files_of(strict_server)
    for too_much in (b"x" * 1_000_001, pieces(977)):
        refused = await post_file(sam, too_much)
        assert (refused.status_code, refused.json()["errcode"]) == (413, "M_TOO_LARGE")
    assert files_of(strict_server) == before
    assert await fetched(sam, await upload(sam, b"x" * 1_000_000)) == b"x" * 1_000_000


async def test_the_quota_counts_everything_and_says_where_to_read_more(
    sam: Actor, strict_server: ServerProcess
) -> None:
    first = await upload(sam, b"a" * 900_000)
    await upload(sam, b"b" * 900_000)
    before = files_of(strict_server)
    for body in (b"c" * 900_000, pieces(900)):
        refused = await post_file(sam, body)
        assert refused.status_code == 403
        assert refused.json()["errcode"] == "M_USER_LIMIT_EXCEEDED"
    assert files_of(strict_server) == before
    async with httpx.AsyncClient() as anybody:
        info = await anybody.get(refused.json()["info_uri"])
    assert info.json()["all_files_of_one_user"] == "at most 2.384 MiB"
    assert await usage(sam) == (2, 1_800_000)
    await sam.request("DELETE", f"/_teahouse/media/uploads/{first}")
    assert await usage(sam) == (1, 900_000)
    await upload(sam, b"c" * 900_000)


async def test_uploads_at_the_same_time_count_against_one_quota(sam: Actor) -> None:
    answers = await asyncio.gather(*(post_file(sam, bytes([n]) * 999_000) for n in range(3)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, 200, 403]
    assert await usage(sam) == (2, 1_998_000)


async def test_too_many_uploads_at_once_are_put_off(sam: Actor) -> None:
    clients = [await RawClient.connect(sam.url) for _ in range(4)]
    for client in clients:
        await client.write(head("POST", UPLOAD, sam.access_token, 10) + b"half ")
    answers = {asyncio.create_task(client.answer()): client for client in clients}
    done, waiting = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
    refused = done.pop().result()
    assert (refused.status, refused.json()["errcode"]) == (429, "M_LIMIT_EXCEEDED")
    assert int(refused.headers["retry-after"]) > 0
    for task in waiting:
        await answers[task].write(b"whole")
    assert [answer.status for answer in await asyncio.gather(*waiting)] == [200, 200, 200]


async def test_reserved_ids_are_few_until_they_are_filled(sam: Actor, sue: Actor) -> None:
    reserved = [await sam.post("/_matrix/media/v1/create") for _ in range(3)]
    assert all(one["unused_expires_at"] > 0 for one in reserved)
    await sam.refused("POST", "/_matrix/media/v1/create", 429, "M_LIMIT_EXCEEDED", {})
    await sue.post("/_matrix/media/v1/create")
    filled = media_id_of(reserved[0])
    await post_file(sam, b"tea", path=f"/_matrix/media/v3/upload/localhost/{filled}")
    await sam.post("/_matrix/media/v1/create")


async def test_the_old_paths_serve_where_the_operator_says_so(sam: Actor) -> None:
    media_id = await upload(sam, b"for old apps", "text/plain", "old.txt")
    stranger = Actor(sam.url, "", "", "")
    got = await fetch(stranger, media_id, base=OLD_DOWNLOAD, allow_remote="false")
    assert (got.status_code, got.content) == (200, b"for old apps")
    named = await fetch(stranger, media_id, "new.txt", base=OLD_DOWNLOAD)
    assert named.headers["content-disposition"] == 'inline; filename="new.txt"'
    assert named.headers["content-security-policy"].startswith("sandbox")
    await stranger.close()


async def test_an_upload_that_is_cut_leaves_no_file_behind(sam: Actor, strict_server: ServerProcess) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 700_000
        raise ConnectionResetError

    before = files_of(strict_server)
    with contextlib.suppress(httpx.TransportError):
        await post_file(sam, broken())
    assert await usage(sam) == (0, 0)
    await upload(sam, b"the server had time to clean up")
    assert len(files_of(strict_server)) == len(before) + 1


async def test_the_same_file_is_kept_once_and_goes_with_its_last_upload(
    sam: Actor, sue: Actor, strict_server: ServerProcess
) -> None:
    data = b"shared leaves" * 1000
    before = files_of(strict_server)
    sams, sues = await upload(sam, data, "text/plain", "a.txt"), await upload(sue, data, "image/png", "b.png")
    assert len(files_of(strict_server)) == len(before) + 1
    assert (await fetch(sue, sues)).headers["content-type"] == "image/png"
    await sam.request("DELETE", f"/_teahouse/media/uploads/{sams}")
    assert await fetched(sam, sues) == data
    await sue.request("DELETE", f"/_teahouse/media/uploads/{sues}")
    assert files_of(strict_server) == before
