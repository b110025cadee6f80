"""Place and device go from public pictures and films; what is seen and heard stays the same to the last bit."""

import io
from typing import Any

import av
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from teahouse.media.processing import Processing
from tests.media_processing.asking import colour_at, describe, stripped
from tests.media_processing.made import encoded, film_of, photo, picture_in, video

SECRET = b"Secretcam"


def telling_exif(turn: int = 1) -> Image.Exif:
    """Give what a phone writes into its pictures."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.25)
    return exif


def pixels(data: bytes) -> bytes:
    """Decode a picture as it is stored."""
    return Image.open(io.BytesIO(data)).tobytes()


def telling(format: str, turn: int = 1) -> bytes:
    """Make a picture that tells its camera in every way its format has."""
    options: dict[str, Any] = {"exif": telling_exif(turn)}
    if format == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", SECRET.decode())
        texts.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        options["pnginfo"] = texts
    elif format == "HEIF":
        options["xmp"] = SECRET
    else:
        options |= {"xmp": b"<x>" + SECRET + b"</x>"} | ({"comment": SECRET} if format == "JPEG" else {})
    return encoded(photo(120, 80), format, **options)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
async def test_pictures_lose_their_secrets_and_no_pixel(processing: Processing, format: str) -> None:
    data = telling(format)
    assert SECRET in data
    clean = await stripped(processing, data)
    assert SECRET not in clean
    exif = Image.open(io.BytesIO(clean)).getexif()
    assert ExifTags.Base.Make not in exif
    assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
    assert pixels(clean) == pixels(data)
    assert await stripped(processing, clean) == clean


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
async def test_pictures_stay_turned_as_they_were(processing: Processing, format: str) -> None:
    clean = await stripped(processing, telling(format, turn=6))
    assert SECRET not in clean
    assert Image.open(io.BytesIO(clean)).getexif()[ExifTags.Base.Orientation] == 6
    info = await describe(processing, clean)
    assert (info.width, info.height) == (80, 120)


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"subsampling": 0, "quality": 95}, {"restart_marker_rows": 1}]
)
async def test_every_way_of_writing_jpeg_keeps_its_scans(
    processing: Processing, options: dict[str, Any]
) -> None:
    data = encoded(photo(120, 80), "JPEG", exif=telling_exif(), **options)
    clean = await stripped(processing, data)
    assert SECRET not in clean
    assert pixels(clean) == pixels(data)


async def test_what_hangs_behind_a_picture_goes(processing: Processing) -> None:
    for format in ("JPEG", "PNG", "GIF"):
        data = encoded(photo(120, 80), format)
        assert await stripped(processing, data + b"<script>" + SECRET) == await stripped(processing, data)


async def test_colours_stay_as_they_are(processing: Processing) -> None:
    profile = b"\0" * 128 + b"a profile"
    for format in ("JPEG", "PNG", "WEBP"):
        clean = await stripped(
            processing, encoded(photo(64, 64), format, icc_profile=profile, exif=telling_exif())
        )
        assert Image.open(io.BytesIO(clean)).info["icc_profile"] == profile


async def test_films_of_pictures_keep_moving_without_comments(processing: Processing) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    data = film_of(frames, "GIF", duration=100, loop=3, comment=SECRET)
    assert SECRET in data
    clean = Image.open(io.BytesIO(await stripped(processing, data)))
    assert "comment" not in clean.info
    assert (clean.n_frames, clean.info["loop"]) == (3, 3)  # type: ignore[attr-defined]
    clean.seek(2)
    assert colour_at(clean, 0.5, 0.5) == "blue"


def with_location(container: str) -> bytes:
    """Make a film that tells where and with what it was made, and when it was made public."""
    file = io.BytesIO()
    with (
        av.open(io.BytesIO(video(container)), "r") as source,
        av.open(file, "w", format=container, options={"movflags": "use_metadata_tags"}) as made,
    ):
        made.metadata.update(
            {
                "location": "+52.5200+013.4050/",
                "make": SECRET.decode(),
                "comment": SECRET.decode(),
            }
        )
        streams = {stream.index: made.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                made.mux(packet)
    return file.getvalue()


@pytest.mark.parametrize("container", ["mp4", "mov"])
async def test_films_lose_place_and_device_and_no_frame(processing: Processing, container: str) -> None:
    data = with_location(container)
    assert SECRET in data
    assert b"+52.52" in data
    clean = await stripped(processing, data)
    assert SECRET not in clean
    assert b"+52.52" not in clean
    assert len(clean) == len(data)

    def seen_and_heard(film: bytes) -> list[bytes]:
        with av.open(io.BytesIO(film), "r") as opened:
            return [bytes(packet) for packet in opened.demux()]

    assert seen_and_heard(clean) == seen_and_heard(data)


async def test_a_track_that_logs_places_goes_with_its_samples(processing: Processing) -> None:
    # A track of sound is made one of metadata by its handler's name; its samples are what must go.
    data = bytearray(video("mp4"))
    at = data.index(b"soun")
    data[at : at + 4] = b"camm"
    with av.open(io.BytesIO(video("mp4")), "r") as opened:
        logged = [bytes(packet) for packet in opened.demux(audio=0) if packet.size > 20]
    assert logged
    assert all(sample in bytes(data) for sample in logged)
    clean = await stripped(processing, bytes(data))
    assert not any(sample in clean for sample in logged)
    with av.open(io.BytesIO(clean), "r") as opened:
        assert [stream.type for stream in opened.streams] == ["video"]


async def test_a_file_that_tells_nothing_is_left_as_it_is(processing: Processing) -> None:
    for data in (picture_in("PNG"), picture_in("WEBP"), picture_in("JPEG")):
        assert await stripped(processing, data) == data
