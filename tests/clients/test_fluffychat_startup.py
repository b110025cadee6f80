"""What FluffyChat asks from the choice of a server to the first chat, request by request.

The order and the parameters are those of matrix-dart-sdk (`client.dart`) and of FluffyChat's push set-up. The
Dart types are strict: a missing or mistyped field throws where a browser would shrug.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.actors import PASSWORD, Actor, Json, fresh_localpart, joined_room, segment
from tests.running_server import RunningServer

SPOKEN_BY_THE_SDK = {f"v1.{minor}" for minor in range(1, 15)}
SYNC_FILTER: Json = {"room": {"state": {"lazy_load_members": True}}}


async def fluffy_user(server: RunningServer, name: str) -> Actor:
    """Register as the Dart SDK does: ask, be told the flows, answer with the session."""
    wanted: Json = {
        "username": fresh_localpart(name),
        "password": PASSWORD,
        "initial_device_display_name": "FluffyChat android",
        "refresh_token": True,
    }
    async with Actor(server.url, "", "", "") as stranger:
        challenge = await stranger.request("POST", "/register", wanted, {"kind": "user"}, expect=401)
        assert {"stages": ["m.login.dummy"]} in challenge["flows"]
        auth = {"type": "m.login.dummy", "session": challenge["session"]}
        got = await stranger.request("POST", "/register", {**wanted, "auth": auth}, {"kind": "user"})
    assert isinstance(got.get("expires_in_ms", 0), int)
    return Actor(server.url, got["user_id"], got["access_token"], got["device_id"])


@pytest_asyncio.fixture
async def fluffy(server: RunningServer) -> AsyncIterator[Actor]:
    """Give a user of FluffyChat."""
    async with await fluffy_user(server, "fluffy") as actor:
        yield actor


@pytest_asyncio.fixture
async def friend(server: RunningServer) -> AsyncIterator[Actor]:
    """Give another user of FluffyChat."""
    async with await fluffy_user(server, "friend") as actor:
        yield actor


async def test_the_probe_of_a_server_meets_nothing_but_json(server: RunningServer) -> None:
    async with Actor(server.url, "", "", "") as stranger:
        for path in (
            "/.well-known/matrix/client",
            "/_matrix/client/versions",
            "/login",
            "/_matrix/client/v1/auth_metadata",
            "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata",
        ):
            answer = await stranger.answer("GET", path)
            assert answer.headers["content-type"].startswith("application/json"), path
            assert answer.status_code == 200 or answer.json()["errcode"].startswith("M_"), path
        versions = (await stranger.get("/_matrix/client/versions"))["versions"]
        assert SPOKEN_BY_THE_SDK & set(versions)
        flows = {flow["type"] for flow in (await stranger.get("/login"))["flows"]}
        assert "m.login.password" in flows


async def test_the_first_sync_brings_what_the_app_draws(fluffy: Actor) -> None:
    filter_id = (await fluffy.post(f"/user/{segment(fluffy.user_id)}/filter", SYNC_FILTER))["filter_id"]
    first = await fluffy.sync(filter=filter_id)
    assert isinstance(first["next_batch"], str)
    kinds = {event["type"]: event["content"] for event in first["account_data"]["events"]}
    assert set(kinds["m.push_rules"]["global"]) >= {"override", "content", "room", "sender", "underride"}
    assert isinstance(first.get("device_one_time_keys_count", {}), dict)
    profile = await fluffy.get(f"/profile/{segment(fluffy.user_id)}")
    assert isinstance(profile.get("displayname", ""), str)


async def test_a_direct_chat_is_direct_on_both_sides(fluffy: Actor, friend: Actor) -> None:
    since = (await friend.sync())["next_batch"]
    room_id = await fluffy.create_room(
        invite=[friend.user_id], is_direct=True, preset="trusted_private_chat", initial_state=[]
    )
    mine = f"/user/{segment(fluffy.user_id)}/account_data/m.direct"
    await fluffy.put(mine, {friend.user_id: [room_id]})
    direct = [e for e in (await fluffy.sync())["account_data"]["events"] if e["type"] == "m.direct"]
    assert [event["content"] for event in direct] == [{friend.user_id: [room_id]}]

    invited = await friend.sync_until(lambda got: room_id in got.get("rooms", {}).get("invite", {}), since)
    stripped = invited["rooms"]["invite"][room_id]["invite_state"]["events"]
    own = next(event for event in stripped if event.get("state_key") == friend.user_id)
    assert own["content"]["membership"] == "invite"
    assert own["content"]["is_direct"] is True
    assert all("sender" in event and "type" in event for event in stripped)
    await friend.join(room_id)
    levels = (await fluffy.state(room_id, "m.room.power_levels"))["users"]
    version = (await fluffy.state(room_id, "m.room.create")).get("room_version", "1")
    # From room version 12 on the creators are above all levels and may not be listed among them.
    assert version == "12" or levels[friend.user_id] == levels[fluffy.user_id] == 100


async def test_the_summary_names_a_nameless_room_after_its_people(fluffy: Actor, friend: Actor) -> None:
    room_id = await fluffy.create_room(invite=[friend.user_id], preset="private_chat")
    await friend.join(room_id)
    summary = joined_room(await friend.sync(filter=json.dumps(SYNC_FILTER)), room_id)["summary"]
    assert summary["m.heroes"] == [fluffy.user_id]
    assert (summary["m.joined_member_count"], summary.get("m.invited_member_count", 0)) == (2, 0)


async def test_the_pusher_is_set_found_again_and_removed(fluffy: Actor) -> None:
    pusher = {
        "pushkey": "https://ntfy.example.org/upAbCdEf?up=1",
        "app_id": f"chat.fluffy.fluffychat.{fluffy.device_id}"[:64],
        "app_display_name": "FluffyChat android",
        "device_display_name": "FluffyChat android",
        "lang": "en",
        "kind": "http",
        "data": {"url": "https://ntfy.example.org/_matrix/push/v1/notify", "format": "event_id_only"},
    }
    assert await fluffy.get("/pushers") == {"pushers": []}
    await fluffy.post("/pushers/set", {**pusher, "append": False})
    kept = (await fluffy.get("/pushers"))["pushers"]
    assert len(kept) == 1
    assert pusher.items() <= kept[0].items()
    await fluffy.post("/pushers/set", {**pusher, "kind": None, "append": True})
    assert await fluffy.get("/pushers") == {"pushers": []}


async def test_the_archive_shows_the_rooms_that_were_left(fluffy: Actor) -> None:
    room_id = await fluffy.create_room(name="Once upon a time")
    await fluffy.leave(room_id)
    wanted = json.dumps({"room": {"include_leave": True, "timeline": {"limit": 10}}})
    left = (await fluffy.sync(filter=wanted))["rooms"]["leave"]
    assert set(left) == {room_id}
    assert left[room_id]["timeline"]["events"][-1]["content"]["membership"] == "leave"
    await fluffy.forget(room_id)
    again = await fluffy.sync(filter=wanted, timeout_ms=1)
    assert room_id not in again.get("rooms", {}).get("leave", {})


async def test_a_chat_marked_unread_stays_so_on_the_other_device(fluffy: Actor) -> None:
    room_id = await fluffy.create_room()
    path = f"/user/{segment(fluffy.user_id)}/rooms/{segment(room_id)}/account_data/m.marked_unread"
    await fluffy.put(path, {"unread": True})
    async with await fluffy.log_in_again() as laptop:
        data = joined_room(await laptop.sync(), room_id)["account_data"]["events"]
    assert {"type": "m.marked_unread", "content": {"unread": True}} in data


async def test_a_refreshed_session_goes_on_where_it_was(server: RunningServer, fluffy: Actor) -> None:
    wanted = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": fluffy.user_id},
        "password": PASSWORD,
        "refresh_token": True,
    }
    old = await fluffy.post("/login", wanted)
    async with Actor(server.url, old["user_id"], old["access_token"], old["device_id"]) as before:
        since = (await before.sync())["next_batch"]
        room_id = await before.create_room(name="While I slept")
        new = await before.post("/refresh", {"refresh_token": old["refresh_token"]})
    assert new["access_token"] != old["access_token"]
    async with Actor(server.url, old["user_id"], new["access_token"], old["device_id"]) as after:
        assert (await after.whoami())["device_id"] == old["device_id"]
        assert room_id in (await after.sync(since))["rooms"]["join"]


async def test_settings_pages_learn_what_the_server_can_do(fluffy: Actor) -> None:
    capabilities = (await fluffy.get("/capabilities"))["capabilities"]
    assert isinstance(capabilities["m.change_password"]["enabled"], bool)
    assert capabilities["m.room_versions"]["default"] in capabilities["m.room_versions"]["available"]


async def test_polls_voice_messages_and_stickers_pass_through_untouched(fluffy: Actor, friend: Actor) -> None:
    room_id = await fluffy.create_room(preset="public_chat")
    await friend.join(room_id)
    poll: Json = {
        "org.matrix.msc3381.poll.start": {
            "question": {"org.matrix.msc1767.text": "Which tea?"},
            "kind": "org.matrix.msc3381.poll.disclosed",
            "max_selections": 1,
            "answers": [{"id": "1", "org.matrix.msc1767.text": "龙井"}],
        },
        "org.matrix.msc1767.text": "Which tea?",
    }
    voice: Json = {
        "msgtype": "m.audio",
        "body": "voice.ogg",
        "url": "mxc://localhost/abc",
        "org.matrix.msc3245.voice": {},
        "org.matrix.msc1767.audio": {"duration": 1200, "waveform": [0, 512, 1024]},
    }
    sticker: Json = {"body": "🐼", "url": "mxc://localhost/def", "info": {"w": 128, "h": 128}}
    for kind, content in (
        ("org.matrix.msc3381.poll.start", poll),
        ("m.room.message", voice),
        ("m.sticker", sticker),
    ):
        event_id = await fluffy.send(room_id, kind, content)
        got = await friend.event(room_id, event_id)
        assert (got["type"], got["content"]) == (kind, content)
