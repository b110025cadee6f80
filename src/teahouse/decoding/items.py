"""Finds the EXIF and XMP items of HEIC and AVIF pictures: which bytes of the file they are."""

from collections.abc import Iterator
from typing import BinaryIO

from teahouse.decoding.boxes import Box, boxes, child
from teahouse.decoding.pieces import read_at
from teahouse.decoding.refusals import Refused

MOST_TABLE_BYTES = 4 * 1024 * 1024
_TELLING = {b"Exif", b"mime", b"uri "}


class _Reader:
    """Takes numbers from a table, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, length: int) -> int:
        taken = self._data[self._at : self._at + length]
        if len(taken) < length:
            raise Refused("broken", "A table ends too early")
        self._at += length
        return int.from_bytes(taken, "big")


def metadata_items(file: BinaryIO, meta: Box) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, start and end of each range that holds EXIF or XMP; `meta` begins behind its version."""
    info, places, data = (child(file, meta, name) for name in (b"iinf", b"iloc", b"idat"))
    if info is None or places is None:
        return
    kinds = dict(_kinds(file, info))
    for item, method, start, end in _places(file, places):
        kind = kinds.get(item, b"")
        if kind not in _TELLING:
            continue
        if method == 0:
            yield kind, start, end
        elif method == 1 and data is not None:
            yield kind, data.body + start, data.body + end
        else:
            raise Refused("unsupported", "The picture's metadata lies where it can't be removed")


def _kinds(file: BinaryIO, info: Box) -> Iterator[tuple[int, bytes]]:
    version = read_at(file, info.body, 1)[0]
    for entry in boxes(file, info.body + (6 if version == 0 else 8), info.end):
        table = _Reader(_table(file, entry))
        entry_version = table.number(4) >> 24
        item = table.number(4 if entry_version >= 3 else 2)
        table.number(2)
        yield item, table.number(4).to_bytes(4, "big")


def _places(file: BinaryIO, places: Box) -> Iterator[tuple[int, int, int, int]]:
    """Give item, construction method, start and end of each extent."""
    table = _Reader(_table(file, places))
    version, sizes = table.number(4) >> 24, table.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(table.number(4 if version == 2 else 2)):
        item = table.number(4 if version == 2 else 2)
        method = table.number(2) & 15 if version else 0
        table.number(2)
        start = table.number(base_size)
        for _ in range(table.number(2)):
            table.number(index_size if version else 0)
            offset, length = table.number(offset_size), table.number(length_size)
            yield item, method, start + offset, start + offset + length


def _table(file: BinaryIO, box: Box) -> bytes:
    if box.end - box.body > MOST_TABLE_BYTES:
        raise Refused("too_large", "A table of the file is too long")
    return read_at(file, box.body, box.end - box.body)
