"""The door to processing: asks the right worker, and turns a refusal into the protocol's error.

Remembers which files were refused for a while, so that a hostile one costs its limits once and not at every request.
"""

from typing import Literal, TypeVar

from cachetools import TTLCache

from teahouse.decoding import (
    HEAD_BYTES,
    STRIPPABLE,
    Edits,
    Failure,
    Format,
    InfoJob,
    Job,
    Kind,
    MediaInfo,
    StripJob,
    Thumbnail,
    ThumbnailJob,
    Transcoded,
    TranscodeJob,
    recognise,
)
from teahouse.errors import TeahouseError, TooLarge
from teahouse.media.processing.pool import Pool
from teahouse.media.processing.sources import Source

LARGEST_SIDE = 4096
_REMEMBERED_REFUSALS = 10_000
_REFUSED_FOR_S = 600
AudioForm = Literal["ogg", "m4a"]
Piece = tuple[int, int] | bytes
"""A range (start, end) of the original, or bytes that take the place of some."""
_Wanted = TypeVar("_Wanted", Thumbnail, MediaInfo, Transcoded, Edits)


class CannotProcess(TeahouseError):
    """The file is of no kind that can be processed so, or it is broken."""

    status = 400
    errcode = "M_UNKNOWN"


class Processing:
    """What can be asked about a file. `key` names its content (its hash), `owner` is whoever waits for it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._refused: TTLCache[tuple[str, str], Failure] = TTLCache(_REMEMBERED_REFUSALS, _REFUSED_FOR_S)

    async def thumbnail(
        self, source: Source, key: str, owner: str, size: tuple[int, int], *, crop: bool, animated: bool
    ) -> Thumbnail:
        """Make a thumbnail of a picture or video; raises CannotProcess and TooLarge.

        An animated one is made where that can be; a film too long for it becomes a still picture.
        """
        width, height = (min(side, LARGEST_SIDE) for side in size)
        format, kind = await _format_of(source)
        if animated and kind != "moving":
            try:
                job = ThumbnailJob(format, width, height, crop, animated=True)
                return await self._ask(job, kind, source, key, owner, Thumbnail)
            except (CannotProcess, TooLarge):
                pass
        job = ThumbnailJob(format, width, height, crop)
        return await self._ask(job, kind, source, key, owner, Thumbnail)

    async def describe(self, source: Source, key: str, owner: str) -> MediaInfo:
        """Tell size, duration, codecs, blurhash or waveform of a file; raises CannotProcess and TooLarge."""
        format, kind = await _format_of(source)
        return await self._ask(InfoJob(format), kind, source, key, owner, MediaInfo)

    async def transcode(
        self, source: Source, key: str, owner: str, target: AudioForm
    ) -> Transcoded:  # fmt: skip
        """Write a file's sound as Ogg (Opus) or MP4 (AAC); raises CannotProcess and TooLarge."""
        format, kind = await _format_of(source)
        return await self._ask(TranscodeJob(format, target), kind, source, key, owner, Transcoded)

    async def strip_metadata(self, source: Source, key: str, owner: str) -> list[Piece] | None:
        """Give a public picture or film without what tells place and device; raises CannotProcess and TooLarge.

        The answer is pieces in order, ranges (start, end) of the original or bytes; None says that the original
        tells nothing of the kind. What is seen and heard stays the same to the last bit.
        """
        found = recognise(await source.read(0, min(HEAD_BYTES, source.size)))
        if found is None or found[0] not in STRIPPABLE:
            return None
        format, _ = found
        # The bytes are only walked along, so any worker will do; the one for pictures has the tighter limits.
        return (await self._ask(StripJob(format), "picture", source, key, owner, Edits)).pieces

    async def close(self) -> None:
        """End every worker."""
        await self._pool.close()

    async def _ask(
        self, job: Job, kind: Kind, source: Source, key: str, owner: str, wanted: type[_Wanted]
    ) -> _Wanted:
        about = (key, _about(job))
        failure = self._refused.get(about)
        if failure is None:
            answer = await self._pool.run(kind, job, source, owner)
            if isinstance(answer, wanted):
                return answer
            failure = answer if isinstance(answer, Failure) else Failure("broken", "It can't be decoded")
            self._refused[about] = failure
        raise _as_error(job, failure)


def _about(job: Job) -> str:
    """Name what a refusal holds for: a still thumbnail of any size is refused as one."""
    return f"{type(job).__name__} {job.animated}" if isinstance(job, ThumbnailJob) else type(job).__name__


def _as_error(job: Job, failure: Failure) -> TeahouseError:
    what = "Cannot generate thumbnails for the requested content" if isinstance(job, ThumbnailJob) else (
        "This content can't be processed so"
    )  # fmt: skip
    words = f"{what}: {failure.words}"
    return TooLarge(words) if failure.reason == "too_large" else CannotProcess(words)


async def _format_of(source: Source) -> tuple[Format, Kind]:
    found = recognise(await source.read(0, min(HEAD_BYTES, source.size)))
    if found is None:
        raise CannotProcess("The content is of no kind that can be processed")
    return found
