"""What Element Web asks between opening the page and showing the first room, request by request.

The order and the parameters are those of matrix-js-sdk 43 (`client.ts`, `sync.ts`), on which Element Web and
Cinny stand. The SDK retries some of these for ever, so an answer it cannot use means an app that never
starts.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.actors import PASSWORD, Actor, Json, bodies, fresh_localpart, joined_room, register, segment
from tests.running_server import RunningServer

ORIGIN = "https://app.element.io"
MATRIX_1_1_TO_1_12 = {f"v1.{minor}" for minor in range(1, 13)}
DEFAULT_RULES = {
    "override": {
        ".m.rule.master",
        ".m.rule.suppress_notices",
        ".m.rule.invite_for_me",
        ".m.rule.member_event",
        ".m.rule.is_user_mention",
        ".m.rule.is_room_mention",
        ".m.rule.tombstone",
        ".m.rule.reaction",
        ".m.rule.room.server_acl",
        ".m.rule.suppress_edits",
    },
    "underride": {
        ".m.rule.call",
        ".m.rule.encrypted_room_one_to_one",
        ".m.rule.room_one_to_one",
        ".m.rule.message",
        ".m.rule.encrypted",
    },
}
# Element Web's stored filter: threads are counted apart and members are loaded lazily.
SYNC_FILTER: Json = {
    "room": {"timeline": {"unread_thread_notifications": True}, "state": {"lazy_load_members": True}}
}
FIRST_SYNC_FILTER: Json = {
    "room": {
        "timeline": {"unread_thread_notifications": True, "limit": 20},
        "state": {"lazy_load_members": True},
    }
}


@pytest_asyncio.fixture
async def stranger(server: RunningServer) -> AsyncIterator[Actor]:
    """Give the page before anybody signed in."""
    async with Actor(server.url, "", "", "") as actor:
        yield actor


@pytest_asyncio.fixture
async def element(server: RunningServer) -> AsyncIterator[Actor]:
    """Give a fresh user, signed in as Element Web signs in."""
    made = await register(server.url, server.registration_shared_secret, fresh_localpart("elle"))
    await made.close()
    async with Actor(server.url, made.user_id, "", "") as page:
        got = await page.post(
            "/login",
            {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": made.user_id},
                "password": PASSWORD,
                "initial_device_display_name": "app.element.io: Firefox on Linux",
                "refresh_token": True,
            },
        )
    async with Actor(server.url, got["user_id"], got["access_token"], got["device_id"]) as actor:
        yield actor


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_the_browser_is_allowed_to_call_from_another_origin(stranger: Actor, method: str) -> None:
    preflight = await stranger.answer(
        "OPTIONS",
        "/sync",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert preflight.status_code in (200, 204)
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert method in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed


async def test_the_browser_may_read_answers_and_errors_alike(stranger: Actor) -> None:
    for path in ("/_matrix/client/versions", "/sync", "/_matrix/client/v3/no/such/thing"):
        answer = await stranger.answer("GET", path, headers={"Origin": ORIGIN})
        assert answer.headers.get("access-control-allow-origin") == "*", path
        assert isinstance(answer.json(), dict), path


async def test_the_sign_in_page_learns_that_it_can_use_a_password(stranger: Actor) -> None:
    well_known = await stranger.answer("GET", "/.well-known/matrix/client")
    if well_known.status_code == 200:
        assert well_known.json()["m.homeserver"]["base_url"].startswith("http")
    else:
        assert (well_known.status_code, "errcode" in well_known.json()) == (404, True)
    versions = await stranger.get("/_matrix/client/versions")
    assert set(versions["versions"]) >= MATRIX_1_1_TO_1_12
    assert all(isinstance(flag, bool) for flag in versions["unstable_features"].values())
    flows = (await stranger.get("/login"))["flows"]
    assert {"type": "m.login.password"}.items() <= flows[0].items() or any(
        flow["type"] == "m.login.password" for flow in flows
    )


@pytest.mark.parametrize(
    "path", ["/_matrix/client/v1/auth_metadata", "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata"]
)
async def test_without_oauth_the_metadata_is_refused_so_that_the_page_falls_back(
    stranger: Actor, path: str
) -> None:
    answer = await stranger.answer("GET", path)
    if answer.status_code == 200:
        assert answer.json()["issuer"].startswith("http")
    else:
        assert (answer.status_code, answer.json()["errcode"]) == (404, "M_UNRECOGNIZED")


async def test_the_registration_page_is_told_the_flows(stranger: Actor) -> None:
    challenge = await stranger.request("POST", "/register", {}, expect=401)
    assert isinstance(challenge["session"], str)
    assert challenge["session"]
    assert all(flow["stages"] for flow in challenge["flows"])
    assert isinstance(challenge["params"], dict)
    available = await stranger.get("/register/available", username=fresh_localpart("free"))
    assert available["available"] is True


async def test_the_start_gets_push_rules_filter_and_both_syncs(element: Actor) -> None:
    assert "v1.11" in (await element.get("/_matrix/client/versions"))["versions"]
    assert isinstance((await element.get("/capabilities"))["capabilities"], dict)
    rules = (await element.get("/pushrules/"))["global"]
    for kind, ids in DEFAULT_RULES.items():
        assert {rule["rule_id"] for rule in rules[kind]} >= ids
    assert set(rules) >= {"override", "content", "room", "sender", "underride"}
    filter_id = (await element.post(f"/user/{segment(element.user_id)}/filter", SYNC_FILTER))["filter_id"]
    assert isinstance(filter_id, str)
    assert not filter_id.startswith("{")

    room_id = await element.create_room(name="Home")
    first = await element.sync(
        timeout_ms=0,
        filter=json.dumps(FIRST_SYNC_FILTER),
        **{"_cacheBuster": "1795470000000", "org.matrix.msc4222.use_state_after": "true"},
    )
    assert joined_room(first, room_id)["timeline"]["events"]
    assert "m.push_rules" in {event["type"] for event in first["account_data"]["events"]}
    event_id = await element.send_text(room_id, "am I in?")
    second = await element.sync(
        first["next_batch"],
        timeout_ms=30_000,
        filter=filter_id,
        **{"org.matrix.msc4222.use_state_after": "true"},
    )
    assert [event["event_id"] for event in joined_room(second, room_id)["timeline"]["events"]] == [event_id]


async def test_a_stored_filter_is_returned_exactly_or_the_sdk_makes_a_new_one_each_time(
    element: Actor,
) -> None:
    path = f"/user/{segment(element.user_id)}/filter"
    filter_id = (await element.post(path, SYNC_FILTER))["filter_id"]
    assert await element.get(f"{path}/{segment(filter_id)}") == SYNC_FILTER


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("org.matrix.msc4222.use_state_after", "org.matrix.msc4222.state_after"),
        ("use_state_after", "state_after"),
    ],
)
async def test_the_state_after_the_timeline_comes_under_the_name_that_was_asked(
    element: Actor, asked: str, answered: str
) -> None:
    room_id = await element.create_room(name="Before")
    since = (await element.sync())["next_batch"]
    await element.set_state(room_id, "m.room.name", {"name": "After"})
    room = joined_room(await element.sync(since, timeout_ms=5000, **{asked: "true"}), room_id)
    assert room.get("state", {}).get("events", []) == []
    names = [event["content"] for event in room[answered]["events"] if event["type"] == "m.room.name"]
    assert names == [{"name": "After"}]


SIDE_REQUESTS: list[tuple[str, str, Json | None]] = [
    ("GET", "/voip/turnServer", None),
    ("GET", "/thirdparty/protocols", None),
    ("GET", "/devices", None),
    ("GET", "/pushers", None),
    ("GET", "/account/whoami", None),
    ("GET", "/account/3pid", None),
    ("GET", "/joined_rooms", None),
    ("GET", "/notifications?limit=10", None),
    ("GET", "/publicRooms?limit=20", None),
    ("POST", "/user_directory/search", {"search_term": "nobody at all", "limit": 10}),
]


@pytest.mark.parametrize(("method", "path", "body"), SIDE_REQUESTS)
async def test_a_side_request_of_the_start_succeeds_with_an_object(
    element: Actor, method: str, path: str, body: Json | None
) -> None:
    assert isinstance(await element.request(method, path, body), dict)


HONEST_ERRORS: list[tuple[str, str, Json | None]] = [
    ("GET", "/_matrix/client/v1/media/config", None),
    ("POST", "/keys/upload", {}),
    ("POST", "/keys/query", {"device_keys": {}}),
    ("POST", "/keys/claim", {"one_time_keys": {}}),
    ("GET", "/keys/changes?from=a&to=b", None),
    ("GET", "/room_keys/version", None),
    ("POST", "/keys/device_signing/upload", {}),
    ("GET", "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device", None),
    ("GET", "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports", None),
    ("GET", "/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms?user_id=@x:localhost", None),
]


@pytest.mark.parametrize(("method", "path", "body"), HONEST_ERRORS)
async def test_what_is_not_there_yet_says_so_in_json(
    element: Actor, method: str, path: str, body: Json | None
) -> None:
    answer = await element.answer(method, path, body)
    said: Any = answer.json()
    assert isinstance(said, dict)
    if answer.status_code != 200:
        assert 400 <= answer.status_code < 500
        assert said["errcode"].startswith("M_") or "flows" in said
        assert answer.status_code != 401 or "flows" in said, "the SDK would log the user out"


async def test_settings_are_missing_at_first_and_then_kept(element: Actor) -> None:
    path = f"/user/{segment(element.user_id)}/account_data/im.vector.web.settings"
    await element.refused("GET", path, 404, "M_NOT_FOUND")
    await element.put(path, {"breadcrumbs": False, "语言": "中文"})
    assert await element.get(path) == {"breadcrumbs": False, "语言": "中文"}


async def test_opening_a_room_loads_members_history_and_threads(
    element: Actor, server: RunningServer
) -> None:
    room_id = await element.create_room(name="Open me", preset="public_chat")
    async with await register(
        server.url, server.registration_shared_secret, fresh_localpart("guest")
    ) as guest:
        await guest.join(room_id)
        root = await guest.send_text(room_id, "a thread starts here")
        reply = await guest.reply_in_thread(room_id, root, "and goes on")
        position = (await element.sync(filter=json.dumps(FIRST_SYNC_FILTER)))["next_batch"]
        await guest.leave(room_id)
    room = f"/rooms/{segment(room_id)}"
    members = await element.members(room_id, not_membership="leave", at=position)
    assert {member["state_key"] for member in members} == {element.user_id, guest.user_id}
    page = await element.messages(
        room_id, **{"from": position, "limit": 30, "filter": '{"lazy_load_members":true}'}
    )
    assert bodies(page["chunk"]) == ["and goes on", "a thread starts here"]
    assert {event["state_key"] for event in page["state"]} >= {guest.user_id}
    threads = await element.get(f"/_matrix/client/v1{room}/threads", include="all", limit=20)
    assert [event["event_id"] for event in threads["chunk"]] == [root]
    assert threads["chunk"][0]["unsigned"]["m.relations"]["m.thread"]["latest_event"]["event_id"] == reply
    around = await element.context(room_id, root, limit=0, filter='{"lazy_load_members":true}')
    assert around["event"]["event_id"] == root
    assert (around["start"], around["end"]) != ("", "")


async def test_reading_a_thread_and_the_room_are_two_receipts(element: Actor, server: RunningServer) -> None:
    room_id = await element.create_room(preset="public_chat")
    async with await register(
        server.url, server.registration_shared_secret, fresh_localpart("guest")
    ) as guest:
        await guest.join(room_id)
        root = await guest.send_text(room_id, "root")
        reply = await guest.reply_in_thread(room_id, root, "reply")
    flt = json.dumps(SYNC_FILTER)
    before = joined_room(await element.sync(filter=flt, timeout_ms=0), room_id)
    since = (await element.sync(filter=flt, timeout_ms=1))["next_batch"]
    assert before["unread_notifications"]["notification_count"] == 1
    assert before["unread_thread_notifications"][root]["notification_count"] == 1
    await element.read(room_id, root, thread_id="main")
    await element.read(room_id, reply, thread_id=root)

    def all_read(answer: Json) -> bool:
        room = joined_room(answer, room_id)
        main = room.get("unread_notifications", {}).get("notification_count")
        threads = room.get("unread_thread_notifications", {})
        return main == 0 and root not in threads

    await element.sync_until(all_read, since, filter=flt)
