"""PNG and WebP: leaves out the chunks that hold texts, times, EXIF and XMP; keeps what shows the picture."""

import zlib
from typing import BinaryIO

from teahouse.decoding import orientation
from teahouse.decoding.pieces import Pieces, read_at
from teahouse.decoding.refusals import Refused

_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
    b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_MOST_EXIF_BYTES = 1024 * 1024
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def strip_png(file: BinaryIO, pieces: Pieces) -> None:
    """Keep the signature and the chunks that show the picture; what follows the end goes too."""
    pieces.keep(0, 8)
    at = 8
    while True:
        head = read_at(file, at, 8)
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        end = at + 12 + length
        if name in _PNG_KEPT:
            pieces.keep(at, end)
        elif name == b"eXIf" and length <= _MOST_EXIF_BYTES:
            turn = orientation.read(read_at(file, at + 8, length))
            pieces.put(_png_chunk(b"eXIf", orientation.write(turn)) if turn != 1 else b"")
        if name == b"IEND":
            return
        at = end


def strip_webp(file: BinaryIO, pieces: Pieces) -> None:
    """Keep the chunks that show the picture, and say the new length in front."""
    total = 8 + int.from_bytes(read_at(file, 4, 4), "little")
    chunks, flags_at, turn = [], None, 1
    at = 12
    while at + 8 <= min(total, pieces.size):
        head = read_at(file, at, 8)
        length = int.from_bytes(head[4:], "little")
        end = at + 8 + length + length % 2
        if end > pieces.size:
            raise Refused("broken", "The file ends too early")
        if head[:4] == b"VP8X":
            flags_at = at + 8
        if head[:4] == b"EXIF" and length <= _MOST_EXIF_BYTES:
            turn = orientation.read(_bare_tiff(read_at(file, at + 8, length)))
        if head[:4] in _WEBP_KEPT:
            chunks.append((at, end))
        at = end
    exif = _riff_chunk(b"EXIF", orientation.write(turn)) if turn != 1 else b""
    length = 4 + sum(end - start for start, end in chunks) + len(exif)
    if 8 + length == pieces.size:
        pieces.keep(0, pieces.size)
        return
    pieces.put(b"RIFF" + length.to_bytes(4, "little") + b"WEBP")
    for start, end in chunks:
        _keep_chunk(file, pieces, start, end, flags_at, bool(exif))
    pieces.put(exif)


def _keep_chunk(
    file: BinaryIO, pieces: Pieces, start: int, end: int, flags_at: int | None, has_exif: bool
) -> None:  # fmt: skip
    if flags_at is None or start + 8 != flags_at:
        pieces.keep(start, end)
        return
    flags = read_at(file, flags_at, 1)[0] & ~(_EXIF_FLAG | _XMP_FLAG)
    pieces.keep(start, flags_at)
    pieces.put(bytes([flags | (_EXIF_FLAG if has_exif else 0)]))
    pieces.keep(flags_at + 1, end)


def _bare_tiff(exif: bytes) -> bytes:
    return exif.removeprefix(b"Exif\0\0")


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def _riff_chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
