"""Routes of our own: what I have uploaded, deleting it, and the limits for people to read."""

from typing import Annotated

from litestar import delete, get
from litestar.params import QueryParameter

from teahouse.errors import InvalidParam
from teahouse.kernel.http import JsonObject, Scope, open_to_all, signed_in
from teahouse.media.quotas import INFO_PATH
from teahouse.media.records import MediaItem
from teahouse.media.service import Media

USUAL = 50


@get("/_teahouse/media/uploads", guards=[signed_in])
async def get_own_uploads(
    caller: Scope,
    media: Media,
    start: Annotated[str | None, QueryParameter(name="from")] = None,
    limit: int = USUAL,
) -> JsonObject:
    """List what the caller has uploaded, newest first, with how much of the quota is used."""
    if limit < 1:
        raise InvalidParam("limit must be at least 1")
    page = await media.own.page(caller, start, limit)
    answer: JsonObject = {
        "uploads": [_shown(media, item) for item in page.uploads],
        "usage": {"files": page.files, "bytes": page.bytes, "quota_bytes": media.settings.user_quota_bytes},
    }
    if page.next_from is not None:
        answer["next_from"] = page.next_from
    return answer


def _shown(media: Media, item: MediaItem) -> JsonObject:
    return {
        "media_id": item.media_id,
        "content_uri": media.uri(item.media_id),
        "content_type": item.content_type,
        "file_name": item.file_name,
        "size": item.size,
        "created_ts": item.created_ts,
        "purpose": item.purpose,
        "is_public": item.is_public,
    }


@delete("/_teahouse/media/uploads/{media_id:str}", guards=[signed_in], status_code=200)
async def delete_own_upload(caller: Scope, media: Media, media_id: str) -> JsonObject:
    """Delete one of the caller's uploads: nobody gets it any more."""
    await media.removal.delete_own(caller, media_id)
    return {}


@get(INFO_PATH, guards=[open_to_all])
async def get_media_limits(media: Media) -> JsonObject:
    """Tell people what they may upload, in words."""
    quota = media.settings.user_quota_bytes
    return {
        "one_file": f"at most {_in_words(media.settings.max_upload_bytes)}",
        "all_files_of_one_user": f"at most {_in_words(quota)}" if quota else "no limit",
        "advice": "Delete files that you no longer need to make room for new ones.",
    }


def _in_words(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} GiB"


ROUTES = [get_own_uploads, delete_own_upload, get_media_limits]
