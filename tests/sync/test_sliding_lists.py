"""Which rooms the lists of sliding sync show: the newest first, as many as asked, those that a filter lets through."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, segment
from tests.sync.phone import Phone, room_list, texts


async def rooms_of(alice: Actor, count: int) -> list[str]:
    return [await alice.create_room(preset="public_chat", name=f"room {number}") for number in range(count)]


async def test_a_list_shows_the_rooms_with_the_newest_events(alice: Actor) -> None:
    rooms = await rooms_of(alice, 5)
    await alice.send_text(rooms[0], "now the newest")
    phone = Phone(alice, room_list(last=1))
    answer = await phone.sync()
    assert set(answer["rooms"]) == {rooms[0], rooms[4]}
    assert answer["lists"]["all_rooms"]["count"] == 5


async def test_growing_a_list_tells_only_the_rooms_that_are_new_in_it(alice: Actor) -> None:
    rooms = await rooms_of(alice, 5)
    phone = Phone(alice, room_list(last=1))
    await phone.sync()
    phone.show(3)
    assert set((await phone.sync(timeout_ms=20_000))["rooms"]) == {rooms[2], rooms[1]}
    phone.show(99)
    assert set((await phone.sync(timeout_ms=20_000))["rooms"]) == {rooms[0]}
    assert (await phone.sync())["rooms"] == {}


async def test_a_room_outside_of_the_list_comes_in_by_its_news(alice: Actor) -> None:
    rooms = await rooms_of(alice, 3)
    phone = Phone(alice, room_list(last=0))
    await phone.sync()
    await alice.send_text(rooms[0], "here")
    room = (await phone.sync())["rooms"]
    assert list(room) == [rooms[0]]
    # It is told for the first time, but its newest event has just happened.
    assert room[rooms[0]]["initial"] is True
    assert room[rooms[0]]["num_live"] == 1


async def test_what_a_room_outside_of_the_list_missed_is_told_when_it_comes_back(alice: Actor) -> None:
    first, second = await rooms_of(alice, 2)
    phone = Phone(alice, room_list(last=1, timeline_limit=10))
    await phone.sync()
    phone.show(0)
    await alice.send_text(first, "one")
    await alice.send_text(second, "cover")
    assert set((await phone.sync())["rooms"]) == {second}
    await alice.send_text(first, "two")
    await alice.send_text(second, "cover again")
    assert set((await phone.sync())["rooms"]) == {second}
    phone.show(1)
    room = (await phone.sync())["rooms"][first]
    assert texts(room) == ["one", "two"]
    assert "initial" not in room
    assert room["limited"] is False


async def test_a_room_that_enters_a_list_because_another_left_is_told(alice: Actor, bob: Actor) -> None:
    first, second = await rooms_of(alice, 2)
    phone = Phone(alice, room_list(last=0))
    await phone.sync()
    await alice.leave(second)
    answer = await phone.sync()
    assert set(answer["rooms"]) == {first, second}
    assert answer["lists"]["all_rooms"]["count"] == 1


async def test_ranges_may_have_gaps_and_overlap(alice: Actor) -> None:
    rooms = await rooms_of(alice, 6)
    body = room_list()
    body["lists"]["all_rooms"]["ranges"] = [[4, 5], [0, 1], [1, 1], [50, 99]]
    assert set((await Phone(alice, body).sync())["rooms"]) == {rooms[5], rooms[4], rooms[1], rooms[0]}


async def test_a_list_without_ranges_shows_all(alice: Actor) -> None:
    rooms = await rooms_of(alice, 3)
    body = room_list()
    del body["lists"]["all_rooms"]["ranges"]
    assert set((await Phone(alice, body).sync())["rooms"]) == set(rooms)


async def test_a_room_of_two_lists_is_told_as_both_want_it(alice: Actor) -> None:
    (room_id,) = await rooms_of(alice, 1)
    for number in range(3):
        await alice.send_text(room_id, f"line {number}")
    body = room_list()
    wide = {"ranges": [[0, 9]], "timeline_limit": 3, "required_state": [["m.room.create", ""]]}
    narrow = {"ranges": [[0, 9]], "timeline_limit": 1, "required_state": [["m.room.name", ""]]}
    body["lists"] = {"wide": wide, "narrow": narrow}
    room = (await Phone(alice, body).sync())["rooms"][room_id]
    assert texts(room) == ["line 0", "line 1", "line 2"]
    assert {event["type"] for event in room["required_state"]} == {"m.room.create", "m.room.name"}


@pytest.fixture
async def zoo(alice: Actor, bob: Actor) -> dict[str, str]:
    """One room of each kind, by its kind, for alice."""
    space = await alice.create_room(creation_content={"type": "m.space"})
    plain, dm = await rooms_of(alice, 2)
    encryption = {
        "type": "m.room.encryption",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
        "state_key": "",
    }
    encrypted = await alice.create_room(initial_state=[encryption])
    invite = await bob.create_room(preset="private_chat", invite=[alice.user_id])
    me = segment(alice.user_id)
    await alice.put(f"/user/{me}/account_data/m.direct", {bob.user_id: [dm], "odd": 3})
    await alice.put(f"/user/{me}/rooms/{segment(plain)}/tags/m.favourite", {})
    await alice.set_state(space, "m.space.child", {"via": ["localhost"]}, plain)
    return {"space": space, "plain": plain, "dm": dm, "encrypted": encrypted, "invite": invite}


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({}, "space plain dm encrypted invite"),
        ({"is_dm": True}, "dm"),
        ({"is_dm": False}, "space plain encrypted invite"),
        ({"is_encrypted": True}, "encrypted"),
        ({"is_encrypted": False, "is_invite": False}, "space plain dm"),
        ({"is_invite": True}, "invite"),
        ({"is_invite": False}, "space plain dm encrypted"),
        ({"room_types": ["m.space"]}, "space"),
        ({"room_types": [None]}, "plain dm encrypted invite"),
        ({"not_room_types": ["m.space"]}, "plain dm encrypted invite"),
        ({"room_types": ["m.space", None], "not_room_types": [None]}, "space"),
        ({"tags": ["m.favourite", "m.other"]}, "plain"),
        ({"not_tags": ["m.favourite"], "is_invite": False}, "space dm encrypted"),
        ({"spaces": ["{space}", "!nowhere:localhost"]}, "plain"),
        ({"spaces": ["!nowhere:localhost"]}, ""),
    ],
    ids=str,
)
async def test_a_filter_lets_these_rooms_through(
    alice: Actor, zoo: dict[str, str], wanted: Json, kinds: str
) -> None:
    if "spaces" in wanted:
        wanted = {"spaces": [name.format(**zoo) for name in wanted["spaces"]]}
    answer = await Phone(alice, room_list(filters=wanted)).sync()
    names = {room_id: kind for kind, room_id in zoo.items()}
    assert {names[room_id] for room_id in answer["rooms"]} == set(kinds.split())
    assert answer["lists"]["all_rooms"]["count"] == len(kinds.split())


async def test_a_room_comes_into_a_list_when_its_filter_begins_to_let_it_through(
    alice: Actor, bob: Actor
) -> None:
    (room_id,) = await rooms_of(alice, 1)
    await bob.join(room_id)
    dms, encrypted = (
        Phone(alice, room_list(filters={"is_dm": True})),
        room_list(filters={"is_encrypted": True}),
    )
    secrets = Phone(alice, {**encrypted, "conn_id": "secrets"})
    assert (await dms.sync())["rooms"] == (await secrets.sync())["rooms"] == {}
    await alice.put(f"/user/{segment(alice.user_id)}/account_data/m.direct", {bob.user_id: [room_id]})
    answer = await dms.sync(timeout_ms=20_000)
    assert answer["rooms"][room_id]["is_dm"] is True
    assert answer["lists"]["all_rooms"]["count"] == 1
    await alice.set_state(room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    assert room_id in (await secrets.sync(timeout_ms=20_000))["rooms"]


async def test_a_room_that_becomes_a_direct_one_is_told_so(alice: Actor, bob: Actor) -> None:
    (room_id,) = await rooms_of(alice, 1)
    phone = Phone(alice)
    assert (await phone.sync())["rooms"][room_id]["is_dm"] is False
    await alice.put(f"/user/{segment(alice.user_id)}/account_data/m.direct", {bob.user_id: [room_id]})
    room = (await phone.sync())["rooms"][room_id]
    assert room["is_dm"] is True
    assert not room.get("timeline")
