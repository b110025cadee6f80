"""Which thumbnails exist: what is asked is rounded up to few usual sizes, so that few are made and kept. Pure."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["crop", "scale"]

LARGEST_SIDE = 4096
_SQUARES = (32, 96, 192, 320, 480, 640, 800)
_BOXES = ((32, 32), (96, 96), (320, 240), (640, 480), (800, 600))
"""The specification's ("Thumbnails"), whose two smallest are cropped ones."""


@dataclass(frozen=True, slots=True)
class ThumbnailWish:
    """A thumbnail that was asked for, in a size that is made."""

    width: int
    height: int
    method: Method
    animated: bool

    @property
    def kind(self) -> str:
        """Name it among what is made of a file."""
        return f"thumbnail-{self.method}-{self.width}x{self.height}-{'moving' if self.animated else 'still'}"


def wish_for(width: int, height: int, method: Method, *, animated: bool) -> ThumbnailWish:
    """Round a wish up to a usual size that is no smaller; one larger than all of them is made as it is asked.

    A crop keeps its proportions, so only squares are rounded.
    """
    width, height = min(width, LARGEST_SIDE), min(height, LARGEST_SIDE)
    if method == "crop" and width == height:
        side = next((side for side in _SQUARES if side >= width), width)
        width, height = side, side
    elif method == "scale":
        width, height = next((box for box in _BOXES if box[0] >= width and box[1] >= height), (width, height))
    return ThumbnailWish(width, height, method, animated)
