"""An answer on its way out: the common headers, and a bound on what slow readers may make the server hold.

A short answer fits into the system's own buffers. A long one goes out in pieces, each after the one before was
taken; a reader who takes nothing for half a minute is cut off, and much sooner when many do so at once (G22).
An answer that is made piece by piece (a file) holds one piece only, so its reader may pause for longer: an app
stops reading a film that it has enough of, and asks for the rest when it was cut off meanwhile.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import orjson

from teahouse.errors import TeahouseError
from teahouse.kernel.http.accents import error_on_the_wire
from teahouse.kernel.http.fast import JSON_HEADERS, AnswerBroken
from teahouse.kernel.http.incoming import Incoming, Load

COMMON_HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH"),
    (
        b"access-control-allow-headers",
        b"X-Requested-With, Content-Type, Authorization, Date, Idempotency-Key",
    ),
    (b"access-control-expose-headers", b"Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"),
    (b"x-content-type-options", b"nosniff"),
]
PRIVATE = (b"cache-control", b"private, no-store")
JSON_ANSWER = [*JSON_HEADERS, *COMMON_HEADERS, PRIVATE]
"""The headers of nearly every answer, made once."""

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

    __slots__ = ("_held", "_load", "_path", "_private", "_send", "_start", "incoming", "started", "status")

    def __init__(self, send: Any, held: Held, load: Load, *, path: str) -> None:
        self._send = send
        self._held = held
        self._load = load
        self._path = path
        self._private = not path.startswith("/assets/")
        self._start: Any = None
        self.incoming: Incoming | None = None
        self.status = 0
        self.started = False

    async def send(self, message: Any) -> None:
        """Take an ASGI message; raises ReaderTooSlow."""
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            if self.status >= 400 and self.incoming is not None:
                await self.incoming.discard()
            headers = message.get("headers", ())
            message["headers"] = JSON_ANSWER if headers is JSON_HEADERS else self._with_common(headers)
            self._start = message  # Only the body says how the answer is framed.
            return
        start, self._start = self._start, None
        body = message.get("body", b"")
        if message.get("more_body"):
            await self._send_piece(start, message)
            return
        if len(body) > WHOLE_BYTES:
            await self._send_long(start, body)
            return
        if start is not None:
            await self._send(start)
        await self._send(message)

    def _with_common(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        full = [*headers, *COMMON_HEADERS]
        if self._private and not any(name == b"cache-control" for name, _ in full):
            full.append(PRIVATE)
        return full

    async def _send_piece(self, start: Any, message: Any) -> None:
        if start is not None:
            await self._send(start)
        size = len(message.get("body", b""))
        self._held.streamed += size
        self._load.sending += 1
        try:
            await self._pass_on(message, is_streamed=True)
        finally:
            self._load.sending -= 1
            self._held.streamed -= size

    async def _send_long(self, start: Any, body: bytes) -> None:
        if start is not None:
            names = {name for name, _ in start["headers"]}
            if not names & {b"content-length", b"transfer-encoding"}:
                length = (b"content-length", str(len(body)).encode())
                start = {**start, "headers": [*start["headers"], length]}
            await self._send(start)
        self._held.whole += len(body)  # All of it stays in memory until its last piece is taken.
        try:
            for offset in range(0, len(body), PIECE_BYTES):
                piece = body[offset : offset + PIECE_BYTES]
                is_last = offset + PIECE_BYTES >= len(body)
                await self._pass_on({"type": "http.response.body", "body": piece, "more_body": not is_last})
        finally:
            self._held.whole -= len(body)

    async def _pass_on(self, message: Any, *, is_streamed: bool = False) -> None:
        sending = asyncio.ensure_future(self._send(message))
        waited = 0.0
        try:
            while not sending.done():
                await asyncio.wait((sending,), timeout=LOOK_EVERY_S)
                waited += LOOK_EVERY_S
                if not sending.done() and waited >= self._held.patience_s(is_streamed=is_streamed):
                    raise ReaderTooSlow
            await sending
        finally:
            sending.cancel()

    async def reply(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        """Answer with JSON."""
        start = [(b"content-type", b"application/json"), *(headers or [])]
        await self.send({"type": "http.response.start", "status": status, "headers": start})
        await self.send({"type": "http.response.body", "body": body})

    async def fail(self, error: TeahouseError) -> None:
        """Answer with an error, unless an answer has begun."""
        if self.started:
            return
        status, content, headers = error_on_the_wire(self._path, error)
        extra = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if status in (400, 408, 413):
            extra.append((b"connection", b"close"))
        await self.reply(status, orjson.dumps(content), extra)
