"""Routes of media for posts and of profiles' pictures (Mastodon API, "media"). Files are taken piece by piece."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Response, delete, get, put

from teahouse.errors import InvalidParam
from teahouse.kernel.http import (
    FastRequest,
    FastRoute,
    FilePart,
    JsonObject,
    Reply,
    Scope,
    StreamedBody,
    open_to_all,
    read_form,
    requires,
    taking,
)
from teahouse.media import MediaItem, reply_with_thumbnail
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.entities.statuses import MediaAttachment
from teahouse.microblog.people.pictures import generated
from teahouse.microblog.posts.attachments import check_description, parse_focus
from teahouse.microblog.routes.answers import json_reply
from teahouse.microblog.service import Microblog

ATTACHMENT = "/api/v1/media/{attachment_id:str}"
SIZES = {"avatars": (400, 400), "headers": (1500, 500)}
CACHED = (b"cache-control", b"public, max-age=86400")


class MediaWords(msgspec.Struct):
    description: str | None = None
    focus: str | None = None


def most_bytes(services: Any) -> int:
    """Give how large an upload may be, with room for the form around it."""
    return int(services.media.settings.max_upload_bytes) + 65_536


async def _upload(request: FastRequest, *, wait: bool) -> Reply:
    microblog: Microblog = request.services.microblog
    viewer = await microblog.book.viewer(request.caller)

    async def take(part: FilePart, data: AsyncIterator[bytes]) -> MediaItem:
        return await microblog.uploads.receive(request.caller, part, data)

    kind = request.header(b"content-type") or ""
    is_form = kind.lower().startswith("multipart/form-data")
    pairs = dict(await read_form(kind, request.pieces(), {"file": take})) if is_form else {}
    item = pairs.get("file")
    if not isinstance(item, MediaItem):
        raise InvalidParam("File can't be blank")
    said = {
        "description": check_description(pairs.get("description")),
        "focus": parse_focus(pairs["focus"]) if pairs.get("focus") else None,
    }
    row = await microblog.uploads.attach_later(request.caller, viewer, item, said, wait=wait)
    shown = microblog.attachments.entity(row)
    return json_reply(shown, 200 if row.state == "ready" else 202)


async def upload_media_for_post(request: FastRequest) -> Reply:
    """Take a file in for a post; film and sound are still worked on when this answers (202)."""
    return await _upload(request, wait=False)


async def upload_media_for_post_of_old(request: FastRequest) -> Reply:
    """Take a file in for a post, and answer when it is ready."""
    return await _upload(request, wait=True)


@get(ATTACHMENT, guards=[requires("write:media")])
async def get_attachment(
    caller: Scope, microblog: Microblog, attachment_id: str
) -> Response[MediaAttachment]:
    """Give an upload of one's own that waits for its post: 206 while it is worked on."""
    row = await microblog.attachments.waiting(await microblog.book.viewer(caller), parse_id(attachment_id))
    if row.state == "failed":
        raise InvalidParam("The file could not be processed")
    return Response(microblog.attachments.entity(row), status_code=200 if row.state == "ready" else 206)


@put(ATTACHMENT, guards=[requires("write:media")], dependencies=taking(MediaWords))
async def update_attachment(
    caller: Scope, microblog: Microblog, attachment_id: str, params: MediaWords
) -> MediaAttachment:
    """Say something else of an upload that waits for its post."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.attachments.change(
        viewer, parse_id(attachment_id), params.description, params.focus
    )


@delete(ATTACHMENT, guards=[requires("write:media")], status_code=200)
async def delete_attachment(caller: Scope, microblog: Microblog, attachment_id: str) -> JsonObject:
    """Remove an upload that waits for its post."""
    viewer = await microblog.book.viewer(caller)
    await microblog.uploads.remove(
        caller, await microblog.attachments.forget(viewer, parse_id(attachment_id))
    )
    return {}


async def _picture(request: FastRequest, kind: str) -> Reply:
    microblog: Microblog = request.services.microblog
    name = request.path_params["picture_id"].removesuffix(".png")
    row = await microblog.book.row(parse_id(name)) if name != "1" else None
    kept = "" if row is None else row.avatar if kind == "avatars" else row.header
    media_id = microblog.uploads.media_id_of(kept)
    if media_id is not None:
        return await reply_with_thumbnail(request, media_id, *SIZES[kind])
    data = generated(name, kind)
    headers = [CACHED, (b"content-type", b"image/png"), (b"content-length", str(len(data)).encode())]
    return Reply(200, headers, b"" if request.method == "HEAD" else data)


async def get_avatar(request: FastRequest) -> Reply:
    """Give an account's avatar, or the one made of its id."""
    return await _picture(request, "avatars")


async def get_header(request: FastRequest) -> Reply:
    """Give an account's header, or the one made of its id."""
    return await _picture(request, "headers")


STREAMED = StreamedBody(most_bytes)
ROUTES = [
    FastRoute("POST", "/api/v2/media", upload_media_for_post, requires("write:media"), takes=STREAMED),
    FastRoute("POST", "/api/v1/media", upload_media_for_post_of_old, requires("write:media"), takes=STREAMED),
    get_attachment,
    update_attachment,
    delete_attachment,
    FastRoute("GET", "/assets/avatars/{picture_id}", get_avatar, open_to_all, gives_file=True),
    FastRoute("GET", "/assets/headers/{picture_id}", get_header, open_to_all, gives_file=True),
]
