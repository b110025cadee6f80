"""Pictures made on the spot: hills under a sky for posts, discs for faces. The same dice draw the same picture."""

import colorsys
import io
import math
import random

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
SKIES = (0.53, 0.56, 0.6, 0.05, 0.09, 0.93, 0.72)
GROUNDS = (0.28, 0.36, 0.45, 0.58, 0.68, 0.06)


def landscape(dice: random.Random, size: tuple[int, int] = (1200, 800)) -> bytes:
    """Draw hills, a sky and a sun; gives a JPEG."""
    width, height = size
    hue, ground, is_evening = dice.choice(SKIES), dice.choice(GROUNDS), dice.random() < 0.5
    sky = Image.linear_gradient("L").resize(size)
    high, low = _colour(hue, 0.55, 0.35 if is_evening else 0.85), _colour(hue + 0.12, 0.45, 0.95)
    picture = Image.composite(Image.new("RGB", size, low), Image.new("RGB", size, high), sky)
    pen = ImageDraw.Draw(picture)
    at, radius = (
        (dice.uniform(0.2, 0.8) * width, dice.uniform(0.2, 0.45) * height),
        height * dice.uniform(0.04, 0.09),
    )
    pen.ellipse(
        (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=_colour(hue + 0.1, 0.15, 1.0)
    )
    layers = dice.randint(3, 5)
    for layer in range(layers):
        share = (layer + 1) / layers
        pen.polygon(_hill(dice, size, share), fill=_colour(ground, 0.2 + 0.35 * share, 0.8 - 0.5 * share))
    return _encoded(picture)


def face(dice: random.Random, side: int = 400) -> bytes:
    """Draw overlapping discs on a ground; gives a JPEG."""
    hue = dice.random()
    picture = Image.new("RGB", (side, side), _colour(hue, 0.35, 0.95))
    pen = ImageDraw.Draw(picture)
    for step in range(dice.randint(3, 5)):
        radius = side * dice.uniform(0.15, 0.4)
        x, y = side * dice.uniform(0.2, 0.8), side * dice.uniform(0.2, 0.8)
        pen.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            fill=_colour(hue + 0.13 * (step + 1), 0.55, 0.85),
        )
    return _encoded(picture)


def _hill(dice: random.Random, size: tuple[int, int], share: float) -> list[tuple[float, float]]:
    width, height = size
    ground, swing = height * (0.45 + 0.4 * share), height * dice.uniform(0.04, 0.1)
    waves = [(dice.uniform(0.6, 3.0), dice.uniform(0, math.tau)) for _ in range(3)]
    line = [
        (
            x,
            ground
            + swing * sum(math.sin(x / width * math.tau * pace + start) / pace for pace, start in waves),
        )
        for x in range(0, width + 1, 8)
    ]
    return [(0, height), *((float(x), y) for x, y in line), (width, height)]


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def _encoded(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=85)
    return made.getvalue()
