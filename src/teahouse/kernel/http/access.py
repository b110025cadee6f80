"""The guards that routes name, one each: who may call. Default deny: a route without a guard fails the build.

`signed_in` and its kin guard the Matrix API. The Mastodon API's routes name what the session must have been
granted: `requires("read:statuses")` wants a user, `maybe_requires` takes strangers too, `requires_app` is content
with the token of an app that nobody signed in to yet.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from teahouse.errors import Forbidden, Unauthenticated
from teahouse.kernel.http.rate_limit import Allowance, RateLimiter, network_of
from teahouse.kernel.http.scope import AccountLocked, Scope

Authenticate = Callable[[str, str], Awaitable[Scope]]
CheckWriter = Callable[[Scope], Awaitable[None]]
Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Coroutine[Any, Any, None]]
CALLER = "teahouse.caller"
CHANGING = frozenset({"POST", "PUT", "DELETE"})
ALLOWANCE = "teahouse.allowance"
LOCKED = "Your login is currently disabled"
INVALID_TOKEN = "The access token is invalid"  # noqa: S105 (a sentence)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a guard of the Mastodon API wants, for raw routes too: one of the grants, perhaps of an app alone."""

    wanted: tuple[str, ...]
    app_suffices: bool = False
    writes: bool = False

    async def check_writer(self, check: CheckWriter | None, caller: Scope, method: str) -> None:
        """Raise Forbidden for who may not change anything, where a request wants to."""
        if self.writes and method != "GET" and check is not None:
            await check(caller)


def client_address(scope: Any) -> str:
    """Give the sender's address; behind a configured proxy the edge has put the real one in its place."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def bearer_token(scope: Any) -> str:
    """Find the access token of a request; raises Unauthenticated."""
    return find_token(scope["headers"], scope.get("query_string", b""))


def find_token(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> str:
    """Find the access token in the header or, for old clients, the query; raises Unauthenticated."""
    for name, value in headers:
        if name == b"authorization":
            kind, _, token = value.partition(b" ")
            if kind.lower() == b"bearer" and token:
                return str(token.decode("latin-1").strip())
            raise Unauthenticated(
                "The Authorization header must be 'Bearer TOKEN'", errcode="M_MISSING_TOKEN"
            )
    if b"access_token=" in query:
        for part in query.split(b"&"):
            if part.startswith(b"access_token="):
                return part[13:].decode("latin-1")
    raise Unauthenticated("This needs an access token", errcode="M_MISSING_TOKEN")


async def open_to_all(connection: Connection, _: BaseRouteHandler) -> None:
    """Allow everybody, signed in or not."""


def check_matrix(caller: Scope) -> None:
    """Raise Forbidden for a session that was not granted the Matrix API."""
    if not caller.user_id or "matrix" not in caller.grants:
        raise Forbidden("This session was not granted the Matrix API")


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """Allow whoever holds a valid access token for the Matrix API; puts the Scope where `caller` finds it."""
    await _sign_in(connection, locked_too=False)


async def signed_in_or_locked(connection: Connection, _: BaseRouteHandler) -> None:
    """Allow what `signed_in` allows, and who is locked besides: for the end of sessions."""
    await _sign_in(connection, locked_too=True)


async def _sign_in(connection: Connection, *, locked_too: bool) -> None:
    authenticate: Authenticate = connection.app.state.authenticate
    try:
        caller = await authenticate(bearer_token(connection.scope), client_address(connection.scope))
    except AccountLocked as locked:
        if not locked_too or locked.caller is None:
            raise
        caller = locked.caller
    check_matrix(caller)
    if connection.scope.get("method") in CHANGING:
        limiter: RateLimiter = connection.app.state.services.limiter
        limiter.check("change", caller.user_id)
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


async def find_caller(
    connection: Connection, wanted: Sequence[str], *, app_suffices: bool = False, locked_too: bool = False
) -> Scope:
    """Give the caller whose session holds one of the wanted grants, for the Mastodon API and in its words.

    No `wanted` takes every session. Raises Unauthenticated and Forbidden; the latter with 422 for the token
    of an app itself where a user is needed.
    """
    caller = await session_of(
        connection.app.state.authenticate, connection.scope, wanted, app_suffices=app_suffices,
        locked_too=locked_too,
    )  # fmt: skip
    take_turn(connection, caller.user_id or caller.client_id)
    return caller


def take_turn(connection: Connection, key: str) -> None:
    """Count a request of the Mastodon API, by user or network; raises LimitExceeded. The answer tells what is left."""
    left = allowance_after(connection.app.state.services.limiter, key)
    connection.scope[ALLOWANCE] = left  # type: ignore[literal-required]


def allowance_after(limiter: RateLimiter, key: str) -> Allowance | None:
    """Count a request of the Mastodon API and give what is left; raises LimitExceeded."""
    limiter.check("api", key)
    return limiter.left("api", key)


async def session_of(
    authenticate: Authenticate,
    scope: Any,
    wanted: Sequence[str],
    *,
    app_suffices: bool,
    locked_too: bool = False,
) -> Scope:
    """Do what `find_caller` does, for a request that only its ASGI scope speaks for."""
    try:
        caller = await authenticate(bearer_token(scope), client_address(scope))
    except AccountLocked as locked:
        if not locked_too or locked.caller is None:
            raise Forbidden(LOCKED) from locked
        caller = locked.caller
    except Unauthenticated as error:
        raise Unauthenticated(INVALID_TOKEN) from error
    if wanted and not any(caller.may(one) for one in wanted):
        raise Forbidden("This action is outside the authorized scopes")
    if not (caller.user_id or app_suffices):
        raise Forbidden("This method requires an authenticated user", status=422)
    return caller


def requires(*wanted: str, suspended_too: bool = False) -> Guard:
    """Make the guard that allows users whose session was granted one of `wanted`.

    Who is suspended may only read, but for routes that say `suspended_too`, which take who is locked too.
    """
    writes = any(one.startswith(("write", "follow")) for one in wanted) and not suspended_too
    rule = Rule(wanted, writes=writes)

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        caller = await find_caller(connection, wanted, locked_too=suspended_too)
        await rule.check_writer(
            connection.app.state.check_writer, caller, str(connection.scope.get("method"))
        )
        connection.scope[CALLER] = caller  # type: ignore[literal-required]

    guard.rule = rule  # type: ignore[attr-defined]

    return _named(guard, f"requires {' or '.join(wanted)}")


def moderates(wanted: str) -> Guard:
    """Make the guard that allows administrators whose session was granted `wanted`; the role is asked each time."""
    rule = Rule((wanted,), writes=wanted.startswith("admin:write"))

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        caller = await find_caller(connection, rule.wanted)
        if not caller.is_admin:
            raise Forbidden("This action is not allowed")
        await rule.check_writer(
            connection.app.state.check_writer, caller, str(connection.scope.get("method"))
        )
        connection.scope[CALLER] = caller  # type: ignore[literal-required]

    return _named(guard, f"requires {wanted} of an administrator")


def maybe_requires(*wanted: str) -> Guard:
    """Make the guard that allows everybody, but knows the caller when a token is sent, which must hold a grant."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        try:
            bearer_token(connection.scope)
        except Unauthenticated:
            take_turn(connection, network_of(client_address(connection.scope)))
            return
        caller = await find_caller(connection, wanted, app_suffices=True)
        if caller.user_id:
            connection.scope[CALLER] = caller  # type: ignore[literal-required]

    return _named(guard, f"maybe_requires {' or '.join(wanted)}")


def requires_app(*wanted: str) -> Guard:
    """Make the guard that allows any token with one of the grants, also of an app without a user."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        caller = await find_caller(connection, wanted, app_suffices=True)
        connection.scope[CALLER] = caller  # type: ignore[literal-required]

    guard.rule = Rule(wanted, app_suffices=True)  # type: ignore[attr-defined]
    return _named(guard, f"requires_app {' or '.join(wanted)}".rstrip())


def _named(guard: Guard, name: str) -> Guard:
    guard.__name__ = name
    return guard


GUARDS = (open_to_all, signed_in, signed_in_or_locked, maybe_signed_in, admin_only)


def provide_caller(request: Connection) -> Scope:
    """Give a route its signed-in caller."""
    caller: Scope = request.scope[CALLER]  # type: ignore[literal-required]
    return caller


def provide_maybe_caller(request: Connection) -> Scope | None:
    """Give a route its caller, or None when nobody is signed in."""
    caller: Scope | None = request.scope.get(CALLER)  # type: ignore[assignment]
    return caller
