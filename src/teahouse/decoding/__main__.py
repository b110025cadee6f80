"""The worker: `python -m teahouse.decoding KIND`, with a socket to the server as standard input.

Ends when the server does. Answers every job with exactly one answer, or dies of it; the server starts another.
"""

import io
import os
import socket
import sys
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from teahouse.decoding import (
    Answer,
    Edits,
    Failure,
    InfoJob,
    Job,
    Kind,
    MediaInfo,
    StripJob,
    Thumbnail,
    ThumbnailJob,
    Transcoded,
    TranscodeJob,
)
from teahouse.decoding.channel import RemoteFile, receive_assignment, send
from teahouse.decoding.confine import allow_time, confine
from teahouse.decoding.refusals import Refused

Do = Callable[[Job, BinaryIO], Answer]


def main() -> None:
    """Serve jobs until the server goes away."""
    kind: Kind = msgspec.convert(sys.argv[1], Kind)
    work = _moving() if kind == "moving" else _pictures()
    server = socket.socket(fileno=0)
    confine(kind)
    send(server, Edits(None))
    while (given := receive_assignment(server)) is not None:
        assignment, descriptor = given
        raw: io.RawIOBase = (
            io.FileIO(descriptor, "rb") if descriptor is not None else RemoteFile(server, assignment.size)
        )
        with io.BufferedReader(raw, 256 * 1024) as file:  # type: ignore[type-var,unused-ignore]
            allow_time(kind)
            answer = _answer(work, assignment.job, file)
        send(server, answer)
        if isinstance(answer, Failure) and answer.is_last:
            break
    # Not a normal end: the libraries' own clean-up is of no use to anybody, and can only hang.
    os._exit(0)


def _answer(work: Do, job: Job, file: BinaryIO) -> Answer:
    """Do the job. A process that ran out of memory ends with it: nobody knows in what state its libraries are."""
    try:
        return work(job, file)
    except Refused as refusal:
        return Failure(refusal.reason, refusal.words)
    except Exception as error:
        # A decoder's verdict on a broken file has any class at all.
        if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
            return Failure("too_large", "It needs more memory than a file may take", is_last=True)
        return Failure("broken", f"It can't be decoded ({type(error).__name__})")


def _pictures() -> Do:
    """Import what pictures need, and say how each job is done."""
    from teahouse.decoding import pictures, strip  # noqa: PLC0415

    pictures.warm_up()

    def work(job: Job, file: BinaryIO) -> Thumbnail | MediaInfo | Edits:
        match job:
            case ThumbnailJob():
                return pictures.thumbnail(job, file)
            case InfoJob():
                return pictures.describe(job, file)
            case StripJob():
                return strip.find(job, file)
            case TranscodeJob():
                raise Refused("unsupported", "A picture has no sound")

    return work


def _moving() -> Do:
    """Import what video and sound need, and say how each job is done."""
    from teahouse.decoding import moving, strip  # noqa: PLC0415

    moving.warm_up()

    def work(job: Job, file: BinaryIO) -> Thumbnail | MediaInfo | Transcoded | Edits:
        match job:
            case ThumbnailJob():
                return moving.thumbnail(job, file)
            case InfoJob():
                return moving.describe(job, file)
            case TranscodeJob():
                return moving.transcode(job, file)
            case StripJob():
                return strip.find(job, file)

    return work


if __name__ == "__main__":
    main()
