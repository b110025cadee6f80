"""Posters and descriptions of films."""

import io
from typing import Any

import av
import pytest

from teahouse.media.processing import Processing
from tests.media_processing.asking import colour_at, describe, shown, thumbnail
from tests.media_processing.made import VIDEOS, as_frame, photo, video


@pytest.mark.parametrize("name", VIDEOS)
async def test_every_kind_of_film_gets_a_poster(processing: Processing, name: str) -> None:
    made = shown(await thumbnail(processing, video(*VIDEOS[name]), (160, 160)))
    assert (made.format, made.size) == ("JPEG", (160, 120))
    corners = [colour_at(made, 0.1, 0.1), colour_at(made, 0.9, 0.1), colour_at(made, 0.1, 0.9)]
    assert corners == ["red", "lime", "blue"]


@pytest.mark.parametrize("name", VIDEOS)
async def test_every_kind_of_film_is_described(processing: Processing, name: str) -> None:
    info = await describe(processing, video(*VIDEOS[name]))
    expected = ("vp8", "opus") if name == "WebM" else ("h264", "aac")
    assert (info.kind, info.width, info.height) == ("video", 320, 240)
    assert (info.video_codec, info.audio_codec) == expected
    assert info.duration_ms is not None
    assert 2900 <= info.duration_ms <= 3100
    assert info.blurhash is not None
    assert len(info.blurhash) == 28


async def test_a_film_that_begins_in_black_shows_something_later(processing: Processing) -> None:
    made = shown(await thumbnail(processing, video(black_s=1), (160, 160)))
    assert colour_at(made, 0.1, 0.1) == "red"


async def test_a_film_held_upright_is_shown_upright(processing: Processing) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as made:
        stream: Any = made.add_stream("libx264", rate=5, options={"threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.open()
        for _ in range(5):
            made.mux(stream.encode(as_frame(photo(320, 240))))
        made.mux(stream.encode(None))
    data = bytearray(file.getvalue())
    # The matrix of the track's header: a quarter turn clockwise.
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    turn = (0, 0x10000, 0, -0x10000 & 0xFFFFFFFF, 0, 0, 240 << 16, 0, 0x40000000)
    data[at : at + 36] = b"".join(number.to_bytes(4, "big") for number in turn)
    poster = shown(await thumbnail(processing, bytes(data), (160, 160)))
    assert poster.size == (120, 160)
    corners = [colour_at(poster, 0.9, 0.1), colour_at(poster, 0.9, 0.9), colour_at(poster, 0.1, 0.1)]
    assert corners == ["red", "lime", "blue"]
    info = await describe(processing, bytes(data))
    assert (info.width, info.height) == (240, 320)
