"""WebSockets: one `Socket` for each connection, and the set of all that are open, to end them when the server stops.

A route that speaks WebSocket is a raw route with a `socket` function; the edge runs it for requests that ask for the
upgrade. The function refuses by raising (the error is answered over HTTP) or accepts and speaks text frames.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog

from teahouse.errors import TeahouseError
from teahouse.kernel.http.accents import as_teahouse_error, error_on_the_wire
from teahouse.kernel.http.access import client_address

log = structlog.get_logger(__name__)

GOING_AWAY, TAKES_ONLY_TEXT, TOO_SLOW = 1001, 1003, 1008
PATIENCE_S = 30.0


class SocketClosed(Exception):
    """The connection has ended; nothing can be said or heard any more."""


class Socket:
    """One WebSocket as its route sees it."""

    def __init__(self, asgi_scope: Any, receive: Any, send: Any, services: Any) -> None:
        self._scope = asgi_scope
        self._receive = receive
        self._send = send
        self.services = services
        self.accepted = False

    @property
    def address(self) -> str:
        """The address of whoever connects."""
        return client_address(self._scope)

    @property
    def protocols(self) -> list[str]:
        """The subprotocols that the client offers."""
        return list(self._scope.get("subprotocols") or ())

    def header(self, name: bytes) -> str | None:
        """Give a header by its lower-case name; None when it is not there."""
        found = [value for key, value in self._scope["headers"] if key == name]
        return found[-1].decode("latin-1") if found else None

    def query(self) -> dict[str, str]:
        """Give the query's parameters; the last of repeated names wins."""
        raw: bytes = self._scope["query_string"]
        return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace"))

    async def accept(self, protocol: str | None) -> None:
        """Take the connection; `protocol` is one of those offered, and browsers insist on hearing it back."""
        message = await self._receive()
        if message["type"] != "websocket.connect":
            raise SocketClosed
        await self._send({"type": "websocket.accept", "subprotocol": protocol, "headers": []})
        self.accepted = True

    async def receive_text(self) -> str:
        """Wait for the next text; raises SocketClosed, also after a binary frame, which closes the connection."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            raise SocketClosed
        text: str | None = message.get("text")
        if text is None:
            await self.close(TAKES_ONLY_TEXT)
            raise SocketClosed
        return text

    async def send_text(self, text: str) -> None:
        """Send one text; raises SocketClosed, also for a client that takes nothing for half a minute."""
        await self._give({"type": "websocket.send", "text": text})

    async def ping(self) -> None:
        """Show that the connection stands; an addition of our server's to ASGI. Raises SocketClosed."""
        await self._give({"type": "websocket.ping"})

    async def _give(self, message: Any) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._send(message)
        except TimeoutError:
            await self.close(TOO_SLOW)
            raise SocketClosed from None
        except Exception as error:  # The server names a closed connection in several ways.
            raise SocketClosed from error

    async def close(self, code: int) -> None:
        """End the connection, if it is not ended yet."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": code})

    async def refuse(self, error: TeahouseError) -> None:
        """Answer the request for an upgrade with an error over HTTP, or end a connection that stands already."""
        if self.accepted:
            await self.close(GOING_AWAY)
            return
        status, content, extra = error_on_the_wire(self._scope["path"], error)
        headers = [(b"content-type", b"application/json"), (b"access-control-allow-origin", b"*")]
        headers += [(name.lower().encode(), value.encode()) for name, value in extra.items()]
        start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
        with contextlib.suppress(Exception):
            await self._send(start)
            await self._send({"type": "websocket.http.response.body", "body": orjson.dumps(content)})


SocketHandler = Callable[[Socket], Awaitable[None]]


class Sockets:
    """The WebSockets of a server that are open now."""

    def __init__(self) -> None:
        self._open: dict[Socket, asyncio.Task[Any]] = {}

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    async def run(self, handler: SocketHandler, socket: Socket) -> None:
        """Let the route speak until either side ends it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self._open[socket] = task
        try:
            await handler(socket)
        except SocketClosed:
            pass
        except asyncio.CancelledError:
            await socket.close(GOING_AWAY)
        except Exception as error:
            await socket.refuse(as_teahouse_error(error))
        else:
            await socket.close(1000)
        finally:
            del self._open[socket]

    def close_all(self) -> None:
        """End every connection: the server stops."""
        for task in self._open.values():
            task.cancel()
