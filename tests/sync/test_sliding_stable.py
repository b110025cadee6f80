"""MSC4186 as it was accepted: everything in the body, other names, the same rooms."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actors import Actor, Json
from tests.sync.phone import STABLE, Phone

EVERYTHING = {"include": [{}], "lazy_members": True}


def body(**more: Any) -> Json:
    one = {"timeline_limit": 2, "required_state": EVERYTHING, "range": [0, 9]}
    return {"conn_id": "main", "lists": {"all": {**one, **more}}}


async def sync(actor: Actor, wanted: Json, pos: str | None = None) -> Json:
    answer: Json = await actor.request("POST", STABLE, wanted if pos is None else {**wanted, "pos": pos})
    return answer


async def test_the_accepted_form_tells_rooms_by_its_own_names(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="public_chat", name="茶馆")
    await bob.join(room_id)
    await alice.send_text(room_id, "hi")
    first = await sync(bob, body())
    room = first["rooms"][room_id]
    assert (room["membership"], room["lists"], room["initial"]) == ("join", ["all"], True)
    assert room["timeline_events"][-1]["content"]["body"] == "hi"
    assert first["lists"]["all"]["count"] == 1
    assert not {"timeline", "notification_count", "highlight_count", "invite_state"} & room.keys()
    await alice.send_text(room_id, "news")
    later = await sync(bob, {**body(), "timeout": 20_000}, first["pos"])
    assert [e["content"]["body"] for e in later["rooms"][room_id]["timeline_events"]] == ["news"]


async def test_state_is_included_and_excluded_by_patterns(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="public_chat", name="茶馆", topic="tea")
    await bob.join(room_id)

    async def keys(**wanted: Any) -> set[tuple[str, str]]:
        room = (await sync(alice, body(required_state=wanted)))["rooms"][room_id]
        return {(event["type"], event["state_key"]) for event in room.get("required_state", [])}

    everything = await keys(include=[{}])
    assert {("m.room.create", ""), ("m.room.member", bob.user_id), ("m.room.topic", "")} <= everything
    assert await keys(include=[{}], exclude=[{"type": "m.room.topic"}]) == everything - {("m.room.topic", "")}
    assert await keys(include=[{"type": "m.room.name"}]) == {("m.room.name", "")}
    assert await keys(include=[{"state_key": bob.user_id}]) == {("m.room.member", bob.user_id)}
    assert await keys(include=[{"type": "m.room.topic", "state_key": "x"}]) == set()
    assert await keys() == set()
    lazy = await keys(include=[{}], lazy_members=True)
    assert ("m.room.create", "") in lazy
    assert ("m.room.member", bob.user_id) in lazy
    await alice.send_text(room_id, "only alice now")
    await alice.send_text(room_id, "in two lines")
    assert ("m.room.member", bob.user_id) not in await keys(include=[{}], lazy_members=True)


async def test_an_invite_is_stripped_state_and_a_membership(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="private_chat", invite=[bob.user_id])
    first = await sync(bob, body(filters={"is_invited": True}))
    room = first["rooms"][room_id]
    assert room["membership"] == "invite"
    assert bob.user_id in {event["state_key"] for event in room["stripped_state"]}
    await bob.leave(room_id)
    later = await sync(bob, body(filters={"is_invited": True}), first["pos"])
    assert later["rooms"][room_id]["membership"] == "leave"


async def test_a_list_without_a_range_shows_every_room(alice: Actor) -> None:
    rooms = {await alice.create_room() for _ in range(3)}
    wanted = body()
    del wanted["lists"]["all"]["range"]
    answer = await sync(alice, wanted)
    assert set(answer["rooms"]) == rooms
    wanted["lists"]["all"]["range"] = [0, 0]
    assert len((await sync(alice, wanted))["rooms"]) == 1


async def test_more_wanted_events_are_told_as_an_expanded_timeline(alice: Actor) -> None:
    room_id = await alice.create_room()
    for number in range(4):
        await alice.send_text(room_id, f"line {number}")
    first = await sync(alice, body())
    wish = {"timeline_limit": 4, "required_state": {}}
    later = await sync(alice, {**body(), "room_subscriptions": {room_id: wish}}, first["pos"])
    room = later["rooms"][room_id]
    assert room["expanded_timeline"] is True
    assert [e["content"]["body"] for e in room["timeline_events"]] == [f"line {n}" for n in range(4)]


async def test_both_forms_share_connections_and_positions(alice: Actor) -> None:
    room_id = await alice.create_room()
    phone = Phone(alice, {**body(), "lists": {}})
    await phone.sync()
    answer = await sync(alice, body(), phone.pos)
    assert list(answer["rooms"]) == [room_id]


@pytest.mark.parametrize(
    ("wanted", "errcode"),
    [
        ({"pos": "t5.abcdef0123451"}, "M_UNKNOWN_POS"),
        ({"set_presence": "asleep"}, "M_INVALID_PARAM"),
        ({"timeout": -1}, "M_BAD_JSON"),
        ({"lists": {"all": {"range": [0, 1], "required_state": {}}}}, "M_MISSING_PARAM"),
        ({"lists": {"all": {"range": [0, 1], "timeline_limit": 1, "required_state": []}}}, "M_BAD_JSON"),
        ({"lists": {"all": {"range": [3, 1], "timeline_limit": 1, "required_state": {}}}}, "M_INVALID_PARAM"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_refused(alice: Actor, wanted: Json, errcode: str) -> None:
    await alice.refused("POST", STABLE, 400, errcode, wanted)
