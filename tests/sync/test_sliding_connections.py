"""Connections of sliding sync: positions, lost answers, two at once, and beginning anew."""

from __future__ import annotations

import asyncio
import copy
import json
from urllib.parse import urlsplit

import pytest

from tests.actors import Actor, Json
from tests.sync.phone import UNSTABLE, Phone, ageless, encryption, room_list, texts


async def talk(alice: Actor, bob: Actor) -> str:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await alice.send_text(room_id, "old")
    return room_id


async def test_a_lost_answer_is_given_again_with_what_came_since(alice: Actor, bob: Actor) -> None:
    room_id = await talk(alice, bob)
    phone = Phone(bob, room_list(timeline_limit=10))
    await phone.sync()
    start = phone.pos
    await alice.send_text(room_id, "one")
    lost = await phone.sync()
    again = await phone.sync(pos=start)
    assert texts(again["rooms"][room_id]) == texts(lost["rooms"][room_id]) == ["one"]
    assert ageless(again["rooms"][room_id]) == ageless(lost["rooms"][room_id])
    assert again["lists"] == lost["lists"]
    await alice.send_text(room_id, "two")
    assert texts((await phone.sync(pos=start))["rooms"][room_id]) == ["one", "two"]
    assert (await phone.sync())["rooms"] == {}
    await phone.refused(400, "M_UNKNOWN_POS", pos=start)


async def test_a_first_answer_that_was_lost_is_given_whole_again(alice: Actor, bob: Actor) -> None:
    room_id = await talk(alice, bob)
    first = await Phone(bob).sync()
    again = await Phone(bob).sync()
    assert ageless(first["rooms"][room_id]) == ageless(again["rooms"][room_id])


@pytest.mark.parametrize("pos", ["", "t5", "t5.abcdef0123451", "s1_5_0_deadbeef", "☕", "0"])
async def test_an_unknown_position_is_refused_so_that_the_app_begins_anew(bob: Actor, pos: str) -> None:
    phone = Phone(bob)
    await phone.sync()
    if pos:
        await phone.refused(400, "M_UNKNOWN_POS", pos=pos)
    else:
        assert "pos" in await phone.sync(pos=pos)


async def test_a_position_belongs_to_its_connection_and_device(alice: Actor, bob: Actor) -> None:
    phone, keys = Phone(bob), Phone(bob, encryption())
    await phone.sync()
    await keys.sync()
    await phone.refused(400, "M_UNKNOWN_POS", pos=keys.pos)
    await Phone(alice).refused(400, "M_UNKNOWN_POS", pos=phone.pos)
    other = Phone(await bob.log_in_again())
    await other.refused(400, "M_UNKNOWN_POS", pos=phone.pos)
    await phone.sync()
    await keys.sync()


async def test_a_new_connection_of_the_same_name_ends_the_one_before(alice: Actor, bob: Actor) -> None:
    before, after = Phone(bob), Phone(bob)
    await before.sync()
    await after.sync()
    await before.refused(400, "M_UNKNOWN_POS")
    await after.sync()


async def test_a_device_has_few_connections_at_once(bob: Actor) -> None:
    phones = [Phone(bob, {"conn_id": f"number {number}"}) for number in range(9)]
    for phone in phones:
        await phone.sync()
    await phones[0].refused(400, "M_UNKNOWN_POS")
    for phone in phones[1:]:
        await phone.sync()


async def test_two_connections_of_a_device_each_hear_their_own(alice: Actor, bob: Actor) -> None:
    room_id = await talk(alice, bob)
    rooms, keys = Phone(bob), Phone(bob, encryption())
    await rooms.sync()
    await keys.sync()
    waiting = [asyncio.create_task(phone.sync(timeout_ms=20_000)) for phone in (rooms, keys)]
    await alice.send_text(room_id, "hi")
    assert room_id in (await waiting[0])["rooms"]
    content = {bob.user_id: {bob.device_id: {"n": 1}}}
    await alice.put(f"/sendToDevice/org.example.hello/{alice.next_txn_id()}", {"messages": content})
    answer = await waiting[1]
    while not answer["extensions"]["to_device"]["events"]:
        # A poll may be answered with the key counts alone, if its user's session began only after its position.
        answer = await keys.sync(timeout_ms=20_000)
    assert [event["content"] for event in answer["extensions"]["to_device"]["events"]] == [{"n": 1}]
    assert answer["rooms"] == {}


async def test_a_request_with_other_wishes_is_answered_though_one_waits(alice: Actor, bob: Actor) -> None:
    room_id = await talk(alice, bob)
    phone = Phone(bob)
    await phone.sync()
    patient, hasty = Phone(bob, copy.deepcopy(phone.body)), Phone(bob, copy.deepcopy(phone.body))
    patient.pos = hasty.pos = phone.pos
    waiting = asyncio.create_task(patient.sync(timeout_ms=60_000))
    await asyncio.wait([waiting], timeout=0.2)
    hasty.subscribe(room_id)
    room = (await hasty.sync(timeout_ms=60_000))["rooms"][room_id]
    assert room["unstable_expanded_timeline"] is True
    assert (await waiting)["rooms"] == {}
    await hasty.sync()


async def test_the_time_is_up_without_news_and_the_position_goes_on(alice: Actor) -> None:
    phone = Phone(alice)
    await phone.sync()
    before = phone.pos
    answer = await phone.sync(timeout_ms=200)
    assert answer["rooms"] == {}
    assert phone.pos != before


async def test_a_poll_ends_with_its_session(alice: Actor) -> None:
    other = await alice.log_in_again()
    phone = Phone(alice)
    await phone.sync()
    query = {"pos": phone.pos, "timeout": 60_000}
    waiting = asyncio.create_task(alice.answer("POST", UNSTABLE, phone.body, query))
    await asyncio.wait([waiting], timeout=0.2)
    await other.post("/logout/all")
    assert (await waiting).status_code == 401


async def test_polls_that_begin_while_their_session_ends_do_not_outlast_it(alice: Actor) -> None:
    """Whoever was let in just before looks at the news while the session ends: that must not be overlooked."""
    for turn in range(6):
        session = await alice.log_in_again()
        phones = [Phone(session, {**room_list(), "conn_id": str(number)}) for number in range(8)]
        for phone in phones:
            await phone.sync()
        polls = [
            session.answer("POST", UNSTABLE, phone.body, {"pos": phone.pos, "timeout": 60_000})
            for phone in phones
        ]
        polls.insert(turn, session.answer("POST", "/logout", {}))
        sent = [asyncio.create_task(poll) for poll in polls]
        done, waiting = await asyncio.wait(sent, timeout=30)
        for task in waiting:
            task.cancel()
        await session.close()
        assert not waiting
        assert sorted(task.result().status_code for task in done) == [200] + [401] * 8


@pytest.mark.parametrize(
    "body",
    [
        {"lists": {"a": {"ranges": [[0]], "timeline_limit": 1, "required_state": []}}},
        {"lists": {"a": {"ranges": [[5, 1]], "timeline_limit": 1, "required_state": []}}},
        {"lists": {"a": {"ranges": [[-1, 1]], "timeline_limit": 1, "required_state": []}}},
        {"lists": {"a": {"ranges": [[0, 1]], "timeline_limit": "1", "required_state": []}}},
        {"lists": {"a": {"ranges": [[0, 1]], "timeline_limit": 1, "required_state": [["x"]]}}},
        {"lists": {str(n): {"timeline_limit": 1, "required_state": []} for n in range(101)}},
        {"lists": []},
        {"conn_id": 7},
        {"conn_id": "x" * 256},
        {"room_subscriptions": {"!a:b": {"timeline_limit": -1, "required_state": []}}},
        {"extensions": {"to_device": {"enabled": True, "since": "not a number"}}},
        {"extensions": {"e2ee": {"enabled": "yes"}}},
    ],
    ids=str,
)
async def test_a_body_of_another_shape_is_refused(alice: Actor, body: Json) -> None:
    answer = await alice.answer("POST", UNSTABLE, body)
    assert answer.status_code == 400
    assert answer.json()["errcode"] in ("M_BAD_JSON", "M_INVALID_PARAM")


async def test_unknown_extensions_and_wishes_are_passed_over(alice: Actor) -> None:
    body = room_list()
    body["extensions"]["io.element.msc4308.thread_subscriptions"] = {"enabled": True, "limit": 10}
    body["extensions"]["profiles"] = {"enabled": True}
    body["lists"]["all_rooms"]["sort"] = ["by_recency"]
    body["txn_id"] = "abc"
    answer = await Phone(alice, body).sync()
    assert set(answer) == {"pos", "txn_id", "lists", "rooms", "extensions"}
    assert answer["txn_id"] == "abc"
    assert "io.element.msc4308.thread_subscriptions" not in answer["extensions"]


async def test_a_body_that_comes_slowly_is_read_whole(alice: Actor) -> None:
    # Polls are asked for their client's going after three seconds; this one is still sending then.
    body = json.dumps(room_list()).encode()
    head = (
        f"POST {UNSTABLE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {alice.access_token}\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    address = urlsplit(alice.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(head.encode() + body[:20])
    answer = asyncio.create_task(reader.read())
    done, _ = await asyncio.wait([answer], timeout=4.5)
    assert not done, "answered before the body was there"
    writer.write(body[20:])
    assert (await answer).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_the_server_says_that_it_speaks_sliding_sync(alice: Actor) -> None:
    versions = await alice.get("/_matrix/client/versions")
    assert versions["unstable_features"]["org.matrix.simplified_msc3575"] is True


async def test_presence_must_be_a_known_one(alice: Actor) -> None:
    await alice.refused("POST", UNSTABLE, 400, "M_INVALID_PARAM", {}, {"set_presence": "asleep"})
    await alice.refused("POST", UNSTABLE, 400, "M_INVALID_PARAM", {}, {"timeout": "soon"})
    assert "pos" in await alice.request("POST", UNSTABLE, {}, {"set_presence": "offline"})
