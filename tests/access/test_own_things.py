"""What is one person's own is nobody else's, whatever their power (G36)."""

from __future__ import annotations

import pytest

from tests.access.cast import Cast
from tests.access.every_route import Route, request_of, served_routes
from tests.actors import PASSWORD, Actor, Json, segment

ABOUT_OTHERS = {
    "get_user_profile", "get_profile_field", "get_presence", "report_user", "get_admin_suspend_user",
    "put_admin_suspend_user", "get_admin_lock_user", "put_admin_lock_user",
}  # fmt: skip
"""Routes that name a user, and are meant for others than the one they name (or are not served)."""
OWN = [route for route in served_routes() if "user_id" in route.names and route.name not in ABOUT_OTHERS]
INTRUDERS = ("other", "joined", "moderator", "room_admin", "server_admin")


async def things_of(actor: Actor, room_id: str) -> Json:
    """Give all that is somebody's own."""
    me = f"/user/{segment(actor.user_id)}"
    synced = await actor.sync(filter='{"room":{"timeline":{"limit":0},"state":{"types":[]}}}')
    return {
        "profile": await actor.get(f"/profile/{segment(actor.user_id)}"),
        "account data": sorted(map(str, synced["account_data"]["events"])),
        "room data": synced["rooms"]["join"][room_id].get("account_data"),
        "ephemeral": synced["rooms"]["join"][room_id].get("ephemeral"),
        "tags": await actor.get(f"{me}/rooms/{segment(room_id)}/tags"),
        "filter": await actor.get(f"{me}/filter/0"),
        "presence": await actor.get(f"/presence/{segment(actor.user_id)}/status"),
        "devices": [device["device_id"] for device in (await actor.get("/devices"))["devices"]],
        "pushers": await actor.get("/pushers"),
        "rules": await actor.get("/pushrules/"),
    }


@pytest.mark.parametrize("route", OWN, ids=str)
async def test_nobody_else_gets_at_what_is_ones_own(cast: Cast, route: Route) -> None:
    stage = await cast.common_stage()
    owner = cast["target"]
    before = await things_of(owner, stage.room_id)
    for role in INTRUDERS:
        place = cast.place("target", stage, route.name)
        request = request_of(route, place)
        answer = await cast[role].answer(request.method, request.path, request.json, request.params)
        if (route.name, role) == ("get_who_is", "server_admin"):
            assert answer.status_code == 200
            continue
        assert (answer.status_code, answer.json()["errcode"]) == (403, "M_FORBIDDEN"), (role, answer.text)
        for name in (
            "@nobody:localhost",
            "not an id",
            owner.user_id.upper(),
            owner.user_id + "\N{ZERO WIDTH SPACE}",
        ):
            other = request.path.replace(segment(owner.user_id), segment(name))
            strange = await cast[role].answer(request.method, other, request.json, request.params)
            assert strange.status_code in (400, 403, 404), (role, name, strange.text)
    assert await things_of(owner, stage.room_id) == before


async def test_devices_of_others_are_as_absent_as_those_that_never_were(cast: Cast) -> None:
    owner = cast["target"]
    device = f"/devices/{segment(owner.device_id)}"
    for role in INTRUDERS:
        intruder = cast[role]
        for path in (device, "/devices/NEVERWAS"):
            said = [(await intruder.answer(method, path, {})).json() for method in ("GET", "PUT", "DELETE")]
            assert {answer["errcode"] for answer in said} == {"M_NOT_FOUND"}
            assert len({answer["error"] for answer in said}) == 1
        auth = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": intruder.user_id}}
        await intruder.post(
            "/delete_devices", {"devices": [owner.device_id], "auth": {**auth, "password": PASSWORD}}
        )
    assert (await owner.whoami())["device_id"] == owner.device_id


async def test_confirming_with_ones_own_password_opens_nothing_of_others(cast: Cast) -> None:
    owner, intruder = cast["target"], cast["other"]
    auth = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": owner.user_id}}
    body = {"new_password": "stolen-and-kept", "auth": {**auth, "password": PASSWORD}}
    answer = await intruder.answer("POST", "/account/password", body)
    assert answer.status_code in (401, 403)
    async with await owner.log_in_again() as again:
        assert (await again.whoami())["user_id"] == owner.user_id
        await again.log_out()


async def test_a_filter_is_found_by_its_owner_only(cast: Cast) -> None:
    owner, intruder = cast["target"], cast["other"]
    kept = await owner.post(
        f"/user/{segment(owner.user_id)}/filter", {"room": {"rooms": []}, "event_format": "client"}
    )
    for _ in range(2):
        answer = await intruder.answer("GET", "/sync", params={"filter": kept["filter_id"]})
        assert answer.status_code in (400, 404)


async def test_what_one_keeps_for_oneself_reaches_no_other_sync(cast: Cast) -> None:
    stage = await cast.stage()
    owner, room = cast["target"], stage.room_id
    me = f"/user/{segment(owner.user_id)}"
    tokens = {role: (await cast[role].sync())["next_batch"] for role in INTRUDERS}
    await owner.put(f"{me}/account_data/org.example.secret", {"word": "hibiscus"})
    await owner.put(f"{me}/rooms/{segment(room)}/account_data/org.example.secret", {"word": "hibiscus"})
    await owner.put(f"{me}/rooms/{segment(room)}/tags/u.hibiscus", {})
    await owner.put(f"{me}/account_data/m.ignored_user_list", {"ignored_users": {cast["joined"].user_id: {}}})
    await owner.put("/pushrules/global/content/hibiscus", {"pattern": "hibiscus", "actions": []})
    await owner.read(room, stage.event_id, "m.read.private")
    await owner.read(room, stage.event_id, "m.fully_read")
    told = str(await owner.sync())
    assert told.count("hibiscus") >= 4
    assert "m.read.private" in told
    for role in INTRUDERS:
        for since in (None, tokens[role]):
            answer = str(await cast[role].sync(since, filter='{"room":{"include_leave":true}}'))
            assert "hibiscus" not in answer, role
            assert "m.read.private" not in answer, role
            assert "m.fully_read" not in answer, role
    await owner.put(f"{me}/account_data/m.ignored_user_list", {"ignored_users": {}})
