"""Smaller answers for those who ask: gzip for JSON that is long enough to gain by it (decision 45).

Owns what is compressed and how. Nothing else than whole JSON answers of our own making: files, streams, pages and
errors pass by, and so does whatever names its version in an ETag.
"""

import asyncio
import os
import zlib
from collections.abc import Iterable
from functools import lru_cache

Header = tuple[bytes, bytes]

LEAST_BYTES = 2048
"""Below this the gain is lost in the packets that an answer needs anyway."""
AT_ONCE_BYTES = 32 * 1024
"""So much is compressed faster than it is handed to a thread and back."""
LEVEL = 4
MOST_PADDING = 96
CHOSEN: list[Header] = [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
UNCHOSEN: Header = (b"vary", b"accept-encoding")

_JSON = b"application/json"
_OWN_FRAME = (b"etag", b"content-encoding", b"content-range", b"content-disposition")
# Magic, deflate, "a file name follows", no time, no flags, of an unknown system.
_HEAD = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"


def is_compressible(status: int, headers: Iterable[Header]) -> bool:
    """Tell whether an answer with these headers is one that may be sent smaller."""
    is_json = False
    for name, value in headers:
        if name in _OWN_FRAME:
            return False
        is_json = is_json or (name == b"content-type" and value.startswith(_JSON))
    return is_json and status == 200


def takes_gzip(headers: Iterable[Header]) -> bool:
    """Tell whether a request's Accept-Encoding wants gzip, or at least takes it as gladly as no encoding."""
    accepted = b",".join(value for name, value in headers if name == b"accept-encoding")
    return bool(accepted) and _wants_gzip(accepted)


@lru_cache(256)
def _wants_gzip(accepted: bytes) -> bool:
    weights: dict[bytes, float] = {}
    for part in accepted.lower().split(b","):
        name, *parameters = (piece.strip() for piece in part.split(b";"))
        weights[name] = min((_weight(one) for one in parameters if one.startswith(b"q=")), default=1.0)
    gzip = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0)))
    return gzip > 0 and gzip >= weights.get(b"identity", 0.0)


def _weight(parameter: bytes) -> float:
    try:
        return float(parameter[2:])
    except ValueError:
        return 0.0


async def gzipped(body: bytes) -> bytes:
    """Compress a body; a large one in a thread, so that nobody else waits for it."""
    if len(body) <= AT_ONCE_BYTES:
        return _packed(body)
    return await asyncio.to_thread(_packed, body)


def _packed(body: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    ends = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"%b%b\0%b%b" % (_HEAD, _padding(), packed, ends)


def _padding() -> bytes:
    """Give a file name of a random length, so that an answer's length does not tell how well it was compressed."""
    drawn = int.from_bytes(os.urandom(2), "little")
    return b"-" * (drawn % (MOST_PADDING + 1))
