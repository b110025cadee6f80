"""An answer on its way out: the common headers, and a bound on what slow readers may make the server hold.

A short answer is handed over whole. A long one goes out in pieces, each after the one before was taken; a reader
who takes nothing for half a minute is cut off, and much sooner when many do so at once (G22).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import orjson
import structlog

from teahouse.errors import TeahouseError
from teahouse.kernel.http.accents import error_on_the_wire
from teahouse.kernel.http.compression import (
    CHOSEN,
    LEAST_BYTES,
    UNCHOSEN,
    gzipped,
    is_compressible,
    takes_gzip,
)
from teahouse.kernel.http.exchange import AnswerBroken, Exchange, Header
from teahouse.kernel.http.fast import JSON_TYPE, Reply
from teahouse.kernel.http.incoming import Incoming, Load

log = structlog.get_logger(__name__)

COMMON_HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH"),
    (
        b"access-control-allow-headers",
        b"X-Requested-With, Content-Type, Authorization, Date, Idempotency-Key, If-Match, If-None-Match",
    ),
    (
        b"access-control-expose-headers",
        b"Link, ETag, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset",
    ),
    (b"x-content-type-options", b"nosniff"),
]
PRIVATE = (b"cache-control", b"private, no-store")
JSON_LINES = b"".join(b"%b: %b\r\n" % header for header in [JSON_TYPE, *COMMON_HEADERS, PRIVATE])
"""The header lines of nearly every answer, made once."""
JSON_LINES_IF_LONG = JSON_LINES + b"%b: %b\r\n" % UNCHOSEN
JSON_LINES_IF_GZIPPED = JSON_LINES + b"".join(b"%b: %b\r\n" % header for header in CHOSEN)

WHOLE_BYTES = 512 * 1024
PIECE_BYTES = 128 * 1024
PATIENCE_S = 30.0
MOST_HELD = 32 * 1024 * 1024
IMPATIENCE_S = 0.5
STREAM_PATIENCE_S = 60.0
MOST_STREAMED = 128 * 1024 * 1024
STREAM_IMPATIENCE_S = 5.0
LOOK_EVERY_S = 0.25


class ReaderTooSlow(AnswerBroken):
    """The client does not take its answer; the connection must be closed."""


class Held:
    """How many bytes of long answers wait for their readers, over all connections."""

    def __init__(self) -> None:
        self.whole = 0
        self.streamed = 0

    @property
    def bytes(self) -> int:
        """How many bytes wait in all."""
        return self.whole + self.streamed

    def patience_s(self, *, is_streamed: bool) -> float:
        """How long a reader may take nothing."""
        if is_streamed:
            return STREAM_PATIENCE_S if self.streamed <= MOST_STREAMED else STREAM_IMPATIENCE_S
        return PATIENCE_S if self.whole <= MOST_HELD else IMPATIENCE_S


class Answer:
    """Adds the common headers to whatever answers, and can answer itself."""

    __slots__ = ("_exchange", "_held", "_load", "_path", "_put_off", "incoming", "started", "status")

    def __init__(self, exchange: Exchange, held: Held, load: Load, *, path: str) -> None:
        self._exchange = exchange
        self._held = held
        self._load = load
        self._path = path
        self._put_off: tuple[int, list[Header]] | None = None
        """Status and headers that wait for the body, whose length decides how it goes out."""
        self.incoming: Incoming | None = None
        self.status = 0
        self.started = False

    async def reply(self, status: int, body: bytes) -> None:
        """Answer with JSON; raises ReaderTooSlow."""
        if status >= 400:
            await self._note(status)
        self.started = True
        self.status = status
        lines = JSON_LINES
        if len(body) >= LEAST_BYTES and status == 200:
            lines = JSON_LINES_IF_LONG
            if takes_gzip(self._exchange.headers):
                lines, body = JSON_LINES_IF_GZIPPED, await gzipped(body)
        if len(body) <= WHOLE_BYTES:
            self._exchange.reply(status, lines, body)
            if self._exchange.connection.is_full:
                await self._taken(len(body))
        else:
            self._exchange.begin_with(status, lines, len(body))
            await self._give_long(body)

    async def fail(self, error: TeahouseError) -> None:
        """Answer with an error, unless an answer has begun."""
        if self.started:
            return
        status, content, headers = error_on_the_wire(self._path, error)
        if status in (400, 408, 413):
            self._exchange.keep_alive = False
        extra = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.give(Reply(status, [JSON_TYPE, *extra], orjson.dumps(content)))

    async def give(self, reply: bytes | Reply) -> None:
        """Answer as a raw route says, bytes being good JSON; raises AnswerBroken."""
        if isinstance(reply, bytes):
            await self.reply(200, reply)
            return
        if isinstance(reply.body, bytes):
            await self._give_whole(reply.status, reply.headers, reply.body)
            return
        pieces = aiter(reply.body)
        try:
            # The first piece is asked for before the head goes out, so that a failure is told as one.
            piece = await anext(pieces, b"")
            await self._begin(reply.status, reply.headers)
            while piece:
                await self._stream(piece)
                piece = await _following(pieces)
            self._exchange.add(b"", more=False)
        finally:
            close = getattr(pieces, "aclose", None)
            if close is not None:
                await close()

    async def send(self, message: Any) -> None:
        """Take an ASGI message; raises ReaderTooSlow, and AnswerBroken when the client is gone."""
        if message["type"] == "http.response.start":
            status, headers = message["status"], [*message.get("headers", ())]
            await self._note(status)
            if is_compressible(status, headers):
                self._put_off = (status, headers)
            else:
                await self._begin(status, headers)
            return
        put_off, self._put_off = self._put_off, None
        if put_off is not None and not message.get("more_body"):
            await self._give_whole(*put_off, message.get("body", b""))
            return
        if put_off is not None:
            await self._begin(*put_off)
        if message.get("more_body"):
            await self._stream(message.get("body", b""))
        else:
            await self._give(message.get("body", b""))

    async def _note(self, status: int) -> None:
        self.started = True
        self.status = status
        if status >= 400 and self.incoming is not None and not self.incoming.ended:
            await self.incoming.discard()

    async def _begin(self, status: int, headers: Iterable[Header]) -> None:
        await self._note(status)
        full = [*headers, *COMMON_HEADERS]
        if not self._path.startswith("/assets/") and not any(name == b"cache-control" for name, _ in full):
            full.append(PRIVATE)
        self._exchange.begin(status, full)

    async def _give_whole(self, status: int, headers: Iterable[Header], body: bytes) -> None:
        """Begin and end an answer at once, compressed where that is wanted and worth it."""
        if len(body) >= LEAST_BYTES and is_compressible(status, headers):
            if takes_gzip(self._exchange.headers):
                headers = [header for header in headers if header[0] != b"content-length"] + CHOSEN
                body = await gzipped(body)
            else:
                headers = [*headers, UNCHOSEN]
        await self._begin(status, headers)
        await self._give(body)

    async def _give(self, body: bytes) -> None:
        if len(body) > WHOLE_BYTES:
            self._exchange.promise(len(body))
            await self._give_long(body)
            return
        self._exchange.add(body, more=False)
        if self._exchange.connection.is_full:
            await self._taken(len(body))

    async def _give_long(self, body: bytes) -> None:
        """Give a long body in pieces; all of it stays in memory until its last piece is taken."""
        self._held.whole += len(body)
        try:
            for offset in range(0, len(body), PIECE_BYTES):
                is_last = offset + PIECE_BYTES >= len(body)
                self._exchange.add(body[offset : offset + PIECE_BYTES], more=not is_last)
                await self._taken(0)
        finally:
            self._held.whole -= len(body)

    async def _taken(self, count: int) -> None:
        """Wait until the client has taken enough to be given more; `count` bytes are not counted as held yet."""
        self._held.whole += count
        try:
            await self._wait(is_streamed=False)
        finally:
            self._held.whole -= count

    async def _stream(self, piece: bytes) -> None:
        self._exchange.add(piece, more=True)
        if not self._exchange.connection.is_full:
            return
        self._held.streamed += len(piece)
        self._load.sending += 1
        try:
            await self._wait(is_streamed=True)
        finally:
            self._load.sending -= 1
            self._held.streamed -= len(piece)

    async def _wait(self, *, is_streamed: bool) -> None:
        connection = self._exchange.connection
        if not connection.is_full:
            return
        taken = asyncio.ensure_future(connection.drained())
        waited = 0.0
        try:
            while connection.is_full:
                await asyncio.wait((taken,), timeout=LOOK_EVERY_S)
                waited += LOOK_EVERY_S
                if connection.is_full and waited >= self._held.patience_s(is_streamed=is_streamed):
                    raise ReaderTooSlow
        finally:
            taken.cancel()


async def _following(pieces: AsyncIterator[bytes]) -> bytes:
    """Give the next piece, empty at the end; what goes wrong now can only break the answer off."""
    try:
        return await anext(pieces, b"")
    except Exception as error:
        log.warning("an answer broke off", error=repr(error))
        raise AnswerBroken from error
