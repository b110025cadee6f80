"""HTTP/1.1 over one kept connection, with as little work as possible.

Owns the bytes between the benchmark and a server. Refuses everything the benchmark has no need of: redirects,
compression, cookies, pipelining. It must stay light, for it shares the machine with the server it measures.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

_JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int


class Answer:
    """Status and body of one response."""

    __slots__ = ("body", "status")

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body


OnAnswer = Callable[[Answer | None], None]


class Connection(asyncio.Protocol):
    """One connection with at most one request under way; it connects again when the server has closed it."""

    __slots__ = ("_address", "_on_answer", "_received", "_transport", "reconnects")

    def __init__(self, address: Address) -> None:
        self._address = address
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._on_answer: OnAnswer | None = None
        self.reconnects = -1

    async def open(self) -> None:
        """Connect, unless the connection is open already."""
        if self._transport is None or self._transport.is_closing():
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: self, self._address.host, self._address.port)
            self.reconnects += 1

    def post(self, request: bytes, on_answer: OnAnswer) -> None:
        """Write a request; `on_answer` gets the answer, or None when the connection is broken."""
        assert self._on_answer is None, "one request at a time"
        if self._transport is None or self._transport.is_closing():
            on_answer(None)
            return
        self._on_answer = on_answer
        self._transport.write(request)

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for its answer; try again once when the kept connection was closed."""
        for _ in range(2):
            await self.open()
            waiting: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
            self.post(request, waiting.set_result)
            answer = await waiting
            if answer is not None:
                return answer
        raise ConnectionError("the server closed the connection instead of answering")

    def close(self) -> None:
        """Close the connection; an answer still awaited never comes."""
        self._on_answer = None
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio calls this)."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop has classes of its own
        self._received = b""

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the one who waits that no answer comes (asyncio calls this)."""
        self._transport = None
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(None)

    def data_received(self, data: bytes) -> None:
        """Hand over the answer once it is whole (asyncio calls this)."""
        self._received = self._received + data if self._received else data
        answer = _parse(self._received)
        if answer is None:
            return
        self._received = b""
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(answer)


def _parse(received: bytes) -> Answer | None:
    """Return the answer when it has arrived whole, else None."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[:end].lower()
    status = int(head[9:12])
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        stop = head.find(b"\r\n", at + 17)
        length = int(head[at + 17 : stop if stop >= 0 else end])
        if len(received) < end + 4 + length:
            return None
        return Answer(status, received[end + 4 : end + 4 + length])
    if b"transfer-encoding: chunked" in head:
        body = _unchunk(received, end + 4)
        return None if body is None else Answer(status, body)
    return Answer(status, b"")


def _unchunk(received: bytes, at: int) -> bytes | None:
    """Return the body that was sent in chunks, or None while some are still to come."""
    parts: list[bytes] = []
    while True:
        line_end = received.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(received[at:line_end].split(b";")[0], 16)
        if len(received) < line_end + 4 + size:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(received[line_end + 2 : line_end + 2 + size])
        at = line_end + 4 + size


def encode_request(
    method: str,
    path: str,
    address: Address,
    token: str | None,
    body: bytes | None,
    content_type: bytes = _JSON,
) -> bytes:
    """Return the bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
    if token is not None:
        head += f"Authorization: Bearer {token}\r\n"
    if body is None:
        return head.encode() + b"\r\n"
    described = b"Content-Type: %b\r\nContent-Length: %d\r\n\r\n" % (content_type, len(body))
    return head.encode() + described + body
