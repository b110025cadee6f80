"""Makes thumbnails of pictures, and describes them. One decoder, forced; the header is checked before it decodes."""

import io
import warnings
from typing import BinaryIO

import blurhash
import pillow_heif
from PIL import AvifImagePlugin, ExifTags, Image, ImageOps

from teahouse.decoding import animated, colours, frames, shapes
from teahouse.decoding.jobs import InfoJob, MediaInfo, Thumbnail, ThumbnailJob
from teahouse.decoding.magic import Format, content_type_of
from teahouse.decoding.refusals import Refused
from teahouse.decoding.shapes import Size

MOST_FILE_BYTES = 128 * 1024 * 1024
JPEG_QUALITY = 82
SPARE = 2.0
"""The decoder may hand over this much more than is needed: scaling the rest makes it sharp."""

_PILLOW_NAMES: dict[Format, str] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "avif": "AVIF",
    "heic": "HEIF",
}
_SIDEWAYS = {5, 6, 7, 8}


def warm_up() -> None:
    """Import and try everything once: afterwards this process can open no file, so it can import nothing."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1
    Image.MAX_IMAGE_PIXELS = frames.MOST_FRAME_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.init()
    for name in ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "HEIF"):
        sample = io.BytesIO()
        try:
            Image.new("RGB", (64, 64)).save(sample, name)
        except OSError:
            continue
        for asked in (8, 64):
            opened = Image.open(sample, formats=[name])
            _still(opened, (asked, asked), crop=True)
    sample = io.BytesIO(animated.two_frames())
    animated.thumbnail(Image.open(sample, formats=["GIF"]), 2, (8, 8), crop=True)
    blurhash_of(Image.new("RGB", (4, 4)))


def thumbnail(job: ThumbnailJob, file: BinaryIO) -> Thumbnail:
    """Make a thumbnail; an animated one where that was asked and the picture moves."""
    picture, count = open_picture(job.format, file)
    asked = (job.width, job.height)
    if job.animated and count > 1:
        return animated.thumbnail(picture, count, asked, job.crop)
    return encode(_still(picture, asked, job.crop))


def describe(job: InfoJob, file: BinaryIO) -> MediaInfo:
    """Tell the size as it is shown, the frames, and the blurhash."""
    picture, count = open_picture(job.format, file)
    size = shapes.turned(picture.size) if _orientation(picture) in _SIDEWAYS else picture.size
    small = _still(picture, (64, 64), crop=False)
    return MediaInfo(
        "picture",
        content_type_of(job.format, has_picture=True),
        size[0],
        size[1],
        frames=count,
        blurhash=blurhash_of(small),
    )


def open_picture(format: Format, file: BinaryIO) -> tuple[Image.Image, int]:
    """Open a picture with the decoder of its format, and count its frames; nothing is decoded yet."""
    if file.seek(0, io.SEEK_END) > MOST_FILE_BYTES:
        raise Refused("too_large", f"A picture may have at most {MOST_FILE_BYTES // 1024 // 1024} MiB")
    file.seek(0)
    try:
        count = frames.count(format, file)
        picture = Image.open(file, formats=[_PILLOW_NAMES[format]])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        frames.check_size(2**16, 2**16)
        raise
    if format in {"avif", "heic"}:
        count = getattr(picture, "n_frames", 1) if format == "avif" else 1
    frames.check_size(*picture.size, count)
    return picture, count


def encode(picture: Image.Image) -> Thumbnail:
    """Write a thumbnail: PNG when something shines through, JPEG otherwise."""
    written = io.BytesIO()
    # Writers would put comments and profiles of the original into the thumbnail.
    picture.info = {}
    if colours.is_opaque(picture):
        opaque = picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")
        opaque.save(written, "JPEG", quality=JPEG_QUALITY)
        return Thumbnail("image/jpeg", *picture.size, written.getvalue())
    picture.save(written, "PNG")
    return Thumbnail("image/png", *picture.size, written.getvalue())


def blurhash_of(picture: Image.Image) -> str:
    """Give the blurhash of a picture that is small already."""
    small = picture.convert("RGB").resize((32, 32), Image.Resampling.BOX)
    data = small.tobytes()
    rows = [[list(data[at : at + 3]) for at in range(row, row + 96, 3)] for row in range(0, 32 * 96, 96)]
    across, down = (4, 3) if picture.width >= picture.height else (3, 4)
    return str(blurhash.encode(rows, across, down))


def _still(picture: Image.Image, asked: Size, crop: bool) -> Image.Image:
    """Decode the first frame no larger than needed, scale it, and turn it upright."""
    orientation = _orientation(picture)
    wanted = shapes.turned(asked) if orientation in _SIDEWAYS else asked
    profile = picture.info.get("icc_profile")
    before = picture.size
    target = shapes.fit(before, wanted, crop).size
    part = _scale_for(before, target, crop)
    picture.draft(picture.mode, (int(part[0] * SPARE), int(part[1] * SPARE)))
    shape = shapes.fit(picture.size, target, crop)
    readied = colours.plain(picture)
    scaled = readied.resize(target, Image.Resampling.LANCZOS, box=shape.box, reducing_gap=SPARE)
    upright = ImageOps.exif_transpose(_with_orientation(scaled, orientation))
    return colours.to_srgb(upright, profile)


def _scale_for(original: Size, target: Size, crop: bool) -> Size:
    """Say how large the whole picture is when the part that is shown has the target's size."""
    if not crop:
        return target
    factor = max(target[0] / original[0], target[1] / original[1])
    return int(original[0] * factor) + 1, int(original[1] * factor) + 1


def _orientation(picture: Image.Image) -> int:
    """Read how the camera was held; nonsense is upright."""
    try:
        found = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _with_orientation(picture: Image.Image, orientation: int) -> Image.Image:
    picture.info.pop("exif", None)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture.info["exif"] = exif.tobytes()
    return picture
