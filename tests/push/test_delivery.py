"""Notifications reach a real gateway: once, in order, with the right badge, through failures and restarts."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

from tests.actors import Actor, eventually, fresh_localpart, register, segment
from tests.push.conftest import NewUser, make_users
from tests.push.gateway import PushGateway, set_pusher
from tests.server_process import ServerProcess


async def room_of(*people: Actor) -> str:
    """Make a room of the first, with the others in it."""
    room_id = await people[0].create_room(preset="public_chat", name="The tea room")
    for person in people[1:]:
        await person.join(room_id)
    return room_id


async def test_a_message_is_told_with_all_that_the_gateway_may_know(
    new_user: NewUser, gateway: PushGateway
) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room_id = await room_of(alice, bob)
    await alice.put(f"/profile/{segment(alice.user_id)}/displayname", {"displayname": "Alice"})
    await set_pusher(bob, gateway, "bobs key", data={"own": {"x": 1}})
    event_id = await alice.send_text(room_id, "The kettle sings")
    (told,) = await gateway.wait_for_events(1)
    device = told["devices"].pop()
    assert abs(device.pop("pushkey_ts") - time.time()) < 60
    assert device == {
        "app_id": "test.tea.app",
        "pushkey": "bobs key",
        "data": {"own": {"x": 1}},
        "tweaks": {"sound": "default"},
    }
    assert told == {
        "event_id": event_id,
        "room_id": room_id,
        "type": "m.room.message",
        "sender": alice.user_id,
        "sender_display_name": "Alice",
        "room_name": "The tea room",
        "content": {"msgtype": "m.text", "body": "The kettle sings"},
        "prio": "high",
        "counts": {"unread": 1},
        "devices": [],
    }


async def test_with_event_id_only_nothing_is_told_but_ids(new_user: NewUser, gateway: PushGateway) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room_id = await room_of(alice, bob)
    await set_pusher(bob, gateway, data={"format": "event_id_only"})
    event_id = await alice.send_text(room_id, "A secret blend")
    (told,) = await gateway.wait_for_events(1)
    assert told.pop("devices")[0].keys() == {"app_id", "pushkey", "pushkey_ts", "data"}
    assert told == {"event_id": event_id, "room_id": room_id, "prio": "high", "counts": {"unread": 1}}


async def test_only_what_notifies_is_told_and_never_to_its_sender(
    new_user: NewUser, gateway: PushGateway
) -> None:
    alice, bob, carol = await new_user("alice"), await new_user("bob"), await new_user("carol")
    room_id = await room_of(alice, bob, carol)
    await set_pusher(alice, gateway, "alice")
    await set_pusher(bob, gateway, "bob")
    await bob.put(f"/pushrules/global/room/{segment(room_id)}", {"actions": []})
    first = await alice.send_text(room_id, "plain")
    await alice.send(room_id, "m.room.message", {"msgtype": "m.notice", "body": "a notice"})
    await alice.react(room_id, first, "🍵")
    await alice.edit_text(room_id, first, "edited")
    mention = {"msgtype": "m.text", "body": "bob!", "m.mentions": {"user_ids": [bob.user_id]}}
    called = await alice.send(room_id, "m.room.message", mention)
    answered = await carol.send_text(room_id, "carol speaks")
    told = await gateway.wait_for_events(2)
    seen = {(one["devices"][0]["pushkey"], one["event_id"]) for one in told}
    assert seen == {("bob", called), ("alice", answered)}


async def test_an_invite_is_told_to_the_invited(new_user: NewUser, gateway: PushGateway) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    await set_pusher(bob, gateway)
    room_id = await alice.create_room(invite=[bob.user_id])
    (told,) = await gateway.wait_for_events(1)
    assert (told["room_id"], told["type"], told["user_is_target"]) == (room_id, "m.room.member", True)
    assert told["content"]["membership"] == "invite"


async def test_the_badge_counts_all_rooms_and_falls_when_one_is_read(
    new_user: NewUser, gateway: PushGateway
) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    first, second = await room_of(alice, bob), await room_of(alice, bob)
    await set_pusher(bob, gateway)
    for room_id in (first, first, second):
        await alice.send_text(room_id, "ding")
    last = await alice.send_text(first, "dong")
    told = await gateway.wait_for_events(4)
    assert [one["counts"]["unread"] for one in told][-1] == 4
    await bob.read(first, last)
    await eventually(lambda: gateway.told[-1].get("counts") == {"unread": 1}, "a badge of 1")
    assert gateway.told[-1].keys() == {"counts", "devices"}
    await bob.send_text(second, "I read all that")
    await eventually(lambda: gateway.told[-1].get("counts") == {"unread": 0}, "a badge of 0")


async def test_a_failing_gateway_is_tried_again_and_told_in_order(
    new_user: NewUser, gateway: PushGateway
) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room_id = await room_of(alice, bob)
    await set_pusher(bob, gateway)
    gateway.status = 502
    sent = [await alice.send_text(room_id, f"cup {number}") for number in range(3)]
    await eventually(lambda: gateway.refused >= 1, "a refused delivery")
    gateway.status = 200
    told = await gateway.wait_for_events(3, within_s=15)
    assert [one["event_id"] for one in told] == sent


async def test_what_was_read_or_redacted_meanwhile_is_not_told(
    new_user: NewUser, gateway: PushGateway
) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room_id, other = await room_of(alice, bob), await room_of(alice, bob)
    await set_pusher(bob, gateway)
    gateway.status = 502
    read = await alice.send_text(room_id, "read on the laptop")
    regretted = await alice.send_text(other, "a regretted word")
    kept = await alice.send_text(other, "a kept word")
    await eventually(lambda: gateway.refused >= 1, "a refused delivery")
    await bob.read(room_id, read)
    await alice.redact(other, regretted)
    gateway.status = 200
    (told,) = await gateway.wait_for_events(1, within_s=15)
    assert told["event_id"] == kept


async def test_sending_does_not_wait_for_a_gateway_that_hangs(new_user: NewUser) -> None:
    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    silent = await asyncio.start_server(hang, "127.0.0.1", 0)
    hanging = PushGateway()
    hanging.port = silent.sockets[0].getsockname()[1]
    alice, bob = await new_user("alice"), await new_user("bob")
    room_id = await room_of(alice, bob)
    await set_pusher(bob, hanging)
    started = time.monotonic()
    for number in range(10):
        await alice.send_text(room_id, f"cup {number}")
    assert time.monotonic() - started < 9, "a send waited for the gateway's ten seconds"
    silent.close()


async def test_a_rejected_pushkey_is_dropped(new_user: NewUser, gateway: PushGateway) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room_id = await room_of(alice, bob)
    await set_pusher(bob, gateway, "dead")
    await set_pusher(bob, gateway, "alive")
    gateway.rejected = ["dead", "somebody else's"]
    await alice.send_text(room_id, "ding")
    await gateway.wait_for_events(2)
    deadline = time.monotonic() + 5
    while len(found := (await bob.get("/pushers"))["pushers"]) > 1 and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    assert [one["pushkey"] for one in found] == ["alive"]
    await alice.send_text(room_id, "dong")
    told = await gateway.wait_for_events(3)
    assert told[2]["devices"][0]["pushkey"] == "alive"


async def test_g45_a_device_that_signed_out_is_told_nothing_more(
    new_user: NewUser, gateway: PushGateway
) -> None:
    alice, bob = await new_user("alice"), await new_user("bob")
    room_id = await room_of(alice, bob)
    second = await bob.log_in_again()
    await set_pusher(second, gateway, "second")
    await set_pusher(bob, gateway, "first")
    await alice.send_text(room_id, "both hear")
    await gateway.wait_for_events(2)
    await second.log_out()
    await second.close()
    await alice.send_text(room_id, "one hears")
    told = await gateway.wait_for_events(3)
    assert told[2]["devices"][0]["pushkey"] == "first"
    await alice.send_text(room_id, "still one")
    told = await gateway.wait_for_events(4)
    assert [one["devices"][0]["pushkey"] for one in told[2:]] == ["first", "first"]


async def test_ignored_people_wake_nobody(new_user: NewUser, gateway: PushGateway) -> None:
    alice, bob, carol = await new_user("alice"), await new_user("bob"), await new_user("carol")
    room_id = await room_of(alice, bob, carol)
    await set_pusher(bob, gateway)
    path = f"/user/{segment(bob.user_id)}/account_data/m.ignored_user_list"
    await bob.put(path, {"ignored_users": {alice.user_id: {}}})
    await alice.send_text(room_id, "unheard")
    heard = await carol.send_text(room_id, "heard")
    (told,) = await gateway.wait_for_events(1)
    assert (told["event_id"], told["counts"]) == (heard, {"unread": 1})


async def test_who_is_locked_is_told_nothing(
    push_server: ServerProcess, new_user: NewUser, gateway: PushGateway
) -> None:
    alice, bob, carol = await new_user("alice"), await new_user("bob"), await new_user("carol")
    secret, name = push_server.registration_shared_secret, fresh_localpart("root")
    room_id = await room_of(alice, bob, carol)
    await set_pusher(bob, gateway, "bob")
    await set_pusher(carol, gateway, "carol")
    await alice.send_text(room_id, "both hear")
    await gateway.wait_for_events(2)
    async with await register(push_server.url, secret, name, admin=True) as root:
        path, bearer = f"/_matrix/client/v1/admin/lock/{segment(bob.user_id)}", f"Bearer {root.access_token}"
        answer = await root.http.put(path, json={"locked": True}, headers={"Authorization": bearer})
        assert answer.json() == {"locked": True}
    for text in ("one hears", "still one"):
        await alice.send_text(room_id, text)
    told = await gateway.wait_for_events(4)
    assert [one["devices"][0]["pushkey"] for one in told[2:]] == ["carol", "carol"]


async def test_g1_what_a_gateway_missed_is_told_after_a_crash(
    own_server: ServerProcess, gateway: PushGateway
) -> None:
    async with AsyncExitStack() as stack:
        alice, bob = await make_users(own_server, stack, "alice", "bob")
        room_id = await room_of(alice, bob)
        await set_pusher(bob, gateway)
        early = await alice.send_text(room_id, "delivered before")
        await gateway.wait_for_events(1)
        gateway.status = 503
        missed = [await alice.send_text(room_id, f"cup {number}") for number in range(3)]
        await eventually(lambda: gateway.refused >= 1, "a refused delivery")
        own_server.kill()
        gateway.status = 200
        await own_server.start()
        missed.append(await alice.send_text(room_id, "after the crash"))
        await eventually(
            lambda: {one["event_id"] for one in gateway.events} >= {early, *missed}, "all events", within_s=20
        )
        order = [one["event_id"] for one in gateway.events if one["event_id"] in missed]
        assert list(dict.fromkeys(order)) == missed


async def test_a_clean_restart_repeats_nothing(own_server: ServerProcess, gateway: PushGateway) -> None:
    async with AsyncExitStack() as stack:
        alice, bob = await make_users(own_server, stack, "alice", "bob")
        room_id = await room_of(alice, bob)
        await alice.send_text(room_id, "before there was a pusher")
        await set_pusher(bob, gateway)
        first = await alice.send_text(room_id, "first")
        await gateway.wait_for_events(1)
        await own_server.stop()
        await own_server.start()
        second = await alice.send_text(room_id, "second")
        told = await gateway.wait_for_events(2)
        assert [one["event_id"] for one in told] == [first, second]
