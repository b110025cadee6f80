"""Making rooms: what a request may ask for, in which order it comes true, and that a refusal leaves nothing."""

from __future__ import annotations

import asyncio

import pytest

from tests.actors import Actor, Json, fresh_localpart, segment
from tests.running_server import RunningServer

VERSIONS = ["10", "11", "12"]


async def history(actor: Actor, room: str, limit: int = 100) -> list[Json]:
    """Return the room's events, oldest first."""
    return list((await actor.messages(room, "f", limit=limit))["chunk"])


async def state_types(actor: Actor, room: str) -> list[str]:
    """Return the types of the room's first events in their order."""
    return [event["type"] for event in await history(actor, room)]


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_first_events_come_in_the_order_of_the_specification(
    alice: Actor, bob: Actor, version: str
) -> None:
    room = await alice.create_room(
        room_version=version,
        room_alias_name=fresh_localpart("order"),
        name="Tea",
        topic="Leaves",
        initial_state=[
            {"type": "org.example.colour", "content": {"colour": "green"}},
            {"type": "m.room.name", "content": {"name": "overwritten"}},
        ],
        invite=[bob.user_id],
    )
    assert await state_types(alice, room) == [
        "m.room.create",
        "m.room.member",
        "m.room.power_levels",
        "m.room.canonical_alias",
        "m.room.join_rules",
        "m.room.history_visibility",
        "m.room.guest_access",
        "org.example.colour",
        "m.room.name",
        "m.room.name",
        "m.room.topic",
        "m.room.member",
    ]
    assert await alice.state(room, "m.room.name") == {"name": "Tea"}


async def test_a_topic_is_set_as_plain_and_as_rich_text(alice: Actor) -> None:
    room = await alice.create_room(topic="Leaves & water")
    rich = {"m.text": [{"body": "Leaves & water", "mimetype": "text/plain"}]}
    assert await alice.state(room, "m.room.topic") == {"topic": "Leaves & water", "m.topic": rich}


async def test_the_creator_is_listed_with_power_only_before_version_12(alice: Actor) -> None:
    for version, users, tombstone in (("10", {alice.user_id: 100}, 100), ("12", {}, 150)):
        room = await alice.create_room(room_version=version)
        levels = await alice.state(room, "m.room.power_levels")
        assert levels["users"] == users
        assert levels["events"]["m.room.tombstone"] == tombstone


@pytest.mark.parametrize("version", ["11", "12"])
async def test_people_invited_into_a_trusted_chat_have_the_creators_power(
    alice: Actor, bob: Actor, version: str
) -> None:
    room = await alice.create_room(
        preset="trusted_private_chat", room_version=version, invite=[bob.user_id], is_direct=True
    )
    await bob.join(room)
    await bob.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    create = await alice.state(room, "m.room.create")
    assert create.get("additional_creators") == ([bob.user_id] if version == "12" else None)


async def test_an_invite_into_a_direct_chat_says_so_and_shows_the_invited_profile(
    alice: Actor, bob: Actor
) -> None:
    await bob.put(f"/profile/{segment(bob.user_id)}/displayname", {"displayname": "Bob"})
    room = await alice.create_room(invite=[bob.user_id], is_direct=True)
    member = await alice.state(room, "m.room.member", bob.user_id)
    assert member == {"membership": "invite", "is_direct": True, "displayname": "Bob"}


async def test_creation_content_is_kept_and_cannot_forge_creator_or_version(alice: Actor) -> None:
    content = {"type": "m.space", "creator": "@eve:elsewhere", "room_version": "1", "m.federate": False}
    room = await alice.create_room(room_version="11", creation_content=content)
    create = await alice.state(room, "m.room.create")
    assert create == {"type": "m.space", "room_version": "11", "m.federate": False}


async def test_a_taken_alias_refuses_the_room_and_leaves_nothing(alice: Actor, bob: Actor) -> None:
    alias = fresh_localpart("taken")
    room = await alice.create_room(room_alias_name=alias)
    before = await bob.joined_rooms()
    await bob.refused("POST", "/createRoom", 400, "M_ROOM_IN_USE", {"room_alias_name": alias})
    assert await bob.joined_rooms() == before
    found = await bob.get(f"/directory/room/{segment(f'#{alias}:' + alice.user_id.partition(':')[2])}")
    assert found["room_id"] == room


async def test_a_refused_room_frees_its_alias(alice: Actor) -> None:
    alias = fresh_localpart("freed")
    forged = {"users": {alice.user_id: 100}}
    body = {"room_alias_name": alias, "room_version": "12", "power_level_content_override": forged}
    await alice.request("POST", "/createRoom", body, expect=400)
    assert await alice.create_room(room_alias_name=alias)


async def test_an_app_that_names_no_version_may_list_the_creator_among_the_powerful(
    alice: Actor, bob: Actor
) -> None:
    users = {alice.user_id: 100, bob.user_id: 50}
    room = await alice.create_room(power_level_content_override={"users": users, "ban": 60})
    levels = await alice.state(room, "m.room.power_levels")
    assert (levels["users"], levels["ban"]) == ({bob.user_id: 50}, 60)
    await alice.set_state(room, "m.room.power_levels", {**levels, "state_default": 100})


@pytest.mark.parametrize(
    ("body", "status", "errcode"),
    [
        ({"room_version": "99"}, 400, "M_UNSUPPORTED_ROOM_VERSION"),
        ({"room_version": ""}, 400, "M_UNSUPPORTED_ROOM_VERSION"),
        ({"preset": "open_bar"}, 400, "M_BAD_JSON"),
        ({"visibility": 1}, 400, "M_BAD_JSON"),
        ({"invite": ["bob"]}, 400, "M_INVALID_PARAM"),
        ({"invite": ["@bob:elsewhere.example"]}, 403, "M_FORBIDDEN"),
        ({"invite_3pid": [{"medium": "email", "address": "a@b.c"}]}, 403, "M_THREEPID_DENIED"),
        ({"room_alias_name": "with space"}, 400, "M_INVALID_PARAM"),
        ({"room_alias_name": "a:b"}, 400, "M_INVALID_PARAM"),
        ({"room_alias_name": "x" * 300}, 400, "M_INVALID_PARAM"),
        ({"initial_state": [{"type": "m.room.create", "content": {}}]}, 403, "M_FORBIDDEN"),
        ({"initial_state": [{"content": {}}]}, 400, "M_MISSING_PARAM"),
        ({"initial_state": [{"type": "x" * 256, "content": {}}]}, 413, "M_TOO_LARGE"),
        ({"power_level_content_override": {"users_default": "100"}}, 400, "M_BAD_JSON"),
        ({"creation_content": {"additional_creators": "x"}, "room_version": "12"}, 400, "M_INVALID_PARAM"),
        ({"topic": "t" * 70_000}, 413, "M_TOO_LARGE"),
        ({"invite": [f"@u{n}:localhost" for n in range(1001)]}, 400, "M_INVALID_PARAM"),
    ],
)
async def test_a_room_that_cannot_be_is_refused_and_not_half_made(
    alice: Actor, body: Json, status: int, errcode: str
) -> None:
    before = await alice.joined_rooms()
    await alice.refused("POST", "/createRoom", status, errcode, body)
    assert await alice.joined_rooms() == before


async def test_an_invite_to_oneself_refuses_the_room(alice: Actor) -> None:
    await alice.refused("POST", "/createRoom", 403, "M_FORBIDDEN", {"invite": [alice.user_id]})
    assert await alice.joined_rooms() == []


async def test_a_thousand_invites_are_all_sent_while_others_write(
    alice: Actor, bob: Actor, server: RunningServer
) -> None:
    hall = await bob.create_room()
    people = [f"@guest{n}:{server.server_name}" for n in range(1000)]
    making = asyncio.create_task(alice.create_room(invite=people))
    meanwhile = 0
    while not making.done():
        await bob.send_text(hall, "meanwhile")
        meanwhile += 1
    room = await making
    assert meanwhile >= 5
    members = await alice.members(room, membership="invite")
    assert {event["state_key"] for event in members} == set(people)


async def test_state_of_a_preset_gives_way_to_initial_state(alice: Actor) -> None:
    state = [{"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}}]
    room = await alice.create_room(preset="public_chat", initial_state=state)
    assert await alice.state(room, "m.room.history_visibility") == {"history_visibility": "joined"}
    assert (await state_types(alice, room)).count("m.room.history_visibility") == 1


async def test_an_initial_canonical_alias_must_be_the_rooms_own(alice: Actor, server: RunningServer) -> None:
    alias = fresh_localpart("own")
    full = f"#{alias}:{server.server_name}"
    state = [{"type": "m.room.canonical_alias", "content": {"alias": full}}]
    await alice.refused("POST", "/createRoom", 400, "M_BAD_ALIAS", {"initial_state": state})
    room = await alice.create_room(initial_state=state, room_alias_name=alias)
    assert await alice.state(room, "m.room.canonical_alias") == {"alias": full}
