"""Raw ASGI routes for the hot paths (sync, send): the same guards, errors and strict JSON, a third of the cost.

A typed handler of the HTTP library costs several times the raw one (decision 0003), so the two or three routes
that carry nearly all traffic are written against this door; every other route is an ordinary typed handler.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from litestar import asgi
from litestar.handlers import ASGIRouteHandler

from teahouse.errors import InvalidParam, TeahouseError, Unrecognized
from teahouse.kernel.http.accents import as_teahouse_error, matrix_error
from teahouse.kernel.http.access import CALLER, Authenticate, bearer_token, signed_in
from teahouse.kernel.http.scope import Scope
from teahouse.kernel.http.strict_json import JsonObject, parse_object

JSON_HEADERS = [(b"content-type", b"application/json")]
Json = bytes | JsonObject


class FastRequest:
    """What a raw route sees of its request: the caller, decoded path segments, query and body."""

    __slots__ = ("_receive", "asgi_scope", "caller", "services", "token")

    def __init__(self, asgi_scope: Any, receive: Any, caller: Scope, services: Any, token: str) -> None:
        self.asgi_scope = asgi_scope
        self._receive = receive
        self.caller = caller
        self.services = services
        self.token = token

    @property
    def path_params(self) -> dict[str, str]:
        params: dict[str, str] = self.asgi_scope["path_params"]
        return params

    def query(self) -> dict[str, str]:
        """Decode the query string; the last of repeated names wins. Raises InvalidParam for what isn't UTF-8."""
        raw: bytes = self.asgi_scope["query_string"]
        if not raw:
            return {}
        try:
            return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict"))
        except (UnicodeDecodeError, ValueError) as error:
            raise InvalidParam("The query is not percent-encoded UTF-8") from error

    async def body(self) -> bytes:
        parts = []
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise TeahouseError("The client went away", status=499)
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                return b"".join(parts)

    async def json(self) -> JsonObject:
        return parse_object(await self.body())


FastHandler = Callable[[FastRequest], Awaitable[Json]]


def fast_route(method: str, path: str, handler: FastHandler) -> ASGIRouteHandler:
    """Make a raw route for signed-in callers; its function is called with a FastRequest and answers JSON."""
    wanted = ("GET", "HEAD") if method == "GET" else (method,)

    async def run(scope: Any, receive: Any, send: Any) -> None:
        try:
            if scope["method"] not in wanted:
                raise Unrecognized("This path does not take that method", status=405)
            state = scope["app"].state if "app" in scope else scope["litestar_app"].state
            authenticate: Authenticate = state.authenticate
            token = bearer_token(scope)
            caller = await authenticate(token)
            scope[CALLER] = caller
            answer = await handler(FastRequest(scope, receive, caller, state.services, token))
            body = answer if isinstance(answer, bytes) else orjson.dumps(answer)
            status, headers = 200, JSON_HEADERS
        except Exception as error:
            status, content, extra = matrix_error(as_teahouse_error(error))
            body = orjson.dumps(content)
            headers = [*JSON_HEADERS, *((k.lower().encode(), v.encode()) for k, v in extra.items())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def route(scope: Any, receive: Any, send: Any) -> None:
        await run(scope, receive, send)

    route.__name__ = handler.__name__
    route.__doc__ = handler.__doc__
    route.__annotations__ = {"scope": Any, "receive": Any, "send": Any, "return": None}
    return asgi(path, copy_scope=False, opt={"method": method, "access": signed_in})(route)
