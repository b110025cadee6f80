"""The extensions of sliding sync: what comes beside the rooms."""

from __future__ import annotations

import asyncio

from teahouse.kernel.stream import Fact
from teahouse.sync.sessions import Session, Sessions
from tests.actors import Actor, Json, segment
from tests.e2ee.devices import Device
from tests.sync.phone import Phone, encryption, room_list


async def pair(alice: Actor, bob: Actor) -> str:
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    return room_id


async def tell(alice: Actor, bob: Actor, *numbers: int) -> None:
    for number in numbers:
        messages = {bob.user_id: {bob.device_id: {"n": number}}}
        await alice.put(f"/sendToDevice/org.example.n/{alice.next_txn_id()}", {"messages": messages})


def heard(answer: Json) -> list[int]:
    return [event["content"]["n"] for event in answer["extensions"]["to_device"]["events"]]


async def test_messages_to_the_device_stay_until_their_token_comes_back(alice: Actor, bob: Actor) -> None:
    keys = Phone(bob, encryption())
    await keys.sync()
    since = keys.body["extensions"]["to_device"]["since"]
    await tell(alice, bob, 1, 2)
    assert heard(await keys.sync()) == [1, 2]
    # Another connection is another place in the rooms, but the messages wait for their own token.
    keys.body["extensions"]["to_device"]["since"] = since
    fresh = Phone(bob, keys.body)
    assert heard(await fresh.sync()) == [1, 2]
    await tell(alice, bob, 3)
    assert heard(await fresh.sync(timeout_ms=20_000)) == [3]
    del fresh.body["extensions"]["to_device"]["since"]
    assert heard(await fresh.sync()) == [3]


async def test_messages_to_the_device_come_as_many_at_once_as_asked(alice: Actor, bob: Actor) -> None:
    keys = Phone(bob, encryption())
    keys.body["extensions"]["to_device"]["limit"] = 2
    await tell(alice, bob, 1, 2, 3)
    assert heard(await keys.sync()) == [1, 2]
    assert heard(await keys.sync()) == [3]
    assert heard(await keys.sync()) == []


async def test_a_message_token_from_beyond_our_data_loses_nothing(alice: Actor, bob: Actor) -> None:
    await tell(alice, bob, 1)
    keys = Phone(bob, encryption())
    keys.body["extensions"]["to_device"]["since"] = str(10**15)
    assert heard(await keys.sync()) == [1]


async def test_key_counts_and_changed_devices_are_told(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    await alice.set_state(room_id, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    keys = Phone(bob, encryption())
    first = (await keys.sync())["extensions"]["e2ee"]
    assert first["device_one_time_keys_count"] == {"signed_curve25519": 0}
    assert first["device_unused_fallback_key_types"] == []
    assert "device_lists" not in first
    device = Device(alice)
    await alice.post("/keys/upload", {"device_keys": device.keys})
    told = (await keys.sync(timeout_ms=20_000))["extensions"]["e2ee"]["device_lists"]
    assert told["changed"] == [alice.user_id]
    await alice.leave(room_id)
    told = (await keys.sync(timeout_ms=20_000))["extensions"]["e2ee"]["device_lists"]
    assert told["left"] == [alice.user_id]


async def test_a_claimed_key_wakes_its_device(alice: Actor, bob: Actor) -> None:
    await bob.post("/keys/upload", {"one_time_keys": Device(bob).one_time_keys(2)})
    keys = Phone(bob, encryption())
    first = (await keys.sync())["extensions"]["e2ee"]
    assert first["device_one_time_keys_count"] == {"signed_curve25519": 2}
    claim = {"one_time_keys": {bob.user_id: {bob.device_id: "signed_curve25519"}}}
    await alice.post("/keys/claim", claim)
    told = (await keys.sync(timeout_ms=20_000))["extensions"]["e2ee"]
    assert told["device_one_time_keys_count"] == {"signed_curve25519": 1}


async def test_a_step_of_a_verification_in_a_room_stirs_the_connection_of_keys(
    alice: Actor, bob: Actor
) -> None:
    room_id = await pair(alice, bob)
    keys = Phone(bob, encryption())
    await keys.sync()
    for event_type in ("m.room.encrypted", "m.key.verification.accept"):
        waiting = asyncio.create_task(keys.sync(timeout_ms=60_000))
        request = await alice.send_text(room_id, "stirs nobody")
        step = {"m.relates_to": {"rel_type": "m.reference", "event_id": request}}
        await alice.send(room_id, event_type, step)
        told = await asyncio.wait_for(waiting, 30)
        assert told["extensions"]["e2ee"]["device_one_time_keys_count"] == {"signed_curve25519": 0}


async def test_a_message_to_the_device_wakes_the_connection_of_keys_before_the_others() -> None:
    session, sessions = Session("@bob:localhost", floor=0), Sessions()
    sessions.add(session)
    keys, rooms = (asyncio.get_running_loop().create_future() for _ in range(2))
    session.key_waiters.add(keys)
    session.waiters.add(rooms)
    sessions.on_facts([Fact(1, "to_device", body=["@bob:localhost"])])
    assert keys.done()
    assert not rooms.done(), "the event that needs the key comes in a moment"
    await asyncio.wait_for(rooms, 30)


async def test_account_data_comes_whole_first_and_then_as_it_changes(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    me, room = segment(bob.user_id), segment(room_id)
    await bob.put(f"/user/{me}/account_data/org.example.all", {"n": 1})
    await bob.put(f"/user/{me}/rooms/{room}/account_data/org.example.room", {"n": 1})
    phone = Phone(bob)
    first = (await phone.sync())["extensions"]["account_data"]
    kinds = {event["type"] for event in first["global"]}
    assert {"m.push_rules", "org.example.all"} <= kinds
    assert first["rooms"][room_id] == [{"type": "org.example.room", "content": {"n": 1}}]
    assert "account_data" not in (await phone.sync())["extensions"]
    await bob.put(f"/user/{me}/rooms/{room}/account_data/org.example.room", {"n": 2})
    later = (await phone.sync(timeout_ms=20_000))["extensions"]["account_data"]
    assert later == {"rooms": {room_id: [{"type": "org.example.room", "content": {"n": 2}}]}}
    await bob.put(f"/user/{me}/account_data/org.example.all", {"n": 2})
    later = (await phone.sync(timeout_ms=20_000))["extensions"]["account_data"]
    assert later == {"global": [{"type": "org.example.all", "content": {"n": 2}}]}


async def test_account_data_of_a_room_outside_waits_until_it_is_shown(alice: Actor) -> None:
    hidden, shown = [await alice.create_room() for _ in range(2)]
    phone = Phone(alice, room_list(last=1))
    await phone.sync()
    phone.show(0)
    path = f"/user/{segment(alice.user_id)}/rooms/{segment(hidden)}/account_data/org.example.note"
    await alice.put(path, {"n": 1})
    assert "account_data" not in (await phone.sync())["extensions"]
    phone.show(1)
    told = (await phone.sync())["extensions"]["account_data"]["rooms"]
    assert told == {hidden: [{"type": "org.example.note", "content": {"n": 1}}]}
    assert shown not in told


async def test_receipts_of_shown_rooms_are_told_private_ones_only_to_their_reader(
    alice: Actor, bob: Actor
) -> None:
    room_id = await pair(alice, bob)
    event_id = await alice.send_text(room_id, "read me")
    phones = {actor.user_id: Phone(actor) for actor in (alice, bob)}
    for phone in phones.values():
        await phone.sync()
    path = f"/rooms/{segment(room_id)}/receipt"
    await bob.post(f"{path}/m.read/{segment(event_id)}")
    told = (await phones[alice.user_id].sync(timeout_ms=20_000))["extensions"]["receipts"]["rooms"][room_id]
    assert told["type"] == "m.receipt"
    assert list(told["content"][event_id]["m.read"]) == [bob.user_id]
    fresh = await Phone(await alice.log_in_again()).sync()
    assert list(fresh["extensions"]["receipts"]["rooms"][room_id]["content"][event_id]["m.read"]) == [
        bob.user_id
    ]
    await phones[bob.user_id].sync()
    second = await alice.send_text(room_id, "read me secretly")
    await bob.post(f"{path}/m.read.private/{segment(second)}")
    mine = (await phones[bob.user_id].sync())["extensions"]["receipts"]["rooms"][room_id]["content"]
    assert list(mine[second]["m.read.private"]) == [bob.user_id]
    assert second not in str((await phones[alice.user_id].sync())["extensions"].get("receipts"))


async def test_typing_is_told_as_it_begins_and_ends(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    phone = Phone(bob)
    assert "typing" not in (await phone.sync())["extensions"]
    path = f"/rooms/{segment(room_id)}/typing/{segment(alice.user_id)}"
    for is_typing, users in ((True, [alice.user_id]), (False, [])):
        await alice.put(path, {"typing": is_typing, "timeout": 30_000})
        told = (await phone.sync(timeout_ms=20_000))["extensions"]["typing"]["rooms"]
        assert told == {room_id: {"type": "m.typing", "content": {"user_ids": users}}}


async def test_an_extension_is_told_of_the_lists_and_rooms_that_it_names(alice: Actor, bob: Actor) -> None:
    listed, subscribed = [await pair(alice, bob) for _ in range(2)]
    body = room_list()
    body["lists"]["none"] = {**body["lists"].pop("all_rooms"), "ranges": []}
    phone = Phone(bob, body)
    phone.subscribe(subscribed)
    phone.body["extensions"]["typing"] = {"enabled": True, "lists": ["other"], "rooms": [subscribed]}
    await phone.sync()
    for room_id in (listed, subscribed):
        path = f"/rooms/{segment(room_id)}/typing/{segment(alice.user_id)}"
        await alice.put(path, {"typing": True, "timeout": 30_000})
    told = (await phone.sync(timeout_ms=20_000))["extensions"]["typing"]["rooms"]
    assert list(told) == [subscribed]


async def test_an_extension_switched_on_later_catches_up(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    event_id = await alice.send_text(room_id, "read me")
    body = room_list()
    extensions = body.pop("extensions")
    phone = Phone(bob, body)
    assert (await phone.sync())["extensions"] == {}
    await alice.post(f"/rooms/{segment(room_id)}/receipt/m.read/{segment(event_id)}")
    await bob.put(
        f"/user/{segment(bob.user_id)}/rooms/{segment(room_id)}/account_data/org.example.n", {"n": 1}
    )
    await phone.sync()
    phone.body["extensions"] = extensions
    told = (await phone.sync())["extensions"]
    assert told["receipts"]["rooms"][room_id]["content"][event_id]["m.read"].keys() == {alice.user_id}
    assert told["account_data"]["rooms"][room_id] == [{"type": "org.example.n", "content": {"n": 1}}]
