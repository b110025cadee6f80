"""Every field of every body, replaced by every kind of nonsense: refused or taken, never a fault (G51, G52, G53)."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.every_route import Route, request_of, served_routes
from tests.actors import segment, timeline
from tests.input.conftest import Scene
from tests.input.verdicts import MASTODON_PATHS, fault_of

ROUTES = [route for route in served_routes() if route.takes_body]
NONSENSE: list[Any] = [
    None, True, 0, -1, 1.5, 2**53, 2**63, 10**25, 1e308, "", " ", "x" * 300, "x" * 5000, "\u202e茶🫖", "%00%2F",
    "'; DROP TABLE events; --", "../../etc/passwd", "@:", "@a:localhost", "!x", "$x", "#x:localhost",
    [], [None], ["x"], [[]], {}, {"": None}, {"a": {"b": []}}, {"auth": 1},
]  # fmt: skip
REFUSED_EVERYWHERE = ["\ud800", "a\0b", {"\udfff": 1}, ["\0"]]
AT_ONCE = 8
MOST_A_ROUTE = 150
"""Longer lists are thinned out, always in the same way."""
STRIDE = 7919

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """List every place in a JSON value, the whole one included."""
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from places(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from places(child, (*path, index))


def chosen(value: Any, wrong: list[Any]) -> list[tuple[Path, Any]]:
    """Pair the places of a value with the wrong values, at most so many of the pairs."""
    pairs = [(path, new) for path in places(value) for new in wrong]
    return [pairs[n * STRIDE % len(pairs)] for n in range(min(len(pairs), MOST_A_ROUTE))]


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Give a copy of a JSON value with another value at one place."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = new
    return changed


async def faults_of(scene: Scene, route: Route, bodies: list[Any], *, must_refuse: bool) -> list[str]:
    """Send a route all these bodies, several at once, and give what was wrong with the answers."""
    turns = asyncio.Semaphore(AT_ONCE)
    actor, faults = scene.sender(route), []

    async def send(body: Any) -> None:
        request = request_of(route, scene.place)
        async with turns:
            answer = await actor.http.request(
                request.method, request.path, params=request.params, content=json.dumps(body),
                headers={"Authorization": f"Bearer {actor.access_token}"}, timeout=20,
            )  # fmt: skip
        fault = fault_of(answer)
        wanted = (400, 422) if route.path.startswith(MASTODON_PATHS) else (400,)
        if fault is None and must_refuse and answer.status_code not in wanted:
            fault = f"{answer.status_code} instead of 400"
        if fault is not None:
            faults.append(f"{json.dumps(body)[:200]}: {fault}")

    await asyncio.gather(*map(send, bodies))
    return faults


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_no_field_of_a_body_makes_a_fault_by_its_type(scene: Scene, route: Route) -> None:
    good = request_of(route, scene.place).json
    bodies = [replaced(good, path, value) for path, value in chosen(good, NONSENSE)]
    assert await faults_of(scene, route, bodies, must_refuse=False) == []
    broken = [replaced(good, path, value) for path, value in chosen(good, REFUSED_EVERYWHERE)]
    assert await faults_of(scene, route, broken, must_refuse=True) == []
    if route.name == "put_admin_lock_user":
        assert scene.root is not None
        await scene.root.put(request_of(route, scene.place).path, {"locked": False})


async def test_nobody_in_the_room_noticed(scene: Scene) -> None:
    room = scene.place.room_id
    here = f"/rooms/{segment(room)}"
    # The good requests among them made the attacker leave and banned the neighbour, as they should.
    await scene.attacker.join(room)
    await scene.attacker.answer("POST", f"{here}/unban", {"user_id": scene.neighbour.user_id})
    await scene.neighbour.join(room)
    said = await scene.neighbour.send_text(room, "still here")
    for actor in (scene.attacker, scene.neighbour):
        answer = await asyncio.wait_for(actor.sync(), 2)
        assert timeline(answer, room)[-1]["event_id"] == said
