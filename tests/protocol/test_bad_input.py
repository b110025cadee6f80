"""Input that is broken, forged or absurd: refused in JSON, with nothing half done and nobody else disturbed."""

from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest

from tests.actors import Actor, Json, bodies, segment, timeline

NOT_JSON = {
    "nothing": b"",
    "half an object": b'{"msgtype": "m.text", "body": ',
    "an array": b"[]",
    "a string": b'"tea"',
    "not a number": b'{"msgtype": "m.text", "body": "x", "n": NaN}',
    "infinity": b'{"msgtype": "m.text", "body": "x", "n": Infinity}',
    "a key twice": b'{"msgtype": "m.text", "body": "x", "body": "y"}',
    "a lone surrogate": b'{"msgtype": "m.text", "body": "\\ud800"}',
    "a key with a lone surrogate": b'{"msgtype": "m.text", "body": "x", "\\udfff": 1}',
    "a NUL": b'{"msgtype": "m.text", "body": "a\\u0000b"}',
    "bytes that are not UTF-8": b'{"msgtype": "m.text", "body": "\xff\xfe"}',
    "ten thousand arrays": b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "a float": b'{"msgtype": "m.text", "body": "x", "n": 1.5}',
    "an exponent": b'{"msgtype": "m.text", "body": "x", "n": 1e400}',
    "an integer too large": b'{"msgtype": "m.text", "body": "x", "n": 9007199254740992}',
    "an integer of 5,000 digits": b'{"msgtype": "m.text", "body": "x", "n": ' + b"9" * 5000 + b"}",
}


def assert_refused(answer: httpx.Response, *statuses: int) -> Json:
    """Assert a refusal in the protocol's own form with one of the statuses (any 4xx if none is given)."""
    said: Json = answer.json()
    assert 400 <= answer.status_code < 500, (answer.status_code, said)
    assert not statuses or answer.status_code in statuses, (answer.status_code, said)
    assert said["errcode"].startswith("M_"), said
    return said


async def raw(actor: Actor, method: str, path: str, content: bytes) -> httpx.Response:
    """Send the bytes as they are, signed in."""
    return await actor.http.request(
        method,
        f"/_matrix/client/v3{path}",
        content=content,
        headers={"Authorization": f"Bearer {actor.access_token}", "Content-Type": "application/json"},
    )


@pytest.mark.parametrize("content", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_a_broken_body_is_refused_and_no_event_is_made(alice: Actor, content: bytes) -> None:
    room = await alice.create_room()
    before = await alice.send_text(room, "before")
    path = f"/rooms/{segment(room)}/send/m.room.message/broken"
    said = assert_refused(await raw(alice, "PUT", path, content), 400)
    assert said["errcode"] in {"M_NOT_JSON", "M_BAD_JSON"}
    newest = (await alice.messages(room, limit=1))["chunk"]
    assert [event["event_id"] for event in newest] == [before]


@pytest.mark.parametrize(
    "field",
    [
        {"name": 7},
        {"topic": ["tea"]},
        {"invite": "everybody"},
        {"invite": [7]},
        {"initial_state": {"type": "m.room.name"}},
        {"initial_state": [{"content": {}}]},
        {"initial_state": [{"type": "m.room.name", "content": "tea"}]},
        {"creation_content": []},
        {"power_level_content_override": {"users": {"@x:localhost": "a hundred"}}},
        {"power_level_content_override": {"ban": 2**60}},
        {"room_alias_name": "no:colons please"},
        {"preset": 3},
        {"visibility": "sometimes"},
        {"is_direct": "yes"},
        {"room_version": 12},
    ],
    ids=json.dumps,
)
async def test_a_mistyped_field_makes_no_room(alice: Actor, field: Json) -> None:
    assert_refused(await alice.answer("POST", "/createRoom", {"preset": "private_chat", **field}), 400)
    assert await alice.joined_rooms() == []


async def test_a_message_of_64_kib_is_too_large_and_one_just_below_is_not(alice: Actor) -> None:
    room = await alice.create_room()
    path = f"/rooms/{segment(room)}/send/m.room.message/"
    big = {"msgtype": "m.text", "body": "茶" * 22_000}
    assert assert_refused(await alice.answer("PUT", path + "1", big), 413)["errcode"] == "M_TOO_LARGE"
    event_id = await alice.send_text(room, "茶" * 20_000)
    assert len((await alice.event(room, event_id))["content"]["body"]) == 20_000


async def test_a_body_of_a_gigabyte_is_refused_before_it_is_sent(alice: Actor) -> None:
    host, port = alice.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        "POST /_matrix/client/v3/createRoom HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {alice.access_token}",
        "Content-Type: application/json",
        "Content-Length: 1000000000",
    )
    writer.write("\r\n".join([*head, "", ""]).encode() + b'{"topic": "')
    try:
        status = await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()
    assert b" 413 " in status
    assert await alice.joined_rooms() == []


@pytest.mark.parametrize(
    "path",
    [
        "/rooms/%21nowhere/messages?dir=b",
        "/rooms/%21nowhere%3Alocalhost/state",
        "/rooms/%21a%2Fb%3Alocalhost/members",
        "/rooms/" + "x" * 4000 + "/state",
        "/rooms/%00/state",
        "/rooms/%FF%FE/state",
        "/rooms/..%2F..%2Fetc/state",
        "/profile/%40nobody%3Aelsewhere.example",
        "/directory/room/%23" + "x" * 300 + "%3Alocalhost",
        "/directory/room/not-an-alias",
        "/user/%40x%3Alocalhost/filter/0",
        "/devices/NOSUCHDEVICE",
        "/pushrules/global/no_such_kind/x",
        "/rooms/%21nowhere%3Alocalhost/event/%24nothing",
    ],
)
async def test_what_does_not_exist_is_refused_in_json(alice: Actor, path: str) -> None:
    assert_refused(await alice.answer("GET", path))


@pytest.mark.parametrize(
    "query",
    [
        "since={since}&timeout=soon",
        "since={since}&timeout=-1",
        "since={since}0",
        "since=another-servers-token",
        "since=s72594_4483_1934",
        "since=%00",
        "since=" + "9" * 3000,
        "filter=999999",
        "filter={",
        "filter=[]",
        'filter={"room":{"timeline":{"limit":"many"}}}',
        'filter={"room":{"timeline":{"limit":-5}}}',
        'filter={"room":{"state":{"lazy_load_members":"true"}}}',
        'filter={"room":{"rooms":"all"}}',
        "full_state=maybe",
        "set_presence=asleep",
    ],
)
async def test_a_sync_that_asks_for_nonsense_is_refused(alice: Actor, query: str) -> None:
    since = (await alice.sync())["next_batch"]
    assert_refused(await alice.answer("GET", f"/sync?{query.replace('{since}', since)}"), 400, 404)


async def test_a_filter_that_matches_nothing_gives_an_empty_answer(alice: Actor) -> None:
    await alice.create_room(name="invisible")
    nothing = json.dumps({"room": {"rooms": []}, "account_data": {"types": []}, "presence": {"types": []}})
    answer = await alice.sync(filter=nothing)
    assert answer.get("rooms", {}).get("join", {}) == {}
    assert answer.get("account_data", {}).get("events", []) == []


async def test_a_timeout_of_thirty_thousand_years_still_wakes_for_a_message(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    since = (await bob.sync())["next_batch"]
    waiting = asyncio.create_task(bob.sync(since, timeout_ms=10**12))
    event_id = await alice.send_text(room, "wake up")
    answer = await asyncio.wait_for(waiting, 10)
    assert [event["event_id"] for event in timeline(answer, room)] == [event_id]


async def test_a_thousand_invites_are_refused_or_limited_but_never_half_done(alice: Actor) -> None:
    domain = alice.user_id.split(":", 1)[1]
    crowd = [f"@guest{n}:{domain}" for n in range(1000)]
    started = time.monotonic()
    answer = await alice.answer("POST", "/createRoom", {"invite": crowd})
    assert time.monotonic() - started < 20
    if answer.status_code == 200:
        members = await alice.members(answer.json()["room_id"], membership="invite")
        assert len(members) == 1000
    else:
        assert_refused(answer)
        assert await alice.joined_rooms() == []


async def test_nobody_reads_or_writes_what_is_anothers(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "for my eyes")
    hers, here = f"/user/{segment(alice.user_id)}", f"/rooms/{segment(room)}"
    attempts: list[tuple[str, str, Json | None]] = [
        ("GET", f"{hers}/filter/0", None),
        ("POST", f"{hers}/filter", {}),
        ("GET", f"{hers}/account_data/m.direct", None),
        ("PUT", f"{hers}/account_data/m.direct", {}),
        ("PUT", f"{hers}/rooms/{segment(room)}/tags/u.x", {}),
        ("PUT", f"/devices/{segment(alice.device_id)}", {"display_name": "mine now"}),
        ("GET", f"{here}/messages?dir=b", None),
        ("GET", f"{here}/event/{segment(said)}", None),
        ("GET", f"{here}/context/{segment(said)}", None),
        ("GET", f"/_matrix/client/v1{here}/relations/{segment(said)}", None),
        ("GET", f"/_matrix/client/v1{here}/threads", None),
        ("GET", f"{here}/joined_members", None),
        ("GET", f"{here}/state/m.room.create/", None),
        ("PUT", f"{here}/state/m.room.name/", {"name": "mine now"}),
        ("PUT", f"{here}/send/m.room.message/1", {"msgtype": "m.text", "body": "boo"}),
        ("PUT", f"{here}/redact/{segment(said)}/1", {}),
        ("POST", f"{here}/receipt/m.read/{segment(said)}", {}),
        ("POST", f"{here}/read_markers", {"m.fully_read": said}),
        ("POST", f"{here}/invite", {"user_id": bob.user_id}),
        ("POST", f"{here}/leave", {}),
    ]
    for method, path, body in attempts:
        said_to_bob = assert_refused(await bob.answer(method, path, body), 400, 403, 404)
        assert "for my eyes" not in json.dumps(said_to_bob), (method, path)
    assert bodies((await alice.messages(room, limit=1))["chunk"]) == ["for my eyes"]
    assert room not in await bob.joined_rooms()


async def test_a_member_cannot_speak_for_another_in_the_state(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    here = f"/rooms/{segment(room)}/state"
    for kind, key, content in (
        ("m.room.member", alice.user_id, {"membership": "leave"}),
        ("m.room.member", "@new:localhost", {"membership": "join"}),
        ("m.room.create", "", {"room_version": "11"}),
        ("org.example.note", alice.user_id, {"text": "signed, alice"}),
    ):
        path = f"{here}/{segment(kind)}/{segment(key)}"
        assert_refused(await bob.answer("PUT", path, content), 400, 403)
    assert set(await alice.joined_members(room)) == {alice.user_id, bob.user_id}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_matrix/client/v3/no/such/thing", 404),
        ("GET", "/_matrix/nothing", 404),
        ("POST", "/_matrix/client/v3/sync", 405),
        ("DELETE", "/_matrix/client/v3/createRoom", 405),
        ("PATCH", "/_matrix/client/v3/login", 405),
    ],
)
async def test_unknown_paths_and_methods_are_unrecognized(
    alice: Actor, method: str, path: str, status: int
) -> None:
    said = assert_refused(await alice.answer(method, path), status)
    assert said["errcode"] == "M_UNRECOGNIZED"
