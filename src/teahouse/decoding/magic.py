"""Says what a file is by its first bytes. Claims (content types, file names) are never asked.

What is not on this list is not opened at all: SVG, PDF, playlists and whatever else could fetch or run things.
"""

from typing import Literal

HEAD_BYTES = 64
"""How many bytes of a file `recognise` wants to see."""

Format = Literal[
    "jpeg", "png", "gif", "webp", "avif", "heic",
    "mp4", "mov", "matroska", "ogg", "mp3", "aac", "flac", "wav",
]  # fmt: skip
Kind = Literal["picture", "heic", "moving"]
"""Which worker opens it: Pillow's own decoders, libheif (whose threads need a freedom that others don't), FFmpeg."""

STRIPPABLE: frozenset[Format] = frozenset({"jpeg", "png", "gif", "webp", "avif", "heic", "mp4", "mov"})
"""What cameras write, and in which place and device can be told."""
PICTURES: frozenset[Format] = frozenset({"jpeg", "png", "gif", "webp", "avif"})

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip"}


def content_type_of(format: Format, *, has_picture: bool) -> str:
    """Name the type that a format has, whatever the sender called it."""
    containers = {"mp4": "mp4", "matroska": "webm", "ogg": "ogg"}
    if format in containers:
        return f"{'video' if has_picture else 'audio'}/{containers[format]}"
    sounds = {"mp3": "audio/mpeg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav"}
    return sounds.get(format) or ("video/quicktime" if format == "mov" else f"image/{format}")


def recognise(head: bytes) -> tuple[Format, Kind] | None:
    """Name the format of a file that begins with these bytes, or None for what is not opened."""
    found = _by_prefix(head) or _by_box(head) or _by_frame(head)
    if found is None:
        return None
    if found == "heic":
        return found, "heic"
    return found, "picture" if found in PICTURES else "moving"


def _by_prefix(head: bytes) -> Format | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF"):
        names: dict[bytes, Format] = {b"WEBP": "webp", b"WAVE": "wav"}
        return names.get(head[8:12])
    prefixes: dict[bytes, Format] = {
        b"\x1a\x45\xdf\xa3": "matroska",
        b"OggS": "ogg",
        b"fLaC": "flac",
        b"ID3": "mp3",
    }
    return next((name for prefix, name in prefixes.items() if head.startswith(prefix)), None)


def _by_box(head: bytes) -> Format | None:
    """Tell the relatives of MP4 apart by their brands; the compatible ones count for pictures."""
    kind = head[4:8]
    if kind != b"ftyp":
        return "mov" if kind in _OLD_QUICKTIME and len(head) >= 16 else None
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = {major, *(head[at : at + 4] for at in range(16, length - 3, 4))}
    if major in _AVIF_BRANDS or (major in {b"mif1", b"msf1"} and brands & _AVIF_BRANDS):
        return "avif"
    if major in _HEIC_BRANDS:
        return "heic"
    return "mov" if major == b"qt  " else "mp4"


def _by_frame(head: bytes) -> Format | None:
    """Know raw MPEG sound by its first frame's header."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "aac"
    is_layer_3 = head[1] & 0x06 == 0x02
    has_sane_rates = head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C
    return "mp3" if is_layer_3 and has_sane_rates and head[1] & 0x18 != 0x08 else None
