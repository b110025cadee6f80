"""What becomes of a message: sent once, edited, liked, answered, deleted, and read back."""

from __future__ import annotations

import asyncio

from tests.actors import Actor, Json, bodies, segment, timeline


async def public_room(owner: Actor, *others: Actor) -> str:
    """Create a public room and let the others join it."""
    room = await owner.create_room(preset="public_chat")
    for other in others:
        await other.join(room)
    return room


async def test_the_same_transaction_id_gives_the_same_event_even_at_once(alice: Actor, bob: Actor) -> None:
    room = await public_room(alice, bob)
    since = (await bob.sync())["next_batch"]
    ids = await asyncio.gather(*(alice.send_text(room, "only once", "txn-1") for _ in range(8)))
    assert len(set(ids)) == 1
    marker = await alice.send_text(room, "done")
    seen = timeline(await bob.wait_for(room, marker, since), room)
    assert bodies(seen) == ["only once", "done"]


async def test_a_transaction_id_belongs_to_the_device(alice: Actor) -> None:
    room = await alice.create_room()
    async with await alice.log_in_again() as phone:
        first = await alice.send_text(room, "from the desk", "1")
        second = await phone.send_text(room, "from the phone", "1")
        assert first != second
        own = await alice.event(room, first)
        assert own["unsigned"]["transaction_id"] == "1"
        assert "transaction_id" not in (await phone.event(room, first)).get("unsigned", {})


async def test_the_order_is_the_same_for_everybody(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await public_room(alice, bob, carol)
    await asyncio.gather(*(actor.send_text(room, str(n)) for n in range(10) for actor in (alice, bob, carol)))
    pages = [await actor.messages(room, limit=30) for actor in (alice, bob, carol)]
    ids = [[event["event_id"] for event in page["chunk"]] for page in pages]
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0])) == 30


async def test_paging_forwards_mirrors_paging_backwards(alice: Actor) -> None:
    room = await alice.create_room()
    for n in range(23):
        await alice.send_text(room, str(n))
    back: list[Json] = []
    token: str | None = None
    while True:
        page = await alice.messages(room, limit=7, **({"from": token} if token else {}))
        back += page["chunk"]
        if (token := page.get("end")) is None:
            break
    forth: list[Json] = []
    while True:
        page = await alice.messages(room, "f", limit=6, **({"from": token} if token else {}))
        forth += page["chunk"]
        if (token := page.get("end")) is None or not page["chunk"]:
            break
    assert [e["event_id"] for e in forth] == [e["event_id"] for e in back[::-1]]
    assert back[-1]["type"] == "m.room.create"
    assert bodies(forth) == [str(n) for n in range(23)]


async def test_an_edit_is_bundled_and_only_the_author_can_edit(alice: Actor, bob: Actor) -> None:
    room = await public_room(alice, bob)
    original = await alice.send_text(room, "tee")
    edit = await alice.edit_text(room, original, "tea")
    await bob.edit_text(room, original, "coffee")
    seen = await bob.event(room, original)
    assert seen["unsigned"]["m.relations"]["m.replace"]["event_id"] == edit
    related = await bob.relations(room, original, "m.replace")
    assert edit in {event["event_id"] for event in related["chunk"]}


async def test_reactions_are_found_by_relation_and_the_same_one_twice_is_refused(
    alice: Actor, bob: Actor
) -> None:
    room = await public_room(alice, bob)
    message = await alice.send_text(room, "cake?")
    yes = await bob.react(room, message, "👍")
    relation = {"m.relates_to": {"rel_type": "m.annotation", "event_id": message, "key": "👍"}}
    path = f"/rooms/{segment(room)}/send/m.reaction/again"
    await bob.refused("PUT", path, 400, "M_DUPLICATE_ANNOTATION", relation)
    mine = await alice.react(room, message, "👍")
    found = await alice.relations(room, message, "m.annotation", "m.reaction")
    assert [event["event_id"] for event in found["chunk"]] == [mine, yes]


async def test_a_redacted_message_loses_its_words_everywhere_and_keeps_its_place(
    alice: Actor, bob: Actor
) -> None:
    room = await public_room(alice, bob)
    first = await alice.send_text(room, "first")
    slip = await alice.send_text(room, "the key is under the mat")
    last = await alice.send_text(room, "last")
    redaction = await alice.redact(room, slip, "slip of the tongue")
    for event in (
        await bob.event(room, slip),
        next(e for e in (await bob.messages(room, limit=10))["chunk"] if e["event_id"] == slip),
        next(e for e in timeline(await bob.sync(), room) if e["event_id"] == slip),
    ):
        assert event["content"] == {}
        because = event["unsigned"]["redacted_because"]
        assert (because["event_id"], because["sender"]) == (redaction, alice.user_id)
        assert because["content"]["reason"] == "slip of the tongue"
    order = [e["event_id"] for e in (await bob.messages(room, limit=4))["chunk"]]
    assert order == [redaction, last, slip, first]


async def test_a_sender_without_power_cannot_redact_another_but_a_moderator_can(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await public_room(alice, bob, carol)
    rude = await bob.send_text(room, "harrumph")
    path = f"/rooms/{segment(room)}/redact/{segment(rude)}/t1"
    await carol.refused("PUT", path, 403, "M_FORBIDDEN", {})
    assert (await carol.event(room, rude))["content"]["body"] == "harrumph"
    await alice.redact(room, rude)
    assert (await carol.event(room, rude))["content"] == {}


async def test_who_may_speak_follows_the_state_from_one_message_to_the_next(alice: Actor, bob: Actor) -> None:
    room = await public_room(alice, bob)
    levels = await alice.state(room, "m.room.power_levels")
    send = f"/rooms/{segment(room)}/send/m.room.message"
    text = {"msgtype": "m.text", "body": "may I?"}
    for turn in range(2):
        await bob.send_text(room, "of course")
        await alice.set_state(room, "m.room.power_levels", {**levels, "events": {"m.room.message": 50}})
        await bob.refused("PUT", f"{send}/hushed{turn}", 403, "M_FORBIDDEN", text)
        await bob.send(room, "org.teahouse.other", {})
        await alice.set_state(room, "m.room.power_levels", levels)
    await bob.send_text(room, "once more")
    await alice.kick(room, bob)
    await bob.refused("PUT", f"{send}/gone", 403, "M_FORBIDDEN", text)
    await bob.join(room)
    event = await bob.event(room, await bob.send_text(room, "back again"))
    assert event["content"]["body"] == "back again"


async def test_a_thread_is_summed_up_at_its_root_and_listed(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await public_room(alice, bob, carol)
    root = await alice.send_text(room, "what shall we read?")
    other = await alice.send_text(room, "no thread here")
    await bob.reply_in_thread(room, root, "poems")
    latest = await bob.reply_in_thread(room, root, "or maps")
    for actor, took_part in ((alice, True), (bob, True), (carol, False)):
        summary = (await actor.event(room, root))["unsigned"]["m.relations"]["m.thread"]
        assert (summary["count"], summary["latest_event"]["event_id"]) == (2, latest)
        assert summary["current_user_participated"] is took_part
    path = f"/_matrix/client/v1/rooms/{segment(room)}/threads"
    listed = {who: (await actor.get(path, include=who))["chunk"] for who, actor in (("all", carol),)}
    assert [event["event_id"] for event in listed["all"]] == [root]
    assert (await carol.get(path, include="participated"))["chunk"] == []
    assert "m.thread" not in (await alice.event(room, other)).get("unsigned", {}).get("m.relations", {})


async def test_a_moment_of_the_past_is_found_by_its_timestamp(alice: Actor) -> None:
    room = await alice.create_room()
    first = await alice.event(room, await alice.send_text(room, "first"))
    path = f"/_matrix/client/v1/rooms/{segment(room)}/timestamp_to_event"
    found = await alice.get(path, ts=first["origin_server_ts"], dir="b")
    assert found["origin_server_ts"] <= first["origin_server_ts"]
    await alice.refused(
        "GET", path, 404, "M_NOT_FOUND", params={"ts": first["origin_server_ts"] + 10**9, "dir": "f"}
    )


async def test_search_finds_by_rank_room_and_sender_and_shows_the_context(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room, quiet = await public_room(alice, bob), await public_room(alice)
    await alice.send_text(room, "before")
    hit = await bob.send_text(room, "the samovar is hot")
    await alice.send_text(room, "after")
    await alice.send_text(quiet, "my samovar is cold")

    async def search(actor: Actor, **criteria: object) -> Json:
        wanted = {"search_categories": {"room_events": {"search_term": "samovar", **criteria}}}
        found: Json = (await actor.post("/search", wanted))["search_categories"]["room_events"]
        return found

    assert (await search(alice))["count"] == 2
    assert (await search(carol))["results"] == []
    only = await search(
        alice,
        order_by="recent",
        filter={"rooms": [room], "senders": [bob.user_id]},
        event_context={"before_limit": 1, "after_limit": 1, "include_profile": True},
    )
    (result,) = only["results"]
    assert result["result"]["event_id"] == hit
    assert bodies(result["context"]["events_before"]) == ["before"]
    assert bodies(result["context"]["events_after"]) == ["after"]
    assert bob.user_id in result["context"]["profile_info"]
