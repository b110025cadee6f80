"""Routes of what is made of files: thumbnails, and our own endpoints for descriptions and other forms of sound."""

from typing import Any

from teahouse.decoding import MediaInfo
from teahouse.errors import InvalidParam, MissingParam
from teahouse.kernel.http import FastRequest, FastRoute, JsonObject, Reply, open_to_all
from teahouse.media.file_reply import PRIVATE_CACHE, PUBLIC_CACHE, reply_with_bytes, reply_with_file
from teahouse.media.processing import AudioForm
from teahouse.media.records import MediaItem
from teahouse.media.routes_download import FILE, check_old_paths, find_for
from teahouse.media.service import Media
from teahouse.media.thumbnail_sizes import Method, ThumbnailWish, wish_for

LARGEST_NUMBER = 1_000_000
PREVIEW = (640, 640)
VISITORS = "visitors"
"""Who isn't signed in shares one place among those who take turns."""

THUMBNAIL_QUERY: dict[str, JsonObject] = {
    "width": {"type": "integer", "minimum": 1},
    "height": {"type": "integer", "minimum": 1},
    "method": {"type": "string", "enum": ["crop", "scale"]},
    "animated": {"type": "boolean"},
    "timeout_ms": {"type": "integer"},
    "allow_redirect": {"type": "boolean"},
}
AUDIO_QUERY: dict[str, JsonObject] = {
    "format": {"type": "string", "enum": ["ogg", "m4a"]},
    "timeout_ms": {"type": "integer"},
}
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "audio/ogg": "ogg", "audio/mp4": "m4a",
}  # fmt: skip


def _side(query: dict[str, str], name: str) -> int:
    said = query.get(name)
    if said is None:
        raise MissingParam(f"{name} is missing")
    if not (said.isascii() and said.isdigit() and 0 < len(said) < 10) or not 1 <= int(said) <= LARGEST_NUMBER:
        raise InvalidParam(f"{name} must be a number of pixels, 1 or more")
    return int(said)


def _wish(query: dict[str, str]) -> ThumbnailWish:
    method = query.get("method", "scale")
    if method not in {"crop", "scale"}:
        raise InvalidParam("method must be crop or scale")
    animated = query.get("animated", "false")
    if animated not in {"true", "false"}:
        raise InvalidParam("animated must be true or false")
    chosen: Method = "crop" if method == "crop" else "scale"
    return wish_for(_side(query, "width"), _side(query, "height"), chosen, animated=animated == "true")


def _reply(
    request: FastRequest, made: MediaItem | tuple[str, bytes], stem: str, cache: bytes = PRIVATE_CACHE
) -> Reply:
    media: Media = request.services.media
    content_type = made.content_type if isinstance(made, MediaItem) else made[0]
    name = f"{stem}.{_ENDINGS[content_type]}"
    if isinstance(made, MediaItem):
        return reply_with_file(media.downloads, request, made, file_name=name, cache=cache)
    return reply_with_bytes(request, made[1], content_type, file_name=name, cache=cache)


async def _thumbnail(request: FastRequest, owner: str) -> Reply:
    media: Media = request.services.media
    wish = _wish(request.query())
    item = await find_for(request)
    return _reply(request, await media.derivations.thumbnail(item, wish, owner), "thumbnail")


async def get_media_thumbnail(request: FastRequest) -> Reply:
    """Give a picture's or video's thumbnail (specification, "Thumbnails")."""
    return await _thumbnail(request, request.caller.user_id)


async def get_media_thumbnail_of_old(request: FastRequest) -> Reply:
    """Give a thumbnail to anybody, where the operator allows that."""
    check_old_paths(request)
    return await _thumbnail(request, VISITORS)


async def reply_with_thumbnail(request: FastRequest, media_id: str, width: int, height: int) -> Reply:
    """Answer with a picture of an upload, cut to that shape, for everybody; whoever calls says that it may be seen."""
    media: Media = request.services.media
    item = await media.downloads.find(media.server_name, media_id)
    made = await media.derivations.thumbnail(item, wish_for(width, height, "crop", animated=False), VISITORS)
    return _reply(request, made, "picture", PUBLIC_CACHE)


async def get_public_preview(request: FastRequest) -> Reply:
    """Give a small picture of a public post's file, to visitors too."""
    media: Media = request.services.media
    item = await media.downloads.find_public(request.path_params["media_id"])
    wish = wish_for(*PREVIEW, "scale", animated=False)
    return _reply(request, await media.derivations.thumbnail(item, wish, VISITORS), "preview", PUBLIC_CACHE)


async def get_media_info(request: FastRequest) -> JsonObject:
    """Tell what a message about a file says of it (our own: docs/use/media-for-apps.md)."""
    media: Media = request.services.media
    item = await find_for(request)
    return described(item, await media.derivations.info(item, request.caller.user_id))


async def get_media_audio(request: FastRequest) -> Reply:
    """Give a file's sound in a form that the app can play (our own: docs/use/media-for-apps.md)."""
    media: Media = request.services.media
    said = request.query().get("format")
    if said is None:
        raise MissingParam("format is missing")
    if said not in {"ogg", "m4a"}:
        raise InvalidParam("format must be ogg or m4a")
    form: AudioForm = "ogg" if said == "ogg" else "m4a"
    item = await find_for(request)
    return _reply(request, await media.derivations.audio(item, form, request.caller.user_id), "sound")


def described(item: MediaItem, info: MediaInfo) -> JsonObject:
    """Write a description so that its parts can stand in an event as they are."""
    known: dict[str, Any] = {
        "mimetype": info.content_type,
        "size": item.size,
        "w": info.width,
        "h": info.height,
        "duration": info.duration_ms,
        "xyz.amorgan.blurhash": info.blurhash,
    }
    answer: JsonObject = {
        "kind": info.kind,
        "info": {name: value for name, value in known.items() if value is not None},
    }
    for name in ("frames", "video_codec", "audio_codec"):
        value = getattr(info, name)
        if value is not None:
            answer[name] = value
    if info.waveform is not None:
        answer["org.matrix.msc1767.audio"] = {"duration": info.duration_ms, "waveform": info.waveform}
    return answer


OWN = "/_teahouse/media/"
ROUTES = [
    FastRoute(
        "GET", "/_matrix/client/v1/media/thumbnail/" + FILE, get_media_thumbnail,
        query=THUMBNAIL_QUERY, gives_file=True,
    ),
    FastRoute(
        "GET", "/_matrix/media/v3/thumbnail/" + FILE, get_media_thumbnail_of_old, open_to_all,
        {**THUMBNAIL_QUERY, "allow_remote": {"type": "boolean"}}, gives_file=True,
    ),
    FastRoute("GET", "/media/{media_id}/preview/{file_name}", get_public_preview, open_to_all, gives_file=True),
    FastRoute("GET", OWN + "info/" + FILE, get_media_info, query={"timeout_ms": {"type": "integer"}}),
    FastRoute("GET", OWN + "audio/" + FILE, get_media_audio, query=AUDIO_QUERY, gives_file=True),
]  # fmt: skip
