"""Damages real files in the ways that find holes in decoders: always the same ones for a seed."""

import random
from collections.abc import Callable, Iterator

from PIL import Image

from tests.media_processing.made import VIDEOS, VOICES, encoded, film_of, photo, video, voice

NUMBERS = (
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\0",
    b"\x80\0\0\0",
    b"\0\0\0\x01",
    b"\xff\xff\0\0",
)


def corpus() -> dict[str, bytes]:
    """Make one small file of each kind."""
    small = photo(64, 48)
    frames = [Image.new("RGB", (32, 24), colour) for colour in ("red", "lime", "blue")]
    files = {name: encoded(small, name) for name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF")}
    files["progressive JPEG"] = encoded(small, "JPEG", progressive=True)
    files["lossless WebP"] = encoded(small.convert("RGBA"), "WEBP", lossless=True)
    files |= {f"moving {name}": film_of(frames, name, duration=50) for name in ("GIF", "WEBP", "PNG", "AVIF")}
    files |= {name: video(*how, seconds=1, size=(64, 48)) for name, how in VIDEOS.items()}
    files |= {name: voice(*how, seconds=0.5) for name, how in VOICES.items()}
    return files


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Give so many damaged files, each with the name of what it was."""
    dice = random.Random(seed)  # noqa: S311
    files = corpus()
    names = sorted(files)
    for number in range(count):
        name = names[number % len(names)]
        data = bytearray(files[name])
        for _ in range(dice.choice((1, 1, 2, 5, 20))):
            dice.choice(_WAYS)(data, dice)
        if dice.random() < 0.05:
            other = files[dice.choice(names)]
            data = data[: dice.randrange(len(data) + 1)] + other[dice.randrange(len(other)) :]
        yield name, bytes(data)


def _place(data: bytearray, dice: random.Random) -> int:
    """Choose a place, most often among the headers in front."""
    return dice.randrange(min(len(data), 200) if dice.random() < 0.5 else len(data)) if data else 0


def _flip(data: bytearray, dice: random.Random) -> None:
    if data:
        data[_place(data, dice)] ^= 1 << dice.randrange(8)


def _overwrite(data: bytearray, dice: random.Random) -> None:
    at, number = _place(data, dice), dice.choice(NUMBERS)
    data[at : at + 4] = number[: len(data[at : at + 4])]


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[_place(data, dice) :]


def _drop(data: bytearray, dice: random.Random) -> None:
    at = _place(data, dice)
    del data[at : at + dice.randrange(1, 64)]


def _repeat(data: bytearray, dice: random.Random) -> None:
    at = _place(data, dice)
    data[at:at] = data[at : at + dice.randrange(1, 256)] * dice.choice((1, 1, 2, 50))


def _noise(data: bytearray, dice: random.Random) -> None:
    at = _place(data, dice)
    data[at : at + 16] = dice.randbytes(16)


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip, _overwrite, _overwrite, _cut, _drop, _repeat, _noise,
)  # fmt: skip
