"""Rooms as places: how they are made, found, described, arranged in spaces, and replaced."""

from __future__ import annotations

import uuid

import pytest

from tests.actors import Actor, Json, joined_room, segment


def by_type(state: list[Json]) -> dict[str, Json]:
    """Return the contents of the state events with an empty state key."""
    return {event["type"]: event["content"] for event in state if event["state_key"] == ""}


@pytest.mark.parametrize(
    ("preset", "join_rule", "history", "guests"),
    [
        ("private_chat", "invite", "shared", "can_join"),
        ("trusted_private_chat", "invite", "shared", "can_join"),
        ("public_chat", "public", "shared", "forbidden"),
    ],
)
async def test_a_preset_sets_the_rules_of_the_house(
    alice: Actor, preset: str, join_rule: str, history: str, guests: str
) -> None:
    room = await alice.create_room(preset=preset)
    state = by_type(await alice.full_state(room))
    assert state["m.room.join_rules"]["join_rule"] == join_rule
    assert state["m.room.history_visibility"]["history_visibility"] == history
    assert state.get("m.room.guest_access", {"guest_access": "forbidden"})["guest_access"] == guests


@pytest.mark.parametrize("version", ["10", "11", "12"])
async def test_a_room_is_made_in_the_version_that_was_asked_for(
    alice: Actor, bob: Actor, version: str
) -> None:
    room = await alice.create_room(
        room_version=version, preset="public_chat", name="茶馆", topic="Tea and talk"
    )
    await bob.join(room)
    state = by_type(await bob.full_state(room))
    create = state["m.room.create"]
    assert create["room_version"] == version
    assert state["m.room.name"] == {"name": "茶馆"}
    assert state["m.room.topic"]["topic"] == "Tea and talk"
    levels = state["m.room.power_levels"].get("users", {})
    if version == "12":
        assert ":" not in room
        assert alice.user_id not in levels
    else:
        assert room.endswith(":" + alice.user_id.split(":", 1)[1])
        assert levels[alice.user_id] == 100
    assert ("creator" in create) == (version == "10")
    message = await bob.send_text(room, "hello")
    await alice.redact(room, message)
    assert (await bob.event(room, message))["content"] == {}


async def test_an_unknown_version_and_a_forged_creation_are_refused(alice: Actor) -> None:
    await alice.refused("POST", "/createRoom", 400, "M_UNSUPPORTED_ROOM_VERSION", {"room_version": "tea"})
    before = await alice.joined_rooms()
    refusal = await alice.answer("POST", "/createRoom", {"preset": "no such preset"})
    assert refusal.status_code == 400
    assert await alice.joined_rooms() == before


async def test_initial_state_and_overrides_win_over_the_preset(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(
        preset="public_chat",
        initial_state=[
            {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}},
            {"type": "org.example.tea", "state_key": "kind", "content": {"leaf": "乌龙"}},
        ],
        power_level_content_override={"events_default": 50},
        creation_content={"m.federate": False},
        invite=[bob.user_id],
    )
    await bob.join(room)
    assert await bob.state(room, "m.room.history_visibility") == {"history_visibility": "joined"}
    assert await bob.state(room, "org.example.tea", "kind") == {"leaf": "乌龙"}
    assert (await bob.state(room, "m.room.create"))["m.federate"] is False
    path = f"/rooms/{segment(room)}/send/m.room.message/1"
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", {"msgtype": "m.text", "body": "let me speak"})


async def test_an_alias_leads_to_the_room_until_it_is_taken_down(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    domain = alice.user_id.split(":", 1)[1]
    localpart = f"茶-{uuid.uuid4().hex[:8]}"
    room = await alice.create_room(preset="public_chat", room_alias_name=localpart)
    alias = f"#{localpart}:{domain}"
    assert (await bob.get(f"/directory/room/{segment(alias)}"))["room_id"] == room
    assert await bob.join(alias) == room
    assert (await bob.state(room, "m.room.canonical_alias"))["alias"] == alias
    other = await carol.create_room()
    await carol.refused("PUT", f"/directory/room/{segment(alias)}", 409, "M_UNKNOWN", {"room_id": other})
    await carol.refused("DELETE", f"/directory/room/{segment(alias)}", 403, "M_FORBIDDEN")
    assert (await alice.get(f"/rooms/{segment(room)}/aliases"))["aliases"] == [alias]
    await alice.request("DELETE", f"/directory/room/{segment(alias)}")
    await bob.refused("GET", f"/directory/room/{segment(alias)}", 404, "M_NOT_FOUND")


async def test_the_public_directory_shows_only_what_was_put_there(alice: Actor, bob: Actor) -> None:
    mark = uuid.uuid4().hex[:8]
    listed = await alice.create_room(
        visibility="public", preset="public_chat", name=f"听雨轩 {mark}", topic="rain"
    )
    await alice.create_room(preset="public_chat", name=f"unlisted {mark}")
    await bob.join(listed)
    found = await bob.post("/publicRooms", {"filter": {"generic_search_term": mark}, "limit": 10})
    (entry,) = found["chunk"]
    assert (entry["room_id"], entry["name"], entry["topic"]) == (listed, f"听雨轩 {mark}", "rain")
    assert entry["num_joined_members"] == 2
    assert (entry["world_readable"], entry["guest_can_join"]) == (False, False)
    path = f"/directory/list/room/{segment(listed)}"
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", {"visibility": "private"})
    await alice.put(path, {"visibility": "private"})
    gone = await bob.post("/publicRooms", {"filter": {"generic_search_term": mark}})
    assert gone["chunk"] == []


async def test_the_directory_is_paged_without_losing_or_repeating_a_room(alice: Actor) -> None:
    mark = uuid.uuid4().hex[:8]
    made = {
        await alice.create_room(visibility="public", preset="public_chat", name=f"{mark} {n}")
        for n in range(5)
    }
    seen: list[str] = []
    token: str | None = None
    for _ in range(5):
        wanted: Json = {"limit": 2, "filter": {"generic_search_term": mark}}
        page = await alice.post("/publicRooms", wanted | ({"since": token} if token else {}))
        seen += [entry["room_id"] for entry in page["chunk"]]
        if (token := page.get("next_batch")) is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == made


async def test_a_space_shows_its_rooms_in_order_and_hides_the_closed_ones(alice: Actor, bob: Actor) -> None:
    domain = alice.user_id.split(":", 1)[1]
    space = await alice.create_room(
        preset="public_chat", name="The house", creation_content={"type": "m.space"}
    )
    inner = await alice.create_room(
        preset="public_chat", name="The wing", creation_content={"type": "m.space"}
    )
    hall = await alice.create_room(preset="public_chat", name="The hall")
    closed = await alice.create_room(preset="private_chat", name="The vault")
    for parent, child, order in (
        (space, hall, "b"),
        (space, inner, "a"),
        (space, closed, "c"),
        (inner, space, "a"),  # A circle must not trap anybody.
    ):
        await alice.set_state(parent, "m.space.child", {"via": [domain], "order": order}, child)
    path = f"/_matrix/client/v1/rooms/{segment(space)}/hierarchy"
    seen = [room["room_id"] for room in (await bob.get(path))["rooms"]]
    assert seen == [space, inner, hall]
    own = [room["room_id"] for room in (await alice.get(path))["rooms"]]
    assert own == [space, inner, hall, closed]
    first = (await alice.get(path))["rooms"][0]
    assert first["room_type"] == "m.space"
    assert {child["state_key"] for child in first["children_state"]} == {hall, inner, closed}
    assert [room["room_id"] for room in (await alice.get(path, max_depth=0))["rooms"]] == [space]


async def test_a_summary_is_shown_to_who_may_enter_and_to_no_other(alice: Actor, bob: Actor) -> None:
    open_room = await alice.create_room(preset="public_chat", name="Open")
    closed = await alice.create_room(preset="private_chat", name="Closed")
    summary = await bob.get(f"/_matrix/client/v1/room_summary/{segment(open_room)}")
    assert (summary["name"], summary["num_joined_members"], summary["join_rule"]) == ("Open", 1, "public")
    path = f"/_matrix/client/v1/room_summary/{segment(closed)}"
    await bob.refused("GET", path, 404, "M_NOT_FOUND")


async def test_an_upgraded_room_points_to_its_successor_and_takes_its_state_along(
    alice: Actor, bob: Actor
) -> None:
    old = await alice.create_room(
        preset="public_chat", name="Old house", topic="moving out", room_version="11"
    )
    await bob.join(old)
    await alice.ban(old, "@pest:localhost")
    path = f"/rooms/{segment(old)}/upgrade"
    await bob.refused("POST", path, 403, "M_FORBIDDEN", {"new_version": "12"})
    new = (await alice.post(path, {"new_version": "12"}))["replacement_room"]
    assert (await bob.state(old, "m.room.tombstone"))["replacement_room"] == new
    await bob.join(new)
    state = by_type(await bob.full_state(new))
    assert state["m.room.create"]["predecessor"]["room_id"] == old
    assert state["m.room.name"] == {"name": "Old house"}
    assert state["m.room.topic"]["topic"] == "moving out"
    assert (await bob.state(new, "m.room.member", "@pest:localhost"))["membership"] == "ban"
    closed = f"/rooms/{segment(old)}/send/m.room.message/1"
    await bob.refused("PUT", closed, 403, "M_FORBIDDEN", {"msgtype": "m.text", "body": "anybody here?"})


async def test_state_is_read_by_key_and_as_an_event_and_a_stranger_reads_none(
    alice: Actor, bob: Actor
) -> None:
    room = await alice.create_room(preset="private_chat")
    event_id = await alice.set_state(room, "org.example.长", {"leaf": "green"}, "a/b?c#d")
    assert await alice.state(room, "org.example.长", "a/b?c#d") == {"leaf": "green"}
    whole = await alice.get(
        f"/rooms/{segment(room)}/state/{segment('org.example.长')}/{segment('a/b?c#d')}", format="event"
    )
    assert (whole["event_id"], whole["state_key"]) == (event_id, "a/b?c#d")
    await alice.refused("GET", f"/rooms/{segment(room)}/state/org.example.none/", 404, "M_NOT_FOUND")
    await bob.refused("GET", f"/rooms/{segment(room)}/state", 403, "M_FORBIDDEN")


async def test_a_new_member_gets_the_whole_state_in_the_next_sync(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(preset="public_chat", name="Complete")
    since = (await bob.sync())["next_batch"]
    await bob.join(room)
    entered = joined_room(await bob.sync(since, timeout_ms=5000), room)
    seen = {e["type"] for e in entered["state"]["events"] + entered["timeline"]["events"]}
    assert seen >= {
        "m.room.create",
        "m.room.member",
        "m.room.power_levels",
        "m.room.join_rules",
        "m.room.history_visibility",
        "m.room.name",
    }


async def test_a_report_is_taken_from_a_member_and_not_from_outside(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    rude = await bob.send_text(room, "harrumph")
    path = f"/rooms/{segment(room)}/report/{segment(rude)}"
    assert await alice.post(path, {"reason": "rude", "score": -50}) == {}
    await carol.refused("POST", path, 404, "M_NOT_FOUND", {"reason": "nosy"})
