"""Sending messages and state: once for each transaction id, refused whole or kept whole."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.actors import Actor, Json, bodies, segment


def send_path(room: str, txn_id: str, event_type: str = "m.room.message") -> str:
    """Give the path that sends an event."""
    return f"/rooms/{segment(room)}/send/{segment(event_type)}/{segment(txn_id)}"


async def test_a_transaction_id_makes_one_event_for_each_device_type_and_room(alice: Actor) -> None:
    """G4: eight at once, later, by another device, in another room, as another type."""
    room, other = await alice.create_room(), await alice.create_room()
    path, content = send_path(room, "a/b"), {"msgtype": "m.text", "body": "once"}
    answers = await asyncio.gather(*(alice.put(path, content) for _ in range(8)))
    first = answers[0]["event_id"]
    assert answers == [{"event_id": first}] * 8
    assert await alice.put(path, {"body": "other words, same id"}) == {"event_id": first}
    phone = await alice.log_in_again()
    others = [
        (await phone.put(path, content))["event_id"],
        (await alice.put(send_path(other, "a/b"), content))["event_id"],
        (await alice.put(send_path(room, "a/b", "m.sticker"), content))["event_id"],
        (await alice.put(send_path(room, "b", "m.room.message/a"), content))["event_id"],
    ]
    await phone.close()
    assert len({first, *others}) == 5
    history = (await alice.messages(room, limit=100))["chunk"]
    assert [event["event_id"] for event in history].count(first) == 1


async def test_only_the_sending_device_sees_its_transaction_id(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    sent = await alice.send_text(room, "hi", txn_id="mine")
    phone = await alice.log_in_again()
    seen = [
        (await actor.event(room, sent))["unsigned"].get("transaction_id") for actor in (alice, phone, bob)
    ]
    await phone.close()
    assert seen == ["mine", None, None]


@pytest.mark.parametrize(
    ("content", "status", "errcode"),
    [
        ({"n": 1.5}, 400, "M_BAD_JSON"),
        ({"n": 2**53}, 400, "M_BAD_JSON"),
        ({"body": "x" * 66_000}, 413, "M_TOO_LARGE"),
        (
            {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$none", "key": "a"}},
            400,
            "M_INVALID_PARAM",
        ),
        ({"m.relates_to": {"rel_type": "m.thread", "event_id": "$none"}}, 400, "M_INVALID_PARAM"),
    ],
)
async def test_a_message_that_can_not_be_is_refused_and_leaves_nothing(
    alice: Actor, content: Json, status: int, errcode: str
) -> None:
    room = await alice.create_room()
    before = [event["event_id"] for event in (await alice.messages(room, limit=100))["chunk"]]
    await alice.refused("PUT", send_path(room, "t"), status, errcode, content)
    assert [event["event_id"] for event in (await alice.messages(room, limit=100))["chunk"]] == before
    assert await alice.put(send_path(room, "t"), {"body": "the id is still free"})


async def test_strange_relations_are_only_words(alice: Actor) -> None:
    room = await alice.create_room()
    shapes: list[Any] = [
        [],
        "x",
        {"rel_type": 1},
        {"rel_type": "m.replace", "event_id": []},
        {"event_id": "$x"},
    ]
    for odd in shapes:
        sent = await alice.send_text(room, "odd", extra={"m.relates_to": odd})
        assert (await alice.event(room, sent))["content"]["m.relates_to"] == odd


async def test_polls_stickers_and_locations_pass_as_they_are(alice: Actor) -> None:
    room = await alice.create_room()
    for event_type, content in (
        ("m.sticker", {"body": "cup", "url": "mxc://tea/cup", "info": {}}),
        ("org.matrix.msc3381.poll.start", {"org.matrix.msc3381.poll.start": {"answers": [{"id": "1"}]}}),
        ("m.room.message", {"msgtype": "m.location", "body": "here", "geo_uri": "geo:48.2,16.4"}),
        ("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA"}),
    ):
        sent = await alice.send(room, event_type, content)
        shown = await alice.event(room, sent)
        assert (shown["type"], shown["content"]) == (event_type, content)


async def test_who_is_not_in_the_room_says_nothing_there(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    unknown = "!" + "b" * 43
    for target in (room, unknown):
        said = await bob.refused("PUT", send_path(target, "t"), 403, "M_FORBIDDEN", {"body": "x"})
        assert said["error"] == "You are not in this room"
        await bob.refused("PUT", f"/rooms/{segment(target)}/state/m.room.topic", 403, "M_FORBIDDEN", {})


async def test_state_that_says_the_same_is_not_said_again(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat", power_level_content_override={"state_default": 0})
    await bob.join(room)
    first = await alice.set_state(room, "org.tea.leaf", {"sort": "oolong", "cups": 1}, "a/b")
    assert await alice.set_state(room, "org.tea.leaf", {"cups": 1, "sort": "oolong"}, "a/b") == first
    changed = await alice.set_state(room, "org.tea.leaf", {"sort": "oolong", "cups": True}, "a/b")
    by_bob = await bob.set_state(room, "org.tea.leaf", {"sort": "oolong", "cups": True}, "a/b")
    assert len({first, changed, by_bob}) == 3
    shown = await bob.event(room, by_bob)
    assert (shown["state_key"], shown["unsigned"]["replaces_state"]) == ("a/b", changed)
    assert shown["unsigned"]["prev_content"] == {"sort": "oolong", "cups": True}


async def test_state_is_read_as_content_or_as_event(alice: Actor) -> None:
    room = await alice.create_room(topic="leaves")
    path = f"/rooms/{segment(room)}/state/m.room.topic"
    for spelled in (path, path + "/"):
        assert (await alice.get(spelled))["topic"] == "leaves"
    event: Json = await alice.get(path, format="event")
    assert (event["type"], event["state_key"], event["room_id"]) == ("m.room.topic", "", room)
    assert event["content"]["topic"] == "leaves"
    await alice.refused("GET", path, 400, "M_INVALID_PARAM", params={"format": "xml"})
    await alice.refused("GET", f"/rooms/{segment(room)}/state/m.room.none", 404, "M_NOT_FOUND")


@pytest.mark.parametrize("body", [[], "x", 1, None])
async def test_a_body_that_is_no_object_is_refused(alice: Actor, body: Any) -> None:
    room = await alice.create_room()
    answer = await alice.http.put(
        "/_matrix/client/v3" + send_path(room, "t"),
        json=body,
        headers={"Authorization": f"Bearer {alice.access_token}"},
    )
    assert answer.status_code == 400
    assert answer.json()["errcode"] in ("M_BAD_JSON", "M_NOT_JSON")


async def test_the_order_of_many_senders_is_the_same_both_ways(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    """G5: all readers agree on every adjacent pair."""
    room = await alice.create_room(preset="public_chat")
    for guest in (bob, carol):
        await guest.join(room)
    people = (alice, bob, carol)
    await asyncio.gather(*(person.send_text(room, f"m{n}") for n in range(10) for person in people))
    back = [event["event_id"] for event in (await alice.messages(room, limit=200))["chunk"]]
    ahead = [event["event_id"] for event in (await bob.messages(room, "f", limit=200))["chunk"]]
    assert back == ahead[::-1]
    assert len(bodies((await carol.messages(room, limit=200))["chunk"])) == 30


async def test_a_message_without_a_transaction_id_is_said_each_time(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room()
    path, words = f"/rooms/{segment(room)}/send/m.room.message", {"msgtype": "m.text", "body": "again"}
    first, second = await alice.post(path, words), await alice.post(path, words)
    assert first != second
    assert (await alice.event(room, second["event_id"]))["content"] == words
    await bob.refused("POST", path, 403, "M_FORBIDDEN", words)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/send/m.room.message/later"),
        ("POST", "/send/m.room.message"),
        ("PUT", "/state/org.matrix.msc3401.call.member/x"),
    ],
)
async def test_what_is_to_be_sent_later_is_refused_and_not_sent_now(
    alice: Actor, method: str, path: str
) -> None:
    room = await alice.create_room()
    before = [event["event_id"] for event in (await alice.messages(room))["chunk"]]
    answer = await alice.answer(
        method, f"/rooms/{segment(room)}{path}", {"body": "gone"}, {"org.matrix.msc4140.delay": 8000}
    )
    assert answer.status_code == 400
    assert answer.json()["org.matrix.msc4140.errcode"] == "M_MAX_DELAY_UNSUPPORTED"
    assert [event["event_id"] for event in (await alice.messages(room))["chunk"]] == before
