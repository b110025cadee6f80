"""Devices come and go: logging in and out, the password changed, the account closed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import PASSWORD, Actor, Json, fresh_localpart, joined_room, segment
from tests.running_server import RunningServer


async def prove(actor: Actor, method: str, path: str, body: Json) -> Any:
    """Make a request that asks for the password first, and give it."""
    challenge = await actor.request(method, path, body, expect=401)
    assert any("m.login.password" in flow["stages"] for flow in challenge["flows"])
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": actor.user_id},
        "password": actor.password,
        "session": challenge["session"],
    }
    return await actor.request(method, path, {**body, "auth": auth})


@pytest.mark.parametrize(
    "identifier",
    [
        lambda user: {"type": "m.id.user", "user": user},
        lambda user: {"type": "m.id.user", "user": user.split(":")[0][1:]},
    ],
    ids=["whole id", "localpart"],
)
async def test_both_ways_to_name_oneself_log_in(alice: Actor, identifier: Any) -> None:
    got = await alice.post(
        "/login",
        {"type": "m.login.password", "identifier": identifier(alice.user_id), "password": PASSWORD},
    )
    assert got["user_id"] == alice.user_id
    assert got["device_id"] != alice.device_id
    legacy = {"type": "m.login.password", "user": alice.user_id, "password": PASSWORD}
    assert (await alice.post("/login", legacy))["user_id"] == alice.user_id


async def test_logging_in_on_the_same_device_ends_its_older_token(alice: Actor) -> None:
    async with await alice.log_in_again("PHONE") as first, await alice.log_in_again("PHONE") as second:
        assert first.device_id == second.device_id == "PHONE"
        await first.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
        assert (await second.whoami())["device_id"] == "PHONE"


async def test_devices_are_listed_renamed_and_deleted_with_the_password(alice: Actor, bob: Actor) -> None:
    async with await alice.log_in_again("TABLET") as tablet, await alice.log_in_again("CLOCK") as clock:
        await alice.put("/devices/TABLET", {"display_name": "旧平板"})
        listed = {device["device_id"]: device for device in (await alice.get("/devices"))["devices"]}
        assert set(listed) == {alice.device_id, "TABLET", "CLOCK"}
        assert listed["TABLET"]["display_name"] == "旧平板"
        await bob.refused("GET", "/devices/TABLET", 404, "M_NOT_FOUND")
        await prove(alice, "DELETE", "/devices/TABLET", {})
        await prove(alice, "POST", "/delete_devices", {"devices": ["CLOCK"]})
        for gone in (tablet, clock):
            await gone.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
        assert [d["device_id"] for d in (await alice.get("/devices"))["devices"]] == [alice.device_id]


async def test_nobody_deletes_anothers_device_with_their_own_password(alice: Actor, bob: Actor) -> None:
    challenge = await alice.request("POST", "/delete_devices", {"devices": [bob.device_id]}, expect=401)
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": bob.user_id},
        "password": bob.password,
        "session": challenge["session"],
    }
    body = {"devices": [alice.device_id], "auth": auth}
    refusal = await alice.answer("POST", "/delete_devices", body)
    assert refusal.status_code in (401, 403)
    assert (await bob.whoami())["device_id"] == bob.device_id
    assert (await alice.whoami())["device_id"] == alice.device_id


async def test_logout_everywhere_leaves_no_session(alice: Actor) -> None:
    async with await alice.log_in_again() as phone:
        await phone.post("/logout/all")
        for device in (alice, phone):
            await device.refused("GET", "/sync", 401, "M_UNKNOWN_TOKEN")
    async with await alice.log_in_again() as back:
        assert (await back.whoami())["user_id"] == alice.user_id


async def test_a_new_password_ends_the_other_sessions_and_the_old_password(alice: Actor) -> None:
    async with await alice.log_in_again() as phone:
        body = {"new_password": "new leaves, same pot", "logout_devices": True}
        await prove(alice, "POST", "/account/password", body)
        await phone.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
    assert (await alice.whoami())["user_id"] == alice.user_id
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": alice.user_id},
        "password": PASSWORD,
    }
    await alice.refused("POST", "/login", 403, "M_FORBIDDEN", login)
    alice.password = "new leaves, same pot"
    async with await alice.log_in_again() as back:
        assert (await back.whoami())["user_id"] == alice.user_id


async def test_a_refresh_token_works_once_and_its_use_ends_the_old_access_token(alice: Actor) -> None:
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": alice.user_id},
        "password": PASSWORD,
        "refresh_token": True,
    }
    old = await alice.post("/login", login)
    new = await alice.post("/refresh", {"refresh_token": old["refresh_token"]})
    async with Actor(alice.url, alice.user_id, new["access_token"], old["device_id"]) as renewed:
        assert (await renewed.whoami())["device_id"] == old["device_id"]
    await alice.refused("POST", "/refresh", 401, "M_UNKNOWN_TOKEN", {"refresh_token": old["refresh_token"]})
    async with Actor(alice.url, alice.user_id, old["access_token"], old["device_id"]) as stale:
        await stale.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")


async def test_a_closed_account_leaves_its_rooms_and_cannot_come_back(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    since = (await alice.sync())["next_batch"]
    await prove(bob, "POST", "/account/deactivate", {"erase": True})
    await bob.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": bob.user_id},
        "password": PASSWORD,
    }
    refusal = await alice.request("POST", "/login", login, expect=403)
    assert refusal["errcode"] in {"M_USER_DEACTIVATED", "M_FORBIDDEN"}

    def gone(answer: Json) -> bool:
        events = joined_room(answer, room).get("timeline", {}).get("events", [])
        return any(
            e.get("state_key") == bob.user_id and e["content"]["membership"] == "leave" for e in events
        )

    await alice.sync_until(gone, since)
    taken = await alice.request(
        "GET", "/register/available", params={"username": bob.user_id.split(":")[0][1:]}, expect=400
    )
    assert taken["errcode"] in {"M_USER_IN_USE", "M_EXCLUSIVE"}


async def test_a_name_is_given_away_only_once(alice: Actor, server: RunningServer) -> None:
    localpart = alice.user_id.split(":")[0][1:]
    body: Json = {"username": localpart, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
    async with Actor(server.url, "", "", "") as stranger:
        await stranger.refused("POST", "/register", 400, "M_USER_IN_USE", body)
        bad = {**body, "username": "Tea House!"}
        await stranger.refused("POST", "/register", 400, "M_INVALID_USERNAME", bad)
        await stranger.refused("GET", "/account/whoami", 401, "M_MISSING_TOKEN")
        assert (await stranger.get("/register/available", username=fresh_localpart("new")))["available"]


async def test_a_made_up_token_is_unknown_and_tells_nothing(server: RunningServer, alice: Actor) -> None:
    async with Actor(server.url, alice.user_id, "syt_made_up", alice.device_id) as thief:
        refusal = await thief.refused(
            "GET", f"/user/{segment(alice.user_id)}/filter/0", 401, "M_UNKNOWN_TOKEN"
        )
        assert not refusal.get("soft_logout", False)
