"""The outermost layer: what must hold for every request before and after routing.

It routes on the raw path (an id may hold an encoded slash), speaks CORS, bounds bodies, slow senders and
requests in flight, refuses ambiguous framing, counts, and marks answers as private.
"""

import asyncio
import ipaddress
import time
from collections.abc import Iterable
from typing import Any

import structlog

from teahouse.errors import InvalidParam, LimitExceeded, TeahouseError, TooLarge, Unavailable, Unrecognized
from teahouse.kernel.http.connection import MOST_HEAD_BYTES
from teahouse.kernel.http.exchange import AnswerBroken, ClientGone, Exchange, Header, SocketWire
from teahouse.kernel.http.fast import FastRoute, FastRouter
from teahouse.kernel.http.incoming import Incoming, Load, body_length, later_ms
from teahouse.kernel.http.metrics import RequestMetrics
from teahouse.kernel.http.outgoing import Answer, Held
from teahouse.kernel.http.paths import decode_segment, route_path
from teahouse.kernel.http.sockets import Socket, Sockets
from teahouse.kernel.http.web_app import WebApp

log = structlog.get_logger(__name__)

Found = tuple[FastRoute, list[str]]

LOOPBACK = ("127.", "::1")
SWITCHING = 101
GONE = 499
"""What the metrics say of a request whose client went away; nobody reads it as an answer."""
ALWAYS_SERVED = ("/health", "/health/ready", "/metrics")


class DecodePathSegments:
    """Decodes each path segment after routing, so that `%2F` inside an id stays inside it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        params = scope.get("path_params")
        if params:
            scope["path_params"] = {name: decode_segment(value) for name, value in params.items()}
        await self.app(scope, receive, send)


class Edge:
    """Wraps the routed application; one per server."""

    def __init__(
        self,
        app: Any,
        metrics: RequestMetrics | None,
        *,
        fast: FastRouter,
        max_body_bytes: int,
        max_per_address: int,
        behind_proxy: bool = False,
        web: WebApp | None = None,
    ) -> None:
        self.app = app
        self.web = web
        self.metrics = metrics
        self.fast = fast
        self.max_body_bytes = max_body_bytes
        self.max_per_address = max_per_address
        self.behind_proxy = behind_proxy
        self.in_flight: dict[str, int] = {}
        self.load = Load()
        self.polls = 0
        self.sockets = Sockets()
        self.held = Held()
        if metrics is not None:
            metrics.watch("teahouse_http_requests_in_work", "Requests in work now", lambda: self.load.in_work)
            metrics.watch("teahouse_http_polls_open", "Long polls open now", lambda: self.polls)
            metrics.watch("teahouse_http_sockets_open", "WebSockets open now", lambda: self.sockets.count)
            metrics.watch(
                "teahouse_http_held_bytes", "Bytes that slow readers leave", lambda: self.held.bytes
            )
        self.closing = False

    async def serve(self, exchange: Exchange) -> None:
        """Answer one request, and answer what goes wrong too."""
        started = time.perf_counter()
        address = exchange.address
        if self.behind_proxy:
            address = exchange.address = sender_address(address, exchange.headers)
        self.in_flight[address] = self.in_flight.get(address, 0) + 1
        sent_path, _, query = exchange.target.partition(b"?")
        path = sent_path.decode("latin-1")
        answer = Answer(exchange, self.held, self.load, path=path)
        try:
            await self._serve(exchange, path, query, answer)
        except asyncio.CancelledError:
            if not exchange.is_gone:
                raise
            answer.status = GONE
        except Exception as error:
            await self._fail(exchange, answer, error)
        finally:
            left = self.in_flight[address] - 1
            if left:
                self.in_flight[address] = left
            else:
                del self.in_flight[address]
            if self.metrics is not None:
                self.metrics.count(exchange.method, answer.status, time.perf_counter() - started)

    async def _fail(self, exchange: Exchange, answer: Answer, error: Exception) -> None:
        try:
            if isinstance(error, TeahouseError):
                await answer.fail(error)
            elif isinstance(error, AnswerBroken) or exchange.connection.is_lost:
                # Returning without the rest makes the server close the connection.
                answer.status = GONE
            else:
                log.error("a request failed at the edge", exc_info=error)
                await answer.fail(TeahouseError("Something went wrong inside the server"))
        except (AnswerBroken, asyncio.CancelledError) as broken:
            if isinstance(broken, asyncio.CancelledError) and not exchange.is_gone:
                raise
            answer.status = GONE

    async def _serve(self, exchange: Exchange, sent_path: str, query: bytes, answer: Answer) -> None:
        if exchange.socket is not None:
            answer.status = SWITCHING
            await self._serve_socket(exchange, exchange.socket, sent_path, query)
            return
        if exchange.method == "OPTIONS":
            await answer.reply(200, b"{}")
            return
        if len(exchange.target) > MOST_HEAD_BYTES:
            raise TooLarge("The address of the request is too long", status=414)
        path = route_path(sent_path)
        found = self.fast.find(path)
        incoming = answer.incoming = self._incoming(exchange, found[0] if found else None)
        self._check_load(path, exchange.address)
        if b"%00" in query:
            raise InvalidParam("A query may not hold NUL")
        incoming.check_length()
        if found is not None and (found[0].polls or found[0].endless):
            await self._wait(found, exchange, query, answer, incoming)
            return
        self.load.at_once += 1
        try:
            if found is not None:
                await answer.give(await self.fast.run(*found, exchange, query, incoming))
            else:
                await self._pass_on(exchange.scope(path, query), incoming, answer)
        finally:
            self.load.at_once -= 1

    async def _pass_on(self, scope: Any, incoming: Incoming, answer: Answer) -> None:
        page = self.web.find(scope) if self.web is not None else None
        if self.web is not None and page is not None:
            await self.web.answer(page, scope, answer.send)
            return
        if scope["method"] == "HEAD":
            scope["method"] = "GET"  # The same answer; the exchange leaves its body out.
        await self.app(scope, incoming.receive, answer.send)

    async def _wait(
        self, found: Found, exchange: Exchange, query: bytes, answer: Answer, incoming: Incoming
    ) -> None:
        """Answer what may take long, and end it with its client's going: a flood leaves nothing behind (G19)."""
        if exchange.is_gone:
            raise ClientGone
        exchange.on_gone = exchange.connection.cancel
        polls = int(found[0].polls)
        self.polls += polls
        try:
            given = await self.fast.run(*found, exchange, query, incoming)
        finally:
            self.polls -= polls
        await answer.give(given)

    async def _serve_socket(self, exchange: Exchange, wire: SocketWire, sent_path: str, query: bytes) -> None:
        path = route_path(sent_path).rstrip("/")
        socket = Socket(wire.scope(path, query), wire.receive, wire.send, self.fast.services)
        try:
            self._check_load(path, exchange.address)
            found = self.fast.find(path)
            if found is None or found[0].socket is None:
                raise Unrecognized("There is no such endpoint")
            await self.sockets.run(found[0].socket, socket)
        except TeahouseError as error:
            await socket.refuse(error)

    def _incoming(self, exchange: Exchange, route: FastRoute | None) -> Incoming:
        length = body_length(exchange.headers)
        if route is None or route.takes is None:
            return Incoming(exchange, self.max_body_bytes, length, self.load)
        return Incoming(exchange, route.takes.most_bytes(self.fast.services), length, self.load, route.takes)

    async def drained(self) -> None:
        """Wait until no request is in flight."""
        while self.in_flight:
            await asyncio.sleep(0.02)

    def _check_load(self, path: str, address: str) -> None:
        if self.closing:
            raise Unavailable("The server is stopping; try again soon")
        if self.in_flight[address] > self.max_per_address and not address.startswith(LOOPBACK):
            raise LimitExceeded("Too many requests at once from your address", retry_after_ms=later_ms())
        if path not in ALWAYS_SERVED:
            self.load.check()


def sender_address(address: str, headers: Iterable[Header]) -> str:
    """Give the address that a request comes from when the connection's `address` may be a proxy's on this machine.

    That is the last entry of X-Forwarded-For: the proxy wrote it, whereas the entries before it are whatever the
    sender claims.
    """
    if not address.startswith(LOOPBACK):
        return address
    entries = [value for name, value in headers if name == b"x-forwarded-for"]
    try:
        return str(ipaddress.ip_address(entries[-1].decode("ascii").rpartition(",")[2].strip()))
    except (IndexError, ValueError):
        return address
