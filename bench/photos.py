"""Photos of 24 megapixels as a phone takes them, each another file with another content."""

import functools
import io
import random

from PIL import Image, ImageDraw

SIZE = (6000, 4000)


@functools.cache
def _painted() -> bytes:
    """Paint one photo with areas, edges and grain, and write it as phones do."""
    dice = random.Random(24)  # noqa: S311
    grain = Image.effect_noise((SIZE[0] // 4, SIZE[1] // 4), 40).resize(SIZE, Image.Resampling.BICUBIC)
    across = Image.linear_gradient("L").rotate(90).resize(SIZE)
    picture = Image.merge("RGB", (grain, across, across.transpose(Image.Transpose.ROTATE_180)))
    draw = ImageDraw.Draw(picture)
    for _ in range(200):
        x, y, size = dice.randrange(SIZE[0]), dice.randrange(SIZE[1]), dice.randrange(20, 700)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(dice.randrange(256) for _ in range(3)))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=92)
    return written.getvalue()


def photo(number: int) -> bytes:
    """Give a photo of this number: a remark in front makes it another file, with the same work in it."""
    remark = f"number {number}".encode()
    data = _painted()
    return data[:2] + b"\xff\xfe" + (len(remark) + 2).to_bytes(2, "big") + remark + data[2:]
