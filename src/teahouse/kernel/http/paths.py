"""Paths: routed on as they were sent, decoded one segment at a time, so that an id may hold a slash."""

from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from teahouse.errors import InvalidParam, Unrecognized

_OLD_PREFIXES = (
    ("/_matrix/client/r0/", "/_matrix/client/v3/"),
    ("/_matrix/media/r0/", "/_matrix/media/v3/"),
)


def route_path(path: str) -> str:
    """Give the path to route on: as it was sent, without percent-decoding, with the old r0 prefixes read as v3.

    Raises Unrecognized for an empty segment: the router would leave it out, and take the next for its name.
    """
    if "//" in path:
        raise Unrecognized("A path may not hold empty segments")
    for old, new in _OLD_PREFIXES:
        if path.startswith(old):
            return new + path[len(old) :]
    return path


def decode_segment(value: Any) -> Any:
    """Percent-decode one segment; raises InvalidParam for what isn't UTF-8 or holds NUL."""
    return _decoded(value) if isinstance(value, str) and "%" in value else value


@lru_cache(4096)
def _decoded(value: str) -> str:
    # The same rooms and people are named again and again.
    try:
        decoded = unquote_to_bytes(value).decode()
    except UnicodeDecodeError as error:
        raise InvalidParam("A path segment is not percent-encoded UTF-8") from error
    if "\0" in decoded:
        raise InvalidParam("A path segment may not hold NUL")
    return decoded
