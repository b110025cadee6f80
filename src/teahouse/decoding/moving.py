"""Opens video and sound with FFmpeg's libraries (PyAV): the demuxer is forced, and nothing else is ever opened.

No playlist, no protocol, no reference to another file: FFmpeg sees one stream of bytes and can ask for no other.
"""

import contextlib
import functools
import io
from collections.abc import Iterator
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from teahouse.decoding import pictures, poster, sound, transcode_sound
from teahouse.decoding.frames import MOST_FRAME_PIXELS
from teahouse.decoding.jobs import InfoJob, MediaInfo, Thumbnail, ThumbnailJob, Transcoded, TranscodeJob
from teahouse.decoding.magic import Format, content_type_of
from teahouse.decoding.refusals import Refused

_DEMUXERS: dict[Format, str] = {
    "mp4": "mov",
    "mov": "mov",
    "matroska": "matroska",
    "ogg": "ogg",
    "mp3": "mp3",
    "aac": "aac",
    "flac": "flac",
    "wav": "wav",
}
MOST_PROBED_BYTES = 5_000_000


def warm_up() -> None:
    """Import and try everything once: afterwards this process can open no file, so it can import nothing."""
    av.logging.set_level(None)
    pictures.warm_up()
    for target in ("ogg", "m4a"):
        tone = io.BytesIO(transcode_sound.half_a_second(target))
        with opened("ogg" if target == "ogg" else "mp4", tone) as container:
            sound.measure(container, sound_of(container))
    poster.warm_up()


def thumbnail(job: ThumbnailJob, file: BinaryIO) -> Thumbnail:
    """Make a thumbnail of a telling frame."""
    with opened(job.format, file) as container:
        video = video_of(container)
        if video is None:
            raise Refused("unsupported", "Sound has no picture")
        return poster.thumbnail(container, video, (job.width, job.height), job.crop)


def describe(job: InfoJob, file: BinaryIO) -> MediaInfo:
    """Tell sizes, codecs and duration; the blurhash of video, the waveform of sound alone."""
    type_of = functools.partial(content_type_of, job.format)
    with opened(job.format, file) as container:
        video, audio = video_of(container), audio_of(container)
        if video is not None:
            return poster.describe(container, type_of(has_picture=True), video, audio)
        if audio is None:
            raise Refused("unsupported", "It has neither picture nor sound")
        return sound.describe(container, type_of(has_picture=False), audio)


def transcode(job: TranscodeJob, file: BinaryIO) -> Transcoded:
    """Write the sound in another form."""
    with opened(job.format, file) as container:
        return transcode_sound.write(container, sound_of(container), job.target)


@contextlib.contextmanager
def opened(format: Format, file: BinaryIO) -> Iterator[InputContainer]:
    """Open a file with the one demuxer of its format."""
    options = {"probesize": str(MOST_PROBED_BYTES), "max_streams": "32"}
    container = av.open(
        file, "r", format=_DEMUXERS[format], container_options=options, metadata_errors="replace"
    )
    with container:
        yield container


def video_of(container: InputContainer) -> VideoStream | None:
    """Give the first moving picture, ready to be decoded; a cover is none."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic and stream.codec_context is not None:
            context = stream.codec_context
            if context.width * context.height > MOST_FRAME_PIXELS:
                raise Refused("too_large", "The video's picture is too large")
            context.options = {"max_pixels": str(MOST_FRAME_PIXELS)}
            _alone(context)
            return stream
    return None


def audio_of(container: InputContainer) -> AudioStream | None:
    """Give the first sound, ready to be decoded."""
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            _alone(stream.codec_context)
            return stream
    return None


def sound_of(container: InputContainer) -> AudioStream:
    """Give the first sound; raises Refused when there is none."""
    audio = audio_of(container)
    if audio is None:
        raise Refused("unsupported", "It has no sound")
    return audio


def _alone(context: av.codec.context.CodecContext) -> None:
    """Decode without threads, which this process may not start."""
    context.thread_count = 1
    context.thread_type = "NONE"
