"""Every list, map and string that somebody can store has a cap: taken at the cap, refused one above it (G26)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.access.every_route import PUSHER
from tests.actors import PASSWORD, Actor, register, segment
from tests.input.conftest import Scene
from tests.server_process import ServerProcess

Try = Callable[[Scene, int], Awaitable[httpx.Response]]


def put(path: str, body: Callable[[int], Any]) -> Try:
    """Make a try that puts a body of a size at a path; `{size}` in the path becomes so many letters."""

    async def send(scene: Scene, size: int) -> httpx.Response:
        place, server = scene.place, scene.attacker.user_id.partition(":")[2]
        filled = path.format(
            me=segment(place.user_id),
            room=segment(place.room_id),
            event=segment(place.event_id),
            device=segment(place.device_id),
            server=server,
            size="x" * size,
            fresh=place.fresh(),
        )
        method, _, rest = filled.partition(" ")
        sent = {**body(size), **({"room_id": place.room_id} if "/directory/" in path else {})}
        return await scene.attacker.answer(method, rest, sent)

    return send


def padded(size: int) -> dict[str, str]:
    """Make a JSON object of exactly so many bytes."""
    return {"x": "y" * (size - len('{"x":""}'))}


def rule(**fields: Any) -> dict[str, Any]:
    """Make a push rule."""
    return {"actions": ["notify"], **fields}


def pusher(**fields: Any) -> dict[str, Any]:
    """Make a pusher."""
    return {**PUSHER, **fields}


def tweaks(count: int) -> list[dict[str, str]]:
    """Make so many actions of a rule."""
    return [{"set_tweak": "sound", "value": str(number)} for number in range(count)]


def notes(count: int) -> list[dict[str, Any]]:
    """Make so many pieces of initial state."""
    return [{"type": "org.example.note", "state_key": str(number), "content": {}} for number in range(count)]


ME, ROOM = "/user/{me}", "/rooms/{room}"
RULES = "PUT /pushrules/global"
SIZES: dict[str, tuple[int, Try]] = {
    "a display name": (256, put("PUT /profile/{me}/displayname", lambda n: {"displayname": "茶" * n})),
    "an avatar": (1000, put("PUT /profile/{me}/avatar_url", lambda n: {"avatar_url": "mxc://" + "x" * (n - 6)})),
    "a device's name": (200, put("PUT /devices/{device}", lambda n: {"display_name": "x" * n})),
    "account data": (64 * 1024, put("PUT " + ME + "/account_data/big", padded)),
    "a type of account data": (255, put("PUT " + ME + "/account_data/{size}", lambda n: {})),
    "a tag": (255, put("PUT " + ME + "/rooms/{room}/tags/{size}", lambda n: {})),
    "a filter": (64 * 1024, put("POST " + ME + "/filter", padded)),
    "a filter's list": (1000, put("POST " + ME + "/filter", lambda n: {"room": {"timeline": {"types": ["m.x"] * n}}})),
    "a pattern": (1024, put(RULES + "/content/long", lambda n: rule(pattern="x" * n))),
    "a rule's id": (255, put(RULES + "/content/{size}", lambda n: rule(pattern="x"))),
    "a rule's conditions": (32, put(RULES + "/override/many", lambda n: rule(conditions=[{"kind": "x"}] * n))),
    "a rule's actions": (32, put(RULES + "/content/acts", lambda n: {"pattern": "x", "actions": tweaks(n)})),
    "a pushkey": (512, put("POST /pushers/set", lambda n: pusher(pushkey="x" * n))),
    "an app's id": (64, put("POST /pushers/set", lambda n: pusher(app_id="x" * n))),
    "a pusher's language": (255, put("POST /pushers/set", lambda n: pusher(lang="x" * n))),
    "a report": (4096, put("POST " + ROOM + "/report", lambda n: {"reason": "x" * n})),
    "a status": (1000, put("PUT /presence/{me}/status", lambda n: {"presence": "online", "status_msg": "x" * n})),
    "a transaction id": (255, put("PUT " + ROOM + "/send/m.room.message/{size}", lambda n: {})),
    "an event's type": (255, put("PUT " + ROOM + "/send/{size}/{fresh}", lambda n: {})),
    "a state key": (255, put("PUT " + ROOM + "/state/org.example.note/{size}", lambda n: {"n": n})),
    "an alias": (255 - len("#:localhost"), put("PUT /directory/room/%23{size}%3A{server}", lambda n: {})),
    "initial state": (200, put("POST /createRoom", lambda n: {"initial_state": notes(n)})),
    "devices deleted at once": (1000, put("POST /delete_devices", lambda n: {"devices": ["X"] * n})),
}  # fmt: skip
UIA = {"devices deleted at once"}


@pytest.mark.parametrize("name", SIZES)
async def test_what_is_stored_is_taken_at_its_cap_and_refused_above(calm: Scene, name: str) -> None:
    cap, send = SIZES[name]
    at_cap = await send(calm, cap)
    assert at_cap.status_code == (401 if name in UIA else 200), at_cap.text
    above = await send(calm, cap + 1)
    assert above.status_code in (400, 413), above.text
    assert above.json()["errcode"].startswith("M_")


NUMBERS: dict[str, tuple[int, Callable[[int], tuple[str, str, Any]]]] = {
    "account data of a room": (500, lambda n: ("PUT", "/user/{me}/rooms/{room}/account_data/t" + str(n), {})),
    "tags of a room": (100, lambda n: ("PUT", "/user/{me}/rooms/{room}/tags/u." + str(n), {})),
    "pushers": (50, lambda n: ("POST", "/pushers/set", pusher(pushkey=str(n), append=True))),
    "aliases of a room": (
        200,
        lambda n: ("PUT", "/directory/room/%23{fresh}-" + str(n) + "%3Alocalhost", None),
    ),
    "filters": (2000, lambda n: ("POST", "/user/{me}/filter", {"room": {"timeline": {"limit": n}}})),
}


@pytest.mark.parametrize("name", NUMBERS)
async def test_no_more_of_a_kind_is_kept_than_its_cap(calm: Scene, name: str) -> None:
    cap, make = NUMBERS[name]
    actor, place, turns = calm.attacker, calm.place, asyncio.Semaphore(16)
    fresh = place.fresh()
    # The room has its first alias and the user the first filter already.
    known = {"aliases of a room": 1, "filters": 1}.get(name, 0)

    async def add(number: int) -> int:
        method, path, body = make(number)
        filled = path.format(me=segment(place.user_id), room=segment(place.room_id), fresh=fresh)
        async with turns:
            answer = await actor.answer(method, filled, {"room_id": place.room_id} if body is None else body)
        assert answer.status_code in (200, 400, 413), answer.text
        return answer.status_code

    assert set(await asyncio.gather(*(add(number) for number in range(cap - known)))) == {200}
    assert {await add(cap + 1), await add(cap + 2)} <= {400, 413}
    # What is there already can still be replaced.
    if name != "aliases of a room":
        assert await add(0) == 200


BIG = "x" * 60_000
WHOLE = 16 * 1024 * 1024 // 62_000
"""So many big pieces are taken for certain, and few more."""


@pytest.mark.parametrize(
    "path", ["/user/{me}/account_data/org.example.{{}}", "/rooms/{room}/state/org.example.big/{{}}"]
)
async def test_what_a_first_sync_carries_has_a_size_that_it_does_not_pass(calm: Scene, path: str) -> None:
    actor, place, turns = calm.attacker, calm.place, asyncio.Semaphore(8)
    filled = path.format(me=segment(place.user_id), room=segment(place.room_id))

    async def add(number: int, text: str = BIG) -> int:
        async with turns:
            return (await actor.answer("PUT", filled.format(number), {"text": text})).status_code

    assert set(await asyncio.gather(*(add(number) for number in range(WHOLE)))) == {200}
    assert {await add(WHOLE + number) for number in range(20)} >= {413}
    assert await add(WHOLE + 30) == 413
    for actor in (calm.attacker, calm.neighbour):
        assert (await actor.answer("GET", "/sync")).status_code == 200
    await calm.attacker.send_text(place.room_id, "still here")


async def test_a_profile_holds_64_kib_and_no_more(calm: Scene) -> None:
    me = f"/profile/{segment(calm.place.user_id)}"
    used = len(json.dumps(await calm.attacker.get(me), separators=(",", ":")))
    room = 64 * 1024 - used - len('"org.example.x":"",') + (1 if used == 2 else 0)
    path = f"{me}/org.example.x"
    above = await calm.attacker.answer("PUT", path, {"org.example.x": "y" * (room + 1)})
    assert (above.status_code, above.json()["errcode"]) == (400, "M_PROFILE_TOO_LARGE")
    await calm.attacker.put(path, {"org.example.x": "y" * room})
    long = "org.example." + "x" * 244
    refused = await calm.attacker.answer("PUT", f"{me}/{long}", {long: 1})
    assert (refused.status_code, refused.json()["errcode"]) == (400, "M_KEY_TOO_LARGE")


async def test_names_and_passwords_of_new_accounts_have_their_lengths(calm: Scene) -> None:
    async def register_as(username: str, password: str) -> httpx.Response:
        auth = {"auth": {"type": "m.login.dummy"}}
        return await calm.attacker.http.post(
            "/_matrix/client/v3/register", json={"username": username, "password": password, **auth}
        )

    longest = calm.place.fresh().ljust(255 - len("@:localhost"), "x")
    assert (await register_as(longest + "x", PASSWORD)).json()["errcode"] == "M_INVALID_USERNAME"
    assert (await register_as(longest, PASSWORD)).status_code == 200
    assert (await register_as(calm.place.fresh(), "oolong-" * 18 + "abc")).status_code == 400
    assert (await register_as(calm.place.fresh(), "oolong-" * 18 + "ab")).status_code == 200


async def test_device_ids_have_at_most_255_bytes(calm: Scene) -> None:
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": calm.place.user_id},
        "password": PASSWORD,
    }
    above = await calm.attacker.answer("POST", "/login", {**body, "device_id": "x" * 256})
    assert above.status_code == 400
    at_cap = await calm.attacker.post("/login", {**body, "device_id": "x" * 255})
    assert at_cap["device_id"] == "x" * 255


async def test_the_device_seen_longest_ago_makes_room_for_a_new_one(tmp_path: Path) -> None:
    settings = tmp_path / "teahouse.toml"
    settings.write_text("[limits]\ndevices_per_user = 3\n")
    process = ServerProcess(tmp_path / "data", "--config", str(settings))
    await process.start()
    try:
        first = await register(process.url, process.registration_shared_secret, "traveller")
        devices: list[Actor] = [first]
        for _ in range(3):
            for known in devices[-3:]:
                await known.whoami()
            devices.append(await first.log_in_again())
        listed = {device["device_id"] for device in (await devices[-1].get("/devices"))["devices"]}
        assert listed == {device.device_id for device in devices[1:]}
        await first.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
        for device in devices:
            await device.close()
    finally:
        await process.remove()
