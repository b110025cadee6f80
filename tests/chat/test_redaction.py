"""Taking words back: gone from every answer at once, by the sender or by who has the power (G31, G37)."""

from __future__ import annotations

import asyncio

import pytest

from tests.actors import Actor, Json, segment, timeline

VERSIONS = ("10", "11", "12")


async def everywhere(reader: Actor, room: str, event_id: str, thread: str) -> str:
    """Give the text of every answer that could show an event."""
    answers = [
        await reader.messages(room, limit=100),
        await reader.messages(room, "f", limit=100),
        await reader.context(room, event_id, limit=50),
        await reader.event(room, event_id),
        await reader.relations(room, thread, recurse=True),
        await reader.get(f"/_matrix/client/v1/rooms/{segment(room)}/threads"),
        await reader.full_state(room),
        await reader.sync(),
        await reader.post(
            "/search",
            {"search_categories": {"room_events": {"search_term": "quokka", "event_context": {}}}},
        ),
    ]
    return str(answers)


@pytest.mark.parametrize("version", VERSIONS)
async def test_redacted_words_are_gone_from_every_answer(alice: Actor, bob: Actor, version: str) -> None:
    room = await alice.create_room(preset="public_chat", room_version=version)
    await bob.join(room)
    root = await alice.send_text(room, "root")
    said = await alice.reply_in_thread(room, root, "quokka one")
    await alice.edit_text(room, said, "quokka two")
    assert "quokka one" in await everywhere(bob, room, said, root)
    assert "quokka two" in await everywhere(bob, room, said, root)
    redaction = await alice.redact(room, said, "a slip")
    shown = await everywhere(bob, room, said, root)
    assert "quokka one" not in shown
    assert "quokka two" not in shown
    event = await bob.event(room, said)
    because = event["unsigned"]["redacted_because"]
    assert (event["content"], because["event_id"], because["content"]["reason"]) == ({}, redaction, "a slip")
    assert (because["redacts"], because["content"]["redacts"]) == (said, said)
    summary = (await bob.event(room, root))["unsigned"].get("m.relations", {})
    assert "m.thread" not in summary


async def test_a_redacted_reply_leaves_its_threads_count(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    root = await alice.send_text(room, "root")
    first = await alice.reply_in_thread(room, root, "first")
    second = await bob.reply_in_thread(room, root, "second")

    async def summary(reader: Actor) -> tuple[int, str, bool]:
        thread = (await reader.event(room, root))["unsigned"]["m.relations"]["m.thread"]
        return thread["count"], thread["latest_event"]["event_id"], thread["current_user_participated"]

    assert await summary(bob) == (2, second, True)
    await bob.redact(room, second)
    assert await summary(bob) == (1, first, False)
    assert await summary(alice) == (1, first, True)


async def test_a_redacted_reaction_no_longer_counts_and_may_be_given_again(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "hi")
    reaction = await alice.react(room, said, "🍵")
    path = f"/rooms/{segment(room)}/send/m.reaction/t"
    again = {"m.relates_to": {"rel_type": "m.annotation", "event_id": said, "key": "🍵"}}
    await alice.refused("PUT", path, 400, "M_DUPLICATE_ANNOTATION", again)
    await alice.redact(room, reaction)
    assert (await alice.relations(room, said, "m.annotation"))["chunk"] == []
    given = await alice.react(room, said, "🍵")
    listed = await alice.relations(room, said, "m.annotation", "m.reaction")
    assert [event["event_id"] for event in listed["chunk"]] == [given]


async def test_redacted_state_holds_without_its_words(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat", name="quokka club")
    since = (await alice.sync())["next_batch"]
    named = next(event for event in await alice.full_state(room) if event["type"] == "m.room.name")
    await alice.set_state(room, "m.room.name", {"name": "wombat club"})
    await alice.redact(room, named["event_id"])
    follower = next(event for event in await alice.full_state(room) if event["type"] == "m.room.name")
    assert follower["unsigned"]["prev_content"] == {}
    await alice.redact(room, follower["event_id"])
    assert await alice.state(room, "m.room.name") == {}
    await bob.join(room)
    assert "quokka" not in str(await bob.messages(room, limit=100))
    assert "wombat" not in str((await bob.sync(), await bob.messages(room, limit=100)))
    assert timeline(await alice.sync(since), room)


async def test_a_redacted_member_stays_a_member(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    member = next(event for event in await alice.full_state(room) if event.get("state_key") == bob.user_id)
    await alice.redact(room, member["event_id"])
    assert await bob.state(room, "m.room.member", bob.user_id) == {"membership": "join"}
    assert await bob.send_text(room, "still here")


async def test_a_redaction_can_be_sent_as_an_event_and_twice(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "oops")
    redaction = await alice.send(room, "m.room.redaction", {"redacts": said, "reason": "r"})
    assert (await alice.event(room, said))["unsigned"]["redacted_because"]["event_id"] == redaction
    second = await alice.redact(room, said)
    assert second != redaction
    assert (await alice.event(room, said))["unsigned"]["redacted_because"]["event_id"] == redaction
    await alice.refused(
        "PUT", f"/rooms/{segment(room)}/send/m.room.redaction/x", 400, "M_BAD_JSON", {"reason": "of what?"}
    )


async def test_a_redaction_with_the_same_transaction_id_is_one_event(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "oops")
    path = f"/rooms/{segment(room)}/redact/{segment(said)}/txn"
    answers: list[Json] = await asyncio.gather(*(alice.put(path, {}) for _ in range(8)))
    assert len({answer["event_id"] for answer in answers}) == 1


async def test_nobody_redacts_beyond_their_power_or_their_room(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    elsewhere = await bob.create_room(preset="public_chat")
    await bob.join(room)
    said = await alice.send_text(room, "mine")
    foreign = await bob.send_text(elsewhere, "over there")
    create = next(event for event in await alice.full_state(room) if event["type"] == "m.room.create")

    def path(event_id: str) -> str:
        return f"/rooms/{segment(room)}/redact/{segment(event_id)}/{segment(alice.next_txn_id())}"

    await bob.refused("PUT", path(said), 403, "M_FORBIDDEN", {})
    await bob.refused("PUT", path(foreign), 404, "M_NOT_FOUND", {})
    await alice.refused("PUT", path("$none"), 404, "M_NOT_FOUND", {})
    await alice.refused("PUT", path(create["event_id"]), 403, "M_FORBIDDEN", {})
    await alice.refused("PUT", path(said), 400, "M_BAD_JSON", {"reason": 1})
    assert (await bob.event(room, said))["content"]["body"] == "mine"
    assert (await bob.event(elsewhere, foreign))["content"]["body"] == "over there"
    own = await bob.send_text(room, "own")
    await bob.redact(room, own)
    assert (await alice.event(room, own))["content"] == {}


async def test_a_message_redacted_while_it_is_being_shown_is_shown_whole_or_as_redacted(alice: Actor) -> None:
    room = await alice.create_room()
    since = (await alice.sync())["next_batch"]
    last = ""

    async def slips() -> None:
        nonlocal last
        for number in range(40):
            last = await alice.redact(room, await alice.send_text(room, f"slip {number}"))

    async def watch() -> list[Json]:
        seen: list[Json] = []
        token = since
        while not last or all(event["event_id"] != last for event in seen):
            answer = await alice.sync(token, timeout_ms=1000)
            token = answer["next_batch"]
            seen += timeline(answer, room)
        return seen

    watchers = [asyncio.create_task(watch()) for _ in range(24)]
    await slips()
    watched = await asyncio.gather(*watchers)
    slipped = [event for seen in watched for event in seen if event["type"] == "m.room.message"]
    assert slipped
    assert [e for e in slipped if not e["content"] and "redacted_because" not in e["unsigned"]] == []
