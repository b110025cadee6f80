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

from teahouse.errors import InvalidParam, LimitExceeded, TeahouseError, TooLarge, Unavailable
from teahouse.kernel.http.accents import matrix_error
from teahouse.kernel.http.fast import JSON_HEADERS, FastRouter
from teahouse.kernel.http.metrics import RequestMetrics
from teahouse.kernel.http.paths import decode_segment, route_path

log = structlog.get_logger(__name__)

BODY_GRACE_S = 10.0
MIN_BODY_BYTES_PER_S = 1024
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
            self._check_request(scope, address)
            found = self.fast.find(scope["path"])
            if found is not None:
                await self.fast.run(*found, scope, self._bounded(receive), answer.send)
            else:
                await self.app(scope, self._bounded(receive), answer.send)
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

    def _check_request(self, scope: Any, address: str) -> None:
        if self.closing:
            raise Unavailable("The server is stopping; try again soon")
        if self.in_flight[address] > self.max_per_address and not address.startswith(LOOPBACK):
            raise LimitExceeded("Too many requests at once from your address", retry_after_ms=1000)
        length = chunked = None
        for name, value in scope["headers"]:
            if name == b"content-length":
                if length is not None or not value.isdigit():
                    raise InvalidParam("Content-Length must be given once, as a number")
                length = int(value[:20])
            elif name == b"transfer-encoding":
                chunked = value
            elif name == b"content-encoding" and value.lower() != b"identity":
                raise TeahouseError(
                    "Compressed request bodies are not taken", status=415, errcode="M_UNKNOWN"
                )
        if length is not None and chunked is not None:
            raise InvalidParam("A request may not have both Content-Length and Transfer-Encoding")
        if length is not None and length > self.max_body_bytes:
            raise TooLarge(f"The body is larger than {self.max_body_bytes} bytes")

    def _bounded(self, receive: Any) -> Any:
        """Bound the body's size and the time that a slow sender may take."""
        taken = 0
        started = time.monotonic()
        ended = False

        async def bounded_receive() -> Any:
            nonlocal taken, ended
            if ended:
                return await receive()
            allowed = BODY_GRACE_S + taken / MIN_BODY_BYTES_PER_S - (time.monotonic() - started)
            try:
                async with asyncio.timeout(max(allowed, 0.05)):
                    message = await receive()
            except TimeoutError as error:
                raise TeahouseError("The body came too slowly", status=408) from error
            taken += len(message.get("body", b""))
            ended = not message.get("more_body")
            if taken > self.max_body_bytes:
                raise TooLarge(f"The body is larger than {self.max_body_bytes} bytes")
            return message

        return bounded_receive


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

    __slots__ = ("_private", "_send", "started", "status")

    def __init__(self, send: Any, *, private: bool) -> None:
        self._send = send
        self._private = private
        self.status = 0
        self.started = False

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
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
