"""Reads how a picture is turned from its EXIF data, and writes EXIF data that tells nothing else. Pure."""

from typing import Literal

_TAG = 0x0112
_SHORT = 3
MOST_ENTRIES = 1000


def read(tiff: bytes) -> int:
    """Give the orientation, 1 to 8; nonsense and absence are 1."""
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    if len(tiff) < 14 or tiff[:2] not in {b"II", b"MM"}:
        return 1
    start = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[start : start + 2], order)
    for number in range(min(count, MOST_ENTRIES)):
        entry = tiff[start + 2 + 12 * number : start + 14 + 12 * number]
        if len(entry) == 12 and int.from_bytes(entry[:2], order) == _TAG:
            found = int.from_bytes(entry[8:10], order)
            return found if 1 <= found <= 8 else 1
    return 1


def write(orientation: int) -> bytes:
    """Give EXIF data (a TIFF header and one entry) of nothing but the orientation."""
    entry = b"".join(
        [
            _TAG.to_bytes(2, "big"),
            _SHORT.to_bytes(2, "big"),
            (1).to_bytes(4, "big"),
            orientation.to_bytes(2, "big"),
            b"\0\0",
        ]
    )
    return b"MM\0*" + (8).to_bytes(4, "big") + (1).to_bytes(2, "big") + entry + b"\0\0\0\0"
