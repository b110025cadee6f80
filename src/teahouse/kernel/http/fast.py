"""Raw ASGI routes for the hot paths (sync, send, files): the same guards, errors and strict JSON, a third of the cost.

A typed handler of the HTTP library costs several times the raw one (decision 0003), so the few routes that carry
nearly all traffic are written against this door, and those whose body or answer is a file and goes piece by
piece; every other route is an ordinary typed handler. The library's own raw routes can't have path parameters, so
these are found before its router.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson

from teahouse.errors import InvalidParam, Unauthenticated, Unrecognized
from teahouse.kernel.http.accents import as_teahouse_error, error_on_the_wire
from teahouse.kernel.http.access import (
    Authenticate,
    CheckWriter,
    Rule,
    allowance_after,
    check_matrix,
    find_token,
    open_to_all,
    session_of,
    signed_in,
)
from teahouse.kernel.http.allowance import told_allowance
from teahouse.kernel.http.exchange import Exchange
from teahouse.kernel.http.incoming import Incoming, StreamedBody
from teahouse.kernel.http.paths import decode_segment
from teahouse.kernel.http.scope import Scope
from teahouse.kernel.http.sockets import SocketHandler
from teahouse.kernel.http.strict_json import JsonObject, parse_object

JSON_TYPE = (b"content-type", b"application/json")
Json = bytes | JsonObject


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

    __slots__ = ("_exchange", "_incoming", "maybe_caller", "path_params", "query_string", "services", "token")

    def __init__(
        self,
        exchange: Exchange,
        incoming: Incoming,
        query: bytes,
        path_params: dict[str, str],
        services: Any,
    ) -> None:
        self._exchange = exchange
        self._incoming = incoming
        self.query_string = query
        self.path_params = path_params
        self.services = services
        self.maybe_caller: Scope | None = None
        self.token = ""

    @property
    def caller(self) -> Scope:
        """Whoever is signed in; raises Unauthenticated on a route that is open to all."""
        if self.maybe_caller is None:
            raise Unauthenticated("This needs an access token", errcode="M_MISSING_TOKEN")
        return self.maybe_caller

    @property
    def method(self) -> str:
        return self._exchange.method

    def header(self, name: bytes) -> str | None:
        """Give a header by its lower-case name, the last of repeated ones; None when it is not there."""
        found = [value for key, value in self._exchange.headers if key == name]
        return found[-1].decode("latin-1") if found else None

    @property
    def address(self) -> str:
        """The sender's address."""
        return self._exchange.address

    def query(self, part_of_it: bytes | None = None) -> dict[str, str]:
        """Decode the query string; the last of repeated names wins. Raises InvalidParam for what isn't UTF-8."""
        sent = self.query_string if part_of_it is None else part_of_it
        try:
            pairs = (part.partition("=") for part in sent.decode("ascii").split("&") if part)
            return {_unquoted(name): _unquoted(value) for name, _, value in pairs}
        except (UnicodeDecodeError, ValueError) as error:
            raise InvalidParam("The query is not percent-encoded UTF-8") from error

    def pieces(self) -> AsyncIterator[bytes]:
        """Give the body as it comes in; what breaks off, comes too slowly or is too large raises."""
        return self._incoming.pieces()

    async def body(self) -> bytes:
        return await self._incoming.whole()

    async def json(self) -> JsonObject:
        return parse_object(await self._incoming.whole())


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

    A segment `@{name}` is a parameter too, for what begins with that sign.

    `query` says for the API's description which query parameters there are: by name, each with its JSON schema.
    `polls` marks a route that may wait long for something to tell, `takes` one that reads its body in pieces,
    `gives_file` one whose good answer is a file of any type. `socket` speaks for requests that ask for a WebSocket.
    `endless` marks an answer that goes on until the client leaves, and is no work in between. `is_page` marks a page
    for people or a part of one: no API, so the description leaves it out.
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
    is_page: bool = False

    @cached_property
    def segments(self) -> tuple[str | None, ...]:
        """The path's segments, None for a parameter."""
        return tuple(None if part.lstrip("@").startswith("{") else part for part in self.path.split("/"))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the path's parameters, in order."""
        parts = (part.lstrip("@") for part in self.path.split("/"))
        return tuple(part[1:-1] for part in parts if part.startswith("{"))

    @cached_property
    def signed(self) -> tuple[bool, ...]:
        """Of each parameter, in order, whether it must begin with @."""
        return tuple(part.startswith("@") for part in self.path.split("/") if "{" in part)


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

    def __init__(
        self,
        routes: Sequence[FastRoute],
        authenticate: Authenticate,
        services: Any,
        check_writer: CheckWriter | None = None,
    ) -> None:
        self._authenticate = authenticate
        self._check_writer = check_writer
        self.services = services
        self._plain = {route.path: (route, list[str]()) for route in routes if not route.names}
        self._by_length: dict[int, list[tuple[list[tuple[int, str]], list[int], FastRoute]]] = {}
        for route in routes:
            # From the end, where paths of the same length differ most.
            fixed = [(n, part) for n, part in enumerate(route.segments) if part is not None][::-1]
            open_ones = [n for n, part in enumerate(route.segments) if part is None]
            self._by_length.setdefault(len(route.segments), []).append((fixed, open_ones, route))

    def find(self, path: str) -> tuple[FastRoute, list[str]] | None:
        """Give the raw route of a path with its parameters, still percent-encoded; None when there is none."""
        plain = self._plain.get(path)
        if plain is not None:
            return plain
        parts = path.split("/")
        for fixed, open_ones, route in self._by_length.get(len(parts), ()):
            for number, wanted in fixed:
                if parts[number] != wanted:
                    break
            else:
                values = [parts[number] for number in open_ones]
                if not any(route.signed):
                    return route, values
                unsigned = _unsigned(values, route.signed)
                if unsigned is not None:
                    return route, unsigned
        return None

    async def run(
        self, route: FastRoute, values: list[str], exchange: Exchange, query: bytes, incoming: Incoming
    ) -> bytes | Reply:
        """Give the answer of `route`, bytes for good JSON; every error is in the accent of the route's API."""
        try:
            if exchange.method != route.method and (exchange.method, route.method) != ("HEAD", "GET"):
                raise Unrecognized("This path does not take that method", status=405)
            params = dict(zip(route.names, map(decode_segment, values), strict=True)) if values else {}
            request = FastRequest(exchange, incoming, query, params, self.services)
            if route.access is not open_to_all:
                token = request.token = find_token(exchange.headers, query)
                if route.access is signed_in:
                    caller = request.maybe_caller = await self._authenticate(token, exchange.address)
                    check_matrix(caller)
                else:
                    request.maybe_caller = await self._caller(route, exchange, query, token)
            told = self._take_turn(route, request)
            answer = await route.handler(request)
            given = orjson.dumps(answer) if isinstance(answer, dict) else answer
            return _telling(given, told) if told else given
        except Exception as error:
            status, content, extra = error_on_the_wire(route.path, as_teahouse_error(error))
            headers = [JSON_TYPE, *((name.lower().encode(), value.encode()) for name, value in extra.items())]
            return Reply(status, headers, orjson.dumps(content))

    def _take_turn(self, route: FastRoute, request: FastRequest) -> list[tuple[bytes, bytes]]:
        """Count a request of the Mastodon API as `access.take_turn` does; gives the headers that tell what is left."""
        caller = request.maybe_caller
        if caller is None or getattr(route.access, "rule", None) is None:
            return []
        left = allowance_after(self.services.limiter, caller.user_id or caller.client_id)
        return [] if left is None else told_allowance(left)

    async def _caller(self, route: FastRoute, exchange: Exchange, query: bytes, token: str) -> Scope:
        rule: Rule | None = getattr(route.access, "rule", None)
        if rule is None:
            caller = await self._authenticate(token, exchange.address)
            check_matrix(caller)
            return caller
        scope = exchange.scope(route.path, query)
        caller = await session_of(self._authenticate, scope, rule.wanted, app_suffices=rule.app_suffices)
        await rule.check_writer(self._check_writer, caller, route.method)
        return caller


def _telling(given: bytes | Reply, told: list[tuple[bytes, bytes]]) -> Reply:
    if isinstance(given, bytes):
        return Reply(200, [JSON_TYPE, *told], given)
    return replace(given, headers=[*given.headers, *told])


def _unsigned(values: list[str], signed: Sequence[bool]) -> list[str] | None:
    """Take the @ off the values that must begin with it; None when one doesn't."""
    plain = []
    for value, wants_sign in zip(values, signed, strict=True):
        bare = value.removeprefix("@") if value.startswith("@") else value.removeprefix("%40")
        if wants_sign and (bare == value or not bare):
            return None
        plain.append(bare if wants_sign else value)
    return plain
