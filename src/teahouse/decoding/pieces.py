"""Collects what is kept of a file, and reads it without trusting its lengths."""

import io
from typing import BinaryIO

from teahouse.decoding.refusals import Refused

MOST_PIECES = 100_000


class Pieces:
    """The file as it shall be: ranges of the original, and bytes in between. Ranges that touch become one."""

    def __init__(self, file: BinaryIO) -> None:
        self.size = file.seek(0, io.SEEK_END)
        file.seek(0)
        self._pieces: list[tuple[int, int] | bytes] = []

    def keep(self, start: int, end: int) -> None:
        """Keep a range of the original, which must lie within it."""
        if not 0 <= start <= end <= self.size:
            raise Refused("broken", "The file ends too early")
        if start == end:
            return
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, tuple) and last[1] == start:
            self._pieces[-1] = (last[0], end)
        else:
            self._add((start, end))

    def put(self, data: bytes) -> None:
        """Put bytes that aren't in the original."""
        if data:
            self._add(data)

    def finished(self) -> list[tuple[int, int] | bytes] | None:
        """Give the pieces, or None when they are the whole original."""
        return None if self._pieces == [(0, self.size)] else self._pieces

    def _add(self, piece: tuple[int, int] | bytes) -> None:
        if len(self._pieces) >= MOST_PIECES:
            raise Refused("too_large", "The file is cut into too many parts")
        self._pieces.append(piece)


def read_at(file: BinaryIO, start: int, length: int) -> bytes:
    """Read exactly so much; raises Refused where the file is shorter."""
    file.seek(start)
    read = file.read(length)
    if len(read) < length:
        raise Refused("broken", "The file ends too early")
    return read
