"""Who may enter a room, who may put others out, and what they see of it."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, segment, timeline


def invites(answer: Json) -> Json:
    """Return the invites of a sync answer by room id."""
    found: Json = answer.get("rooms", {}).get("invite", {})
    return found


async def test_an_invited_person_enters_and_an_uninvited_one_does_not(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="private_chat")
    since = (await bob.sync())["next_batch"]
    await alice.invite(room, bob, "come in from the rain")
    invited = invites(await bob.sync_until(lambda got: room in invites(got), since))[room]
    own = next(e for e in invited["invite_state"]["events"] if e.get("state_key") == bob.user_id)
    assert own["content"] == {"membership": "invite", "reason": "come in from the rain"} | own["content"]
    assert own["sender"] == alice.user_id
    await bob.join(room)
    await carol.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})
    assert set(await alice.joined_members(room)) == {alice.user_id, bob.user_id}
    assert room not in await carol.joined_rooms()


async def test_a_declined_invite_is_gone_and_the_room_stays_closed(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="private_chat", invite=[bob.user_id])
    since = (await bob.sync())["next_batch"]
    await bob.leave(room)
    left = await bob.sync(since)
    assert room in left["rooms"]["leave"]
    assert room not in invites(await bob.sync(timeout_ms=1))
    await bob.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})


async def test_joining_twice_says_yes_and_adds_no_event(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    since = (await alice.sync())["next_batch"]
    assert await bob.join(room) == room
    marker = await alice.send_text(room, "who came?")
    seen = await alice.wait_for(room, marker, since)
    assert [event["event_id"] for event in timeline(seen, room)] == [marker]


async def test_a_kicked_person_may_come_back_to_a_public_room_and_a_banned_one_may_not(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await carol.join(room)
    since = (await carol.sync())["next_batch"]
    await alice.kick(room, bob, "too loud")
    assert (await alice.state(room, "m.room.member", bob.user_id))["membership"] == "leave"
    await bob.join(room)
    await alice.ban(room, bob, "still too loud")
    await bob.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})
    await bob.refused(
        "PUT", f"/rooms/{segment(room)}/send/m.room.message/t", 403, "M_FORBIDDEN", {"body": ""}
    )
    await alice.unban(room, bob)
    await bob.join(room)
    marker = await alice.send_text(room, "peace")
    seen = timeline(await carol.wait_for(room, marker, since), room)
    memberships = [e["content"]["membership"] for e in seen if e.get("state_key") == bob.user_id]
    assert memberships == ["leave", "join", "ban", "leave", "join"]


async def test_a_member_without_power_can_neither_kick_ban_nor_raise_themselves(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await carol.join(room)
    for verb in ("kick", "ban"):
        path = f"/rooms/{segment(room)}/{verb}"
        await bob.refused("POST", path, 403, "M_FORBIDDEN", {"user_id": carol.user_id})
        await bob.refused("POST", path, 403, "M_FORBIDDEN", {"user_id": alice.user_id})
    levels = await bob.state(room, "m.room.power_levels")
    forged = {**levels, "users": {**levels.get("users", {}), bob.user_id: 100}}
    path = f"/rooms/{segment(room)}/state/m.room.power_levels/"
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", forged)
    assert await alice.state(room, "m.room.power_levels") == levels
    assert set(await alice.joined_members(room)) == {alice.user_id, bob.user_id, carol.user_id}


async def test_a_moderator_made_by_the_creator_can_kick_but_not_the_creator(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await carol.join(room)
    levels = await alice.state(room, "m.room.power_levels")
    await alice.set_state(
        room, "m.room.power_levels", {**levels, "users": {**levels.get("users", {}), bob.user_id: 50}}
    )
    await bob.kick(room, carol)
    await bob.refused("POST", f"/rooms/{segment(room)}/kick", 403, "M_FORBIDDEN", {"user_id": alice.user_id})
    assert set(await alice.joined_members(room)) == {alice.user_id, bob.user_id}


async def test_a_knock_is_heard_inside_and_answered_with_an_invite(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="private_chat", name="The back room")
    await bob.refused("POST", f"/knock/{segment(room)}", 403, "M_FORBIDDEN", {})
    await alice.set_state(room, "m.room.join_rules", {"join_rule": "knock"})
    since, bobs = (await alice.sync())["next_batch"], (await bob.sync())["next_batch"]
    await bob.knock(room, reason="may I?")
    heard = await alice.sync_until(lambda got: bool(timeline(got, room)), since)
    knock = timeline(heard, room)[-1]
    assert (knock["state_key"], knock["content"]["membership"]) == (bob.user_id, "knock")
    assert knock["content"]["reason"] == "may I?"
    waiting = await bob.sync(bobs, timeout_ms=5000)
    names = [e["content"] for e in waiting["rooms"]["knock"][room]["knock_state"]["events"]]
    assert {"name": "The back room"} in names
    await bob.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})
    await alice.invite(room, bob)
    await bob.join(room)
    assert room in await bob.joined_rooms()


async def test_members_of_the_hall_enter_the_restricted_chamber_and_others_do_not(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    hall = await alice.create_room(preset="public_chat")
    rule = {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": hall}]}
    chamber = await alice.create_room(
        preset="private_chat",
        initial_state=[{"type": "m.room.join_rules", "state_key": "", "content": rule}],
    )
    await bob.join(hall)
    assert await bob.join(chamber) == chamber
    joined = await alice.state(chamber, "m.room.member", bob.user_id)
    assert joined["join_authorised_via_users_server"].startswith("@")
    await carol.refused("POST", f"/join/{segment(chamber)}", 403, "M_FORBIDDEN", {})


async def test_a_left_room_can_be_forgotten_and_then_its_history_is_closed(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await alice.send_text(room, "you were here")
    await bob.refused("POST", f"/rooms/{segment(room)}/forget", 400, "M_UNKNOWN", {})
    await bob.leave(room)
    assert (await bob.messages(room, limit=5))["chunk"]
    await bob.forget(room)
    await bob.refused("GET", f"/rooms/{segment(room)}/messages", 403, "M_FORBIDDEN", params={"dir": "b"})


@pytest.mark.parametrize("user_id", ["bob", "@bob", "", "!room:localhost"])
async def test_an_invite_to_no_user_at_all_is_refused(alice: Actor, user_id: str) -> None:
    room = await alice.create_room(preset="private_chat")
    body = await alice.answer("POST", f"/rooms/{segment(room)}/invite", {"user_id": user_id})
    assert body.status_code == 400
    assert body.json()["errcode"] in {"M_INVALID_PARAM", "M_BAD_JSON", "M_UNKNOWN"}
    assert set(await alice.joined_members(room)) == {alice.user_id}
