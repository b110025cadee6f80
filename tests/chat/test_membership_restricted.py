"""Restricted rooms: the members of one room enter another, and somebody inside vouches for them."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, segment


def rules(*rooms: str, rule: str = "restricted") -> Json:
    """Return join rules that let the members of these rooms in."""
    allow = [{"type": "m.room_membership", "room_id": room} for room in rooms]
    return {"join_rule": rule, "allow": allow}


async def restricted_room(actor: Actor, content: Json, **options: object) -> str:
    """Create a room with these join rules."""
    state = [{"type": "m.room.join_rules", "content": content}]
    return await actor.create_room(initial_state=state, **options)


@pytest.mark.parametrize("version", ["10", "11", "12"])
async def test_being_in_one_of_the_rooms_is_enough_and_the_vouching_member_is_named(
    alice: Actor, bob: Actor, carol: Actor, version: str
) -> None:
    halls = [await alice.create_room(preset="public_chat") for _ in range(2)]
    room = await restricted_room(alice, rules("!gone:localhost", *halls), room_version=version)
    await bob.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})
    await bob.join(halls[1])
    await bob.join(room)
    member = await alice.state(room, "m.room.member", bob.user_id)
    assert member["join_authorised_via_users_server"] == alice.user_id
    await carol.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})


async def test_a_forged_voucher_is_worth_nothing(alice: Actor, bob: Actor) -> None:
    room = await restricted_room(alice, rules(await alice.create_room()))
    forged = {"membership": "join", "join_authorised_via_users_server": alice.user_id}
    path = f"/rooms/{segment(room)}/state/m.room.member/{segment(bob.user_id)}"
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", forged)
    assert await alice.joined_members(room) == {
        alice.user_id: (await alice.joined_members(room))[alice.user_id]
    }


async def test_who_left_the_hall_may_not_enter_but_who_is_inside_stays(alice: Actor, bob: Actor) -> None:
    hall = await alice.create_room(preset="public_chat")
    room = await restricted_room(alice, rules(hall))
    await bob.join(hall)
    await bob.join(room)
    await bob.leave(hall)
    await bob.send_text(room, "still here")
    await bob.leave(room)
    await bob.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})


async def test_an_invited_person_needs_no_hall(alice: Actor, bob: Actor) -> None:
    room = await restricted_room(alice, rules(await alice.create_room()), invite=[bob.user_id])
    await bob.join(room)
    member = await alice.state(room, "m.room.member", bob.user_id)
    assert "join_authorised_via_users_server" not in member


async def test_nobody_enters_when_nobody_inside_may_invite(alice: Actor, bob: Actor) -> None:
    hall = await alice.create_room(preset="public_chat")
    await bob.join(hall)
    override = {"invite": 100, "users": {alice.user_id: 50, "@absent:localhost": 100}}
    levels = {"events": {}, "state_default": 50, **override}
    room = await restricted_room(alice, rules(hall), room_version="11", power_level_content_override=levels)
    await bob.refused("POST", f"/join/{segment(room)}", 400, "M_UNABLE_TO_GRANT_JOIN", {})


async def test_a_knock_restricted_room_takes_both_ways(alice: Actor, bob: Actor, carol: Actor) -> None:
    hall = await alice.create_room(preset="public_chat")
    room = await restricted_room(alice, rules(hall, rule="knock_restricted"))
    await bob.join(hall)
    await bob.join(room)
    await carol.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})
    await carol.knock(room)
    await bob.invite(room, carol)
    await carol.join(room)
    assert set(await alice.joined_members(room)) == {alice.user_id, bob.user_id, carol.user_id}


async def test_a_banned_person_is_kept_out_of_a_restricted_room(alice: Actor, bob: Actor) -> None:
    hall = await alice.create_room(preset="public_chat")
    room = await restricted_room(alice, rules(hall))
    await bob.join(hall)
    await alice.ban(room, bob)
    await bob.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})


@pytest.mark.parametrize(
    "allow", [None, "x", [5], [{"type": "m.room_membership"}], [{"type": "other", "room_id": "!a:b"}], [{}]]
)
async def test_odd_conditions_let_nobody_in(alice: Actor, bob: Actor, allow: object) -> None:
    room = await restricted_room(alice, {"join_rule": "restricted", "allow": allow})
    await bob.refused("POST", f"/join/{segment(room)}", 403, "M_FORBIDDEN", {})
    await alice.send_text(room, "quiet here")
