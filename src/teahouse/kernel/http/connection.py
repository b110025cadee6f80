"""One HTTP/1.1 connection: llhttp reads the requests, each is answered in its turn, and nobody may dawdle.

Owns when a connection is kept, closed and given up. The parser is strict: what two parsers could read in two ways
is refused, and the connection closed with the refusal.
"""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

import httptools
import orjson
import structlog

from teahouse.kernel.http.exchange import MOST_DISCARDED, Exchange
from teahouse.kernel.http.socket_wire import SocketWire

log = structlog.get_logger(__name__)

MOST_HEAD_BYTES = 65_536
MOST_WAITING = 64
"""So many requests may be sent ahead of their answers; then the sender has to wait."""
_OTHER_METHOD = re.compile(rb"[A-Za-z]+ /")
_REFUSAL_LINES = b"content-type: application/json\r\naccess-control-allow-origin: *\r\n"

Serve = Callable[[Exchange], Coroutine[Any, Any, None]]
"""What answers a request."""

Watch = dict["Connection", float]
"""Connections that may send nothing for so long, each with the time since when; the oldest first."""


class Host(Protocol):
    """The server, as its connections see it."""

    date_line: bytes
    is_closing: bool
    heading: Watch
    idle: Watch
    answer: Serve

    def joined(self, connection: "Connection") -> None: ...
    def left(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """A client's connection. Methods that begin with `on_` are called by the parser."""

    __slots__ = (
        "_current", "_drained", "_ended_here", "_head_bytes", "_host", "_in_head", "_is_deaf", "_is_held", "_newest",
        "_parser", "_socket", "_task", "_transport", "_turn", "_unheard", "_waiting", "_watch",
        "client_address", "server_address",
    )  # fmt: skip

    def __init__(self, host: Host) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._parser: Any = httptools.HttpRequestParser(self)
        self._newest: Exchange | None = None
        """The request that is being read, or None between two."""
        self._in_head = False
        self._head_bytes = 0
        self._ended_here = False
        """Whether a request ended with what came last: a head that began behind it is smaller than all of that."""
        self._waiting: list[Exchange] = []
        self._current: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._turn: asyncio.Future[None] | None = None
        """What the task waits for between two requests."""
        self._drained: asyncio.Future[None] | None = None
        self._watch: Watch | None = None
        self._socket: SocketWire | None = None
        self._is_held = False
        self._is_deaf = False
        self._unheard = 0
        self.client_address: tuple[str, int] | None = None
        self.server_address: tuple[str, int] | None = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.client_address = _address(transport.get_extra_info("peername"))
        self.server_address = _address(transport.get_extra_info("sockname"))
        self._set_watch(self._host.heading)
        self._host.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._host.left(self)
        self._set_watch(None)
        self._is_deaf = True
        # The parser knows this connection, and the collector of cycles comes seldom.
        self._parser = self._transport = None
        self.resume_writing()
        waiting, self._waiting = self._waiting, []
        for exchange in (self._current, self._newest, *waiting):
            if exchange is not None:
                exchange.leave()
        self._newest = self._socket = None
        self._pass_turn()

    def data_received(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.feed(data)
            return
        if self._is_deaf:
            self._unheard += len(data)
            if self._unheard > MOST_DISCARDED:
                self.abort()
            return
        self._ended_here = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except (httptools.HttpParserError, httptools.HttpParserCallbackError) as error:
            self._misunderstand(data, str(error))
        if self._in_head:
            self._wait_for_head(len(data))
        if self._current is None and self._waiting:
            self._begin_next()

    def _wait_for_head(self, received: int) -> None:
        if not self._ended_here:
            self._head_bytes += received
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(431, "The head of the request is too large")
        elif self._current is None and self._watch is self._host.idle:
            self._set_watch(self._host.heading)

    def _upgrade(self, rest: bytes) -> None:
        """Begin a WebSocket; any other upgrade is not followed, but answered as it is, and nothing read behind it."""
        self._is_deaf = True
        asking = self._waiting[-1] if self._waiting else None
        if asking is not None and (b"upgrade", b"websocket") in [(n, v.lower()) for n, v in asking.headers]:
            self._is_deaf = False
            self._socket = asking.socket = SocketWire(asking)
            self._socket.feed(rest)

    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._newest = Exchange(self)
        self._in_head = True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        if self._newest is not None:
            self._newest.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head and self._newest is not None:  # Trailers come after the head, and say nothing.
            name = name.lower()
            self._newest.headers.append((name, value.rstrip(b" \t")))
            if name == b"host":
                self._newest.hosts += 1
            elif name == b"expect" and value.lower() == b"100-continue":
                self._newest.asks_to_continue = True

    def on_headers_complete(self) -> None:
        exchange = self._newest
        if exchange is None:
            return
        self._in_head = False
        exchange.method = self._parser.get_method().decode("ascii")
        version = self._parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._refuse(400, "Only HTTP/1.1 and HTTP/1.0 are spoken here")
            return
        if exchange.hosts > 1:
            self._refuse(400, "A request names one host")
            return
        exchange.is_old = version == "1.0"
        exchange.keep_alive = not exchange.is_old and self._parser.should_keep_alive()
        if self._parser.should_upgrade():
            exchange.keep_alive = False
        if not exchange.target.startswith(b"/"):
            exchange.target = _origin_form(exchange.target)
        self._waiting.append(exchange)
        if len(self._waiting) > MOST_WAITING:
            self.hold_sender()

    def on_body(self, body: bytes) -> None:
        if self._newest is not None:
            self._newest.feed(body)

    def on_message_complete(self) -> None:
        exchange, self._newest = self._newest, None
        self._ended_here = True
        if exchange is not None:
            exchange.body_ended()

    # What the exchanges call.

    @property
    def is_full(self) -> bool:
        """Whether the client takes its answer more slowly than it is given."""
        return self._drained is not None

    @property
    def is_lost(self) -> bool:
        return self._transport is None

    async def drained(self) -> None:
        """Wait until the client has taken enough, or is gone."""
        if self._drained is not None:
            await asyncio.shield(self._drained)

    def write(self, data: bytes) -> None:
        """Send bytes, unless the client is gone."""
        if self._transport is not None:
            self._transport.write(data)

    def finish_head(self, head: bytes, *, keep_alive: bool) -> bytes:
        """Add what every answer's head ends with."""
        if keep_alive and not self._host.is_closing:
            return b"%b%b\r\n" % (head, self._host.date_line)
        return b"%b%bconnection: close\r\n\r\n" % (head, self._host.date_line)

    def hold_sender(self) -> None:
        """Let the client's system keep what it sends until `release_sender`."""
        if not self._is_held and self._transport is not None:
            self._is_held = True
            self._transport.pause_reading()

    def release_sender(self) -> None:
        """Read on, unless many requests wait."""
        if self._is_held and self._transport is not None and len(self._waiting) <= MOST_WAITING:
            self._is_held = False
            self._transport.resume_reading()

    def cancel(self) -> None:
        """Stop whatever answers the present request."""
        if self._task is not None:
            self._task.cancel()

    def abort(self) -> None:
        """Give the connection up at once."""
        if self._transport is not None:
            self._transport.abort()

    # One request after the other.

    def _begin_next(self) -> None:
        exchange = self._current = self._waiting.pop(0)
        self.release_sender()
        self._set_watch(None)
        if exchange.refusal is not None:
            status, words = exchange.refusal
            body = {"errcode": "M_UNRECOGNIZED" if status == 405 else "M_UNKNOWN", "error": words}
            exchange.reply(status, _REFUSAL_LINES, orjson.dumps(body))
            self._finish(exchange)
        elif self._turn is not None:
            self._pass_turn()
        elif self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._serve())

    def _pass_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None and not turn.done():
            turn.set_result(None)

    async def _serve(self) -> None:
        """Answer one request after the other: a task for each would cost as much as a small answer."""
        exchange = self._current
        try:
            while exchange is not None:
                await self._serve_one(exchange)
                if exchange.is_gone or self._transport is None:
                    break
                if self._current is None:
                    self._turn = asyncio.get_running_loop().create_future()
                    await self._turn
                exchange = self._current
        finally:
            self._task = self._turn = None

    async def _serve_one(self, exchange: Exchange) -> None:
        try:
            await self._host.answer(exchange)
        except asyncio.CancelledError:
            if not exchange.is_gone:
                raise
        except Exception:
            log.exception("a request failed in the server")
        finally:
            self._finish(exchange)

    def _finish(self, exchange: Exchange) -> None:
        self._current = None
        if self._transport is None:
            return
        if exchange.socket is not None and not exchange.is_ended:
            self._socket = None
            self._is_deaf = True
            self._close()
        elif not exchange.is_ended:
            self.abort()
        elif not exchange.keep_alive or self._host.is_closing:
            self._close()
        elif self._waiting:
            self._begin_next()
        else:
            # A body that nobody read, or the head of the next request, may still be on its way.
            self.release_sender()
            self._set_watch(self._host.idle if self._newest is None else self._host.heading)

    def close_if_idle(self) -> None:
        """Close the connection unless it is in the middle of a request."""
        if self._current is None and not self._waiting:
            self._close()

    def _close(self) -> None:
        """Close once all is sent; while the client still sends, it hears first that it should not."""
        self._set_watch(self._host.heading)
        was_heard = self._newest is None and not self._is_deaf
        self._is_deaf = True
        if self._transport is None:
            return
        if was_heard or not self._transport.can_write_eof():
            self._transport.close()
        else:
            self._transport.write_eof()

    def _misunderstand(self, data: bytes, words: str) -> None:
        exchange = self._newest
        if exchange is None:
            self._is_deaf = True  # What comes behind a last request.
        elif self._in_head:
            # The parser knows the usual methods only; no path takes another one.
            is_method = self._head_bytes == 0 and _OTHER_METHOD.match(data) is not None and "ethod" in words
            is_method = is_method or data.startswith(b"CONNECT ")
            if is_method:
                self._refuse(405, "This path does not take that method")
            else:
                self._refuse(400, f"This is not well-formed HTTP/1.1: {words}")
        else:
            self._is_deaf = True
            exchange.keep_alive = False
            exchange.leave()

    def _refuse(self, status: int, words: str) -> None:
        """Answer what is no request when its turn comes, and close."""
        exchange = self._newest or Exchange(self)
        exchange.refusal = (status, words)
        exchange.keep_alive = False
        self._in_head = False
        self._is_deaf = True
        self._waiting.append(exchange)

    def _set_watch(self, watch: Watch | None) -> None:
        if self._watch is not None:
            self._watch.pop(self, None)
        self._watch = watch
        if watch is not None:
            watch[self] = time.monotonic()


def _address(name: Any) -> tuple[str, int] | None:
    """Give host and port; a socket for both families names IPv4 hosts in IPv6's way."""
    if not isinstance(name, tuple):
        return None
    host = str(name[0])
    return (host[7:] if host.startswith("::ffff:") and "." in host else host), int(name[1])


def _origin_form(target: bytes) -> bytes:
    """Give the path of a target that names the host too, as requests to a proxy do."""
    try:
        parts = httptools.parse_url(target)
    except httptools.HttpParserError:
        return target
    path = parts.path or b"/"
    return path if parts.query is None else path + b"?" + parts.query
