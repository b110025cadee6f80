"""Writes sound as Ogg (Opus) or MP4 (AAC), for apps that can't play what was sent.

Opus that only lies in another container (WebM, as browsers record) is moved without being encoded again.
"""

import io
from fractions import Fraction
from itertools import chain
from typing import Literal

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

from teahouse.decoding.jobs import Transcoded
from teahouse.decoding.refusals import Refused

Target = Literal["ogg", "m4a"]
LONGEST_S = 60 * 60
BIT_RATES = {"libopus": 40_000, "aac": 64_000}
"""For each channel."""
_FORMS: dict[Target, tuple[str, str, str]] = {
    "ogg": ("ogg", "libopus", "s16"),
    "m4a": ("mp4", "aac", "fltp"),
}


def write(container: InputContainer, audio: AudioStream, target: Target) -> Transcoded:
    """Write the sound in the target's form; raises Refused for what is too long."""
    file = io.BytesIO()
    format, codec, sample_format = _FORMS[target]
    with av.open(file, "w", format=format) as made:
        if target == "ogg" and audio.codec_context.name in {"opus", "libopus"}:
            seconds = _move(container, audio, made)
        else:
            seconds = _encode(container, audio, made, codec, sample_format)
    if seconds <= 0:
        raise Refused("broken", "There is no sound that can be decoded")
    return Transcoded("audio/ogg" if target == "ogg" else "audio/mp4", round(seconds * 1000), file.getvalue())


def half_a_second(target: Target) -> bytes:
    """Give half a second of silence in the target's form, for whoever needs to try some."""
    file = io.BytesIO()
    format, codec, sample_format = _FORMS[target]
    with av.open(file, "w", format=format) as made:
        stream = _stream(made, codec, 1)
        frame = AudioFrame(sample_format, "mono", 24000)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48000, 0
        made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return file.getvalue()


def _move(container: InputContainer, audio: AudioStream, made: OutputContainer) -> Fraction:
    """Copy the packets from one container to the other."""
    stream = made.add_stream_from_template(audio)
    start, end = None, Fraction(0)
    for packet in container.demux(audio):
        if packet.dts is None or packet.pts is None or packet.time_base is None:
            continue
        start = packet.pts if start is None else start
        end = max(end, (packet.pts - start + (packet.duration or 0)) * packet.time_base)
        _check(end)
        packet.stream = stream
        made.mux(packet)
    return end


def _encode(
    container: InputContainer, audio: AudioStream, made: OutputContainer, codec: str, sample_format: str
) -> Fraction:
    """Decode, and encode anew; times begin at zero and have no holes."""
    channels = 1 if audio.codec_context.channels == 1 else 2
    stream = _stream(made, codec, channels)
    resampler = AudioResampler(
        sample_format,
        "mono" if channels == 1 else "stereo",
        48000,
        frame_size=stream.codec_context.frame_size,
    )
    samples = 0
    for frame in chain(container.decode(audio), [None]):
        for resampled in resampler.resample(frame):
            resampled.pts, resampled.time_base = samples, Fraction(1, 48000)
            samples += resampled.samples
            made.mux(stream.encode(resampled))
        _check(Fraction(samples, 48000))
    made.mux(stream.encode(None))
    return Fraction(samples, 48000)


def _stream(made: OutputContainer, codec: str, channels: int) -> AudioStream:
    stream = made.add_stream(codec, rate=48000, layout="mono" if channels == 1 else "stereo")
    if not isinstance(stream, AudioStream):
        raise TypeError(f"{codec} is no codec for sound")
    stream.bit_rate = BIT_RATES[codec] * channels
    stream.codec_context.thread_count = 1
    stream.codec_context.open()
    return stream


def _check(seconds: Fraction) -> None:
    if seconds > LONGEST_S:
        raise Refused("too_large", f"Only sound of up to {LONGEST_S // 60} minutes is rewritten")
