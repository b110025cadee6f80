"""A place for hostile requests: a room with a member, a stranger, an event, a filter, an alias."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from tests.access.every_route import Place, Route
from tests.actors import Actor, fresh_localpart, register
from tests.running_server import RunningServer


@dataclass
class Scene:
    """Somebody who attacks, somebody who must not notice, and the room where both are."""

    attacker: Actor
    neighbour: Actor
    place: Place
    root: Actor | None = None

    def sender(self, route: Route) -> Actor:
        """Give who gets far enough into a route for it to read what was sent."""
        return self.root if route.guard == "admin_only" and self.root is not None else self.attacker


async def make_scene(server: RunningServer) -> Scene:
    """Make two new users with a room of the attacker's that the neighbour has joined."""
    secret = server.registration_shared_secret
    attacker = await register(server.url, secret, fresh_localpart("mallory"))
    neighbour = await register(server.url, secret, fresh_localpart("nora"))
    localpart = fresh_localpart("room")
    room = await attacker.create_room(preset="public_chat", room_alias_name=localpart)
    await neighbour.join(room)
    said = await attacker.send_text(room, "tea")
    noted = await attacker.set_state(room, "org.example.note", {"text": "x"}, "k")
    place = Place(
        user_id=attacker.user_id,
        device_id=attacker.device_id,
        other_id=neighbour.user_id,
        room_id=room,
        event_id=said,
        state_event_id=noted,
        alias=f"#{localpart}:{server.server_name}",
        filter_id=(await attacker.post(f"/user/{attacker.user_id}/filter", {}))["filter_id"],
        fresh=lambda: fresh_localpart("t"),
    )
    return Scene(attacker, neighbour, place)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(server: RunningServer) -> AsyncIterator[Scene]:
    """A place for hostile requests, shared by the tests of one file."""
    made = await make_scene(server)
    name, secret = fresh_localpart("root"), server.registration_shared_secret
    made.root = await register(server.url, secret, name, admin=True)
    yield made
    await made.root.close()
    await made.attacker.close()
    await made.neighbour.close()


@pytest_asyncio.fixture(loop_scope="session")
async def calm(server: RunningServer) -> AsyncIterator[Scene]:
    """A place of one's own, where nothing hostile has happened yet."""
    made = await make_scene(server)
    yield made
    await made.attacker.close()
    await made.neighbour.close()
