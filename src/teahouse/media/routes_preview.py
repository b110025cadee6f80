"""Routes of link previews."""

from litestar import get

from teahouse.errors import InvalidParam, MissingParam
from teahouse.kernel.http import JsonObject, Scope, signed_in
from teahouse.media.service import Media

MOST_URL = 4096


async def _preview(caller: Scope, media: Media, url: str | None) -> JsonObject:
    if url is None:
        raise MissingParam("url is missing")
    if len(url) > MOST_URL:
        raise InvalidParam(f"A url may have at most {MOST_URL} characters")
    return await media.previews.of(caller, url)


@get("/_matrix/client/v1/media/preview_url", guards=[signed_in])
async def get_url_preview(
    caller: Scope, media: Media, url: str | None = None, ts: int | None = None
) -> JsonObject:
    """Tell what is behind a link (specification, "Content repository")."""
    return await _preview(caller, media, url)


@get("/_matrix/media/v3/preview_url", guards=[signed_in])
async def get_url_preview_of_old(
    caller: Scope, media: Media, url: str | None = None, ts: int | None = None
) -> JsonObject:
    """Tell what is behind a link, under the deprecated path."""
    return await _preview(caller, media, url)


ROUTES = [get_url_preview, get_url_preview_of_old]
