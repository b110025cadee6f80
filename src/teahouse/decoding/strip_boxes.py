"""MP4, MOV, HEIC and AVIF: overwrites what tells place and device, and moves nothing, for offsets point everywhere.

User data, metadata boxes and XMP become empty `free` boxes; tracks of timed metadata (GPS logs) go with their samples;
the EXIF and XMP items of a picture are blanked. How it is turned stands elsewhere, and stays.
"""

from collections.abc import Callable
from typing import BinaryIO

from teahouse.decoding import orientation
from teahouse.decoding.boxes import Box, boxes, child
from teahouse.decoding.items import metadata_items
from teahouse.decoding.pieces import Pieces, read_at
from teahouse.decoding.refusals import Refused
from teahouse.decoding.samples import sample_ranges

MOST_BLANK_BYTES = 32 * 1024 * 1024
_TELLING = {b"udta", b"meta", b"uuid"}
_SEEN_OR_HEARD = {b"vide", b"soun", b"text", b"subt", b"sbtl", b"clcp", b"tmcd", b"pict", b"auxv"}
_NO_EXIF = b"\0\0\0\0" + orientation.write(1)

Blank = tuple[int, int, Callable[[int], bytes]]
"""A range, and what makes as many bytes to stand there."""


def strip(file: BinaryIO, pieces: Pieces) -> None:
    """Keep everything in its place, with blanks over what tells too much."""
    blanks: list[Blank] = []
    for box in boxes(file, 0, pieces.size):
        if box.name == b"moov":
            blanks += _of_film(file, box)
        elif box.name == b"meta" and child(file, _past_version(box), b"iloc") is not None:
            for kind, start, end in metadata_items(file, _past_version(box)):
                blanks.append((start, end, _no_exif if kind == b"Exif" else _spaces))
        elif box.name in _TELLING:
            blanks.append(_freed(box))
    _lay(pieces, sorted(blanks, key=lambda blank: blank[:2]))


def _of_film(file: BinaryIO, film: Box) -> list[Blank]:
    blanks = []
    for box in boxes(file, film.body, film.end):
        if box.name in _TELLING:
            blanks.append(_freed(box))
        elif box.name == b"trak":
            blanks += _of_track(file, box)
    return blanks


def _of_track(file: BinaryIO, track: Box) -> list[Blank]:
    handler = child(file, track, b"mdia", b"hdlr")
    kind = read_at(file, handler.body + 8, 4) if handler is not None else b""
    if kind not in _SEEN_OR_HEARD:
        return [_freed(track), *((start, end, bytes) for start, end in sample_ranges(file, track))]
    return [_freed(box) for box in boxes(file, track.body, track.end) if box.name in _TELLING]


def _freed(box: Box) -> Blank:
    """Make an empty `free` box of a box, with a length as it was written."""
    return box.start + 4, box.end, lambda length: b"free" + _kept_length(box) + bytes(length - 4 - _long(box))


def _long(box: Box) -> int:
    return 8 if box.body - box.start == 16 else 0


def _kept_length(box: Box) -> bytes:
    return (box.end - box.start).to_bytes(8, "big") if _long(box) else b""


def _past_version(box: Box) -> Box:
    return Box(box.name, box.start, min(box.body + 4, box.end), box.end)


def _no_exif(length: int) -> bytes:
    return _NO_EXIF.ljust(length, b"\0") if length >= len(_NO_EXIF) else bytes(length)


def _spaces(length: int) -> bytes:
    return b" " * length


def _lay(pieces: Pieces, blanks: list[Blank]) -> None:
    if sum(end - start for start, end, _ in blanks) > MOST_BLANK_BYTES:
        raise Refused("too_large", "The file tells too much to take it all out")
    at = 0
    for start, end, made in blanks:
        # Two blanks over each other: the outer one came first and covers all that matters of the inner.
        free = max(start, at)
        if end > free:
            pieces.keep(at, free)
            pieces.put(made(end - free))
            at = end
    pieces.keep(at, pieces.size)
