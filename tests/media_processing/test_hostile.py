"""Files made to harm: each is refused as the protocol says, quickly, and the next file is served."""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from teahouse.errors import TeahouseError
from teahouse.media.processing import Processing
from tests.media_processing.asking import describe, thumbnail, transcode
from tests.media_processing.made import encoded, film_of, photo, picture_in, video, voice


def chunk(name: bytes, body: bytes) -> bytes:
    """Make a chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def huge_png(side: int = 30_000) -> bytes:
    """Make a true PNG of so many black pixels, in a few hundred kilobytes."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def long_gif(frames: int) -> bytes:
    """Make a true GIF of so many tiny frames."""
    one = film_of([Image.new("P", (8, 8), 0)], "GIF")
    start = one.index(b",")
    return one[:start] + one[start:-1] * frames + b";"


def mile_long_index() -> bytes:
    """Make an MP4 whose index claims four thousand million samples."""
    data = bytearray(video("mp4"))
    at = data.index(b"stsz") + 12
    data[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(data)


def hundred_hours() -> bytes:
    """Make a kilobyte of Ogg that claims a hundred hours."""
    data = bytearray(voice("ogg", "libopus", 0.2))
    at = data.rindex(b"OggS")
    data[at + 6 : at + 14] = struct.pack("<q", 100 * 3600 * 48000)
    data[at + 22 : at + 26] = bytes(4)
    data[at + 22 : at + 26] = struct.pack("<I", _ogg_crc(bytes(data[at:])))
    return bytes(data)


def _ogg_crc(page: bytes) -> int:
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1
    return crc & 0xFFFFFFFF


def zip_of_zeros() -> bytes:
    """Make a ZIP of a hundred megabytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("zeros", bytes(100_000_000))
    return file.getvalue()


def huge_webp() -> bytes:
    """Make a WebP that claims 16383 x 16383 pixels."""
    body = b"VP8X" + struct.pack("<I", 10) + bytes([0x10, 0, 0, 0]) + b"\xfe\x3f\0\xfe\x3f\0"
    body += picture_in("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


BOMBS: dict[str, Callable[[], bytes]] = {
    "a PNG of 900 million pixels": huge_png,
    "a GIF of 3,000 frames": lambda: long_gif(3_000),
    "a GIF of 100,000 frames": lambda: long_gif(100_000),
    "a WebP that claims 268 million pixels": huge_webp,
    "a film of 201 large frames": lambda: film_of(
        [Image.new("L", (1200, 900), number) for number in range(186)], "PNG", duration=10
    ),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_by_its_header(processing: Processing, name: str) -> None:
    data = BOMBS[name]()
    await thumbnail(processing, picture_in("PNG"), (96, 96))
    began = time.process_time()
    with pytest.raises(TeahouseError) as refused:
        await thumbnail(processing, data, (96, 96))
    assert (refused.value.status, refused.value.errcode) == (413, "M_TOO_LARGE")
    assert time.process_time() - began < 1
    with pytest.raises(TeahouseError) as refused:
        await describe(processing, data)
    assert refused.value.errcode == "M_TOO_LARGE"


NOT_OPENED = {
    "SVG with a script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "a playlist": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "a list of files": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "PDF": b"%PDF-1.7\n1 0 obj\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "a ZIP": zip_of_zeros(),
    "nothing": b"",
    "TIFF": b"II*\0\x08\0\0\0" + bytes(64),
    "a DASH manifest": b"<?xml version='1.0'?><MPD></MPD>",
}


@pytest.mark.parametrize("name", NOT_OPENED)
async def test_what_is_not_on_the_list_is_not_opened(processing: Processing, name: str) -> None:
    for asked in (
        thumbnail(processing, NOT_OPENED[name], (96, 96)),
        describe(processing, NOT_OPENED[name]),
        transcode(processing, NOT_OPENED[name], "ogg"),
    ):
        with pytest.raises(TeahouseError) as refused:
            await asked
        assert (refused.value.status, refused.value.errcode) == (400, "M_UNKNOWN")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF"])
async def test_a_picture_cut_short_is_refused(processing: Processing, format: str) -> None:
    data = encoded(photo(300, 200), format)
    with pytest.raises(TeahouseError) as refused:
        await thumbnail(processing, data[: len(data) // 3], (96, 96))
    assert (refused.value.status, refused.value.errcode) == (400, "M_UNKNOWN")


async def test_a_header_that_lies_about_the_format_finds_no_other_decoder(processing: Processing) -> None:
    png = picture_in("PNG")
    for data in (
        b"\xff\xd8\xff" + png,
        b"GIF89a" + png,
        b"RIFF\0\0\0\0WEBP" + png,
        b"\0\0\0\x18ftypheic" + png,
    ):
        with pytest.raises(TeahouseError) as refused:
            await thumbnail(processing, data, (96, 96))
        assert refused.value.errcode in {"M_UNKNOWN", "M_TOO_LARGE"}


async def test_a_picture_that_is_also_a_page_gives_a_thumbnail_that_is_none(processing: Processing) -> None:
    page = b"<script>alert(1)</script>"
    png = picture_in("PNG")
    data = png[:33] + chunk(b"tEXt", b"Comment\0" + page) + png[33:] + page
    made = await thumbnail(processing, data, (96, 96))
    assert b"script" not in made.data


async def test_an_index_of_a_mile_is_refused(processing: Processing) -> None:
    with pytest.raises(TeahouseError) as refused:
        await describe(processing, mile_long_index())
    assert refused.value.status in {400, 413}
    assert (await describe(processing, video("mp4"))).kind == "video"


async def test_a_hundred_hours_in_a_kilobyte_are_heard_as_short_as_they_are(processing: Processing) -> None:
    data = hundred_hours()
    assert len(data) < 3000
    info = await describe(processing, data)
    assert info.duration_ms is not None
    assert info.duration_ms < 1000


async def test_texts_that_unfold_into_megabytes_are_refused(processing: Processing) -> None:
    png = picture_in("PNG")
    bomb = zlib.compress(bytes(80_000_000), 9)
    data = png[:33] + chunk(b"zTXt", b"Comment\0\0" + bomb) + chunk(b"iCCP", b"x\0\0" + bomb) + png[33:]
    with pytest.raises(TeahouseError) as refused:
        await thumbnail(processing, data, (96, 96))
    assert refused.value.status in {400, 413}
