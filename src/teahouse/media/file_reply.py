"""How a file is answered: conditions, parts, and the headers that keep it from running in anybody's name."""

import orjson

from teahouse.kernel.http import FastRequest, Reply
from teahouse.media.content_types import may_be_inline, served_type
from teahouse.media.downloads import Downloads
from teahouse.media.file_names import disposition
from teahouse.media.ranges import NotSatisfiable, Part, is_known, wanted_part
from teahouse.media.records import MediaItem

PRIVATE_CACHE = b"private, max-age=86400, immutable"
# What is public may be removed for all: caches in between must ask again, only the reader's own may keep it.
PUBLIC_CACHE = b"public, max-age=3600, s-maxage=0, must-revalidate"

GUARDED: list[tuple[bytes, bytes]] = [
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"accept-ranges", b"bytes"),
    (b"access-control-expose-headers", b"Content-Disposition, Content-Length, Content-Range, ETag"),
]


def reply_with_file(
    downloads: Downloads, request: FastRequest, item: MediaItem, *, file_name: str | None, cache: bytes
) -> Reply:
    """Answer a GET or HEAD of an upload: whole, in part, or that the asker has it already."""
    tag = f'"{item.sha256}"'
    known = [(b"etag", tag.encode()), (b"cache-control", cache), *GUARDED]
    if is_known(request.header(b"if-none-match"), tag):
        return Reply(304, known)
    shown = "inline" if may_be_inline(item.content_type) else "attachment"
    headers = [
        *known,
        (b"content-type", served_type(item.content_type).encode("latin-1")),
        (b"content-disposition", disposition(shown, file_name).encode("latin-1")),
    ]
    if request.method == "HEAD":
        return Reply(200, [*headers, _length(item.size)])
    try:
        part = wanted_part(request.header(b"range"), request.header(b"if-range"), tag, item.size)
    except NotSatisfiable:
        return _not_satisfiable(item, cache)
    if part is None:
        return Reply(200, [*headers, _length(item.size)], downloads.read(item) if item.size else b"")
    return _part_of(downloads, item, part, headers)


def reply_with_bytes(
    request: FastRequest, data: bytes, content_type: str, *, file_name: str, cache: bytes
) -> Reply:
    """Answer with something of a safe type that was made for this request alone."""
    headers = [
        (b"cache-control", cache),
        *GUARDED,
        (b"content-type", content_type.encode("latin-1")),
        (b"content-disposition", disposition("inline", file_name).encode("latin-1")),
        _length(len(data)),
    ]
    return Reply(200, headers, b"" if request.method == "HEAD" else data)


def _part_of(downloads: Downloads, item: MediaItem, part: Part, headers: list[tuple[bytes, bytes]]) -> Reply:
    said = f"bytes {part.start}-{part.start + part.length - 1}/{item.size}"
    headers = [*headers, (b"content-range", said.encode()), _length(part.length)]
    return Reply(206, headers, downloads.read(item, part.start, part.length))


def _not_satisfiable(item: MediaItem, cache: bytes) -> Reply:
    body = {"errcode": "M_INVALID_PARAM", "error": f"The file has {item.size} bytes"}
    headers = [
        (b"content-type", b"application/json"),
        (b"content-range", f"bytes */{item.size}".encode()),
        (b"cache-control", cache),
    ]
    return Reply(416, headers, orjson.dumps(body))


def _length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()
