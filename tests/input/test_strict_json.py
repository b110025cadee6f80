"""JSON has one meaning here, or is refused, by every route in the same way (G52)."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.access.every_route import Route, request_of, served_routes
from tests.actors import Actor, segment
from tests.input.conftest import Scene
from tests.input.verdicts import MASTODON_PATHS, fault_of

ROUTES = [route for route in served_routes() if route.takes_body]
NOT_JSON = {
    "half an object": b'{"a": ',
    "two objects": b'{"a": 1}{"b": 2}',
    "single quotes": b"{'a': 1}",
    "a comma too many": b'{"a": 1,}',
    "a comment": b'{"a": 1} // tea',
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a number beyond doubles": b'{"a": 1e400}',
    "a leading zero": b'{"a": 01}',
    "a raw control character": b'{"a": "x\x01y"}',
    "a raw NUL": b'{"a": "x\0y"}',
    "bytes that are not UTF-8": b'{"a": "\xff\xfe"}',
    "a surrogate as UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "a lone surrogate as key": b'{"\\udfff": 1}',
    "a hundred thousand arrays": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a hundred thousand objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}
BAD_JSON = {
    "an array": b"[]",
    "a string": b'"tea"',
    "null": b"null",
    "a number": b"7",
    "a key twice": b'{"a": 1, "a": 1}',
    "a key twice behind a tab": b'{"a"\t:1,"a"\t:1}',
    "a key twice in two spellings": b'{"a": 1, "\\u0061": 1}',
    "a key twice far inside": b'{"a": [{"b": {"c": 1, "c": 1}}]}',
    "an escaped NUL": b'{"a": "x\\u0000y"}',
    "an escaped NUL as key": b'{"a\\u0000": 1}',
    "101 levels": b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
    "an integer over 64 bits": b'{"a": 18446744073709551616}',
    "an integer of 5,000 digits": b'{"a": ' + b"7" * 300 + b"}",
}


async def send_raw(actor: Actor, route: Route, scene: Scene, body: bytes) -> httpx.Response:
    """Send a route these bytes, signed in."""
    request = request_of(route, scene.place)
    headers = {"Authorization": f"Bearer {actor.access_token}", "Content-Type": "application/json"}
    return await actor.http.request(
        request.method, request.path, params=request.params, content=body, headers=headers
    )


def wanted(route: Route, errcode: str) -> list[tuple[int, str | None]]:
    """Give how a route may refuse: the Mastodon API has two statuses for it, and no codes."""
    return [(400, None), (422, None)] if route.path.startswith(MASTODON_PATHS) else [(400, errcode)]


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_every_route_refuses_what_is_not_strict_json(scene: Scene, route: Route) -> None:
    broken = [(name, body, "M_NOT_JSON") for name, body in NOT_JSON.items()]
    broken += [(name, body, "M_BAD_JSON") for name, body in BAD_JSON.items()]
    answers = await asyncio.gather(
        *(send_raw(scene.sender(route), route, scene, body) for _, body, _ in broken)
    )
    wrong = {
        name: (answer.status_code, answer.text[:200])
        for (name, _, errcode), answer in zip(broken, answers, strict=True)
        if (answer.status_code, answer.json().get("errcode")) not in wanted(route, errcode)
    }
    assert wrong == {}


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_every_route_takes_a_hundred_levels(scene: Scene, route: Route) -> None:
    deep = b'{"org.example.deep":' + b"[" * 99 + b"]" * 99 + b"}"
    answer = await send_raw(scene.sender(route), route, scene, deep)
    assert fault_of(answer) is None
    assert "level" not in answer.text


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_every_route_refuses_a_body_over_one_mebibyte_and_reads_one_of_exactly_that(
    scene: Scene, route: Route
) -> None:
    rest = 1024 * 1024 - len(b'{"org.example.big":""}')
    over = await send_raw(scene.attacker, route, scene, b'{"org.example.big":"' + b"x" * (rest + 1) + b'"}')
    assert over.status_code == 413
    assert over.json().get("errcode") == (None if route.path.startswith(MASTODON_PATHS) else "M_TOO_LARGE")
    exact = await send_raw(scene.attacker, route, scene, b'{"org.example.big":"' + b"x" * rest + b'"}')
    assert fault_of(exact) is None
    assert "1 MiB" not in exact.text
    assert "1048576" not in exact.text


@pytest.mark.parametrize("number", ["1.5", "1.0", "1e3", "-0.0", "9007199254740992", "-9007199254740992"])
async def test_events_hold_integers_of_53_bits_only(calm: Scene, number: str) -> None:
    here = f"/_matrix/client/v3/rooms/{segment(calm.place.room_id)}"
    body = f'{{"n": [{{"m": {number}}}]}}'.encode()
    headers = {"Authorization": f"Bearer {calm.attacker.access_token}"}
    for path in (f"{here}/send/org.example.n/{calm.place.fresh()}", f"{here}/state/org.example.n/"):
        answer = await calm.attacker.http.put(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["errcode"]) == (400, "M_BAD_JSON")


@pytest.mark.parametrize("number", [9007199254740991, -9007199254740991, 0, True, None])
async def test_the_largest_integers_come_back_as_they_were_sent(calm: Scene, number: object) -> None:
    said = await calm.attacker.send(calm.place.room_id, "org.example.n", {"n": number})
    assert (await calm.neighbour.event(calm.place.room_id, said))["content"] == {"n": number}


async def test_account_data_keeps_every_number_and_letter(calm: Scene) -> None:
    kept = {
        "float": 1.5,
        "big": 2**64 - 1,
        "small": -(2**63),
        "text": "茶\U0001fad6\u202e\u200d\ufeff",
        "": "",
    }
    path = f"/user/{segment(calm.attacker.user_id)}/account_data/org.example.kept"
    await calm.attacker.put(path, kept)
    assert await calm.attacker.get(path) == kept


async def test_an_event_of_65536_bytes_is_taken_and_one_byte_more_refused(calm: Scene) -> None:
    actor, room = calm.attacker, calm.place.room_id
    low, high = 60_000, 65_536

    async def fits(size: int) -> bool:
        path = f"/rooms/{segment(room)}/send/org.example.big/{calm.place.fresh()}"
        answer = await actor.answer("PUT", path, {"x": "y" * size})
        if answer.status_code == 413:
            assert answer.json()["errcode"] == "M_TOO_LARGE"
        return answer.status_code == 200

    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if await fits(middle) else (low, middle)
    big = await actor.send(room, "org.example.big", {"x": "y" * low})
    assert (await actor.event(room, big))["content"] == {"x": "y" * low}
    # The rest of the event, with its ids, hashes and signature, takes less than 1.5 kB.
    assert 65_536 - 1500 < low < 65_536
