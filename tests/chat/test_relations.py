"""Edits, threads and references: what an event says of those that relate to it, and how they are listed."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, bodies, segment


async def relations_at(reader: Actor, room: str, event_id: str) -> Json:
    """Give the aggregations bundled with an event."""
    found: Json = (await reader.event(room, event_id))["unsigned"].get("m.relations", {})
    return found


def relation(rel_type: str, event_id: str) -> Json:
    """Give the content fields that relate an event to another."""
    return {"m.relates_to": {"rel_type": rel_type, "event_id": event_id}}


async def test_the_newest_edit_by_the_sender_is_bundled_and_the_original_kept(
    alice: Actor, bob: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    said = await alice.send_text(room, "first")
    await alice.edit_text(room, said, "second")
    newest = await alice.edit_text(room, said, "third")
    await bob.edit_text(room, said, "forged")
    await alice.send(room, "org.tea.other", {"m.new_content": {"body": "x"}, **relation("m.replace", said)})
    await alice.send_text(room, "no new content", extra=relation("m.replace", said))
    shown = await bob.event(room, said)
    assert shown["content"]["body"] == "first"
    edit = shown["unsigned"]["m.relations"]["m.replace"]
    assert (edit["event_id"], edit["content"]["m.new_content"]["body"]) == (newest, "third")
    await alice.redact(room, newest)
    before = (await relations_at(bob, room, said))["m.replace"]
    assert before["content"]["m.new_content"]["body"] == "second"


async def test_an_edit_of_an_edit_or_of_state_is_none(alice: Actor) -> None:
    room = await alice.create_room(topic="leaves")
    said = await alice.send_text(room, "first")
    edit = await alice.edit_text(room, said, "second")
    await alice.edit_text(room, edit, "third")
    assert "m.replace" not in await relations_at(alice, room, edit)
    topic = next(event for event in await alice.full_state(room) if event["type"] == "m.room.topic")
    await alice.send(room, "m.room.topic", {"m.new_content": {}, **relation("m.replace", topic["event_id"])})
    assert "m.replace" not in await relations_at(alice, room, topic["event_id"])


async def test_an_encrypted_edit_is_bundled_without_its_new_content_seen(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send(room, "m.room.encrypted", {"ciphertext": "a"})
    edit = await alice.send(room, "m.room.encrypted", {"ciphertext": "b", **relation("m.replace", said)})
    assert (await relations_at(alice, room, said))["m.replace"]["event_id"] == edit


async def test_a_thread_is_summed_up_with_its_latest_edited_reply(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    root = await alice.send_text(room, "root")
    await alice.reply_in_thread(room, root, "one")
    reply = await alice.reply_in_thread(room, root, "two")
    await alice.edit_text(room, reply, "two, mended")
    for reader, took_part in ((alice, True), (bob, False)):
        thread = (await relations_at(reader, room, root))["m.thread"]
        assert (thread["count"], thread["current_user_participated"]) == (2, took_part)
        latest = thread["latest_event"]
        assert latest["event_id"] == reply
        edited = latest["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"]["body"]
        assert edited == "two, mended"


async def test_references_are_bundled_and_a_thread_can_not_begin_inside_another(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "question")
    answers = [await alice.send(room, "org.tea.answer", relation("m.reference", said)) for _ in range(2)]
    chunk = (await relations_at(alice, room, said))["m.reference"]["chunk"]
    assert chunk == [{"event_id": event_id} for event_id in answers]
    path = f"/rooms/{segment(room)}/send/m.room.message/t"
    nested = {"body": "x", **relation("m.thread", answers[0])}
    await alice.refused("PUT", path, 400, "M_UNKNOWN", nested)


async def test_children_are_listed_by_kind_and_type_in_pages_both_ways(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "parent")
    replies = [await alice.reply_in_thread(room, said, f"r{n}") for n in range(5)]
    reaction = await alice.react(room, said, "👍")

    async def ids(*kinds: str, **params: object) -> tuple[list[str], str | None]:
        page = await alice.relations(room, said, *kinds, **params)
        return [event["event_id"] for event in page["chunk"]], page.get("next_batch")

    assert await ids() == ([reaction, *reversed(replies)], None)
    assert await ids("m.thread", "m.room.message") == (replies[::-1], None)
    assert await ids("m.thread", "m.sticker") == ([], None)
    assert await ids("m.annotation") == ([reaction], None)
    for direction, order in (("b", replies[::-1]), ("f", replies)):
        walked: list[str] = []
        found, token = await ids("m.thread", limit=2, dir=direction)
        walked += found
        while token:
            found, token = await ids("m.thread", limit=2, dir=direction, **{"from": token})
            walked += found
        assert walked == order


async def test_children_of_children_are_listed_when_asked_for(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "parent")
    reply = await alice.reply_in_thread(room, said, "child")
    reaction = await alice.react(room, reply, "👍")
    plain = await alice.relations(room, said)
    deep = await alice.relations(room, said, recurse="true")
    assert [event["event_id"] for event in plain["chunk"]] == [reply]
    assert [event["event_id"] for event in deep["chunk"]] == [reaction, reply]
    assert "recursion_depth" not in plain
    assert deep["recursion_depth"] >= 3


async def test_a_parent_of_another_room_is_not_found(alice: Actor) -> None:
    room, other = await alice.create_room(), await alice.create_room()
    said = await alice.send_text(other, "elsewhere")
    path = f"/_matrix/client/v1/rooms/{segment(room)}/relations/{segment(said)}"
    await alice.refused("GET", path, 404, "M_NOT_FOUND")
    here = f"/_matrix/client/v1/rooms/{segment(other)}/relations/{segment(said)}"
    await alice.refused("GET", here, 400, "M_INVALID_PARAM", params={"from": "x"})
    await alice.refused("GET", here, 400, "M_INVALID_PARAM", params={"dir": "x"})
    await alice.refused("GET", here, 400, "M_INVALID_PARAM", params={"limit": -1})
    await alice.refused("GET", here, 400, "M_INVALID_PARAM", params={"recurse": "deep"})


async def test_threads_are_listed_by_their_newest_reply_in_pages(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    roots = [await alice.send_text(room, f"root {n}") for n in range(3)]
    for root in (roots[0], roots[1], roots[2], roots[0]):
        await alice.reply_in_thread(room, root, "reply")
    await bob.reply_in_thread(room, roots[1], "me too")
    path = f"/_matrix/client/v1/rooms/{segment(room)}/threads"
    order = [roots[1], roots[0], roots[2]]
    whole = await bob.get(path)
    assert [event["event_id"] for event in whole["chunk"]] == order
    assert "next_batch" not in whole
    walked, token = [], None
    for _ in range(4):
        page = await bob.get(path, limit=1, **{"from": token})
        walked += [event["event_id"] for event in page["chunk"]]
        token = page.get("next_batch")
        if token is None:
            break
    assert walked == order
    mine = await bob.get(path, include="participated")
    assert [event["event_id"] for event in mine["chunk"]] == [roots[1]]
    own_roots = await alice.get(path, include="participated")
    assert [event["event_id"] for event in own_roots["chunk"]] == order


@pytest.mark.parametrize("params", [{"include": "some"}, {"limit": 0}, {"limit": "x"}, {"from": "x"}])
async def test_a_bad_question_for_threads_is_refused(alice: Actor, params: Json) -> None:
    room = await alice.create_room()
    path = f"/_matrix/client/v1/rooms/{segment(room)}/threads"
    await alice.refused("GET", path, 400, "M_INVALID_PARAM", params=params)


async def test_aggregations_come_with_every_way_of_reading(alice: Actor) -> None:
    room = await alice.create_room()
    said = await alice.send_text(room, "first quokka")
    await alice.edit_text(room, said, "second quokka")
    wish = {"search_term": "first quokka"}
    found = await alice.post("/search", {"search_categories": {"room_events": wish}})
    ways = [
        (await alice.messages(room, limit=5))["chunk"],
        [(await alice.context(room, said, limit=0))["event"]],
        [entry["result"] for entry in found["search_categories"]["room_events"]["results"]],
    ]
    for events in ways:
        shown = next(event for event in events if event["event_id"] == said)
        assert bodies([shown]) == ["first quokka"]
        edit = shown["unsigned"]["m.relations"]["m.replace"]
        assert edit["content"]["m.new_content"]["body"] == "second quokka"
