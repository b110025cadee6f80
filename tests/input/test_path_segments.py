"""Whatever stands in a path: ids that are broken, over-long, encoded twice, of somewhere else (G53, G56)."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import httpx
import pytest

from tests.access.every_route import Route, request_of, served_routes, values_of
from tests.actors import Actor, segment
from tests.input.conftest import Scene
from tests.input.verdicts import fault_of

ROUTES = [route for route in served_routes() if route.names]
HOSTILE = [
    "", "%20", "%00", "a%00b", "%FF%FE", "%ED%A0%80", "%C0%AF", "%2F", "a%2Fb", "..%2F..%2Fetc%2Fpasswd", "%252F",
    "%0D%0AX-Forged%3A%201", "%22%27%5C", "%25", "%", "%zz", "%E8%8C%B6%F0%9F%8D%B5", "%E2%80%AE", "x" * 256,
    "%21" * 300, "%C3%A9" * 128, "x" * 8000, "-1", "0", "99999999999999999999", "1e999", "null", "true", "%7B%7D",
    "%5B%5D", "%21nowhere%3Alocalhost", "%40nobody%3Alocalhost", "%40nobody%3Aelsewhere.example",
    "%23nothing%3Alocalhost", "%24nothing", "%3Fdir%3Df", "%3B--%20DROP%20TABLE%20events",
]  # fmt: skip
REFUSED = {"%00", "a%00b", "%FF%FE", "%ED%A0%80", "%C0%AF"}
ENDS_SESSIONS = {"delete_device"}


def paths_of(route: Route, scene: Scene) -> list[tuple[str, str]]:
    """Replace each parameter of a route's path by each hostile text; the other parameters stay good."""
    values = values_of(route, scene.place)
    found = []
    for name in route.names:
        rest = {other: quote(values[other], safe="") for other in route.names}
        found += [(text, route.path.format_map({**rest, name: text})) for text in HOSTILE]
    return found


async def send_to(actor: Actor, route: Route, scene: Scene, path: str) -> httpx.Response:
    """Send a route's good body to a path, byte by byte as it stands."""
    request = request_of(route, scene.place)
    url = httpx.URL(actor.url).copy_with(raw_path=path.encode())
    headers = {"Authorization": f"Bearer {actor.access_token}"}
    return await actor.http.request(request.method, url, json=request.json, headers=headers)


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_no_segment_of_a_path_makes_a_fault(scene: Scene, route: Route) -> None:
    hostile = paths_of(route, scene)
    turns = asyncio.Semaphore(8)

    async def send(path: str) -> httpx.Response:
        async with turns:
            return await send_to(scene.attacker, route, scene, path)

    answers = await asyncio.gather(*(send(path) for _, path in hostile))
    faults = []
    for (text, path), answer in zip(hostile, answers, strict=True):
        is_shown = route.is_page and answer.headers["content-type"].startswith("text/html")
        fault = None if is_shown and answer.status_code < 500 else fault_of(answer)
        if fault is None and text in REFUSED and answer.status_code not in (400, 401, 403, 404, 422):
            fault = f"{answer.status_code} for what is not text"
        if "x-forged" in answer.headers:
            fault = "a header out of the path"
        if fault is not None:
            faults.append((path[-120:], fault))
    assert faults == []


async def test_a_slash_in_a_state_key_stays_in_it(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    for key in ("a/b", "a%2Fb", "...", "?x=1#y", "茶 🍵", "\\", "+"):
        await actor.set_state(room, "org.example/note", {"text": key}, key)
        assert await actor.state(room, "org.example/note", key) == {"text": key}
    keys = {
        event["state_key"] for event in await actor.full_state(room) if event["type"] == "org.example/note"
    }
    assert keys == {"a/b", "a%2Fb", "...", "?x=1#y", "茶 🍵", "\\", "+"}


async def test_slashes_in_types_and_transaction_ids_never_make_two_requests_one(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    sent = {
        (kind, txn): await actor.send(room, kind, {"body": kind}, txn)
        for kind, txn in (("a", "b/c"), ("a/b", "c"), ("a%2Fb", "c"), ("a", "b%2Fc"), ("a", "b"))
    }
    assert len(set(sent.values())) == len(sent)
    for (kind, txn), event_id in sent.items():
        assert await actor.send(room, kind, {"body": "again"}, txn) == event_id
        assert (await actor.event(room, event_id))["type"] == kind


async def test_a_slash_in_aliases_tags_devices_and_account_data_stays_in_them(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    alias = f"#{calm.place.fresh()}/茶%2F?#:localhost"
    await actor.put(f"/directory/room/{segment(alias)}", {"room_id": room})
    assert (await actor.get(f"/directory/room/{segment(alias)}"))["room_id"] == room
    assert alias in (await actor.get(f"/rooms/{segment(room)}/aliases"))["aliases"]
    me = f"/user/{segment(actor.user_id)}"
    await actor.put(f"{me}/rooms/{segment(room)}/tags/{segment('u.a/b')}", {})
    assert list((await actor.get(f"{me}/rooms/{segment(room)}/tags"))["tags"]) == ["u.a/b"]
    await actor.put(f"{me}/account_data/{segment('org/example')}", {"a": 1})
    assert await actor.get(f"{me}/account_data/{segment('org/example')}") == {"a": 1}
    async with await actor.log_in_again("a/b") as other:
        await other.put(f"/devices/{segment('a/b')}", {"display_name": "slash"})
        assert (await other.get(f"/devices/{segment('a/b')}"))["display_name"] == "slash"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_matrix/client/v3//sync"),
        ("GET", "/_matrix//client/v3/account/whoami"),
        ("GET", "/_matrix/client/v3/rooms//messages"),
        ("PUT", "/_matrix/client/v3/rooms/{room}/send//1"),
        ("PUT", "/_matrix/client/v3/rooms/{room}/send/m.room.message/"),
        ("PUT", "/_matrix/client/v3/rooms/{room}//send/m.room.message/1"),
        ("PUT", "/_matrix/client/v3/rooms/{room}/redact//1"),
        ("PUT", "/_matrix/client/v3/rooms/{room}/state//"),
        ("GET", "/_matrix/client/v3/rooms/{room}/state//key"),
        ("PUT", "/_matrix/client/v3/user//account_data/x"),
        ("PUT", "/_matrix/client/v3/user/{user}/account_data/"),
        ("POST", "/_matrix/client/v3/rooms/{room}/receipt//{event}"),
        ("PUT", "/_matrix/client/v3/pushrules/global//tea"),
        ("GET", "/_matrix/client/v3/account/whoami%2F"),
    ],
)
async def test_empty_segments_are_no_way_around(calm: Scene, method: str, path: str) -> None:
    place = calm.place
    filled = path.format(
        room=segment(place.room_id), user=segment(place.user_id), event=segment(place.event_id)
    )
    url = httpx.URL(calm.attacker.url).copy_with(raw_path=filled.encode())
    headers = {"Authorization": f"Bearer {calm.attacker.access_token}"}
    answer = await calm.attacker.http.request(method, url, json={}, headers=headers)
    assert fault_of(answer) is None
    assert answer.status_code in (400, 403, 404, 405), answer.text
