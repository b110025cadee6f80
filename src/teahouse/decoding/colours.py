"""Brings a picture's colours into a form that every screen shows the same: RGB(A) or grey, in sRGB."""

import contextlib
import io

from PIL import Image, ImageCms

MOST_PROFILE_BYTES = 1024 * 1024
_SRGB = ImageCms.createProfile("sRGB")


def plain(picture: Image.Image) -> Image.Image:
    """Turn any mode into one that can be scaled well: L, RGB, RGBA or CMYK."""
    if picture.mode in {"P", "PA", "LA", "La", "RGBa"} or "transparency" in picture.info:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L")
    if picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L")
    if picture.mode == "1":
        return picture.convert("L")
    return picture if picture.mode in {"L", "RGB", "RGBA", "CMYK"} else picture.convert("RGB")


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Apply the colour profile; one that makes no sense is left out, as viewers do."""
    wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile and len(profile) <= MOST_PROFILE_BYTES:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode=wanted)
            if converted is not None:
                return converted
    return picture if picture.mode == "L" else picture.convert(wanted)


def is_opaque(picture: Image.Image) -> bool:
    """Say whether nothing shines through."""
    return picture.mode != "RGBA" or picture.getchannel("A").getextrema() == (255, 255)
