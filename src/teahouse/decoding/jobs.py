"""Owns the words between the server and a worker: jobs, answers, and the reads a worker asks for.

Both sides decode them strictly: a worker that was taken over can say nothing but these.
"""

from typing import Literal

from msgspec import Struct

from teahouse.decoding.magic import Format

MOST_MESSAGE_BYTES = 96 * 1024 * 1024
"""The longest answer that the server takes from a worker."""

Reason = Literal["unsupported", "broken", "too_large"]


class ThumbnailJob(Struct, tag="thumbnail", frozen=True):
    """Make a picture of at least `width` x `height`, or the original's size where that is smaller."""

    format: Format
    width: int
    height: int
    crop: bool
    animated: bool = False


class InfoJob(Struct, tag="info", frozen=True):
    """Tell what a message about this file says of it."""

    format: Format


class TranscodeJob(Struct, tag="transcode", frozen=True):
    """Make Ogg (Opus) or MP4 (AAC) of the file's sound."""

    format: Format
    target: Literal["ogg", "m4a"]


class StripJob(Struct, tag="strip", frozen=True):
    """Find what tells place and device, so that it can be left out."""

    format: Format


Job = ThumbnailJob | InfoJob | TranscodeJob | StripJob


class Assignment(Struct, frozen=True):
    """A job as it goes to a worker. With `has_file` a descriptor comes along; without, the worker asks for bytes."""

    job: Job
    size: int
    has_file: bool


class Read(Struct, tag="read", frozen=True):
    """The worker wants these bytes of the file; they come as they are, without a frame."""

    offset: int
    length: int


class Thumbnail(Struct, tag="thumbnail", frozen=True):
    """A finished thumbnail."""

    content_type: Literal["image/jpeg", "image/png", "image/webp"]
    width: int
    height: int
    data: bytes


class MediaInfo(Struct, tag="info", frozen=True):
    """What a file is; what it doesn't have is None. `waveform` has 100 numbers from 0 to 1024."""

    kind: Literal["picture", "video", "audio"]
    content_type: str
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration_ms: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    blurhash: str | None = None
    waveform: list[int] | None = None


class Transcoded(Struct, tag="transcoded", frozen=True):
    """Sound in the wished form."""

    content_type: Literal["audio/ogg", "audio/mp4"]
    duration_ms: int
    data: bytes


class Edits(Struct, tag="edits", frozen=True):
    """The file without what tells place and device: pieces in order, ranges of the original or bytes.

    None when the original holds nothing of the kind.
    """

    pieces: list[tuple[int, int] | bytes] | None


class Failure(Struct, tag="failure", frozen=True):
    """The job can't be done, and why; `words` are for people. `is_last` says that the worker ends with it."""

    reason: Reason
    words: str
    is_last: bool = False


Answer = Thumbnail | MediaInfo | Transcoded | Edits | Failure
