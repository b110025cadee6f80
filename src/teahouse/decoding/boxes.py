"""Reads the boxes of MP4 and its relatives: where each begins and ends, and nothing of what is in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from teahouse.decoding.pieces import read_at
from teahouse.decoding.refusals import Refused

MOST_BOXES = 20_000


@dataclass(frozen=True)
class Box:
    """A box: its name, where it starts, where its body starts, and where it ends."""

    name: bytes
    start: int
    body: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Give the boxes side by side in a range; raises Refused for lengths that can't be."""
    at, seen = start, 0
    while at + 8 <= end:
        head = read_at(file, at, 8)
        length, body = int.from_bytes(head[:4], "big"), at + 8
        if length == 1:
            length, body = int.from_bytes(read_at(file, body, 8), "big"), body + 8
        elif length == 0:
            length = end - at
        box = Box(head[4:], at, body, at + length)
        seen += 1
        if box.end < box.body or box.end > end or seen > MOST_BOXES:
            raise Refused("broken", "The file's boxes don't fit into each other")
        yield box
        at = box.end


def child(file: BinaryIO, parent: Box, *path: bytes) -> Box | None:
    """Find a box by its path below another."""
    found: Box | None = parent
    for name in path:
        if found is None:
            return None
        found = next((box for box in boxes(file, found.body, found.end) if box.name == name), None)
    return found
