"""What a session may do is decided by what it was granted: on the Matrix API, and by Mastodon's scopes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
from litestar import get
from litestar.testing import TestClient

from teahouse.errors import Unauthenticated
from teahouse.kernel.http import (
    ALL_GRANTS,
    RateLimiter,
    Scope,
    build_litestar,
    maybe_requires,
    requires,
    requires_app,
    signed_in,
)

SESSIONS = {
    "own": Scope("@alice:tea", "A", 1),
    "reader": Scope("@alice:tea", "B", 2, grants=frozenset({"read"}), client_id="c"),
    "statuses": Scope("@alice:tea", "C", 3, grants=frozenset({"read:statuses"}), client_id="c"),
    "chat": Scope("@alice:tea", "D", 4, grants=frozenset({"matrix"}), client_id="c"),
    "app": Scope("", "", 5, grants=frozenset({"read"}), client_id="c"),
}


async def authenticate(token: str, _: str) -> Scope:
    """Know the sessions above."""
    if token not in SESSIONS:
        raise Unauthenticated("This access token is unknown")
    return SESSIONS[token]


@get("/chat", guards=[signed_in])
async def chat(caller: Scope) -> str:
    """Stand for the Matrix API."""
    return caller.device_id


@get("/home", guards=[requires("read:statuses")])
async def home(caller: Scope) -> str:
    """Stand for what needs a user."""
    return caller.device_id


@get("/public", guards=[maybe_requires("read:statuses")])
async def public(maybe_caller: Scope | None) -> str:
    """Stand for what everybody may see."""
    return "a stranger" if maybe_caller is None else maybe_caller.device_id


@get("/about", guards=[requires_app("read:accounts", "write:accounts")])
async def about(caller: Scope) -> str:
    """Stand for what an app may ask without a user."""
    return caller.client_id or "no app"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:  # type: ignore[type-arg]
    """A client of an application with one route for each guard."""
    services = SimpleNamespace(limiter=RateLimiter({}, time.monotonic))
    with TestClient(build_litestar([chat, home, public, about], {}, authenticate, services)) as opened:
        yield opened


def ask(client: TestClient, path: str, token: str) -> tuple[int, str]:  # type: ignore[type-arg]
    """Ask with a token; give the status and what was said."""
    answer: httpx.Response = client.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})
    return answer.status_code, answer.json()["error"] if answer.status_code >= 400 else answer.text


@pytest.mark.parametrize(
    ("path", "token", "expected"),
    [
        ("/chat", "own", (200, "A")),
        ("/chat", "chat", (200, "D")),
        ("/chat", "reader", (403, "This session was not granted the Matrix API")),
        ("/chat", "app", (403, "This session was not granted the Matrix API")),
        ("/home", "own", (200, "A")),
        ("/home", "reader", (200, "B")),
        ("/home", "statuses", (200, "C")),
        ("/home", "chat", (403, "This action is outside the authorized scopes")),
        ("/home", "app", (422, "This method requires an authenticated user")),
        ("/home", "unknown", (401, "The access token is invalid")),
        ("/home", "", (401, "The access token is invalid")),
        ("/public", "", (200, "a stranger")),
        ("/public", "app", (200, "a stranger")),
        ("/public", "statuses", (200, "C")),
        ("/public", "unknown", (401, "The access token is invalid")),
        ("/public", "chat", (403, "This action is outside the authorized scopes")),
        ("/about", "app", (200, "c")),
        ("/about", "own", (200, "no app")),
        ("/about", "statuses", (403, "This action is outside the authorized scopes")),
        ("/about", "", (401, "The access token is invalid")),
    ],
)
def test_a_route_opens_to_the_sessions_that_were_granted_it(
    client: TestClient,  # type: ignore[type-arg]
    path: str,
    token: str,
    expected: tuple[int, str],
) -> None:
    assert ask(client, path, token) == expected


@pytest.mark.parametrize(
    ("grants", "wanted", "allowed"),
    [
        ({"read"}, "read:statuses", True),
        ({"read:statuses"}, "read", False),
        ({"read"}, "write:statuses", False),
        ({"follow"}, "write:follows", True),
        ({"follow"}, "read:blocks", True),
        ({"follow"}, "write:statuses", False),
        ({"reader"}, "read:statuses", False),
        ({"push"}, "push", True),
        (ALL_GRANTS, "write:media", True),
        (ALL_GRANTS, "admin:read", False),
        (ALL_GRANTS, "admin:read:accounts", False),
        (frozenset({"admin:read"}), "admin:read:accounts", True),
        (frozenset({"admin:read"}), "read:accounts", False),
        (set(), "read", False),
    ],
)
def test_a_grant_holds_its_parts_and_nothing_else(grants: set[str], wanted: str, allowed: bool) -> None:
    assert Scope("@alice:tea", "A", 1, grants=frozenset(grants)).may(wanted) is allowed
