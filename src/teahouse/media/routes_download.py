"""Routes of downloads: for signed-in users, and where a setting says so the old ones for everybody."""

from teahouse.errors import InvalidParam
from teahouse.kernel.http import FastRequest, FastRoute, JsonObject, Reply, open_to_all
from teahouse.media.downloads import no_such_file
from teahouse.media.file_names import harmless_name
from teahouse.media.file_reply import PRIVATE_CACHE, PUBLIC_CACHE, reply_with_file
from teahouse.media.records import MediaItem
from teahouse.media.service import Media

USUAL_WAIT_MS = 20_000
LONGEST_WAIT_MS = 60_000

QUERY: dict[str, JsonObject] = {
    "timeout_ms": {"type": "integer"},
    "allow_redirect": {"type": "boolean"},
}
QUERY_OF_OLD: dict[str, JsonObject] = {**QUERY, "allow_remote": {"type": "boolean"}}


def wait_s(request: FastRequest) -> float:
    """Give how long the asker wants to wait for bytes that have not come yet; raises InvalidParam."""
    said = request.query().get("timeout_ms", "")
    if said == "":
        return USUAL_WAIT_MS / 1000
    if not (said.isascii() and said.isdigit()):
        raise InvalidParam("timeout_ms must be a number of milliseconds")
    return min(int(said[:10]), LONGEST_WAIT_MS) / 1000


async def find_for(request: FastRequest) -> MediaItem:
    """Find the file that the path names, as far as its asker may see it."""
    media: Media = request.services.media
    params = request.path_params
    return await media.downloads.find(params["server_name"], params["media_id"], wait_s=wait_s(request))


async def _download(request: FastRequest, name: str | None) -> Reply:
    media: Media = request.services.media
    item = await find_for(request)
    if media.settings.redirect and name is None and request.method == "GET":
        url = (
            await media.downloads.signed_url(item)
            if request.query().get("allow_redirect") == "true"
            else None
        )
        if url is not None:
            return Reply(307, [(b"location", url.encode()), (b"cache-control", b"private, no-store")])
    return reply_with_file(
        media.downloads, request, item, file_name=name or item.file_name, cache=PRIVATE_CACHE
    )


def check_old_paths(request: FastRequest) -> None:
    """Raise NotFound unless the operator lets files be fetched without signing in."""
    if not request.services.media.settings.unauthenticated:
        raise no_such_file()


async def get_media(request: FastRequest) -> Reply:
    """Give a file (specification, "Content repository")."""
    return await _download(request, None)


async def get_media_by_name(request: FastRequest) -> Reply:
    """Give a file under a name that the asker chooses."""
    return await _download(request, harmless_name(request.path_params["file_name"]))


async def get_media_of_old(request: FastRequest) -> Reply:
    """Give a file to anybody, where the operator allows that."""
    check_old_paths(request)
    return await _download(request, None)


async def get_media_by_name_of_old(request: FastRequest) -> Reply:
    """Give a file under a chosen name to anybody, where the operator allows that."""
    check_old_paths(request)
    return await _download(request, harmless_name(request.path_params["file_name"]))


async def get_public_media(request: FastRequest) -> Reply:
    """Give a file of a public post, to visitors too. Its address can't be guessed."""
    media: Media = request.services.media
    item = await media.downloads.find_public(request.path_params["media_id"])
    name = item.file_name or harmless_name(request.path_params["file_name"])
    return reply_with_file(media.downloads, request, item, file_name=name, cache=PUBLIC_CACHE)


FILE = "{server_name}/{media_id}"
NEW = "/_matrix/client/v1/media/download/" + FILE
OLD = "/_matrix/media/v3/download/" + FILE

ROUTES = [
    FastRoute("GET", NEW, get_media, query=QUERY, gives_file=True),
    FastRoute("GET", NEW + "/{file_name}", get_media_by_name, query=QUERY, gives_file=True),
    FastRoute("GET", OLD, get_media_of_old, open_to_all, QUERY_OF_OLD, gives_file=True),
    FastRoute(
        "GET", OLD + "/{file_name}", get_media_by_name_of_old, open_to_all, QUERY_OF_OLD, gives_file=True
    ),
    FastRoute("GET", "/media/{media_id}/{file_name}", get_public_media, open_to_all, gives_file=True),
]
