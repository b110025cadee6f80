"""Listens to sound: its true duration, and the waveform that a voice message shows."""

from dataclasses import dataclass

from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from teahouse.decoding.jobs import MediaInfo
from teahouse.decoding.loudness import POINTS, waveform
from teahouse.decoding.refusals import Refused
from teahouse.decoding.times import duration_ms

RATE = 8000
WINDOW = 80
"""Samples of which the loudest counts: a hundredth of a second."""
LONGEST_S = 60 * 60
"""Sound beyond this is not listened to as a whole: it gets no waveform, and its claimed duration."""
__all__ = ["POINTS", "describe", "measure"]


@dataclass(frozen=True)
class Heard:
    """What listening found; `peaks` are the loudest samples of each hundredth of a second, 0 to 32768."""

    duration_ms: int
    peaks: list[int]


def describe(container: InputContainer, content_type: str, audio: AudioStream) -> MediaInfo:
    """Describe sound: codec, duration as heard, waveform."""
    codec = audio.codec_context.codec.canonical_name
    claimed = duration_ms(container, audio)
    heard = measure(container, audio)
    if heard is None:
        return MediaInfo("audio", content_type, duration_ms=claimed, audio_codec=codec)
    return MediaInfo(
        "audio", content_type, duration_ms=heard.duration_ms, audio_codec=codec, waveform=waveform(heard.peaks)
    )  # fmt: skip


def measure(container: InputContainer, audio: AudioStream) -> Heard | None:
    """Listen to the whole; None when there is too much. Raises Refused when there is nothing to hear."""
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    peaks: list[int] = []
    samples, rest = 0, b""
    for frame in container.decode(audio):
        for resampled in resampler.resample(frame):
            rest += bytes(resampled.planes[0])[: resampled.samples * 2]
            samples += resampled.samples
        if samples > LONGEST_S * RATE:
            return None
        rest = _take_windows(rest, peaks)
    for resampled in resampler.resample(None):
        rest += bytes(resampled.planes[0])[: resampled.samples * 2]
        samples += resampled.samples
    rest = _take_windows(rest, peaks)
    if rest:
        peaks.append(_peak(memoryview(rest).cast("h")))
    if not samples:
        raise Refused("broken", "There is no sound that can be decoded")
    return Heard(round(samples * 1000 / RATE), peaks)


def _take_windows(heard: bytes, peaks: list[int]) -> bytes:
    """Add the peaks of the whole windows, and give what is left."""
    values = memoryview(heard).cast("h")
    whole = len(values) // WINDOW * WINDOW
    peaks.extend(_peak(values[at : at + WINDOW]) for at in range(0, whole, WINDOW))
    return heard[whole * 2 :]


def _peak(values: memoryview) -> int:
    highest, lowest = max(values), min(values)
    return max(highest, -lowest)
