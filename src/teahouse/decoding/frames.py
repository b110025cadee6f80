"""Counts the frames of a picture from its structure alone, before any of them is decoded.

Stops at the first one too many, so a file of a hundred thousand frames costs as much as one of 201.
"""

from collections.abc import Iterator
from typing import BinaryIO

from teahouse.decoding.magic import Format
from teahouse.decoding.refusals import Refused

MOST_FRAMES = 200
MOST_FRAME_PIXELS = 50_000_000
MOST_PIXELS = 200_000_000


def check_size(width: int, height: int, frames: int = 1) -> None:
    """Refuse what is too large to be decoded at all."""
    if width < 1 or height < 1:
        raise Refused("broken", "The picture has no size")
    if width * height > MOST_FRAME_PIXELS:
        raise Refused(
            "too_large", f"A picture may have at most {MOST_FRAME_PIXELS // 1_000_000} million pixels"
        )
    if frames > MOST_FRAMES or frames * width * height > MOST_PIXELS:
        raise Refused(
            "too_large",
            f"A moving picture may have at most {MOST_FRAMES} frames, "
            f"with {MOST_PIXELS // 1_000_000} million pixels together",
        )


def count(format: Format, file: BinaryIO) -> int:
    """Count the frames of a GIF, WebP or PNG, and check their size; others have one, or tell it themselves."""
    walkers = {"gif": _gif_frames, "webp": _webp_frames, "png": _png_frames}
    walker = walkers.get(format)
    if walker is None:
        return 1
    file.seek(0)
    frames = 0
    for width, height in walker(file):
        frames += 1
        check_size(width, height, frames)
    file.seek(0)
    return max(1, frames)


def _gif_frames(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Give the canvas for each frame that the blocks of a GIF announce."""
    head = _exactly(file, 13)
    size = (int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
    _skip_palette(file, head[10])
    while (mark := file.read(1)) in {b"!", b","}:
        if mark == b"!":
            _exactly(file, 1)
        else:
            frame = _exactly(file, 9)
            left, top, width, height = (int.from_bytes(frame[at : at + 2], "little") for at in (0, 2, 4, 6))
            yield max(size[0], left + width), max(size[1], top + height)
            _skip_palette(file, frame[8])
            _exactly(file, 1)
        while length := _exactly(file, 1)[0]:
            _exactly(file, length)


def _skip_palette(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        _exactly(file, 3 << ((flags & 7) + 1))


def _webp_frames(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Give the canvas for each ANMF chunk; a still picture is left to its decoder, whose sizes end at 16383."""
    _exactly(file, 12)
    canvas, is_animated = None, False
    while len(head := file.read(8)) == 8:
        length = int.from_bytes(head[4:], "little")
        start = file.tell()
        if head[:4] == b"VP8X":
            body = _exactly(file, 10)
            canvas = (int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1)
            is_animated = bool(body[0] & 2)
            if not is_animated:
                yield canvas
        elif head[:4] == b"ANMF" and canvas is not None and is_animated:
            yield canvas
        file.seek(start + length + length % 2)


def _png_frames(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Give the size for each frame that a PNG announces (acTL stands before the first picture data)."""
    _exactly(file, 8)
    head = _exactly(file, 25)
    size = (int.from_bytes(head[8:12], "big"), int.from_bytes(head[12:16], "big"))
    frames = 1
    while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
        length = int.from_bytes(head[:4], "big")
        if head[4:] == b"acTL" and length == 8:
            frames = max(1, int.from_bytes(_exactly(file, 4), "big"))
            file.seek(8, 1)
        else:
            file.seek(length + 4, 1)
    for _ in range(frames):
        yield size


def _exactly(file: BinaryIO, length: int) -> bytes:
    read = file.read(length)
    if len(read) < length:
        raise Refused("broken", "The file ends too early")
    return read
