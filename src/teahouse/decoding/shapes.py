"""The geometry of thumbnails: which part of a picture is shown, and how large. Pure."""

from dataclasses import dataclass

Size = tuple[int, int]


@dataclass(frozen=True)
class Shape:
    """Which part of the original is taken, and the size that it becomes."""

    box: tuple[float, float, float, float]
    size: Size


def fit(original: Size, asked: Size, crop: bool) -> Shape:
    """Shape an original for what was asked; nothing is ever made larger than it is.

    Scaled, all of it fits into what was asked; cropped, its middle has exactly the asked proportions.
    """
    width, height = original
    if not crop:
        factor = min(1.0, asked[0] / width, asked[1] / height)
        return Shape((0.0, 0.0, width, height), (_whole(width * factor), _whole(height * factor)))
    shrunk = min(1.0, width / asked[0], height / asked[1])
    size = (_whole(asked[0] * shrunk), _whole(asked[1] * shrunk))
    part = min(width / size[0], height / size[1])
    # Rounding may leave a hair less than nothing, which Pillow refuses.
    left, top = max(0.0, (width - size[0] * part) / 2), max(0.0, (height - size[1] * part) / 2)
    return Shape((left, top, width - left, height - top), size)


def turned(size: Size) -> Size:
    """Swap the sides, as a picture that lies on its side needs."""
    return size[1], size[0]


def _whole(length: float) -> int:
    return max(1, round(length))
