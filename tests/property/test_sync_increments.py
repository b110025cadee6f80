"""The crown jewel: for any history of several users, an initial sync and its increments equal a fresh one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actors import Actor, Json
from tests.property.client_model import ClientModel, RoomModel
from tests.property.world import ACTION, PEOPLE, Action, World


@dataclass
class ClassicWorld(World):
    """A world whose clients use the classic sync."""

    limit: int = 10
    state_after: bool = False
    clients: list[ClientModel] = field(default_factory=list)

    def options(self) -> Json:
        """The sync parameters of every client in this world."""
        options: Json = {"filter": json.dumps({"room": {"timeline": {"limit": self.limit}}})}
        if self.state_after:
            options["use_state_after"] = "true"
        return options

    async def sync(self, who: int) -> None:
        client = self.clients[who]
        client.apply(await self.people[who].sync(client.since, **self.options()))


def assert_same_room(grown: RoomModel, fresh: RoomModel) -> None:
    """Compare a room known by increments with the same room known afresh."""
    assert grown.state == fresh.state
    shared = min(len(grown.known), len(fresh.known))
    assert shared == 0 or grown.known[-shared:] == fresh.known[-shared:]
    assert len(set(grown.known)) == len(grown.known), "an event was delivered twice"
    assert grown.receipts == fresh.receipts
    assert grown.account_data == fresh.account_data
    assert grown.unread == fresh.unread
    assert grown.summary == fresh.summary


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    actions=st.lists(ACTION, min_size=5, max_size=40),
    limit=st.sampled_from([1, 3, 10]),
    state_after=st.booleans(),
)
@pytest.mark.timeout(600)
async def test_initial_sync_and_increments_equal_a_fresh_sync(
    people: list[Actor], actions: list[Action], limit: int, state_after: bool
) -> None:
    world = ClassicWorld(
        people, limit=limit, state_after=state_after, clients=[ClientModel() for _ in people]
    )
    for who in range(PEOPLE):
        await world.sync(who)
    await world.act(("create", 0, 0, 0))
    for action in actions:
        await world.act(action)
    for who, actor in enumerate(people):
        await world.sync(who)
        fresh = ClientModel()
        fresh.apply(await actor.sync(**world.options()))
        grown = world.clients[who]
        assert grown.joined.keys() == fresh.joined.keys()
        for room_id, room in fresh.joined.items():
            assert_same_room(grown.joined[room_id], room)
        assert grown.invited == fresh.invited
        assert grown.knocked == fresh.knocked
        assert grown.account_data == fresh.account_data
    await world.clean_up()
