"""Routes of uploads. Bodies are taken piece by piece and never held whole."""

from typing import Any

from litestar import get, post

from teahouse.errors import InvalidParam
from teahouse.kernel.http import FastRequest, FastRoute, JsonObject, Scope, StreamedBody, signed_in
from teahouse.media.content_types import read_type
from teahouse.media.downloads import no_such_file
from teahouse.media.file_names import harmless_name
from teahouse.media.records import Claim
from teahouse.media.service import Media

MOST_NAME_CHARS = 4096


def _most_bytes(services: Any) -> int:
    most: int = services.media.settings.max_upload_bytes
    return most


def _claim(request: FastRequest) -> Claim:
    name = request.query().get("filename")
    if name is not None and len(name) > MOST_NAME_CHARS:
        raise InvalidParam(f"A file name may have at most {MOST_NAME_CHARS} characters")
    length = request.header(b"content-length")
    return Claim(
        read_type(request.header(b"content-type")),
        harmless_name(name),
        int(length) if length is not None else None,
    )


async def upload_media(request: FastRequest) -> JsonObject:
    """Take a file in under a new id (specification, "Uploading content")."""
    media: Media = request.services.media
    item = await media.uploads.receive(request.caller, _claim(request), request.pieces())
    return {"content_uri": media.uri(item.media_id)}


async def upload_media_to_id(request: FastRequest) -> JsonObject:
    """Take a file in under an id that the caller has reserved."""
    media: Media = request.services.media
    if request.path_params["server_name"] != media.server_name:
        raise no_such_file()
    media_id = request.path_params["media_id"]
    await media.uploads.receive_at(request.caller, media_id, _claim(request), request.pieces())
    return {}


@post("/_matrix/media/v1/create", guards=[signed_in], status_code=200)
async def create_media(caller: Scope, media: Media) -> JsonObject:
    """Reserve an id for a file that comes later."""
    item = await media.uploads.create(caller)
    return {"content_uri": media.uri(item.media_id), "unused_expires_at": item.expires_ts}


@get("/_matrix/client/v1/media/config", guards=[signed_in])
async def get_media_config(caller: Scope, media: Media) -> JsonObject:
    """Tell how large a file may be."""
    return {"m.upload.size": media.settings.max_upload_bytes}


@get("/_matrix/media/v3/config", guards=[signed_in])
async def get_media_config_of_old(caller: Scope, media: Media) -> JsonObject:
    """Tell how large a file may be, under the deprecated path."""
    return {"m.upload.size": media.settings.max_upload_bytes}


ROUTES = [
    FastRoute(
        "POST",
        "/_matrix/media/v3/upload",
        upload_media,
        query={"filename": {"type": "string"}},
        takes=StreamedBody(_most_bytes),
    ),
    FastRoute(
        "PUT",
        "/_matrix/media/v3/upload/{server_name}/{media_id}",
        upload_media_to_id,
        query={"filename": {"type": "string"}},
        takes=StreamedBody(_most_bytes),
    ),
    create_media,
    get_media_config,
    get_media_config_of_old,
]
