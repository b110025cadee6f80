"""Files for the journeys, made here: a sound to speak into the fake microphone, photos with a place in them."""

from __future__ import annotations

import io
import math
import struct
import wave
from pathlib import Path

from PIL import Image

RATE = 48_000


def speak(path: Path, seconds: float = 3.0) -> Path:
    """Write a WAV: a third of silence, a third of a swelling tone, a third of silence."""
    frames = bytearray()
    for at in range(int(RATE * seconds)):
        part = at / (RATE * seconds)
        loudness = math.sin((part - 1 / 3) * 3 * math.pi) if 1 / 3 < part < 2 / 3 else 0.0
        frames += struct.pack("<h", int(26_000 * loudness * math.sin(2 * math.pi * 440 * at / RATE)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(frames))
    return path


def photo(width: int, height: int) -> bytes:
    """Make a JPEG of noise and colour, as hard to shrink as a photo, that says where it was taken."""
    base = Image.effect_noise((width // 4, height // 4), 60).resize((width, height))
    image = Image.merge("RGB", (base, base.rotate(180), Image.linear_gradient("L").resize((width, height))))
    exif = Image.Exif()
    exif[0x0110] = "Camera of a test"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (30.0, 15.0, 0.0), "E", (120.0, 10.0, 0.0)
    exif[0x8825] = gps
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()
