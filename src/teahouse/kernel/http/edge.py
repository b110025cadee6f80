"""The outermost layer: what must hold for every request before and after routing.

It routes on the raw path (an id may hold an encoded slash), speaks CORS, bounds bodies, slow senders and
requests in flight, refuses ambiguous framing, counts, and marks answers as private.
"""

import asyncio
import ipaddress
import time
from collections import Counter
from typing import Any

import structlog

from teahouse.errors import InvalidParam, LimitExceeded, TeahouseError, Unavailable, Unrecognized
from teahouse.kernel.http.fast import AnswerBroken, FastRoute, FastRouter
from teahouse.kernel.http.incoming import Incoming, Load, body_length, later_ms
from teahouse.kernel.http.metrics import RequestMetrics
from teahouse.kernel.http.outgoing import Answer, Held
from teahouse.kernel.http.paths import decode_segment, route_path
from teahouse.kernel.http.polls import Polls
from teahouse.kernel.http.sockets import Socket, Sockets
from teahouse.kernel.http.web_app import WebApp

log = structlog.get_logger(__name__)

LOOPBACK = ("127.", "::1")
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
        self.in_flight: Counter[str] = Counter()
        self.load = Load()
        self.polls = Polls()
        self.sockets = Sockets()
        self.held = Held()
        if metrics is not None:
            metrics.watch("teahouse_http_requests_in_work", "Requests in work now", lambda: self.load.in_work)
            metrics.watch("teahouse_http_polls_open", "Long polls open now", lambda: self.polls.count)
            metrics.watch("teahouse_http_sockets_open", "WebSockets open now", lambda: self.sockets.count)
            metrics.watch(
                "teahouse_http_held_bytes", "Bytes that slow readers leave", lambda: self.held.bytes
            )
        self.closing = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        address = sender_address(scope, behind_proxy=self.behind_proxy)
        self.in_flight[address] += 1
        answer = Answer(send, self.held, self.load, path=scope["path"])
        try:
            if scope["method"] == "OPTIONS":
                await answer.reply(200, b"{}")
                return
            await self._serve(scope, receive, answer, address)
        except TeahouseError as error:
            await answer.fail(error)
        except asyncio.CancelledError:
            raise
        except AnswerBroken:
            # Returning without the rest makes the server close the connection.
            answer.status = GONE
        except Exception:
            log.exception("a request failed at the edge")
            await answer.fail(TeahouseError("Something went wrong inside the server"))
        finally:
            self._left(address)
            if self.metrics is not None:
                self.metrics.count(scope["method"], answer.status, time.perf_counter() - started)

    async def _serve_socket(self, scope: Any, receive: Any, send: Any) -> None:
        address = sender_address(scope, behind_proxy=self.behind_proxy)
        self.in_flight[address] += 1
        socket = Socket(scope, receive, send, self.fast.services)
        try:
            scope["path"] = route_path(scope).rstrip("/")
            self._check_load(scope["path"], address)
            found = self.fast.find(scope["path"])
            if found is None or found[0].socket is None:
                raise Unrecognized("There is no such endpoint")
            await self.sockets.run(found[0].socket, socket)
        except TeahouseError as error:
            await socket.refuse(error)
        finally:
            self._left(address)

    def _left(self, address: str) -> None:
        self.in_flight[address] -= 1
        if self.in_flight[address] <= 0:
            del self.in_flight[address]

    async def _serve(self, scope: Any, receive: Any, answer: Answer, address: str) -> None:
        scope["path"] = route_path(scope)
        found = self.fast.find(scope["path"])
        incoming = answer.incoming = self._incoming(scope, receive, found[0] if found else None)
        self._check_load(scope["path"], address)
        if b"%00" in scope["query_string"]:
            raise InvalidParam("A query may not hold NUL")
        incoming.check_length()
        if found is not None and found[0].polls:
            answering = self.fast.run(*found, scope, incoming.receive, answer.send)
            takes_body = scope["method"] == "POST"
            if not await self.polls.run(receive, answering, lambda: incoming.ended or not takes_body):
                answer.status = GONE
            return
        if found is not None and found[0].endless:
            await self.fast.run(*found, scope, incoming.receive, answer.send)
            return
        self.load.at_once += 1
        try:
            page = self.web.find(scope) if self.web is not None and found is None else None
            if found is not None:
                await self.fast.run(*found, scope, incoming.receive, answer.send)
            elif self.web is not None and page is not None:
                await self.web.answer(page, scope, answer.send)
            else:
                await self.app(scope, incoming.receive, answer.send)
        finally:
            self.load.at_once -= 1

    def _incoming(self, scope: Any, receive: Any, route: FastRoute | None) -> Incoming:
        length = body_length(scope["headers"])
        if route is None or route.takes is None:
            return Incoming(receive, self.max_body_bytes, length, self.load)
        return Incoming(receive, route.takes.most_bytes(self.fast.services), length, self.load, route.takes)

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


def sender_address(scope: Any, *, behind_proxy: bool) -> str:
    """Give the address that a request comes from, and put it in `scope` for the routes.

    Behind a proxy on this machine that is the last entry of X-Forwarded-For: the proxy wrote it, whereas the
    entries before it are whatever the sender claims.
    """
    address: str = scope["client"][0] if scope.get("client") else ""
    if not behind_proxy or not address.startswith(LOOPBACK):
        return address
    entries = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    try:
        claimed = str(ipaddress.ip_address(entries[-1].decode("ascii").rpartition(",")[2].strip()))
    except (IndexError, ValueError):
        return address
    scope["client"] = (claimed, 0)
    return claimed
