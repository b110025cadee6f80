"""What the badges say: messages and mentions counted, by room and by thread, until they are read."""

from __future__ import annotations

import json

from tests.actors import Actor, Json, joined_room, segment, unread

BY_THREAD = json.dumps({"room": {"timeline": {"unread_thread_notifications": True}}})


async def shared_room(owner: Actor, *others: Actor) -> str:
    """Create a public room of three or more, where the one-to-one rule stays out of the way."""
    room = await owner.create_room(preset="public_chat")
    for other in others:
        await other.join(room)
    return room


async def counts(actor: Actor, room: str, expected: tuple[int, int], since: str) -> None:
    """Follow the increments from the token until the room's counts are the expected ones."""
    latest = (-1, -1)

    def right(answer: Json) -> bool:
        nonlocal latest
        if joined_room(answer, room).get("unread_notifications"):
            latest = unread(answer, room)
        return latest == expected

    await actor.sync_until(right, since, within_s=5)


async def test_messages_of_others_count_and_own_ones_do_not(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await shared_room(alice, bob, carol)
    since = {actor.user_id: (await actor.sync())["next_batch"] for actor in (alice, bob)}
    await alice.send_text(room, "one")
    last = await alice.send_text(room, "two")
    await counts(bob, room, (2, 0), since[bob.user_id])
    await alice.wait_for(room, last, since[alice.user_id])
    assert unread(await alice.sync(), room) == (0, 0)


async def test_a_mention_is_a_highlight_and_an_uncalled_name_is_not(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await shared_room(alice, bob, carol)
    since = {actor.user_id: (await actor.sync())["next_batch"] for actor in (bob, carol)}
    await alice.send_text(room, "bob?", extra={"m.mentions": {"user_ids": [bob.user_id]}})
    await counts(bob, room, (1, 1), since[bob.user_id])
    await counts(carol, room, (1, 0), since[carol.user_id])


async def test_the_whole_room_is_called_only_by_who_may(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await shared_room(alice, bob, carol)
    since = (await bob.sync())["next_batch"]
    await carol.send_text(room, "everybody!", extra={"m.mentions": {"room": True}})
    await counts(bob, room, (1, 0), since)
    await alice.send_text(room, "everybody!", extra={"m.mentions": {"room": True}})
    await counts(bob, room, (2, 1), since)


async def test_reactions_edits_and_notices_do_not_raise_the_count(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await shared_room(alice, bob, carol)
    since = (await bob.sync())["next_batch"]
    message = await alice.send_text(room, "one")
    await alice.react(room, message, "👍")
    await alice.edit_text(room, message, "just one")
    await alice.send(room, "m.room.message", {"msgtype": "m.notice", "body": "beep"})
    last = await alice.send_text(room, "two")
    await bob.wait_for(room, last, since)
    await counts(bob, room, (2, 0), since)


async def test_a_receipt_counts_what_came_after_it(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await shared_room(alice, bob, carol)
    since = (await bob.sync())["next_batch"]
    sent = [await alice.send_text(room, str(n)) for n in range(4)]
    await counts(bob, room, (4, 0), since)
    await bob.read(room, sent[1])
    await counts(bob, room, (2, 0), since)
    await bob.read(room, sent[0])  # An older receipt does not turn back the clock.
    await bob.read(room, sent[3], kind="m.read.private")
    await counts(bob, room, (0, 0), since)


async def test_a_private_receipt_lowers_the_own_count_and_is_shown_to_nobody(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await shared_room(alice, bob, carol)
    since = {actor.user_id: (await actor.sync())["next_batch"] for actor in (alice, bob)}
    message = await alice.send_text(room, "psst")
    await counts(bob, room, (1, 0), since[bob.user_id])
    await bob.read(room, message, kind="m.read.private")
    await counts(bob, room, (0, 0), since[bob.user_id])
    marker = await carol.send_text(room, "later")
    await alice.wait_for(room, marker, since[alice.user_id])
    fresh = joined_room(await alice.sync(timeout_ms=1), room)
    assert bob.user_id not in json.dumps(
        [e for e in fresh["ephemeral"]["events"] if e["type"] == "m.receipt"]
    )


async def test_sending_a_message_reads_everything_before_it(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await shared_room(alice, bob, carol)
    since = (await bob.sync())["next_batch"]
    await alice.send_text(room, "anybody?")
    await counts(bob, room, (1, 0), since)
    await bob.send_text(room, "me")
    await counts(bob, room, (0, 0), since)


async def test_a_thread_has_its_own_count_and_its_own_receipt(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await shared_room(alice, bob, carol)
    start = (await bob.sync(filter=BY_THREAD))["next_batch"]
    root = await alice.send_text(room, "root")
    await alice.reply_in_thread(room, root, "one")
    reply = await alice.reply_in_thread(room, root, "two")
    first = await bob.sync(start, filter=BY_THREAD)
    got = joined_room(first, room)
    assert got["unread_notifications"] == {"notification_count": 1, "highlight_count": 0}
    assert got["unread_thread_notifications"][root] == {"notification_count": 2, "highlight_count": 0}
    together = joined_room(await bob.sync(start), room)
    assert together["unread_notifications"]["notification_count"] == 3

    await bob.read(room, root, thread_id="main")
    second = await bob.sync(first["next_batch"], filter=BY_THREAD)
    got = joined_room(second, room)
    assert got["unread_notifications"]["notification_count"] == 0
    assert got["unread_thread_notifications"][root]["notification_count"] == 2
    await bob.read(room, reply, thread_id=root)
    got = joined_room(await bob.sync(second["next_batch"], filter=BY_THREAD), room)
    assert root not in got.get("unread_thread_notifications", {})


async def test_a_muted_room_counts_nothing_and_a_keyword_highlights(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await shared_room(alice, bob, carol)
    rule: Json = {
        "conditions": [{"kind": "event_match", "key": "room_id", "pattern": room}],
        "actions": [],
    }
    await bob.put(f"/pushrules/global/override/{segment(room)}", rule)
    keyword = {"pattern": "龙井", "actions": ["notify", {"set_tweak": "highlight"}]}
    await carol.put("/pushrules/global/content/tea", keyword)
    since = {actor.user_id: (await actor.sync())["next_batch"] for actor in (bob, carol)}
    await alice.send_text(room, "nobody's name")
    last = await alice.send_text(room, "今天喝 龙井 吧")
    await bob.wait_for(room, last, since[bob.user_id])
    assert unread(await bob.sync(), room) == (0, 0)
    await counts(carol, room, (2, 1), since[carol.user_id])


async def test_an_invite_and_a_one_to_one_message_notify(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="trusted_private_chat", invite=[bob.user_id], is_direct=True)
    await bob.join(room)
    since = (await bob.sync())["next_batch"]
    await alice.send_text(room, "just us")
    await counts(bob, room, (1, 0), since)
