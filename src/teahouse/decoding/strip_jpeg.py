"""JPEG: leaves out the application segments and comments, except those that colours need; the scans stay as they are.

What follows the picture's end (further pictures, films of phones, anything) goes too.
"""

from typing import BinaryIO

from teahouse.decoding import orientation
from teahouse.decoding.pieces import Pieces, read_at
from teahouse.decoding.refusals import Refused

_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_EXIF = b"Exif\0\0"
_BLOCK = 64 * 1024


def strip(file: BinaryIO, pieces: Pieces) -> None:
    """Keep tables, frames and scans."""
    pieces.keep(0, 2)
    at, is_turned = 2, False
    while True:
        at, marker = _next_marker(file, at)
        if marker == _END:
            pieces.keep(at, at + 2)
            return
        end = at + 2 + int.from_bytes(read_at(file, at + 2, 2), "big")
        if end < at + 4:
            raise Refused("broken", "A segment has no length")
        if _is_kept(file, marker, at, end):
            pieces.keep(at, end)
        elif not is_turned and marker == 0xE1 and (found := _orientation(file, at, end)) != 1:
            pieces.put(_segment(orientation.write(found)))
            is_turned = True
        if marker == _SCAN:
            scan_end = _end_of_scan(file, end)
            pieces.keep(end, scan_end)
            end = scan_end
        at = end


def _next_marker(file: BinaryIO, at: int) -> tuple[int, int]:
    mark = read_at(file, at, 2)
    while mark == b"\xff\xff":
        at += 1
        mark = read_at(file, at, 2)
    if mark[0] != 0xFF:
        raise Refused("broken", "A segment is missing")
    return at, mark[1]


def _is_kept(file: BinaryIO, marker: int, at: int, end: int) -> bool:
    """Keep JFIF, the colour profile, and Adobe's note on the colour transform."""
    if marker == _COMMENT:
        return False
    if not 0xE0 <= marker <= 0xEF:
        return True
    name = read_at(file, at + 4, min(12, end - at - 4))
    wanted = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}.get(marker)
    # The little picture inside JFIF is small enough to be told by its length.
    return wanted is not None and name.startswith(wanted) and (marker != 0xE0 or end - at == 18)


def _orientation(file: BinaryIO, at: int, end: int) -> int:
    body = read_at(file, at + 4, end - at - 4)
    return orientation.read(body[len(_EXIF) :]) if body.startswith(_EXIF) else 1


def _segment(tiff: bytes) -> bytes:
    body = _EXIF + tiff
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


def _end_of_scan(file: BinaryIO, start: int) -> int:
    """Find the marker that ends the coded data: stuffed zeros and restarts belong to it."""
    at, block = start, b""
    while True:
        file.seek(at)
        block = file.read(_BLOCK)
        if len(block) < 2:
            raise Refused("broken", "The picture ends too early")
        found = block.find(b"\xff")
        while 0 <= found < len(block) - 1:
            following = block[found + 1]
            if following != 0 and not 0xD0 <= following <= 0xD7 and following != 0xFF:
                return at + found
            found = block.find(b"\xff", found + 1)
        at += len(block) - 1
