"""What a test does with files: uploads and downloads, in the words of the Matrix API."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping

import httpx

from tests.actors import Actor, Json, segment

UPLOAD = "/_matrix/media/v3/upload"
DOWNLOAD = "/_matrix/client/v1/media/download"
OLD_DOWNLOAD = "/_matrix/media/v3/download"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cfc00000030101003e7c1b5e0000000049454e44ae426082"
)


def token_of(actor: Actor) -> dict[str, str]:
    """Give the header that signs a request in; none for a stranger."""
    return {"Authorization": f"Bearer {actor.access_token}"} if actor.access_token else {}


async def post_file(
    actor: Actor,
    data: bytes | AsyncIterable[bytes],
    content_type: str | None = "application/octet-stream",
    name: str | None = None,
    path: str = UPLOAD,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Upload and return the whole answer, whatever its status; to an id when the path names one."""
    sent = {**token_of(actor), **({"Content-Type": content_type} if content_type else {}), **(headers or {})}
    return await actor.http.request(
        "POST" if path == UPLOAD else "PUT",
        path,
        content=data,
        params={"filename": name} if name is not None else None,
        headers=sent,
    )


async def upload(
    actor: Actor, data: bytes, content_type: str = "application/octet-stream", name: str | None = None
) -> str:
    """Upload a file and return its media id."""
    answer = await post_file(actor, data, content_type, name)
    assert answer.status_code == 200, answer.text
    return media_id_of(answer.json())


def media_id_of(answer: Json) -> str:
    """Give the id from an answer with a content_uri."""
    uri = str(answer["content_uri"])
    assert uri.startswith("mxc://localhost/"), uri
    return uri.removeprefix("mxc://localhost/")


async def fetch(
    actor: Actor,
    media_id: str,
    name: str | None = None,
    method: str = "GET",
    base: str = DOWNLOAD,
    headers: Mapping[str, str] | None = None,
    **params: str | int,
) -> httpx.Response:
    """Download and return the whole answer, whatever its status."""
    path = f"{base}/localhost/{media_id}" + (f"/{segment(name)}" if name is not None else "")
    return await actor.http.request(
        method, path, params=params or None, headers={**token_of(actor), **(headers or {})}
    )


async def fetched(actor: Actor, media_id: str) -> bytes:
    """Download a file that must be there, and return its bytes."""
    answer = await fetch(actor, media_id)
    assert answer.status_code == 200, answer.text
    return answer.content


async def gone(actor: Actor, media_id: str) -> bool:
    """Tell whether the server says, in the protocol's words, that there is no such file."""
    answer = await fetch(actor, media_id)
    return answer.status_code == 404 and answer.json()["errcode"] == "M_NOT_FOUND"
