"""For any history, a sliding window that grows, shrinks and loses answers ends where a fresh connection begins."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actors import Actor, Json
from tests.property.phone_model import MEMBER, PhoneModel, PhoneRoom
from tests.property.world import ACTION, PEOPLE, Action, World
from tests.sync.phone import SUBSCRIPTION, Phone, room_list

EVERYTHING = [["*", "*"]]
LAZY = [["*", "*"], [MEMBER, "$LAZY"], [MEMBER, "$ME"]]
MOVES = ("grow", "shrink", "open", "close", "lose", "rush", "rush")
STEP = st.one_of(
    ACTION, st.tuples(st.sampled_from(MOVES), st.integers(0, PEOPLE - 1), st.integers(0, 2), st.just(0))
)


@dataclass
class SlidingWorld(World):
    """A world whose clients use sliding sync and change what they show of it."""

    phones: list[Phone] = field(default_factory=list)
    models: list[PhoneModel] = field(default_factory=list)

    async def sync(self, who: int) -> None:
        self.models[who].apply(await self.phones[who].sync())

    async def begin(self) -> None:
        """Let everybody be in every room, so that windows have something to leave out."""
        for who in range(PEOPLE):
            await self.act(("create", who, who * 2, 0))
        for who in range(PEOPLE):
            for where in range(PEOPLE):
                await self.act(("join", who, where, 0))

    async def move(self, name: str, who: int, where: int) -> None:
        """Change what a phone shows, or let an answer be lost on its way."""
        phone = self.phones[who]
        if name == "lose":
            before = phone.pos
            await phone.sync()
            phone.pos = before
        elif name == "rush":
            # Something happens in several rooms at once, so that a small window leaves some of it out.
            for room in (where, where + 1, where + 2):
                await self.act(("say", who, room, 0))
            await self.sync(who)
        elif name in ("grow", "shrink"):
            phone.show(where if name == "shrink" else 9)
        elif name == "close":
            phone.subscribe()
        elif self.rooms:
            room_id = self.rooms[where % len(self.rooms)]
            phone.body["room_subscriptions"] = {room_id: {**SUBSCRIPTION, "required_state": EVERYTHING}}

    async def settle(self, who: int, fresh_body: Json) -> None:
        """Let a phone show everything again, and nothing in particular."""
        phone = self.phones[who]
        phone.body = copy.deepcopy(fresh_body)
        await self.sync(who)


def body_of(is_lazy: bool, limit: int) -> Json:
    """What the phones of a world ask for."""
    return room_list(last=9, timeline_limit=limit, required_state=LAZY if is_lazy else EVERYTHING)


def assert_same_room(grown: PhoneRoom, fresh: PhoneRoom, *, is_lazy: bool) -> None:
    """Compare a room known by increments with the same room known afresh."""
    if is_lazy:
        assert fresh.state.items() <= grown.state.items()
        assert {key for key in grown.state if key[0] != MEMBER} == {
            key for key in fresh.state if key[0] != MEMBER
        }
    else:
        assert grown.state == fresh.state
    shared = min(len(grown.known), len(fresh.known))
    assert shared == 0 or grown.known[-shared:] == fresh.known[-shared:]
    nothing: Json = {"name": None, "avatar": None, "heroes": []}
    assert {**nothing, **grown.fields} == {**nothing, **fresh.fields}
    assert grown.stamp == fresh.stamp


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(STEP, min_size=5, max_size=45),
    limit=st.sampled_from([1, 3, 10, 0]),
    is_lazy=st.booleans(),
    window=st.integers(0, 2),
)
@pytest.mark.timeout(600)
async def test_increments_of_a_sliding_window_equal_a_fresh_start(
    people: list[Actor], steps: list[Action], limit: int, is_lazy: bool, window: int
) -> None:
    body = body_of(is_lazy, limit)
    world = SlidingWorld(people)
    world.phones = [Phone(actor, copy.deepcopy(body)) for actor in people]
    world.models = [PhoneModel(actor.user_id) for actor in people]
    for who in range(PEOPLE):
        world.phones[who].show(window)
        await world.sync(who)
    await world.begin()
    for step in steps:
        if step[0] in MOVES:
            await world.move(*step[:3])
        else:
            await world.act(step)
    for who, actor in enumerate(people):
        await world.settle(who, body)
        fresh, grown = PhoneModel(actor.user_id), world.models[who]
        fresh.apply(await Phone(actor, copy.deepcopy(body)).sync())
        assert grown.joined.keys() == fresh.joined.keys()
        for room_id, room in fresh.joined.items():
            assert_same_room(grown.joined[room_id], room, is_lazy=is_lazy)
        assert grown.pending == fresh.pending
        assert fresh.receipts.items() <= grown.receipts.items()
        known = {key: content for key, content in grown.account_data.items() if key[0] in ("", *fresh.joined)}
        assert known == fresh.account_data
        assert grown.count == fresh.count
    await world.clean_up()
