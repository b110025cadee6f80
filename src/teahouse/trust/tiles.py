"""Where the pieces of a log lie under its address, as C2SP tlog-tiles says (pure)."""

import re
import struct
from collections.abc import Iterable, Iterator

from teahouse.errors import NotFound
from teahouse.trust.notes import BadNote

WIDTH = 256
ENTRIES = "entries"
MOST_LEVELS = 6
_INDEX = re.compile(r"(?:x(\d{3})/)?(?:x(\d{3})/)?(\d{3})(?:\.p/([1-9]\d{0,2}))?")


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Give the path of a tile, or of a bundle of entries: with its width when it is not full."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    index = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{index}" + ("" if width == WIDTH else f".p/{width}")


def read_index(text: str) -> tuple[int, int]:
    """Give the number and the width that the last segments of a path name; raises NotFound."""
    match = _INDEX.fullmatch(text)
    if match is None or int(match[4] or 1) >= WIDTH:
        raise NotFound("The log has no such piece")
    number = int("".join(part for part in match.groups()[:3] if part))
    return number, int(match[4]) if match[4] else WIDTH


def read_level(text: str) -> int:
    """Give the level that a path names; raises NotFound."""
    if not re.fullmatch(r"0|[1-9]\d?", text) or int(text) > MOST_LEVELS:
        raise NotFound("The log has no such piece")
    return int(text)


def widths(size: int, level: int = 0) -> Iterator[int]:
    """Give the widths of all tiles of a level, in order, in a log of so many entries."""
    hashes = size >> (8 * level)
    yield from (WIDTH for _ in range(hashes // WIDTH))
    if hashes % WIDTH:
        yield hashes % WIDTH


def bundled(entries: Iterable[str]) -> bytes:
    """Write entries one behind another, each after its length."""
    found = [text.encode() for text in entries]
    return b"".join(struct.pack(">H", len(text)) + text for text in found)


def unbundled(data: bytes) -> list[bytes]:
    """Read entries that lie one behind another; raises BadNote when they end in the middle of one."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        found.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data):
        raise BadNote("A bundle of entries ends in the middle of one")
    return found
