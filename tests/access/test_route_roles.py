"""Every route, every role: who gets in, who is refused, and that a refusal changes nothing (G32)."""

from __future__ import annotations

import pytest

from tests.access.cast import ROLES, Cast, Stage
from tests.access.every_route import Route, request_of, served_routes
from tests.access.rules import RULES
from tests.access.test_private_answers import PUBLIC
from tests.actors import Json

ROUTES = served_routes()
ENDS_SESSIONS = {"logout", "logout_all"}
CHANGE_ROOMS = ("/v3/rooms/", "/v3/join/", "/v3/knock/", "/v3/directory/")


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert {route.name for route in ROUTES} == set(RULES)
    assert all(set(row) == set(ROLES) for row in RULES.values())


def test_rules_and_guards_say_the_same() -> None:
    for route in ROUTES:
        row = RULES[route.name]
        if route.guard in ("signed_in", "signed_in_or_locked", "admin_only") or route.guard.startswith(
            "requires"
        ):
            assert (row["nobody"], row["deactivated"]) == (401, 401), route
        if route.guard == "maybe_signed_in" or route.guard.startswith("maybe_requires"):
            assert row["deactivated"] == 401, route
        if route.guard == "admin_only":
            assert {row[role] for role in ROLES} == {401, 403, row["server_admin"]}, route


async def all_of(cast: Cast, stage: Stage) -> tuple[list[tuple[str, Json]], list[str]]:
    """Give everything that a refused request might have changed in a room."""
    admin = cast["room_admin"]
    page = await admin.messages(stage.room_id, limit=100)
    aliases = await admin.get(f"/rooms/{stage.room_id}/aliases")
    return [(event["event_id"], event["content"]) for event in page["chunk"]], aliases["aliases"]


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_each_role_gets_what_the_rule_says(cast: Cast, route: Route) -> None:
    row = RULES[route.name]
    changes_room = route.method != "GET" and any(part in route.path for part in CHANGE_ROOMS)
    stage, wrong = await (cast.stage() if changes_room else cast.common_stage()), {}
    before = await all_of(cast, stage)
    for role in ROLES:
        status, errcode = await status_of(cast, route, role, stage)
        if status != row[role]:
            wrong[role] = f"{status} {errcode}, not {row[role]}"
        if row[role] == 401 and status == 401 and errcode not in code_of(route, role):
            wrong[role] = f"401 {errcode}"
        if changes_room and status == 200:
            stage = await cast.stage()
            before = await all_of(cast, stage)
        elif changes_room and await all_of(cast, stage) != before:
            wrong[role] = f"{status}, but the room changed"
    assert wrong == {}
    assert await all_of(cast, stage) == before


def code_of(route: Route, role: str) -> tuple[str, ...]:
    """Give the errcodes with which a role may be told that it is not signed in; the Mastodon API has none."""
    if "requires" in route.guard or route.path.startswith("/oauth/"):
        return ("",)
    if route.guard != "open_to_all" and role == "nobody":
        return ("M_MISSING_TOKEN",)
    if route.guard != "open_to_all" and role == "deactivated":
        return ("M_UNKNOWN_TOKEN",)
    return ("M_UNKNOWN_TOKEN", "more stages")


async def status_of(cast: Cast, route: Route, role: str, stage: Stage) -> tuple[int, str]:
    """Make the route's good request in a role; give the status and the errcode."""
    actor = cast[role]
    request = request_of(route, cast.place(role, stage, route.name))
    token = {"Authorization": f"Bearer {actor.access_token}"} if actor.access_token else {}
    answer = await actor.http.request(
        request.method, request.path, json=request.json, params=request.params, headers=token
    )
    if route.name in ENDS_SESSIONS and answer.status_code == 200:
        await actor.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
        cast.actors[role] = await actor.log_in_again()
        await actor.close()
    cached = answer.headers["cache-control"]
    assert cached == "private, no-store" or (route.name in PUBLIC and cached.startswith("public, ")), route
    said = answer.json() if answer.headers["content-type"].startswith("application/json") else {}
    found = said if isinstance(said, dict) else {}
    return answer.status_code, "more stages" if "flows" in found else str(found.get("errcode", ""))
