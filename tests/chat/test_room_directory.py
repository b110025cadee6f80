"""The public directory: what it shows, how it follows its rooms, how it is searched and paged."""

from __future__ import annotations

import uuid

import pytest

from tests.actors import Actor, Json, fresh_localpart, segment
from tests.running_server import RunningServer


@pytest.fixture
def word() -> str:
    """A word that only this test's rooms hold."""
    return uuid.uuid4().hex


async def search(actor: Actor, term: str | None, **body: object) -> Json:
    """Return one page of a search."""
    filters: Json = dict(body.pop("filter", None) or {})  # type: ignore[call-overload]
    if term is not None:
        filters["generic_search_term"] = term
    return dict(await actor.post("/publicRooms", {"filter": filters, **body}))


async def found_rooms(actor: Actor, term: str, **body: object) -> list[str]:
    """Return the ids of the rooms that a search finds."""
    return [entry["room_id"] for entry in (await search(actor, term, **body))["chunk"]]


async def test_an_entry_shows_the_room_as_it_is_now(alice: Actor, bob: Actor, word: str) -> None:
    room = await alice.create_room(visibility="public", name=f"Tea {word}", topic="Leaves")
    [entry] = (await search(bob, word))["chunk"]
    assert entry == {
        "room_id": room,
        "name": f"Tea {word}",
        "topic": "Leaves",
        "join_rule": "public",
        "guest_can_join": False,
        "world_readable": False,
        "num_joined_members": 1,
    }
    await bob.join(room)
    await alice.set_state(room, "m.room.history_visibility", {"history_visibility": "world_readable"})
    await alice.set_state(room, "m.room.guest_access", {"guest_access": "can_join"})
    await alice.set_state(room, "m.room.topic", {"topic": "Water"})
    await alice.set_state(room, "m.room.avatar", {"url": "mxc://localhost/cup"})
    [entry] = (await search(bob, word))["chunk"]
    assert entry["num_joined_members"] == 2
    assert (entry["world_readable"], entry["guest_can_join"]) == (True, True)
    assert (entry["topic"], entry["avatar_url"]) == ("Water", "mxc://localhost/cup")
    await bob.leave(room)
    [entry] = (await search(bob, word))["chunk"]
    assert entry["num_joined_members"] == 1


async def test_odd_state_does_not_break_an_entry(alice: Actor, word: str) -> None:
    room = await alice.create_room(visibility="public", name=word)
    for event_type, content in (
        ("m.room.topic", {"topic": 5, "m.topic": {"m.text": [7, {"body": []}]}}),
        ("m.room.avatar", {"url": {}}),
        ("m.room.guest_access", {"guest_access": []}),
        ("m.room.history_visibility", {"history_visibility": {}}),
    ):
        await alice.set_state(room, event_type, content)
    [entry] = (await search(alice, word))["chunk"]
    assert "topic" not in entry
    assert "avatar_url" not in entry


async def test_a_redacted_name_leaves_the_directory(alice: Actor, word: str) -> None:
    room = await alice.create_room(visibility="public")
    named = await alice.set_state(room, "m.room.name", {"name": word})
    assert await found_rooms(alice, word) == [room]
    await alice.redact(room, named)
    assert await found_rooms(alice, word) == []


async def test_only_who_may_name_a_room_publishes_it(alice: Actor, bob: Actor, word: str) -> None:
    room = await alice.create_room(preset="public_chat", name=word)
    path = f"/directory/list/room/{segment(room)}"
    assert await bob.get(path) == {"visibility": "private"}
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", {"visibility": "public"})
    await bob.join(room)
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", {"visibility": "public"})
    assert await found_rooms(bob, word) == []
    await alice.put(path, {})
    assert await bob.get(path) == {"visibility": "public"}
    [entry] = (await search(bob, word))["chunk"]
    assert entry["num_joined_members"] == 2
    await alice.put(path, {"visibility": "private"})
    assert await found_rooms(bob, word) == []
    await alice.refused("PUT", path, 400, "M_BAD_JSON", {"visibility": "hidden"})


async def test_a_search_finds_name_topic_and_alias_in_any_case_and_script(
    alice: Actor, word: str, server: RunningServer
) -> None:
    alias = fresh_localpart("wulong")
    named = await alice.create_room(visibility="public", name=f"Straße zum 茶馆 {word}")
    topical = await alice.create_room(visibility="public", topic=f"100%_sure {word}")
    aliased = await alice.create_room(visibility="public", room_alias_name=alias)
    assert await found_rooms(alice, f"茶馆 {word}") == [named]
    assert await found_rooms(alice, f"STRASSE ZUM 茶馆 {word.upper()}") == [named]
    assert await found_rooms(alice, f"100%_SURE {word}") == [topical]
    assert await found_rooms(alice, f"100__sure {word}") == []
    assert await found_rooms(alice, f"#{alias}:{server.server_name}".upper()) == [aliased]


async def test_rooms_are_found_by_their_type(alice: Actor, word: str) -> None:
    plain = await alice.create_room(visibility="public", name=word)
    space = await alice.create_room(visibility="public", name=word, creation_content={"type": "m.space"})
    for types, expected in (
        (["m.space"], {space}),
        ([None], {plain}),
        ([None, "m.space"], {plain, space}),
        ([], set()),
        (["org.example.other"], set()),
    ):
        assert set(await found_rooms(alice, word, filter={"room_types": types})) == expected


async def test_pages_run_from_the_largest_room_to_the_smallest_and_back(
    alice: Actor, bob: Actor, carol: Actor, word: str
) -> None:
    rooms = [await alice.create_room(visibility="public", name=word) for _ in range(5)]
    await bob.join(rooms[3])
    await bob.join(rooms[1])
    await carol.join(rooms[1])
    pages = [await search(alice, word, limit=2)]
    while "next_batch" in pages[-1]:
        pages.append(await search(alice, word, limit=2, since=pages[-1]["next_batch"]))
    listed = [[entry["room_id"] for entry in page["chunk"]] for page in pages]
    assert [len(page) for page in listed] == [2, 2, 1]
    assert listed[0] == [rooms[1], rooms[3]]
    assert {room for page in listed for room in page} == set(rooms)
    assert "prev_batch" not in pages[0]
    assert {page["total_room_count_estimate"] for page in pages} == {5}
    back = await search(alice, word, limit=2, since=pages[2]["prev_batch"])
    assert [entry["room_id"] for entry in back["chunk"]] == listed[1]
    first = await search(alice, word, limit=2, since=back["prev_batch"])
    assert [entry["room_id"] for entry in first["chunk"]] == listed[0]
    assert "prev_batch" not in first


@pytest.mark.parametrize("since", ["x", "!!!!", "bjEgIXg\x7f", "bg", "bm4gIXg", "A" * 4000])
async def test_a_made_up_token_is_refused(alice: Actor, since: str) -> None:
    await alice.refused("POST", "/publicRooms", 400, "M_INVALID_PARAM", {"since": since})


async def test_the_directory_of_another_server_is_refused(alice: Actor) -> None:
    params = {"server": "elsewhere.example"}
    await alice.refused("GET", "/publicRooms", 404, "M_NOT_FOUND", params=params)
    await alice.refused("POST", "/publicRooms", 404, "M_NOT_FOUND", {}, params)
    await alice.refused("GET", "/publicRooms", 400, "M_INVALID_PARAM", params={"server": "a b"})


async def test_odd_limits_are_refused_or_bounded(alice: Actor, word: str) -> None:
    await alice.create_room(visibility="public", name=word)
    await alice.refused("POST", "/publicRooms", 400, "M_INVALID_PARAM", {"limit": -1})
    await alice.refused("POST", "/publicRooms", 400, "M_BAD_JSON", {"limit": "many"})
    assert len((await search(alice, word, limit=10**9))["chunk"]) == 1
