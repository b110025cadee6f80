"""Upgrading: what moves to the new room, what stays behind, and who may."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, fresh_localpart, joined_room, segment
from tests.running_server import RunningServer

UPGRADES = [("10", "11"), ("11", "12"), ("12", "12"), ("12", "11")]


async def upgrade(actor: Actor, room: str, version: str, **body: object) -> str:
    """Upgrade the room and return its successor's id."""
    got = await actor.post(f"/rooms/{segment(room)}/upgrade", {"new_version": version, **body})
    return str(got["replacement_room"])


async def event_of(actor: Actor, room: str, event_type: str) -> Json:
    """Return the whole state event of this type."""
    return next(event for event in await actor.full_state(room) if event["type"] == event_type)


@pytest.mark.parametrize(("before", "after"), UPGRADES)
async def test_the_new_room_and_the_old_one_name_each_other(alice: Actor, before: str, after: str) -> None:
    old = await alice.create_room(room_version=before, creation_content={"type": "m.space"})
    new = await upgrade(alice, old, after)
    tombstone = await event_of(alice, old, "m.room.tombstone")
    assert tombstone["content"]["replacement_room"] == new
    predecessor: Json = {"room_id": old}
    if after != "12":
        predecessor["event_id"] = tombstone["event_id"]
    create = await alice.state(new, "m.room.create")
    assert (create["predecessor"], create["room_version"]) == (predecessor, after)
    assert create["type"] == "m.space"


@pytest.mark.parametrize(("before", "after"), UPGRADES)
async def test_state_and_bans_move_and_messages_and_members_do_not(
    alice: Actor, bob: Actor, carol: Actor, before: str, after: str
) -> None:
    old = await alice.create_room(room_version=before, preset="public_chat", name="Tea", topic="Leaves")
    await bob.join(old)
    await alice.ban(old, carol, "spilled")
    moved: dict[str, Json] = {
        "m.room.join_rules": {"join_rule": "knock"},
        "m.room.history_visibility": {"history_visibility": "joined"},
        "m.room.guest_access": {"guest_access": "can_join"},
        "m.room.avatar": {"url": "mxc://localhost/cup"},
        "m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"},
        "m.room.server_acl": {"allow": ["*"]},
    }
    for event_type, content in moved.items():
        await alice.set_state(old, event_type, content)
    new = await upgrade(alice, old, after)
    state = {(e["type"], e["state_key"]): e["content"] for e in await alice.full_state(new)}
    for event_type, content in moved.items():
        assert state[(event_type, "")] == content
    assert state[("m.room.name", "")] == {"name": "Tea"}
    assert state[("m.room.member", carol.user_id)]["membership"] == "ban"
    assert ("m.room.member", bob.user_id) not in state
    assert ("m.room.tombstone", "") not in state
    await carol.refused("POST", f"/knock/{segment(new)}", 403, "M_FORBIDDEN", {})


async def test_aliases_and_the_directory_lead_to_the_new_room(
    alice: Actor, bob: Actor, server: RunningServer
) -> None:
    localpart = fresh_localpart("moved")
    alias = f"#{localpart}:{server.server_name}"
    old = await alice.create_room(visibility="public", name=localpart, room_alias_name=localpart)
    new = await upgrade(alice, old, "12")
    assert (await bob.get(f"/directory/room/{segment(alias)}"))["room_id"] == new
    assert await alice.state(new, "m.room.canonical_alias") == {"alias": alias}
    assert await alice.state(old, "m.room.canonical_alias") == {}
    found = await bob.post("/publicRooms", {"filter": {"generic_search_term": localpart}})
    assert [entry["room_id"] for entry in found["chunk"]] == [new]
    assert (await bob.get(f"/directory/list/room/{segment(old)}"))["visibility"] == "private"


async def test_a_space_keeps_its_children_but_not_those_taken_out(alice: Actor) -> None:
    old = await alice.create_room(creation_content={"type": "m.space"})
    kept, gone = await alice.create_room(), await alice.create_room()
    await alice.set_state(old, "m.space.child", {"via": ["localhost"], "suggested": True}, kept)
    await alice.set_state(old, "m.space.child", {}, gone)
    new = await upgrade(alice, old, "12")
    children = [e for e in await alice.full_state(new) if e["type"] == "m.space.child"]
    assert [(e["state_key"], e["content"]) for e in children] == [
        (kept, {"via": ["localhost"], "suggested": True})
    ]


async def test_the_old_room_falls_quiet_for_ordinary_members(alice: Actor, bob: Actor) -> None:
    old = await alice.create_room(preset="public_chat")
    await bob.join(old)
    await upgrade(alice, old, "12")
    path = f"/rooms/{segment(old)}/send/m.room.message/late"
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", {"msgtype": "m.text", "body": "anybody here?"})
    await alice.send_text(old, "we moved")


async def test_a_moderator_who_upgrades_has_no_more_power_than_before(alice: Actor, bob: Actor) -> None:
    old = await alice.create_room(room_version="11", preset="public_chat")
    await bob.join(old)
    levels = await alice.state(old, "m.room.power_levels")
    levels["users"][bob.user_id] = 60
    levels["events"]["m.room.tombstone"] = 60
    await alice.set_state(old, "m.room.power_levels", levels)
    new = await upgrade(bob, old, "11")
    assert (await bob.state(new, "m.room.power_levels"))["users"] == levels["users"]


async def test_who_ruled_a_version_12_room_is_listed_with_the_highest_level_in_version_11(
    alice: Actor,
) -> None:
    new = await upgrade(alice, await alice.create_room(room_version="12"), "11")
    assert (await alice.state(new, "m.room.power_levels"))["users"] == {alice.user_id: 150}


async def test_additional_creators_of_the_new_room_need_no_listed_level(alice: Actor, bob: Actor) -> None:
    override = {"users": {alice.user_id: 100, bob.user_id: 100}}
    old = await alice.create_room(room_version="11", power_level_content_override=override)
    new = await upgrade(alice, old, "12", additional_creators=[bob.user_id, alice.user_id])
    assert (await alice.state(new, "m.room.create"))["additional_creators"] == [bob.user_id]
    levels = await alice.state(new, "m.room.power_levels")
    assert levels["users"] == {}
    assert levels["events"]["m.room.tombstone"] == 150


async def test_who_may_not_upgrade_changes_nothing(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    path = f"/rooms/{segment(room)}/upgrade"
    for outsider in (bob, carol):
        await outsider.refused("POST", path, 403, "M_FORBIDDEN", {"new_version": "12"})
    await alice.refused("POST", path, 400, "M_UNSUPPORTED_ROOM_VERSION", {"new_version": "1"})
    await alice.refused("POST", path, 400, "M_MISSING_PARAM", {})
    odd = {"new_version": "12", "additional_creators": ["bob"]}
    await alice.refused("POST", path, 400, "M_INVALID_PARAM", odd)
    types = [event["type"] for event in await alice.full_state(room)]
    assert "m.room.tombstone" not in types
    assert await alice.joined_rooms() == [room]


async def test_tags_and_direct_chats_follow_whoever_joins_the_new_room(alice: Actor, bob: Actor) -> None:
    old = await alice.create_room(preset="public_chat")
    await bob.join(old)
    mine = f"/user/{segment(bob.user_id)}"
    await bob.put(f"{mine}/rooms/{segment(old)}/tags/m.favourite", {"order": 0.5})
    await bob.put(f"{mine}/account_data/m.direct", {alice.user_id: [old], "odd": 5})
    new = await upgrade(alice, old, "12")
    await bob.join(new)
    tags = await bob.get(f"{mine}/rooms/{segment(new)}/tags")
    assert tags == {"tags": {"m.favourite": {"order": 0.5}}}
    assert await bob.get(f"{mine}/account_data/m.direct") == {alice.user_id: [old, new], "odd": 5}


async def test_push_rules_follow_into_the_new_room(alice: Actor, bob: Actor) -> None:
    old = await alice.create_room(preset="public_chat", room_version="11")
    await bob.join(old)
    about = [{"kind": "event_match", "key": "room_id", "pattern": old}]
    quiet = {"actions": ["dont_notify"]}
    for who in (alice, bob):
        await who.put(f"/pushrules/global/room/{segment(old)}", quiet)
        await who.put(f"/pushrules/global/override/{segment(old)}", {**quiet, "conditions": about})
    since = (await bob.sync())["next_batch"]
    new = await upgrade(alice, old, "12")
    await bob.join(new)
    for who in (alice, bob):
        rules = (await who.get("/pushrules/"))["global"]
        assert [rule["rule_id"] for rule in rules["room"]] == [new, old]
        muted = next(rule for rule in rules["override"] if rule["rule_id"] == new)
        assert (muted["conditions"][0]["pattern"], muted["actions"]) == (new, ["dont_notify"])
    told = (await bob.sync(since))["account_data"]["events"]
    assert any(event["type"] == "m.push_rules" and new in str(event["content"]) for event in told)
    await alice.send_text(new, f"{bob.user_id}: hear me?")
    assert joined_room(await bob.sync(), new)["unread_notifications"]["notification_count"] == 0


async def test_a_room_that_only_claims_to_be_the_successor_gets_nothing(alice: Actor, bob: Actor) -> None:
    old = await alice.create_room(preset="public_chat")
    mine = f"/user/{segment(alice.user_id)}"
    await alice.put(f"{mine}/account_data/m.direct", {bob.user_id: [old]})
    claim = {"predecessor": {"room_id": old}}
    await alice.join(await bob.create_room(preset="public_chat", creation_content=claim))
    assert await alice.get(f"{mine}/account_data/m.direct") == {bob.user_id: [old]}
