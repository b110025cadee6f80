"""Aliases: who gives, takes and lists them, and what a room may call itself."""

from __future__ import annotations

import pytest

from tests.actors import Actor, Json, fresh_localpart, segment
from tests.running_server import RunningServer


@pytest.fixture
def alias(server: RunningServer) -> str:
    """An alias that no other test has used."""
    return f"#{fresh_localpart('tea')}:{server.server_name}"


async def name_room(actor: Actor, room: str, alias: str) -> None:
    """Let the alias name the room."""
    await actor.put(f"/directory/room/{segment(alias)}", {"room_id": room})


async def test_an_alias_leads_strangers_to_the_room(
    alice: Actor, bob: Actor, alias: str, server: RunningServer
) -> None:
    room = await alice.create_room(preset="public_chat")
    await name_room(alice, room, alias)
    found = await bob.get(f"/directory/room/{segment(alias)}")
    assert found == {"room_id": room, "servers": [server.server_name]}
    assert await bob.join(alias) == room


async def test_an_alias_names_one_room_only(alice: Actor, bob: Actor, alias: str) -> None:
    await name_room(alice, await alice.create_room(), alias)
    room = await bob.create_room()
    await bob.refused("PUT", f"/directory/room/{segment(alias)}", 409, "M_UNKNOWN", {"room_id": room})


async def test_only_members_name_a_room(alice: Actor, bob: Actor, alias: str) -> None:
    room = await alice.create_room(preset="public_chat")
    path = f"/directory/room/{segment(alias)}"
    await bob.refused("PUT", path, 403, "M_FORBIDDEN", {"room_id": room})
    await bob.refused("GET", path, 404, "M_NOT_FOUND")


@pytest.mark.parametrize("name", ["tea:localhost", "#tea", "#a b:{server}", "#tea:elsewhere.example"])
async def test_what_is_no_alias_of_this_server_is_refused(
    alice: Actor, server: RunningServer, name: str
) -> None:
    room = await alice.create_room()
    alias = name.replace("{server}", server.server_name)
    await alice.refused("PUT", f"/directory/room/{segment(alias)}", 400, "M_INVALID_PARAM", {"room_id": room})


async def test_an_alias_is_taken_away_by_its_maker_or_the_rooms_moderators(
    alice: Actor, bob: Actor, carol: Actor, alias: str
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await carol.join(room)
    path = f"/directory/room/{segment(alias)}"
    for remover in (bob, alice):
        await name_room(bob, room, alias)
        await carol.refused("DELETE", path, 403, "M_FORBIDDEN")
        assert await remover.request("DELETE", path) == {}
        await carol.refused("GET", path, 404, "M_NOT_FOUND")
    await alice.refused("DELETE", path, 404, "M_NOT_FOUND")


async def test_the_canonical_alias_goes_with_its_alias(alice: Actor, alias: str) -> None:
    room = await alice.create_room()
    await name_room(alice, room, alias)
    await alice.set_state(room, "m.room.canonical_alias", {"alias": alias, "alt_aliases": [alias]})
    await alice.request("DELETE", f"/directory/room/{segment(alias)}")
    assert await alice.state(room, "m.room.canonical_alias") == {"alt_aliases": []}


async def test_a_room_calls_itself_only_by_its_own_aliases(alice: Actor, bob: Actor, alias: str) -> None:
    await name_room(bob, await bob.create_room(), alias)
    room = await alice.create_room()
    path = f"/rooms/{segment(room)}/state/m.room.canonical_alias"
    for content in ({"alias": alias}, {"alt_aliases": [alias]}):
        await alice.refused("PUT", path, 400, "M_BAD_ALIAS", content)
    refused: list[Json] = [{"alias": "tea"}, {"alias": 1}, {"alt_aliases": "x"}, {"alt_aliases": [[]]}]
    for odd in refused:
        await alice.refused("PUT", path, 400, "M_INVALID_PARAM", odd)
    assert await alice.put(path, {}) != {}


async def test_aliases_are_listed_to_members_and_for_open_books(alice: Actor, bob: Actor, alias: str) -> None:
    room = await alice.create_room()
    await name_room(alice, room, alias)
    path = f"/rooms/{segment(room)}/aliases"
    assert await alice.get(path) == {"aliases": [alias]}
    await bob.refused("GET", path, 403, "M_FORBIDDEN")
    await alice.set_state(room, "m.room.history_visibility", {"history_visibility": "world_readable"})
    assert await bob.get(path) == {"aliases": [alias]}
