"""Finds which bytes of an MP4 or MOV file belong to one track."""

import itertools
from collections.abc import Iterator
from typing import BinaryIO

from teahouse.decoding.boxes import Box, child
from teahouse.decoding.pieces import read_at
from teahouse.decoding.refusals import Refused

MOST_ENTRIES = 200_000


def sample_ranges(file: BinaryIO, track: Box) -> Iterator[tuple[int, int]]:
    """Give the range of each chunk of a track's samples; nothing for a track without tables."""
    table = child(file, track, b"mdia", b"minf", b"stbl")
    if table is None:
        return
    chunks = _numbers(file, child(file, table, b"stco"), 4) or _numbers(file, child(file, table, b"co64"), 8)
    sizes = _sizes(file, child(file, table, b"stsz"))
    counts = _samples_by_chunk(file, child(file, table, b"stsc"), len(chunks))
    for start, count in zip(chunks, counts, strict=False):
        yield start, start + sum(itertools.islice(sizes, count))


def _sizes(file: BinaryIO, box: Box | None) -> Iterator[int]:
    if box is None:
        return iter(())
    same = int.from_bytes(read_at(file, box.body + 4, 4), "big")
    if same:
        return itertools.repeat(
            same, min(int.from_bytes(read_at(file, box.body + 8, 4), "big"), MOST_ENTRIES)
        )
    return iter(_numbers(file, Box(box.name, box.start, box.body + 4, box.end), 4))


def _samples_by_chunk(file: BinaryIO, box: Box | None, chunks: int) -> Iterator[int]:
    """Give how many samples each chunk has; the table names only the chunks where that changes."""
    if box is None:
        return
    entries = _numbers(file, box, 4, 3)
    firsts, counts = entries[::3], entries[1::3]
    for number, (first, count) in enumerate(zip(firsts, counts, strict=False)):
        last = firsts[number + 1] if number + 1 < len(firsts) else chunks + 1
        yield from itertools.repeat(count, max(0, min(last, chunks + 1) - first))


def _numbers(file: BinaryIO, box: Box | None, width: int, per_entry: int = 1) -> list[int]:
    """Read a table: version, count, and so many numbers of one width."""
    if box is None:
        return []
    count = int.from_bytes(read_at(file, box.body + 4, 4), "big")
    if count > MOST_ENTRIES:
        raise Refused("too_large", "A table of the file is too long")
    data = read_at(file, box.body + 8, count * width * per_entry)
    return [int.from_bytes(data[at : at + width], "big") for at in range(0, len(data), width)]
