"""Typing, receipts, tags and marks: the small signals, and who gets to see them."""

from __future__ import annotations

from tests.actors import Actor, Json, joined_room, segment


def ephemeral(answer: Json, room: str, kind: str) -> list[Json]:
    """Return the contents of the room's ephemeral events of the kind."""
    events = joined_room(answer, room).get("ephemeral", {}).get("events", [])
    return [event["content"] for event in events if event["type"] == kind]


async def test_typing_is_seen_and_ends_when_told(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    since = (await alice.sync())["next_batch"]
    await bob.type(room)
    seen = await alice.sync_until(
        lambda got: {"user_ids": [bob.user_id]} in ephemeral(got, room, "m.typing"), since
    )
    await bob.type(room, typing=False)
    await alice.sync_until(
        lambda got: {"user_ids": []} in ephemeral(got, room, "m.typing"), seen["next_batch"]
    )


async def test_typing_ends_by_itself_after_its_time(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    since = (await alice.sync())["next_batch"]
    await bob.type(room, timeout_ms=400)
    seen = await alice.sync_until(
        lambda got: {"user_ids": [bob.user_id]} in ephemeral(got, room, "m.typing"), since
    )
    await alice.sync_until(
        lambda got: {"user_ids": []} in ephemeral(got, room, "m.typing"), seen["next_batch"]
    )


async def test_nobody_types_in_anothers_name_or_in_a_room_they_are_not_in(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    path = f"/rooms/{segment(room)}/typing/"
    body = {"typing": True, "timeout": 1000}
    await alice.refused("PUT", path + segment(bob.user_id), 403, "M_FORBIDDEN", body)
    await bob.refused("PUT", path + segment(bob.user_id), 403, "M_FORBIDDEN", body)


async def test_a_receipt_is_seen_by_the_others_with_its_time(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    message = await alice.send_text(room, "read me")
    since = (await alice.sync())["next_batch"]
    await bob.read(room, message)
    seen = await alice.sync_until(lambda got: bool(ephemeral(got, room, "m.receipt")), since)
    (receipt,) = ephemeral(seen, room, "m.receipt")
    assert receipt[message]["m.read"][bob.user_id]["ts"] > 0


async def test_the_fully_read_marker_is_private_and_follows_to_the_other_device(
    alice: Actor, bob: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    message = await alice.send_text(room, "so far")
    await bob.post(f"/rooms/{segment(room)}/read_markers", {"m.fully_read": message, "m.read": message})
    async with await bob.log_in_again() as phone:
        data = joined_room(await phone.sync(), room)["account_data"]["events"]
    assert {"type": "m.fully_read", "content": {"event_id": message}} in data
    assert "m.fully_read" not in str(joined_room(await alice.sync(), room)["account_data"])


async def test_tags_sort_the_room_list_of_one_user_only(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    tags = f"/user/{segment(alice.user_id)}/rooms/{segment(room)}/tags"
    since = (await alice.sync())["next_batch"]
    await alice.put(f"{tags}/m.favourite", {"order": 0.25})
    await alice.put(f"{tags}/u.茶", {})
    seen = joined_room(await alice.sync(since, timeout_ms=5000), room)["account_data"]["events"]
    assert seen[-1] == {"type": "m.tag", "content": {"tags": {"m.favourite": {"order": 0.25}, "u.茶": {}}}}
    await alice.request("DELETE", f"{tags}/m.favourite")
    assert await alice.get(tags) == {"tags": {"u.茶": {}}}
    await bob.refused("GET", tags, 403, "M_FORBIDDEN")


async def test_account_data_belongs_to_its_user(alice: Actor, bob: Actor) -> None:
    path = f"/user/{segment(alice.user_id)}/account_data/org.example.notes"
    since = (await alice.sync())["next_batch"]
    await alice.put(path, {"text": "buy 茶"})
    got = await alice.sync(since, timeout_ms=5000)
    assert {"type": "org.example.notes", "content": {"text": "buy 茶"}} in got["account_data"]["events"]
    for method, body in (("GET", None), ("PUT", {"text": "mine now"})):
        await bob.refused(method, path, 403, "M_FORBIDDEN", body)
    assert await alice.get(path) == {"text": "buy 茶"}
