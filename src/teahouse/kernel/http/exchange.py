"""One request and its answer on a connection, with the two functions by which ASGI applications talk.

Owns how an answer is framed: by its length when that is known, in chunks when it comes in pieces, by closing for
old clients. Header values that would begin another line are refused.
"""

import asyncio
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from teahouse.errors import TeahouseError

Header = tuple[bytes, bytes]

MOST_UNREAD = 256 * 1024
"""So many bytes of a body wait for the application; then the sender has to."""
MOST_DISCARDED = 16 * 1024 * 1024
JOINED_BYTES = 64 * 1024

STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WITHOUT_BODY = (204, 304)
DISCONNECT = {"type": "http.disconnect"}


class Wire(Protocol):
    """The connection, as its exchanges see it; `connection.py` says what its methods do."""

    client_address: tuple[str, int] | None
    server_address: tuple[str, int] | None

    @property
    def is_full(self) -> bool: ...
    @property
    def is_lost(self) -> bool: ...
    def write(self, data: bytes) -> None: ...
    def finish_head(self, head: bytes, *, keep_alive: bool) -> bytes: ...
    def hold_sender(self) -> None: ...
    def release_sender(self) -> None: ...
    def cancel(self) -> None: ...
    def abort(self) -> None: ...
    async def drained(self) -> None: ...


class AnswerBroken(Exception):
    """An answer can't be finished, or nobody is there to take it; the connection must be closed."""


class ClientGone(TeahouseError):
    """The client went away before its request had arrived."""

    def __init__(self) -> None:
        super().__init__("The client went away", status=499)


class SocketWire(Protocol):
    """A WebSocket beneath its ASGI application; `socket_wire.py` is it."""

    def scope(self, path: str, query: bytes) -> dict[str, Any]: ...
    def leave(self) -> None: ...
    async def receive(self) -> dict[str, Any]: ...
    async def send(self, message: Any) -> None: ...


class Exchange:
    """A request as far as it has arrived, and the answer as far as it was given."""

    __slots__ = (
        "_chunked", "_framed", "_has_content", "_head", "_pieces", "_told", "_waiter", "address",
        "asks_to_continue", "body_bytes", "connection", "headers", "hosts", "is_begun", "is_ended", "is_gone", "is_old",
        "is_whole", "keep_alive", "method", "on_gone", "refusal", "socket", "target",
    )  # fmt: skip

    def __init__(self, connection: Wire) -> None:
        self.connection = connection
        self.address = connection.client_address[0] if connection.client_address is not None else ""
        """Whom the request comes from; the edge puts the real one in a proxy's place."""
        self.method = ""
        self.target = b""
        self.headers: list[Header] = []
        self.hosts = 0
        self.keep_alive = True
        self.is_old = False
        """Whether the client speaks HTTP/1.0."""
        self.asks_to_continue = False
        self.is_whole = False
        """Whether the body has arrived to its end."""
        self.is_gone = False
        """Whether the rest of the request will never come, and nobody takes an answer any more."""
        self.is_begun = False
        self.is_ended = False
        self.on_gone: Callable[[], object] | None = None
        """Called when the client goes away before the answer has ended."""
        self.socket: SocketWire | None = None
        """The WebSocket that the request asks for."""
        self.refusal: tuple[int, str] | None = None
        """The answer to what is no request."""
        self.body_bytes = 0
        self._pieces: list[bytes] = []
        self._told = False
        self._waiter: asyncio.Future[None] | None = None
        self._head = b""
        self._framed = False
        self._chunked = False
        self._has_content = True

    def scope(self, path: str, query: bytes) -> dict[str, Any]:
        """Give the ASGI scope of the request, to be routed by this path."""
        connection = self.connection
        port = connection.client_address[1] if connection.client_address is not None else 0
        return {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.0" if self.is_old else "1.1", "scheme": "http", "method": self.method,
            "server": connection.server_address, "client": (self.address, port), "root_path": "",
            "path": path, "raw_path": self.target.partition(b"?")[0], "query_string": query, "headers": self.headers,
        }  # fmt: skip

    # The request: what the connection hears.

    def feed(self, data: bytes) -> None:
        """Take in a piece of the body."""
        self.body_bytes += len(data)
        if self.is_ended:
            if self.body_bytes > MOST_DISCARDED:
                self.connection.abort()
            return
        self._pieces.append(data)
        if self.body_bytes > MOST_UNREAD:
            self.connection.hold_sender()
        self._wake()

    def body_ended(self) -> None:
        """Take note that the body has arrived to its end."""
        self.is_whole = True
        self._wake()

    def leave(self) -> None:
        """Take note that the client went away, or that the rest of its request makes no sense."""
        self.is_gone = True
        self._wake()
        if self.socket is not None:
            self.socket.leave()
        if self.on_gone is not None and not self.is_ended:
            self.on_gone()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def has_news(self) -> bool:
        """Whether `receive` has something to give at once."""
        return bool(self._pieces) or self.is_whole or self.is_gone

    def take_body(self) -> bytes:
        """Give the rest of a body that is whole."""
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._told = True
        self.connection.release_sender()
        return body

    async def receive(self) -> dict[str, Any]:
        """Give the next ASGI message: pieces of the body, then, when that happens, the client's going."""
        while not self._pieces and not (self.is_whole and not self._told) and not self.is_gone:
            if self.asks_to_continue and not self.is_whole:
                self.asks_to_continue = False
                self.connection.write(CONTINUE)
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._pieces or (self.is_whole and not self._told):
            body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
            self._pieces.clear()
            self.connection.release_sender()
            self._told = self.is_whole
            return {"type": "http.request", "body": body, "more_body": not self.is_whole}
        return DISCONNECT

    # The answer.

    def begin(self, status: int, headers: Sequence[Header]) -> None:
        """Begin an answer whose body comes in pieces; its head waits for the first of them."""
        lines = [b"%b: %b\r\n" % header for header in headers if header[0] != b"connection"]
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise ValueError("A header may not hold a line break")
        self._begin(status, head)
        for name, value in headers:
            if name == b"content-length":
                self._framed = True
            elif name == b"connection":
                self.keep_alive = self.keep_alive and value.lower() != b"close"

    def begin_with(self, status: int, lines: bytes, length: int) -> None:
        """Begin an answer of a known length with header lines that are ready."""
        self._begin(status, lines)
        self.promise(length)

    def _begin(self, status: int, lines: bytes) -> None:
        self.is_begun = True
        self._head = STATUS_LINES[status] + lines
        self._has_content = self.method != "HEAD" and status not in _WITHOUT_BODY
        self._framed = status in _WITHOUT_BODY

    def promise(self, length: int) -> None:
        """Say how long the body will be, unless that was said or part of it is sent already."""
        if self._head and not self._framed:
            self._head += b"content-length: %d\r\n" % length
            self._framed = True

    def add(self, body: bytes, *, more: bool) -> None:
        """Send the next piece of the body; raises AnswerBroken when nobody takes it and more is to come."""
        if self.is_ended:
            return
        if more and self.connection.is_lost:
            raise AnswerBroken
        head, self._head = self._head, b""
        if head:
            if not self._framed:
                head += self._framing(len(body), more=more)
            head = self.connection.finish_head(head, keep_alive=self.keep_alive)
        self._write(head, body)
        if not more:
            if self._chunked:
                self.connection.write(b"0\r\n\r\n")
            self.is_ended = True

    def _framing(self, length: int, *, more: bool) -> bytes:
        if not more:
            return b"content-length: %d\r\n" % length
        if self.is_old:
            self.keep_alive = False
            return b""
        self._chunked = self._has_content
        return b"transfer-encoding: chunked\r\n"

    def _write(self, head: bytes, body: bytes) -> None:
        write = self.connection.write
        if not self._has_content or not body:
            if head:
                write(head)
        elif self._chunked:
            write(b"%b%x\r\n" % (head, len(body)))
            write(body)
            write(b"\r\n")
        elif len(body) > JOINED_BYTES:
            write(head)
            write(body)
        else:
            write(head + body)

    def reply(self, status: int, lines: bytes, body: bytes) -> None:
        """Give a whole answer at once; `lines` are header lines, each with its end, without length and connection."""
        self.is_begun = self.is_ended = True
        self._has_content = self.method != "HEAD" and status not in _WITHOUT_BODY
        start = b"%b%bcontent-length: %d\r\n" % (STATUS_LINES[status], lines, len(body))
        self._write(self.connection.finish_head(start, keep_alive=self.keep_alive), body)
