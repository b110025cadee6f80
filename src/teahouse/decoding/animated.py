"""Makes animated thumbnails: WebP, one frame in memory at a time."""

import io

from PIL import Image

from teahouse.decoding import colours, shapes
from teahouse.decoding.jobs import Thumbnail
from teahouse.decoding.shapes import Shape, Size

QUALITY = 70
EFFORT = 2
SHORTEST_MS = 20
"""Viewers show frames that claim less than this at a speed of their own."""
USUAL_MS = 100


class _Film(Image.Image):
    """A picture that becomes the next scaled frame when it is sought to; Pillow's writer takes it for a film."""

    def __init__(self, source: Image.Image, frames: int, shape: Shape) -> None:
        super().__init__()
        self.n_frames = frames
        self.durations = [0] * frames
        self._source = source
        self._shape = shape
        self._show(0)

    def seek(self, frame: int) -> None:
        if frame != self._at:
            self._show(frame)

    def tell(self) -> int:
        return self._at

    def _show(self, frame: int) -> None:
        self._source.seek(frame)
        readied = colours.plain(self._source)
        scaled = readied.resize(
            self._shape.size, Image.Resampling.BICUBIC, box=self._shape.box, reducing_gap=2.0
        )
        shown = scaled if scaled.mode in {"RGB", "RGBA"} else scaled.convert("RGB")
        self.im = shown.im
        self._mode = shown.mode
        self._size = shown.size
        self._at = frame
        claimed = int(self._source.info.get("duration", USUAL_MS) or USUAL_MS)
        self.durations[frame] = claimed if claimed >= SHORTEST_MS else USUAL_MS


def thumbnail(picture: Image.Image, frames: int, asked: Size, crop: bool) -> Thumbnail:
    """Scale every frame, and keep their times and how often they repeat."""
    shape = shapes.fit(picture.size, asked, crop)
    loop = int(picture.info.get("loop", 0 if picture.format != "GIF" else 1) or 0)
    film = _Film(picture, frames, shape)
    written = io.BytesIO()
    film.save(
        written, "WEBP", save_all=True, duration=film.durations, loop=loop, quality=QUALITY, method=EFFORT
    )  # fmt: skip
    return Thumbnail("image/webp", *shape.size, written.getvalue())


def two_frames() -> bytes:
    """Give a tiny film, for whoever needs to try one."""
    first, second = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    written = io.BytesIO()
    first.save(written, "GIF", save_all=True, append_images=[second])
    return written.getvalue()
