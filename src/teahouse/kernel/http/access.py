"""The guards that routes name, one each: who may call. Default deny: a route without a guard fails the build."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from teahouse.errors import Forbidden, Unauthenticated
from teahouse.kernel.http.scope import Scope

Authenticate = Callable[[str, str], Awaitable[Scope]]
Connection = ASGIConnection[Any, Any, Any, Any]
CALLER = "teahouse.caller"


def client_address(scope: Any) -> str:
    """Give the sender's address; behind a configured proxy the edge has put the real one in its place."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def bearer_token(scope: Any) -> str:
    """Find the access token in the header or, for old clients, the query; raises Unauthenticated."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.partition(b" ")
            if kind.lower() == b"bearer" and token:
                return str(token.decode("latin-1").strip())
            raise Unauthenticated(
                "The Authorization header must be 'Bearer TOKEN'", errcode="M_MISSING_TOKEN"
            )
    query: bytes = scope.get("query_string", b"")
    if b"access_token=" in query:
        for part in query.split(b"&"):
            if part.startswith(b"access_token="):
                return part[13:].decode("latin-1")
    raise Unauthenticated("This needs an access token", errcode="M_MISSING_TOKEN")


async def open_to_all(connection: Connection, _: BaseRouteHandler) -> None:
    """Allow everybody, signed in or not."""


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """Allow whoever holds a valid access token; puts the caller's Scope where `caller` finds it."""
    authenticate: Authenticate = connection.app.state.authenticate
    caller = await authenticate(bearer_token(connection.scope), client_address(connection.scope))
    connection.scope[CALLER] = caller  # type: ignore[literal-required]


async def maybe_signed_in(connection: Connection, handler: BaseRouteHandler) -> None:
    """Allow everybody, but know the caller when a token is sent; a bad token is refused."""
    try:
        bearer_token(connection.scope)
    except Unauthenticated:
        return
    await signed_in(connection, handler)


async def admin_only(connection: Connection, handler: BaseRouteHandler) -> None:
    """Allow server administrators only."""
    await signed_in(connection, handler)
    if not connection.scope[CALLER].is_admin:  # type: ignore[literal-required]
        raise Forbidden("This is for server administrators")


GUARDS = (open_to_all, signed_in, maybe_signed_in, admin_only)


def provide_caller(request: Connection) -> Scope:
    """Give a route its signed-in caller."""
    caller: Scope = request.scope[CALLER]  # type: ignore[literal-required]
    return caller


def provide_maybe_caller(request: Connection) -> Scope | None:
    """Give a route its caller, or None when nobody is signed in."""
    caller: Scope | None = request.scope.get(CALLER)  # type: ignore[assignment]
    return caller
