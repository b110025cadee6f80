"""Raw ASGI routes for the hot paths (sync, send, files): the same guards, errors and strict JSON, a third of the cost.

A typed handler of the HTTP library costs several times the raw one (decision 0003), so the few routes that carry
nearly all traffic are written against this door, and those whose body or answer is a file and goes piece by
piece; every other route is an ordinary typed handler. The library's own raw routes can't have path parameters, so
these are found before its router.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson
import structlog

from teahouse.errors import InvalidParam, TeahouseError, Unauthenticated, Unrecognized
from teahouse.kernel.http.accents import as_teahouse_error, error_on_the_wire
from teahouse.kernel.http.access import (
    CALLER,
    Authenticate,
    bearer_token,
    check_matrix,
    client_address,
    open_to_all,
    session_of,
    signed_in,
)
from teahouse.kernel.http.incoming import StreamedBody
from teahouse.kernel.http.paths import decode_segment
from teahouse.kernel.http.scope import Scope
from teahouse.kernel.http.sockets import SocketHandler
from teahouse.kernel.http.strict_json import JsonObject, parse_object

JSON_HEADERS = [(b"content-type", b"application/json")]
Json = bytes | JsonObject
log = structlog.get_logger(__name__)


class AnswerBroken(Exception):
    """An answer can't be finished, or nobody is there to take it; the connection must be closed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of a raw route that is not just JSON: its status, headers, and a body whole or in pieces.

    A body in pieces wants its Content-Length among the headers, where the length is known.
    """

    status: int
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes | AsyncIterator[bytes] = b""


class FastRequest:
    """What a raw route sees of its request: the caller, decoded path segments, query, headers and body."""

    __slots__ = ("_receive", "asgi_scope", "maybe_caller", "services", "token")

    def __init__(
        self, asgi_scope: Any, receive: Any, caller: Scope | None, services: Any, token: str
    ) -> None:
        self.asgi_scope = asgi_scope
        self._receive = receive
        self.maybe_caller = caller
        self.services = services
        self.token = token

    @property
    def caller(self) -> Scope:
        """Whoever is signed in; raises Unauthenticated on a route that is open to all."""
        if self.maybe_caller is None:
            raise Unauthenticated("This needs an access token", errcode="M_MISSING_TOKEN")
        return self.maybe_caller

    @property
    def method(self) -> str:
        return str(self.asgi_scope["method"])

    def header(self, name: bytes) -> str | None:
        """Give a header by its lower-case name, the last of repeated ones; None when it is not there."""
        found = [value for key, value in self.asgi_scope["headers"] if key == name]
        return found[-1].decode("latin-1") if found else None

    @property
    def path_params(self) -> dict[str, str]:
        params: dict[str, str] = self.asgi_scope["path_params"]
        return params

    def query(self) -> dict[str, str]:
        """Decode the query string; the last of repeated names wins. Raises InvalidParam for what isn't UTF-8."""
        raw: bytes = self.asgi_scope["query_string"]
        try:
            pairs = (part.partition("=") for part in raw.decode("ascii").split("&") if part)
            return {_unquoted(name): _unquoted(value) for name, _, value in pairs}
        except (UnicodeDecodeError, ValueError) as error:
            raise InvalidParam("The query is not percent-encoded UTF-8") from error

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the body as it comes in; what breaks off, comes too slowly or is too large raises."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise TeahouseError("The client went away", status=499)
            yield message.get("body", b"")
            if not message.get("more_body"):
                return

    async def body(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])

    async def json(self) -> JsonObject:
        return parse_object(await self.body())


def _unquoted(text: str) -> str:
    return _decoded(text) if "%" in text or "+" in text else text


@lru_cache(2048)
def _decoded(text: str) -> str:
    # Clients send the same long filter with every poll, so what was decoded is kept.
    return unquote_plus(text, errors="strict")


FastHandler = Callable[[FastRequest], Awaitable[Json | Reply]]


@dataclass(frozen=True)
class FastRoute:
    """One raw route: a method, a path whose `{name}` segments are parameters, a guard and its function.

    `query` says for the API's description which query parameters there are: by name, each with its JSON schema.
    `polls` marks a route that may wait long for something to tell, `takes` one that reads its body in pieces,
    `gives_file` one whose good answer is a file of any type. `socket` speaks for requests that ask for a WebSocket.
    `endless` marks an answer that goes on until the client leaves, and is no work in between.
    """

    method: str
    path: str
    handler: FastHandler
    access: Any = signed_in
    query: Mapping[str, JsonObject] = field(default_factory=dict)
    polls: bool = False
    takes: StreamedBody | None = None
    gives_file: bool = False
    socket: SocketHandler | None = None
    endless: bool = False

    @cached_property
    def segments(self) -> tuple[str | None, ...]:
        """The path's segments, None for a parameter."""
        return tuple(None if part.startswith("{") else part for part in self.path.split("/"))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the path's parameters, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


def fast_route(
    method: str,
    path: str,
    handler: FastHandler,
    query: Mapping[str, JsonObject] | None = None,
    *,
    polls: bool = False,
) -> FastRoute:
    """Make a raw route for signed-in callers; its function is called with a FastRequest and answers JSON."""
    return FastRoute(method, re.sub(r":str}", "}", path), handler, query=query or {}, polls=polls)


class FastRouter:
    """Finds the raw route of a path and runs it; anything else is the ordinary application's."""

    def __init__(self, routes: Sequence[FastRoute], authenticate: Authenticate, services: Any) -> None:
        self._authenticate = authenticate
        self.services = services
        self._plain = {route.path: (route, list[str]()) for route in routes if not route.names}
        self._by_length: dict[int, list[tuple[tuple[str | None, ...], FastRoute]]] = {}
        for route in routes:
            self._by_length.setdefault(len(route.segments), []).append((route.segments, route))

    def find(self, path: str) -> tuple[FastRoute, list[str]] | None:
        """Give the raw route of a path with its parameters, still percent-encoded; None when there is none."""
        plain = self._plain.get(path)
        if plain is not None:
            return plain
        parts = path.split("/")
        for segments, route in self._by_length.get(len(parts), ()):
            if all(wanted is None or wanted == part for wanted, part in zip(segments, parts, strict=True)):
                return route, [part for wanted, part in zip(segments, parts, strict=True) if wanted is None]
        return None

    async def run(self, route: FastRoute, values: list[str], scope: Any, receive: Any, send: Any) -> None:
        """Answer a request of `route`; every error is answered in the protocol's accent."""
        try:
            if scope["method"] != route.method and (scope["method"], route.method) != ("HEAD", "GET"):
                raise Unrecognized("This path does not take that method", status=405)
            scope["path_params"] = dict(zip(route.names, map(decode_segment, values), strict=True))
            token, caller = "", None
            if route.access is not open_to_all:
                token = bearer_token(scope)
                caller = await self._caller(route, scope, token)
                scope[CALLER] = caller
            answer = await route.handler(FastRequest(scope, receive, caller, self.services, token))
            if isinstance(answer, Reply):
                await _send_reply(answer, receive, send)
                return
            body = answer if isinstance(answer, bytes) else orjson.dumps(answer)
            status, headers = 200, JSON_HEADERS
        except AnswerBroken:
            raise
        except Exception as error:
            status, content, extra = error_on_the_wire(scope["path"], as_teahouse_error(error))
            body = orjson.dumps(content)
            headers = [*JSON_HEADERS, *((k.lower().encode(), v.encode()) for k, v in extra.items())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _caller(self, route: FastRoute, scope: Any, token: str) -> Scope:
        wanted = getattr(route.access, "app_suffices", None)
        if wanted is not None:
            return await session_of(self._authenticate, scope, wanted, app_suffices=True)
        caller = await self._authenticate(token, client_address(scope))
        check_matrix(caller)
        return caller


async def _send_reply(reply: Reply, receive: Any, send: Any) -> None:
    """Send the reply; its first piece is asked for before its head goes out, so that a failure is told as one."""
    start = {"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)}
    if isinstance(reply.body, bytes):
        await send(start)
        await send({"type": "http.response.body", "body": reply.body})
        return
    pieces = aiter(reply.body)
    piece = await anext(pieces, b"")
    await send(start)
    # Sending into a closed connection succeeds, so the server is asked whether the client is still there.
    gone = asyncio.ensure_future(_gone(receive))
    try:
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if gone.done():
                raise AnswerBroken
            piece = await anext(pieces, b"")
        await send({"type": "http.response.body", "body": b""})
    except AnswerBroken:
        raise
    except Exception as error:
        log.warning("an answer broke off", error=repr(error))
        raise AnswerBroken from error
    finally:
        gone.cancel()
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


async def _gone(receive: Any) -> None:
    """Return when the client has left, or sends what nobody can read."""
    with contextlib.suppress(TeahouseError):
        while (await receive())["type"] != "http.disconnect":
            pass
