"""Thumbnails of pictures: size, shape, turn, colours, film."""

import io

import pytest
from PIL import ExifTags, Image, ImageCms

from teahouse.media.processing import Processing
from tests.media_processing.asking import colour_at, describe, shown, thumbnail
from tests.media_processing.made import encoded, film_of, photo, picture_in

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "HEIF"]


@pytest.mark.parametrize("format", FORMATS)
async def test_every_format_of_pictures_gets_a_thumbnail(processing: Processing, format: str) -> None:
    made = shown(await thumbnail(processing, picture_in(format), (200, 200)))
    assert made.size == (200, 150)
    corners = [colour_at(made, 0.1, 0.1), colour_at(made, 0.9, 0.1), colour_at(made, 0.1, 0.9)]
    assert corners == ["red", "lime", "blue"]


@pytest.mark.parametrize("format", FORMATS)
async def test_every_format_of_pictures_is_described(processing: Processing, format: str) -> None:
    info = await describe(processing, picture_in(format))
    assert (info.kind, info.width, info.height, info.frames) == ("picture", 400, 300, 1)
    assert info.blurhash is not None
    assert len(info.blurhash) == 28


async def test_cropped_thumbnails_have_the_asked_proportions_and_show_the_middle(
    processing: Processing,
) -> None:
    middle = Image.new("RGB", (400, 200), "red")
    middle.paste("blue", (100, 0, 300, 200))
    made = shown(await thumbnail(processing, encoded(middle, "PNG"), (96, 96), crop=True))
    assert made.size == (96, 96)
    assert {colour_at(made, x, 0.5) for x in (0.02, 0.5, 0.98)} == {"blue"}


@pytest.mark.parametrize(
    ("crop", "size"), [(False, (400, 300)), (True, (300, 300))], ids=["scaled", "cropped"]
)
async def test_nothing_is_made_larger_than_it_is(
    processing: Processing, crop: bool, size: tuple[int, int]
) -> None:  # fmt: skip
    made = shown(await thumbnail(processing, picture_in("JPEG"), (1600, 1600), crop=crop))
    assert made.size == size


@pytest.mark.parametrize("turn", range(1, 9))
async def test_pictures_are_shown_as_the_camera_was_held(processing: Processing, turn: int) -> None:
    upright = photo(400, 300)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    raw = upright.transpose(undo[turn]) if turn in undo else upright
    data = encoded(raw, "JPEG", exif=exif, quality=90)
    made = shown(await thumbnail(processing, data, (200, 200)))
    assert made.size == (200, 150)
    corners = [colour_at(made, 0.1, 0.1), colour_at(made, 0.9, 0.1), colour_at(made, 0.1, 0.9)]
    assert corners == ["red", "lime", "blue"]
    info = await describe(processing, data)
    assert (info.width, info.height) == (400, 300)
    assert not made.getexif()


async def test_what_shines_through_still_does(processing: Processing) -> None:
    picture = Image.new("RGBA", (200, 200), (255, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 100, 200))
    for format in ("PNG", "WEBP"):
        made = shown(await thumbnail(processing, encoded(picture, format, lossless=True), (50, 50)))
        assert made.format == "PNG"
        assert made.getpixel((5, 25))[3] == 0  # type: ignore[index]
        assert made.getpixel((45, 25))[3] == 255  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
async def test_unusual_modes_show_their_brightness(processing: Processing, mode: str) -> None:
    if mode == "I;16":
        picture = Image.new("I;16", (100, 100), 65535)
        picture.paste(0, (0, 0, 50, 100))
    else:
        rgb = Image.new("RGB", (100, 100), "white")
        rgb.paste("black", (0, 0, 50, 100))
        picture = rgb.convert(mode)
    data = encoded(picture, "JPEG" if mode == "CMYK" else "PNG")
    made = shown(await thumbnail(processing, data, (50, 50)))
    assert [colour_at(made, x, 0.5) for x in (0.1, 0.9)] == ["black", "white"]


async def test_a_wide_gamut_profile_is_applied_so_that_every_screen_shows_the_same(
    processing: Processing,
) -> None:
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = encoded(Image.new("RGB", (64, 64), (200, 100, 50)), "PNG")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged = encoded(Image.new("RGB", (64, 64), (200, 100, 50)), "PNG", icc_profile=srgb)
    senseless = encoded(Image.new("RGB", (64, 64), (200, 100, 50)), "PNG", icc_profile=swapped)
    for data in (plain, tagged, senseless):
        found = shown(await thumbnail(processing, data, (32, 32))).getpixel((16, 16))
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 6 for a, b in zip(found, (200, 100, 50), strict=True))
        assert "icc_profile" not in shown(await thumbnail(processing, data, (32, 32))).info


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
async def test_films_move_when_that_is_asked_and_stand_still_otherwise(
    processing: Processing, format: str
) -> None:
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("red", "lime", "blue")]
    data = film_of(frames, format, duration=[100, 200, 300], loop=0)
    moving = shown(await thumbnail(processing, data, (50, 50), animated=True))
    assert (moving.format, moving.n_frames, moving.size) == ("WEBP", 3, (50, 25))  # type: ignore[attr-defined]
    seen = []
    for number in range(3):
        moving.seek(number)
        moving.load()
        seen.append((colour_at(moving, 0.5, 0.5), moving.info["duration"]))
    assert seen == [("red", 100), ("lime", 200), ("blue", 300)]
    still = shown(await thumbnail(processing, data, (50, 50)))
    assert (still.format, colour_at(still, 0.5, 0.5)) == ("JPEG", "red")
    assert (await describe(processing, data)).frames == 3


async def test_a_still_picture_stands_still_when_a_film_is_asked(processing: Processing) -> None:
    made = shown(await thumbnail(processing, picture_in("JPEG"), (96, 96), animated=True))
    assert made.format == "JPEG"


async def test_a_thumbnail_tells_nothing_of_the_camera(processing: Processing) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Secretcam"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 0.0)
    data = encoded(photo(300, 200), "JPEG", exif=exif, comment=b"Secretcam")
    assert b"Secretcam" in data
    made = await thumbnail(processing, data, (96, 96))
    assert b"Secretcam" not in made.data
    assert not Image.open(io.BytesIO(made.data)).getexif()
