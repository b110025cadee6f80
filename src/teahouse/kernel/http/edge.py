"""The outermost layer: what must hold for every request before and after routing.

It routes on the raw path (an id may hold an encoded slash), speaks CORS, bounds bodies, slow senders and
requests in flight, refuses ambiguous framing, counts, and marks answers as private.
"""

import asyncio
import ipaddress
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
import structlog

from teahouse.errors import LimitExceeded, TeahouseError, Unavailable
from teahouse.kernel.http.accents import matrix_error
from teahouse.kernel.http.fast import JSON_HEADERS, FastRouter
from teahouse.kernel.http.incoming import Incoming, body_length
from teahouse.kernel.http.metrics import RequestMetrics
from teahouse.kernel.http.paths import decode_segment, route_path

log = structlog.get_logger(__name__)

COMMON_HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH"),
    (
        b"access-control-allow-headers",
        b"X-Requested-With, Content-Type, Authorization, Date, Idempotency-Key",
    ),
    (b"x-content-type-options", b"nosniff"),
]
PRIVATE = (b"cache-control", b"private, no-store")
JSON_ANSWER = [*JSON_HEADERS, *COMMON_HEADERS, PRIVATE]
"""The headers of nearly every answer, made once."""
LOOPBACK = ("127.", "::1")


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
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.fast = fast
        self.max_body_bytes = max_body_bytes
        self.max_per_address = max_per_address
        self.behind_proxy = behind_proxy
        self.in_flight: Counter[str] = Counter()
        self.closing = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        address = sender_address(scope, behind_proxy=self.behind_proxy)
        self.in_flight[address] += 1
        answer = _Answer(send, private=not scope["path"].startswith("/assets/"))
        try:
            if scope["method"] == "OPTIONS":
                await answer.reply(200, b"{}")
                return
            scope["path"] = route_path(scope)
            incoming = answer.incoming = Incoming(receive, self.max_body_bytes, body_length(scope["headers"]))
            self._check_load(address)
            incoming.check_length()
            found = self.fast.find(scope["path"])
            if found is not None:
                await self.fast.run(*found, scope, incoming.receive, answer.send)
            else:
                await self.app(scope, incoming.receive, answer.send)
        except TeahouseError as error:
            await answer.fail(error)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a request failed at the edge")
            await answer.fail(TeahouseError("Something went wrong inside the server"))
        finally:
            self.in_flight[address] -= 1
            if self.in_flight[address] <= 0:
                del self.in_flight[address]
            if self.metrics is not None:
                self.metrics.count(scope["method"], answer.status, time.perf_counter() - started)

    async def drained(self) -> None:
        """Wait until no request is in flight."""
        while self.in_flight:
            await asyncio.sleep(0.02)

    def _check_load(self, address: str) -> None:
        if self.closing:
            raise Unavailable("The server is stopping; try again soon")
        if self.in_flight[address] > self.max_per_address and not address.startswith(LOOPBACK):
            raise LimitExceeded("Too many requests at once from your address", retry_after_ms=1000)


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


class _Answer:
    """Adds the common headers to whatever answers, and can answer itself."""

    __slots__ = ("_private", "_send", "incoming", "started", "status")

    def __init__(self, send: Any, *, private: bool) -> None:
        self._send = send
        self._private = private
        self.incoming: Incoming | None = None
        self.status = 0
        self.started = False

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            if self.status >= 400 and self.incoming is not None:
                await self.incoming.discard()
            headers = message.get("headers", ())
            message["headers"] = JSON_ANSWER if headers is JSON_HEADERS else self._with_common(headers)
        await self._send(message)

    def _with_common(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        full = [*headers, *COMMON_HEADERS]
        if self._private and not any(name == b"cache-control" for name, _ in full):
            full.append(PRIVATE)
        return full

    async def reply(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        start = [(b"content-type", b"application/json"), *(headers or [])]
        await self.send({"type": "http.response.start", "status": status, "headers": start})
        await self.send({"type": "http.response.body", "body": body})

    async def fail(self, error: TeahouseError) -> None:
        if self.started:
            return
        status, content, headers = matrix_error(error)
        extra = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if status in (400, 408, 413):
            extra.append((b"connection", b"close"))
        await self.reply(status, orjson.dumps(content), extra)
