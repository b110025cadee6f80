"""What looks into people's files: a program of its own, run as confined worker processes, never in the server.

    jobs.py       what may be asked and answered (light: the server imports it)
    magic.py      what a file is, by its first bytes alone
    __main__.py   the worker: takes a job, answers, again;  confine.py  what it may no longer do
    pictures.py   thumbnails of pictures;  frames.py  counts before decoding;  animated.py  colours.py
    moving.py     opens video and sound;  poster.py  sound.py  transcode.py
    strip*.py     where a file tells place and device

Imports nothing of ours. Only the worker imports Pillow, PyAV and pillow-heif; `media.processing` starts workers and
speaks with them. Whatever a file claims, its format is what its first bytes say, and only that decoder is tried.
"""

from teahouse.decoding.jobs import (
    MOST_MESSAGE_BYTES,
    Answer,
    Assignment,
    Edits,
    Failure,
    InfoJob,
    Job,
    MediaInfo,
    Read,
    StripJob,
    Thumbnail,
    ThumbnailJob,
    Transcoded,
    TranscodeJob,
)
from teahouse.decoding.magic import HEAD_BYTES, STRIPPABLE, Format, Kind, recognise

__all__ = [
    "HEAD_BYTES",
    "MOST_MESSAGE_BYTES",
    "STRIPPABLE",
    "Answer",
    "Assignment",
    "Edits",
    "Failure",
    "Format",
    "InfoJob",
    "Job",
    "Kind",
    "MediaInfo",
    "Read",
    "StripJob",
    "Thumbnail",
    "ThumbnailJob",
    "TranscodeJob",
    "Transcoded",
    "recognise",
]
