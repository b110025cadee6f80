"""What a sync answers: timelines and gaps, state, lazy members, filters, invites, leaving, waiting."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.actors import Actor, Json, bodies, joined_room, segment, timeline


def with_filter(**room: Json) -> Json:
    return {"filter": json.dumps({"room": room})}


def state_keys(update: Json, section: str = "state") -> set[tuple[str, str]]:
    return {(event["type"], event["state_key"]) for event in update[section]["events"]}


async def pair(alice: Actor, bob: Actor, **options: object) -> str:
    room_id = await alice.create_room(preset="public_chat", **options)
    await bob.join(room_id)
    return room_id


async def test_a_waiting_sync_is_answered_by_the_message(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    since = (await bob.sync())["next_batch"]
    waiting = asyncio.create_task(bob.sync(since, timeout_ms=20_000))
    event_id = await alice.send_text(room_id, "晚上好")
    update = joined_room(await waiting, room_id)
    assert [event["event_id"] for event in update["timeline"]["events"]] == [event_id]
    assert update["timeline"]["limited"] is False


async def test_a_sync_without_news_answers_when_its_time_is_up(alice: Actor) -> None:
    since = (await alice.sync())["next_batch"]
    begun = time.monotonic()
    answer = await alice.sync(since, timeout_ms=300)
    assert time.monotonic() - begun >= 0.29
    assert "rooms" not in answer


async def test_a_gap_is_limited_and_paging_back_fills_it_exactly(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    since = (await bob.sync())["next_batch"]
    sent = [await alice.send_text(room_id, f"line {number}") for number in range(20)]
    line = joined_room(await bob.sync(since, **with_filter(timeline={"limit": 5})), room_id)["timeline"]
    assert line["limited"] is True
    assert [event["event_id"] for event in line["events"]] == sent[-5:]
    older = await bob.messages(room_id, "b", **{"from": line["prev_batch"], "to": since, "limit": 100})
    assert [event["event_id"] for event in reversed(older["chunk"])] == sent[:-5]


async def test_the_state_of_a_gap_is_the_state_at_its_end(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    since = (await bob.sync())["next_batch"]
    await alice.set_state(room_id, "m.room.topic", {"topic": "hidden in the gap"})
    for number in range(3):
        await alice.send_text(room_id, f"line {number}")
    await alice.set_state(room_id, "m.room.topic", {"topic": "in the timeline"})
    update = joined_room(await bob.sync(since, **with_filter(timeline={"limit": 2})), room_id)
    topics = [event["content"]["topic"] for event in update["state"]["events"]]
    assert topics == ["hidden in the gap"]
    after = await bob.sync(since, use_state_after="true", **with_filter(timeline={"limit": 2}))
    update = joined_room(after, room_id)
    assert "state" not in update
    assert [event["content"]["topic"] for event in update["state_after"]["events"]] == ["in the timeline"]


async def test_a_new_member_gets_the_whole_state_though_history_is_hidden(alice: Actor, bob: Actor) -> None:
    hidden = {
        "type": "m.room.history_visibility",
        "content": {"history_visibility": "joined"},
        "state_key": "",
    }
    room_id = await alice.create_room(preset="public_chat", name="茶馆", initial_state=[hidden])
    since = (await bob.sync())["next_batch"]
    await alice.send_text(room_id, "before bob")
    await bob.join(room_id)
    await alice.send_text(room_id, "after bob")
    update = joined_room(await bob.sync(since), room_id)
    assert bodies(update["timeline"]["events"]) == ["after bob"]
    assert update["timeline"]["limited"] is True
    keys = state_keys(update)
    assert {("m.room.create", ""), ("m.room.name", ""), ("m.room.member", alice.user_id)} <= keys


async def test_state_that_the_timeline_filter_leaves_out_is_told_as_state(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    only_messages = with_filter(timeline={"types": ["m.room.message"]})
    first = await bob.sync(**only_messages)
    assert ("m.room.create", "") in state_keys(joined_room(first, room_id))
    await alice.set_state(room_id, "m.room.name", {"name": "new name"})
    update = joined_room(await bob.sync(first["next_batch"], **only_messages), room_id)
    assert update["timeline"]["events"] == []
    assert state_keys(update) == {("m.room.name", "")}


async def test_lazy_members_come_once_and_again_after_a_lost_answer(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room_id = await pair(alice, bob)
    await carol.join(room_id)
    for number in range(12):
        await alice.send_text(room_id, f"line {number}")
    lazy = with_filter(state={"lazy_load_members": True}, timeline={"limit": 5})
    first = await bob.sync(**lazy)
    members = {key for kind, key in state_keys(joined_room(first, room_id)) if kind == "m.room.member"}
    assert alice.user_id in members
    await carol.send_text(room_id, "hello")
    once = await bob.sync(first["next_batch"], **lazy)
    if carol.user_id not in members:
        assert ("m.room.member", carol.user_id) in state_keys(joined_room(once, room_id))
    again = await bob.sync(first["next_batch"], **lazy)
    assert ("m.room.member", carol.user_id) in state_keys(joined_room(again, room_id))
    await carol.send_text(room_id, "hello again")
    later = await bob.sync(again["next_batch"], **lazy)
    assert state_keys(joined_room(later, room_id)) == set()


async def test_an_invite_shows_the_room_as_it_was_then(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="private_chat", name="old name")
    since = (await bob.sync())["next_batch"]
    await alice.invite(room_id, bob)
    await alice.set_state(room_id, "m.room.name", {"name": "new name"})
    events = (await bob.sync(since))["rooms"]["invite"][room_id]["invite_state"]["events"]
    names = [event["content"]["name"] for event in events if event["type"] == "m.room.name"]
    assert names == ["old name"]
    assert bob.user_id in [event["state_key"] for event in events if event["type"] == "m.room.member"]


async def test_turning_an_invite_down_is_seen_though_history_is_hidden(alice: Actor, bob: Actor) -> None:
    hidden = {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": "joined"},
    }
    room_id = await alice.create_room(initial_state=[hidden], invite=[bob.user_id])
    await alice.send_text(room_id, "not for bob")
    since = (await bob.sync())["next_batch"]
    await bob.leave(room_id)
    left = (await bob.sync(since))["rooms"]["leave"][room_id]
    assert [event["content"] for event in left["timeline"]["events"]] == [{"membership": "leave"}]
    await bob.refused("GET", f"/rooms/{segment(room_id)}/messages", 403, "M_FORBIDDEN", params={"dir": "b"})


async def test_who_was_kicked_reads_up_to_the_kick_and_nothing_later(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    since = (await bob.sync())["next_batch"]
    await alice.send_text(room_id, "last words")
    await alice.kick(room_id, bob)
    await alice.send_text(room_id, "he is gone")
    answer = await bob.sync(since)
    left = answer["rooms"]["leave"][room_id]["timeline"]["events"]
    assert bodies(left) == ["last words"]
    assert left[-1]["content"]["membership"] == "leave"
    assert "rooms" not in await bob.sync(answer["next_batch"])
    archived = await bob.sync(filter=json.dumps({"room": {"include_leave": True}}))
    assert bodies(archived["rooms"]["leave"][room_id]["timeline"]["events"])[-1] == "last words"


async def test_messages_of_ignored_people_are_left_out(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    path = f"/user/{bob.user_id}/account_data/m.ignored_user_list"
    await bob.put(path, {"ignored_users": {alice.user_id: {}}})
    since = (await bob.sync())["next_batch"]
    await alice.send_text(room_id, "not for bob")
    await alice.set_state(room_id, "m.room.topic", {"topic": "state still shows"})
    update = joined_room(await bob.sync(since), room_id)
    assert [event["type"] for event in update["timeline"]["events"]] == ["m.room.topic"]


async def test_only_the_sending_device_sees_its_transaction_id(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    other = await alice.log_in_again()
    since = (await alice.sync())["next_batch"]
    await alice.send(room_id, "m.room.message", {"msgtype": "m.text", "body": "hi"}, txn_id="tea-1")
    own, elsewhere, bobs = [timeline(await actor.sync(since), room_id)[-1] for actor in (alice, other, bob)]
    assert own["unsigned"]["transaction_id"] == "tea-1"
    assert "transaction_id" not in elsewhere["unsigned"]
    assert "transaction_id" not in bobs["unsigned"]
    await other.close()


async def test_event_fields_keep_only_what_they_name(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    await alice.send_text(room_id, "hi")
    fields = json.dumps({"event_fields": ["content.body", "type"]})
    last = timeline(await bob.sync(filter=fields), room_id)[-1]
    assert last == {"type": "m.room.message", "content": {"body": "hi"}}


async def test_full_state_is_told_again_when_asked(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    since = (await bob.sync())["next_batch"]
    update = joined_room(await bob.sync(since, full_state="true"), room_id)
    assert ("m.room.create", "") in state_keys(update)
    assert update["timeline"]["events"] == []


@pytest.mark.parametrize(
    "since", ["s1_5_0_deadbeef", "s72594_4483_1934", "", "s1_999999999999999999999_0_00000000", "t5", "☕"]
)
async def test_a_token_of_another_server_is_refused(alice: Actor, since: str) -> None:
    if since:
        await alice.refused("GET", "/sync", 400, "M_INVALID_PARAM", params={"since": since})
    else:
        assert "next_batch" in await alice.sync(since)


async def test_everybody_in_a_busy_room_gets_every_message_once_in_order(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room_id = await pair(alice, bob)
    await carol.join(room_id)
    count = 40
    every = {"room": {"timeline": {"limit": 2 * count}}}  # By default an answer holds the newest ten.

    async def listen(actor: Actor, since: str) -> list[str]:
        seen: list[str] = []
        while len(seen) < count * 2:
            answer = await actor.sync(since, timeout_ms=20_000, filter=json.dumps(every))
            assert answer["next_batch"] != since, f"only {len(seen)} arrived"
            since = answer["next_batch"]
            seen += [event["event_id"] for event in timeline(answer, room_id)]
        return seen

    starts = [(await actor.sync())["next_batch"] for actor in (alice, bob, carol)]
    listeners = [asyncio.create_task(listen(a, s)) for a, s in zip((alice, bob, carol), starts, strict=True)]

    async def talk(actor: Actor) -> None:
        for number in range(count):
            await actor.send_text(room_id, f"{number}")

    await asyncio.gather(talk(alice), talk(bob))
    seen = await asyncio.gather(*listeners)
    assert seen[0] == seen[1] == seen[2]
    assert len(set(seen[0])) == count * 2


async def test_who_joins_is_told_what_he_kept_of_the_room_before(alice: Actor, bob: Actor) -> None:
    room_id = await alice.create_room(preset="public_chat")
    await bob.put(f"/user/{bob.user_id}/rooms/{room_id}/account_data/org.example.note", {"n": 1})
    since = (await bob.sync())["next_batch"]
    await bob.join(room_id)
    kept = joined_room(await bob.sync(since), room_id)["account_data"]["events"]
    assert {"type": "org.example.note", "content": {"n": 1}} in kept


async def test_an_event_tells_its_age_in_every_way_of_reading(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    since = (await bob.sync())["next_batch"]
    event_id = await alice.send_text(room_id, "how old am I?")
    first = timeline(await bob.sync(since), room_id)[-1]
    later = [
        timeline(await bob.sync(since), room_id)[-1],
        timeline(await alice.sync(), room_id)[-1],
        (await bob.messages(room_id, limit=1))["chunk"][0],
        await bob.event(room_id, event_id),
    ]
    now_ms = time.time() * 1000
    ages = [event["unsigned"]["age"] for event in (first, *later)]
    assert {event["event_id"] for event in (first, *later)} == {event_id}
    assert all(0 <= age <= now_ms - first["origin_server_ts"] + 1 for age in ages)


async def test_events_are_told_as_servers_exchange_them_when_asked(alice: Actor, bob: Actor) -> None:
    room_id = await pair(alice, bob)
    await alice.send_text(room_id, "signed")
    raw = {"event_format": "federation", "room": {"timeline": {"limit": 1}}}
    told = joined_room(await bob.sync(filter=json.dumps(raw)), room_id)
    [said] = told["timeline"]["events"]
    assert (said["content"]["body"], said["unsigned"]["membership"]) == ("signed", "join")
    for event in (said, *told["state"]["events"]):
        assert {"auth_events", "depth", "hashes", "prev_events", "signatures"} <= event.keys()
        [(key_id, signature)] = event["signatures"][bob.user_id.partition(":")[2]].items()
        assert (key_id.partition(":")[0], len(signature)) == ("ed25519", 86)
    since = (await bob.sync())["next_batch"]
    await bob.leave(room_id)
    left = (await bob.sync(since, filter=json.dumps(raw)))["rooms"]["leave"][room_id]
    assert "signatures" in left["timeline"]["events"][0]
