"""Makes real pictures, films and sounds with Pillow, pillow-heif and PyAV."""

import array
import functools
import io
import math
import random
import subprocess
from fractions import Fraction
from typing import Any

import av
import pillow_heif
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from PIL import Image, ImageDraw

from tests.debian import require_program

RATE = 48000


def photo(width: int, height: int, seed: int = 1) -> Image.Image:
    """Paint something with areas, edges and gradients: red above left, green right, blue below."""
    dice = random.Random(seed)  # noqa: S311
    picture = Image.new("RGB", (width, height), "gray")
    draw = ImageDraw.Draw(picture)
    for _ in range(30):
        x, y, size = dice.randrange(width), dice.randrange(height), max(2, dice.randrange(width) // 4)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(dice.randrange(256) for _ in range(3)))
    draw.rectangle((0, 0, width // 4, height // 4), fill="red")
    draw.rectangle((width - width // 4, 0, width, height // 4), fill="lime")
    draw.rectangle((0, height - height // 4, width // 4, height), fill="blue")
    return picture


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    """Write a picture in a format of Pillow's, or HEIF."""
    if format == "HEIF":
        pillow_heif.register_heif_opener()
    written = io.BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def film_of(frames: list[Image.Image], format: str, **options: Any) -> bytes:
    """Write an animated picture (GIF, WEBP, PNG)."""
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], **options)


@functools.cache
def picture_in(format: str, width: int = 400, height: int = 300) -> bytes:
    """Give a photo of this size in the format."""
    return encoded(photo(width, height), format)


@functools.cache
def video(
    container: str = "mp4",
    codec: str = "libx264",
    seconds: int = 3,
    size: tuple[int, int] = (320, 240),
    black_s: int = 0,
) -> bytes:
    """Make a film of coloured pictures, with a tone; it begins with `black_s` seconds of black."""
    file = io.BytesIO()
    sound_codec = "libopus" if container == "webm" else "aac"
    with av.open(file, "w", format=container) as made:
        picture: Any = made.add_stream(codec, rate=10, options={"threads": "1"})
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        sound = made.add_stream(sound_codec, rate=RATE, layout="mono")
        for number in range(seconds * 10):
            shown = (
                Image.new("RGB", size, "black") if number < black_s * 10 else photo(*size, seed=number // 10)
            )
            made.mux(picture.encode(as_frame(shown)))
        _encode_tone(made, sound, seconds, lambda at: 0.5)
        made.mux(picture.encode(None))
    return file.getvalue()


@functools.cache
def voice(container: str, codec: str, seconds: float = 4.0) -> bytes:
    """Make a sound that is silent in its first half, loud in its third quarter and half as loud in its last."""
    file = io.BytesIO()

    def loudness(at: float) -> float:
        part = at / seconds
        return 0.0 if part < 0.5 else 0.8 if part < 0.75 else 0.4

    with av.open(file, "w", format=container) as made:
        _encode_tone(made, made.add_stream(codec, rate=RATE, layout="mono"), seconds, loudness)
    return file.getvalue()


def spoken(words: str, language: str = "en") -> bytes:
    """Let espeak-ng say something, in Ogg Opus as apps record it."""
    file = io.BytesIO()
    with (
        av.open(io.BytesIO(spoken_wav(words, language)), "r") as said,
        av.open(file, "w", format="ogg") as made,
    ):
        stream = made.add_stream("libopus", rate=RATE, layout="mono")
        resampler = av.AudioResampler("s16", "mono", RATE, frame_size=960)
        for frame in (*said.decode(audio=0), None):
            for ready in resampler.resample(frame):
                made.mux(stream.encode(ready))
        made.mux(stream.encode(None))
    return file.getvalue()


@functools.cache
def spoken_wav(words: str, language: str = "en") -> bytes:
    """Let espeak-ng say something, which may be SSML; skips the test where it is missing, fails it in CI."""
    speaker = require_program(("espeak-ng",), ("espeak-ng",))
    command = [speaker, "-m", "-v", language, "--stdout", words]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _encode_tone(made: Any, stream: Any, seconds: float, loudness: Any) -> None:
    if not stream.codec_context.is_open:
        stream.codec_context.open()
    resampler = av.AudioResampler(
        stream.format.name, "mono", RATE, frame_size=stream.codec_context.frame_size or 960
    )
    samples = int(seconds * RATE)
    for start in range(0, samples, 4800):
        count = min(4800, samples - start)
        values = array.array(
            "h",
            (
                int(32000 * loudness(at / RATE) * math.sin(at * math.tau * 440 / RATE))
                for at in range(start, start + count)
            ),
        )
        frame = AudioFrame("s16", "mono", count)
        frame.planes[0].update(values.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        for ready in resampler.resample(frame):
            made.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        made.mux(stream.encode(ready))
    made.mux(stream.encode(None))


def as_frame(picture: Image.Image) -> Any:
    """Give a picture as a frame of a film."""
    return VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]


VOICES = {
    "Opus in Ogg": ("ogg", "libopus"),
    "Opus in WebM": ("webm", "libopus"),
    "AAC in MP4": ("mp4", "aac"),
    "AAC alone": ("adts", "aac"),
    "MP3": ("mp3", "libmp3lame"),
    "FLAC": ("flac", "flac"),
    "WAV": ("wav", "pcm_s16le"),
}
VIDEOS = {"MP4": ("mp4", "libx264"), "WebM": ("webm", "libvpx"), "MOV": ("mov", "libx264")}
