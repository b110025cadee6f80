"""Who people are to one another: names, the directory, being ignored."""

from __future__ import annotations

import uuid

from tests.actors import Actor, Json, bodies, joined_room, segment, timeline


async def name(actor: Actor, display_name: str) -> None:
    """Set the actor's display name."""
    await actor.put(f"/profile/{segment(actor.user_id)}/displayname", {"displayname": display_name})


async def test_a_new_name_reaches_every_room_and_the_profile(alice: Actor, bob: Actor) -> None:
    rooms = [await alice.create_room(preset="public_chat") for _ in range(2)]
    for room in rooms:
        await bob.join(room)
    since = (await bob.sync())["next_batch"]
    await name(alice, "爱丽丝 🍵")

    def renamed(answer: Json) -> set[str]:
        return {
            room
            for room in rooms
            for event in timeline(answer, room)
            if event.get("state_key") == alice.user_id and event["content"].get("displayname") == "爱丽丝 🍵"
        }

    missing = set(rooms)

    def everywhere(answer: Json) -> bool:
        missing.difference_update(renamed(answer))
        return not missing

    await bob.sync_until(everywhere, since)
    assert (await bob.get(f"/profile/{segment(alice.user_id)}"))["displayname"] == "爱丽丝 🍵"
    assert (await bob.joined_members(rooms[0]))[alice.user_id]["display_name"] == "爱丽丝 🍵"


async def test_a_name_is_in_the_join_that_follows(alice: Actor, bob: Actor) -> None:
    await name(bob, "Bob the Builder")
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    member = await alice.state(room, "m.room.member", bob.user_id)
    assert (member["membership"], member["displayname"]) == ("join", "Bob the Builder")


async def test_nobody_changes_anothers_profile(alice: Actor, bob: Actor) -> None:
    await name(alice, "Alice")
    path = f"/profile/{segment(alice.user_id)}/displayname"
    refusal = await bob.answer("PUT", path, {"displayname": "Mallory"})
    assert (refusal.status_code, refusal.json()["errcode"]) in {(403, "M_FORBIDDEN"), (400, "M_FORBIDDEN")}
    assert await bob.get(path) == {"displayname": "Alice"}


async def test_people_find_each_other_by_a_part_of_the_name_in_any_case(alice: Actor, bob: Actor) -> None:
    unique = f"Zhou {uuid.uuid4().hex[:8]}"
    await name(bob, unique)
    found = await alice.post("/user_directory/search", {"search_term": unique.lower(), "limit": 5})
    assert [user["user_id"] for user in found["results"]] == [bob.user_id]
    assert found["results"][0]["display_name"] == unique
    nobody = await alice.post("/user_directory/search", {"search_term": f"{unique}!", "limit": 5})
    assert nobody == {"results": [], "limited": False}


async def test_the_words_of_an_ignored_person_do_not_arrive(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await carol.join(room)
    since = (await alice.sync())["next_batch"]
    await alice.put(
        f"/user/{segment(alice.user_id)}/account_data/m.ignored_user_list",
        {"ignored_users": {bob.user_id: {}}},
    )
    since = (await alice.sync(since))["next_batch"]
    await bob.send_text(room, "look at me")
    marker = await carol.send_text(room, "tea is ready")
    seen = await alice.wait_for(room, marker, since)
    assert bodies(timeline(seen, room)) == ["tea is ready"]
    counted = joined_room(seen, room)["unread_notifications"]["notification_count"]
    assert counted == 1
    private = await bob.create_room(preset="private_chat", invite=[alice.user_id])
    fresh = await alice.sync(timeout_ms=1)
    assert private not in fresh.get("rooms", {}).get("invite", {})


async def test_ignoring_does_not_hide_who_is_in_the_room(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await alice.put(
        f"/user/{segment(alice.user_id)}/account_data/m.ignored_user_list",
        {"ignored_users": {bob.user_id: {}}},
    )
    await bob.join(room)
    assert set(await alice.joined_members(room)) == {alice.user_id, bob.user_id}
