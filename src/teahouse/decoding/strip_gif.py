"""GIF: leaves out comments, and application blocks other than the one that says how often it repeats."""

from typing import BinaryIO

from teahouse.decoding.pieces import Pieces, read_at
from teahouse.decoding.refusals import Refused

_COMMENT, _APPLICATION = 0xFE, 0xFF
_REPEATS = {b"NETSCAPE2.0", b"ANIMEXTS1.0"}


def strip(file: BinaryIO, pieces: Pieces) -> None:
    """Keep pictures, palettes and times; what follows the end goes too."""
    flags = read_at(file, 10, 1)[0]
    at = 13 + _palette_bytes(flags)
    pieces.keep(0, at)
    while True:
        mark = read_at(file, at, 1)
        if mark == b";":
            pieces.keep(at, at + 1)
            return
        if mark == b"!":
            head = read_at(file, at + 1, 1)[0]
            end = _end_of_blocks(file, at + 2)
            if _is_kept(file, head, at):
                pieces.keep(at, end)
        elif mark == b",":
            start = at + 10 + _palette_bytes(read_at(file, at + 9, 1)[0]) + 1
            end = _end_of_blocks(file, start)
            pieces.keep(at, end)
        else:
            raise Refused("broken", "A block is missing")
        at = end


def _is_kept(file: BinaryIO, label: int, at: int) -> bool:
    if label == _COMMENT:
        return False
    return label != _APPLICATION or read_at(file, at + 3, 11) in _REPEATS


def _palette_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_blocks(file: BinaryIO, at: int) -> int:
    while length := read_at(file, at, 1)[0]:
        at += 1 + length
    return at + 1
