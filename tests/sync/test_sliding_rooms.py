"""What sliding sync tells of rooms: first whole, then what changed, as the app wished it."""

from __future__ import annotations

import asyncio

from tests.actors import Actor, segment
from tests.sync.phone import Phone, state_keys, texts


async def pair(alice: Actor, bob: Actor, **options: object) -> str:
    room_id = await alice.create_room(preset="public_chat", **options)
    await bob.join(room_id)
    return room_id


async def test_a_room_is_first_told_whole_with_its_newest_event(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob, name="茶馆")
    await alice.send_text(room_id, "one")
    await alice.send_text(room_id, "two")
    answer = await Phone(bob).sync()
    assert answer["lists"] == {"all_rooms": {"count": 1}}
    room = answer["rooms"][room_id]
    assert (room["name"], room["initial"], room["limited"], room["num_live"]) == ("茶馆", True, True, 0)
    assert (room["joined_count"], room["invited_count"]) == (2, 0)
    assert (room["notification_count"], room["highlight_count"]) == (2, 0)
    assert texts(room) == ["two"]
    assert room["bump_stamp"] > 0
    assert room["is_dm"] is False
    assert {("m.room.create", ""), ("m.room.power_levels", ""), ("m.room.name", "")} <= state_keys(room)
    members = {key for kind, key in state_keys(room) if kind == "m.room.member"}
    assert members == {alice.user_id, bob.user_id}


async def test_later_only_what_changed_is_told(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob, name="茶馆")
    await alice.send_text(room_id, "old")
    phone = Phone(bob)
    before = (await phone.sync())["rooms"][room_id]
    waiting = asyncio.create_task(phone.sync(timeout_ms=20_000))
    await alice.send_text(room_id, "news")
    room = (await waiting)["rooms"][room_id]
    assert texts(room) == ["news"]
    assert room["num_live"] == 1
    assert room["limited"] is False
    assert room["bump_stamp"] > before["bump_stamp"]
    assert not {"initial", "name", "required_state", "joined_count", "heroes"} & room.keys()
    assert (await phone.sync())["rooms"] == {}


async def test_the_older_part_of_a_timeline_begins_at_prev_batch(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    sent = [await alice.send_text(room_id, f"line {number}") for number in range(5)]
    room = (await Phone(bob).sync())["rooms"][room_id]
    older = await bob.messages(room_id, "b", **{"from": room["prev_batch"], "limit": 4})
    assert [event["event_id"] for event in older["chunk"]] == sent[-2::-1]


async def test_a_position_is_a_place_in_a_rooms_history_too(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    event_id = await alice.send_text(room_id, "before")
    phone = Phone(bob)
    await phone.sync()
    await alice.send_text(room_id, "after")
    older = await bob.messages(room_id, "b", **{"from": phone.pos, "limit": 1})
    assert [event["event_id"] for event in older["chunk"]] == [event_id]


async def test_changed_state_is_told_in_the_timeline_and_as_state(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob, name="old")
    await alice.send_text(room_id, "hi")
    phone = Phone(bob)
    await phone.sync()
    await alice.set_state(room_id, "m.room.name", {"name": "new"})
    await alice.set_state(room_id, "org.example.unwanted", {"n": 1})
    room = (await phone.sync())["rooms"][room_id]
    assert room["name"] == "new"
    assert state_keys(room) == {("m.room.name", "")}
    await alice.set_state(room_id, "m.room.name", {})
    room = (await phone.sync())["rooms"][room_id]
    assert room["name"] is None
    assert [hero["user_id"] for hero in room["heroes"]] == [alice.user_id]


async def test_a_gap_is_limited_and_its_state_is_still_told(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    await alice.send_text(room_id, "hi")
    phone = Phone(bob)
    await phone.sync()
    await alice.set_state(room_id, "m.room.topic", {"topic": "in the gap"})
    for number in range(3):
        await alice.send_text(room_id, f"line {number}")
    room = (await phone.sync())["rooms"][room_id]
    assert room["limited"] is True
    assert texts(room) == ["line 2"]
    assert state_keys(room) == {("m.room.topic", "")}


async def test_opening_a_room_brings_more_of_its_newest_events_at_once(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    await alice.set_state(room_id, "m.room.pinned_events", {"pinned": []})
    lines = [f"line {number}" for number in range(25)]
    for line in lines:
        await alice.send_text(room_id, line)
    phone = Phone(bob)
    await phone.sync()
    phone.subscribe(room_id)
    room = (await phone.sync(timeout_ms=20_000))["rooms"][room_id]
    assert room["unstable_expanded_timeline"] is True
    assert room["limited"] is True
    assert texts(room) == lines[5:]
    assert room["num_live"] == 0
    assert "initial" not in room
    assert state_keys(room) == {("m.room.pinned_events", "")}
    await alice.send_text(room_id, "news")
    room = (await phone.sync())["rooms"][room_id]
    assert texts(room) == ["news"]
    assert "unstable_expanded_timeline" not in room


async def test_members_come_as_the_timeline_names_them_and_once(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room_id = await pair(alice, bob)
    await carol.join(room_id)
    await alice.send_text(room_id, "hi")
    phone = Phone(bob)
    first = (await phone.sync())["rooms"][room_id]
    assert ("m.room.member", carol.user_id) not in state_keys(first)
    await carol.send_text(room_id, "hello")
    assert state_keys((await phone.sync())["rooms"][room_id]) == {("m.room.member", carol.user_id)}
    await carol.send_text(room_id, "again")
    assert state_keys((await phone.sync())["rooms"][room_id]) == set()
    await carol.put(f"/profile/{segment(carol.user_id)}/displayname", {"displayname": "Carol"})
    names: list[str] = []
    while not names:
        told = (await phone.sync(timeout_ms=20_000))["rooms"].get(room_id, {})
        names = [
            event["content"]["displayname"]
            for event in told.get("required_state", [])
            if event["state_key"] == carol.user_id
        ]
    assert names == ["Carol"]


async def test_an_unnamed_room_is_called_by_its_heroes(alice: Actor, bob: Actor) -> None:
    await alice.put(f"/profile/{segment(alice.user_id)}/displayname", {"displayname": "Alice"})
    room_id = await pair(alice, bob)
    room = (await Phone(bob).sync())["rooms"][room_id]
    assert "name" not in room
    assert room["heroes"] == [{"user_id": alice.user_id, "displayname": "Alice"}]


async def test_an_invite_shows_stripped_state_and_becomes_a_room_by_joining(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="private_chat", name="secret")
    await alice.send_text(room_id, "not for the invited")
    phone = Phone(bob)
    await phone.sync()
    await alice.invite(room_id, bob)
    answer = await phone.sync()
    room = answer["rooms"][room_id]
    assert answer["lists"]["all_rooms"]["count"] == 1
    own = [event for event in room["invite_state"] if event["state_key"] == bob.user_id]
    assert own[0]["content"]["membership"] == "invite"
    assert not {"timeline", "required_state", "name"} & room.keys()
    assert (await phone.sync())["rooms"] == {}
    await bob.join(room_id)
    room = (await phone.sync())["rooms"][room_id]
    assert room["initial"] is True
    assert room["name"] == "secret"
    assert "invite_state" not in room


async def test_a_knock_is_told_as_a_knock(alice: Actor, bob: Actor) -> None:
    rules = {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "knock"}}
    room_id = await alice.create_room(preset="private_chat", room_version="11", initial_state=[rules])
    phone = Phone(bob)
    await phone.sync()
    await bob.knock(room_id)
    stripped = (await phone.sync())["rooms"][room_id]["invite_state"]
    own = [event for event in stripped if event["state_key"] == bob.user_id]
    assert own[0]["content"]["membership"] == "knock"


async def test_turning_an_invite_down_is_told_once(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="private_chat")
    await alice.invite(room_id, bob)
    phone = Phone(bob)
    await phone.sync()
    await bob.leave(room_id)
    answer = await phone.sync()
    (own,) = answer["rooms"][room_id]["required_state"]
    assert own["state_key"] == bob.user_id
    assert own["content"]["membership"] == "leave"
    assert answer["lists"]["all_rooms"]["count"] == 0
    assert (await phone.sync())["rooms"] == {}


async def test_who_is_kicked_reads_up_to_the_kick_and_is_told_once(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    phone = Phone(bob)
    phone.body["lists"]["all_rooms"]["timeline_limit"] = 10
    await phone.sync()
    await alice.send_text(room_id, "last words")
    await alice.kick(room_id, bob)
    await alice.send_text(room_id, "he is gone")
    answer = await phone.sync()
    room = answer["rooms"][room_id]
    assert texts(room) == ["last words"]
    own = [event for event in room["required_state"] if event["state_key"] == bob.user_id]
    assert [event["content"]["membership"] for event in own] == ["leave"]
    assert (await phone.sync())["rooms"] == {}
    # Somebody else's decision stays to be seen on another device; it says no more than the first.
    fresh = await Phone(await bob.log_in_again()).sync()
    assert fresh["lists"]["all_rooms"]["count"] == 1
    assert "he is gone" not in str(fresh)


async def test_who_leaves_and_forgets_at_once_is_still_told_that_he_left(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    phone = Phone(bob)
    await phone.sync()
    await bob.leave(room_id)
    await bob.forget(room_id)
    answer = await phone.sync()
    (own,) = answer["rooms"][room_id]["required_state"]
    assert own["content"]["membership"] == "leave"
    assert "timeline" not in answer["rooms"][room_id]
    assert (await phone.sync())["rooms"] == {}
    assert (await Phone(bob).sync())["rooms"] == {}


async def test_who_comes_back_gets_the_whole_room_again(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    phone = Phone(bob)
    await phone.sync()
    await alice.kick(room_id, bob)
    await phone.sync()
    await alice.set_state(room_id, "m.room.topic", {"topic": "while he was away"})
    await bob.join(room_id)
    room = (await phone.sync())["rooms"][room_id]
    assert room["initial"] is True
    assert {("m.room.topic", ""), ("m.room.create", ""), ("m.room.member", bob.user_id)} <= state_keys(room)


async def test_hidden_history_stays_hidden(alice: Actor, bob: Actor) -> None:
    hidden = {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": "joined"},
    }
    room_id = await alice.create_room(preset="public_chat", initial_state=[hidden])
    await alice.send_text(room_id, "before bob")
    await bob.join(room_id)
    await alice.send_text(room_id, "after bob")
    phone = Phone(bob)
    phone.subscribe(room_id)
    room = (await phone.sync())["rooms"][room_id]
    assert texts(room) == ["after bob"]
    assert room["limited"] is True


async def test_messages_of_ignored_people_and_their_invites_are_left_out(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    path = f"/user/{segment(bob.user_id)}/account_data/m.ignored_user_list"
    await bob.put(path, {"ignored_users": {alice.user_id: {}}})
    phone = Phone(bob)
    await phone.sync()
    await alice.send_text(room_id, "not for bob")
    await alice.set_state(room_id, "m.room.topic", {"topic": "state still shows"})
    other = await alice.create_room(preset="private_chat", invite=[bob.user_id])
    answer = await phone.sync()
    assert [event["type"] for event in answer["rooms"][room_id]["timeline"]] == ["m.room.topic"]
    assert other not in answer["rooms"]
    assert answer["lists"]["all_rooms"]["count"] == 1


async def test_reading_elsewhere_lowers_the_counts_here(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    event_id = await alice.send_text(room_id, "read me")
    phone = Phone(bob)
    assert (await phone.sync())["rooms"][room_id]["notification_count"] == 1
    other = await bob.log_in_again()
    await other.post(f"/rooms/{segment(room_id)}/receipt/m.read/{segment(event_id)}")
    room = (await phone.sync())["rooms"][room_id]
    assert room["notification_count"] == 0
    assert not room.get("timeline")


async def test_nobody_is_told_of_rooms_that_are_not_theirs(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="public_chat", name="not bob's")
    phone = Phone(bob)
    phone.subscribe(room_id, "!nowhere:localhost", "no room id")
    answer = await phone.sync()
    assert answer["rooms"] == {}
    assert answer["lists"]["all_rooms"]["count"] == 0
