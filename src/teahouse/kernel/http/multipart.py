"""Forms with files, read piece by piece: a file goes on as it comes, whatever its size; fields are kept small."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from teahouse.errors import InvalidParam, NotJson, TooLarge

MOST_PARTS = 100
MOST_FIELD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file in a form: its field, and what the sender says of it."""

    field: str
    file_name: str
    content_type: str


TakeFile = Callable[[FilePart, AsyncIterator[bytes]], Awaitable[Any]]


async def read_form(
    content_type: str, pieces: AsyncIterator[bytes], take: Mapping[str, TakeFile]
) -> list[tuple[str, Any]]:
    """Give the fields of a form as pairs; each file whose field is in `take` is handed over, and its result stands.

    Other files are left out. Raises NotJson for what is no form, TooLarge for a long field, and what `take` raises.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        raise NotJson("The body is not a multipart form")
    events = _events(boundary, pieces)
    pairs: list[tuple[str, Any]] = []
    try:
        async for segment in events:
            if not isinstance(segment, MultipartSegment):
                continue
            if "\0" in segment.name:
                raise InvalidParam("Text may not hold the NUL character")
            rest = _data(events)
            if segment.filename is None:
                pairs.append((segment.name, await _text(rest)))
            elif segment.name in take:
                part = FilePart(
                    segment.name, segment.filename, segment.content_type or "application/octet-stream"
                )
                pairs.append((segment.name, await take[segment.name](part, rest)))
            async for _ in rest:
                pass
    except MultipartError as error:
        raise NotJson("The body is not a well-formed multipart form") from error
    return pairs


async def _events(boundary: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    with PushMultipartParser(boundary, max_segment_count=MOST_PARTS) as parser:
        async for piece in pieces:
            for event in parser.parse(piece) if piece else ():
                yield event
        if not parser.closed:
            # Says that nothing follows; a form that breaks off raises here.
            for event in parser.parse(b""):
                yield event


async def _data(events: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """Give the data of the part that has just begun; the parser says with None that it ended."""
    async for event in events:
        if event is None:
            return
        yield bytes(event)


async def _text(data: AsyncIterator[bytes]) -> str:
    text = bytearray()
    async for piece in data:
        text += piece
        if len(text) > MOST_FIELD_BYTES:
            raise TooLarge("A field of the form is too long")
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise NotJson("A field of the form is not UTF-8") from error
    if "\0" in decoded:
        raise InvalidParam("Text may not hold the NUL character")
    return decoded
