"""How the tests ask: each file under a key of its own, and what comes back as pictures to look at."""

import hashlib
import io

from PIL import Image

from teahouse.decoding import MediaInfo, Thumbnail, Transcoded
from teahouse.media.processing import BytesSource, Processing


def key_of(data: bytes) -> str:
    """Name content as the store does."""
    return hashlib.sha256(data).hexdigest()


async def thumbnail(
    processing: Processing, data: bytes, size: tuple[int, int], *, crop: bool = False, animated: bool = False
) -> Thumbnail:
    """Have a thumbnail made."""
    source = BytesSource(data)
    return await processing.thumbnail(source, key_of(data), "alice", size, crop=crop, animated=animated)


async def describe(processing: Processing, data: bytes) -> MediaInfo:
    """Have a file described."""
    return await processing.describe(BytesSource(data), key_of(data), "alice")


async def transcode(processing: Processing, data: bytes, target: str) -> Transcoded:
    """Have sound rewritten."""
    assert target in {"ogg", "m4a"}
    return await processing.transcode(
        BytesSource(data), key_of(data), "alice", "ogg" if target == "ogg" else "m4a"
    )


async def stripped(processing: Processing, data: bytes) -> bytes:
    """Have a file's metadata taken out, and put the pieces together."""
    pieces = await processing.strip_metadata(BytesSource(data), key_of(data), "alice")
    if pieces is None:
        return data
    return b"".join(data[piece[0] : piece[1]] if isinstance(piece, tuple) else piece for piece in pieces)


def shown(thumbnail: Thumbnail) -> Image.Image:
    """Decode a thumbnail, as an app does."""
    picture = Image.open(io.BytesIO(thumbnail.data))
    assert Image.MIME[picture.format or ""] == thumbnail.content_type
    assert picture.size == (thumbnail.width, thumbnail.height)
    return picture


def colour_at(picture: Image.Image, x: float, y: float) -> str:
    """Name the colour at a place, given as parts of width and height."""
    found = picture.convert("RGB").getpixel((int(x * (picture.width - 1)), int(y * (picture.height - 1))))
    assert isinstance(found, tuple)
    known = {
        "red": (255, 0, 0),
        "lime": (0, 255, 0),
        "blue": (0, 0, 255),
        "white": (255,) * 3,
        "black": (0,) * 3,
    }
    return min(known, key=lambda name: sum(abs(a - b) for a, b in zip(known[name], found, strict=True)))
