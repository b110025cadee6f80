"""Device lists: for any history, what a client is told by and by equals a full recomputation."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actors import Actor, Json, fresh_localpart, register, segment
from tests.e2ee.devices import Device, Identity, lists
from tests.running_server import RunningServer

EXAMPLES = int(os.environ.get("TEAHOUSE_TEST_EXAMPLES", "30"))
PEOPLE = 3
ROOMS = 3
Action = tuple[str, int, int, int]
ACTIONS = (
    "create", "create", "encrypt", "join", "join", "leave", "invite", "kick", "ban", "unban", "forget", "say",
    "begin_anew", "second_device", "vouch", "verify", "rename", "sync", "sync", "sync",
)  # fmt: skip
ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}


@dataclass
class Person:
    """Somebody with keys, and a client that keeps the keys of everybody it was told of."""

    actor: Actor
    identity: Identity
    device: Device
    since: str | None = None
    kept: dict[str, Json] = field(default_factory=dict)
    """By user: the keys as the client read them last. Whoever is here is on its list."""


@dataclass
class World:
    """The people and the rooms made so far."""

    people: list[Person]
    rooms: list[str] = field(default_factory=list)

    async def act(self, action: Action) -> None:
        """Do one thing; what the server refuses is part of the history too."""
        name, who, where, other = action
        if name == "create":
            if len(self.rooms) < ROOMS:
                state = [{"type": "m.room.encryption", "content": ENCRYPTION}] if where else []
                preset = "public_chat" if other else "private_chat"
                self.rooms.append(
                    await self.people[who].actor.create_room(preset=preset, initial_state=state)
                )
        elif name == "sync":
            await self.sync(self.people[who])
        elif self.rooms:
            doing: Callable[[Person, str, Person], Awaitable[None]] = getattr(self, f"_{name}")
            await doing(self.people[who], self.rooms[where % len(self.rooms)], self.people[other])

    async def _room(self, person: Person, room_id: str, verb: str, other: Person | None = None) -> None:
        body = {"user_id": other.actor.user_id} if other else {}
        answer = await person.actor.answer("POST", f"/rooms/{segment(room_id)}/{verb}", body)
        assert answer.status_code < 500, answer.text

    async def _join(self, person: Person, room_id: str, _: Person) -> None:
        await self._room(person, room_id, "join")

    async def _leave(self, person: Person, room_id: str, _: Person) -> None:
        await self._room(person, room_id, "leave")

    async def _forget(self, person: Person, room_id: str, _: Person) -> None:
        await self._room(person, room_id, "forget")

    async def _invite(self, person: Person, room_id: str, other: Person) -> None:
        await self._room(person, room_id, "invite", other)

    async def _kick(self, person: Person, room_id: str, other: Person) -> None:
        await self._room(person, room_id, "kick", other)

    async def _ban(self, person: Person, room_id: str, other: Person) -> None:
        await self._room(person, room_id, "ban", other)

    async def _unban(self, person: Person, room_id: str, other: Person) -> None:
        await self._room(person, room_id, "unban", other)

    async def _encrypt(self, person: Person, room_id: str, _: Person) -> None:
        path = f"/rooms/{segment(room_id)}/state/m.room.encryption/"
        await person.actor.answer("PUT", path, ENCRYPTION)

    async def _say(self, person: Person, room_id: str, _: Person) -> None:
        path = f"/rooms/{segment(room_id)}/send/m.tea/{person.actor.next_txn_id()}"
        await person.actor.answer("PUT", path, {})

    async def _begin_anew(self, person: Person, _: str, __: Person) -> None:
        person.device = Device(person.actor)
        await person.device.publish(1)

    async def _second_device(self, person: Person, _: str, __: Person) -> None:
        async with await person.actor.log_in_again() as other:
            await Device(other).publish()
            await other.log_out()

    async def _vouch(self, person: Person, _: str, __: Person) -> None:
        signed = person.identity.self_signing.sign(person.device.keys)
        body = {person.actor.user_id: {person.actor.device_id: signed}}
        assert await person.actor.post("/keys/signatures/upload", body) == {"failures": {}}

    async def _verify(self, person: Person, _: str, other: Person) -> None:
        if person is not other:
            master = other.identity.master
            signed = person.identity.user_signing.sign(master.cross_signing_key("master"))
            body = {other.actor.user_id: {master.public_key: signed}}
            assert await person.actor.post("/keys/signatures/upload", body) == {"failures": {}}

    async def _rename(self, person: Person, _: str, other: Person) -> None:
        path = f"/profile/{person.actor.user_id}/displayname"
        await person.actor.put(path, {"displayname": other.actor.user_id[:8]})

    async def sync(self, person: Person) -> None:
        """Sync as a client does: forget who left, read the keys of who changed."""
        answer = await person.actor.sync(person.since)
        if person.since is None:
            changed, left = sorted(await self.sharers(person)), list[str]()
        else:
            changed, left = lists(answer)
        person.since = answer["next_batch"]
        assert not set(changed) & set(left)
        await take(person.actor, person.kept, changed, left)

    async def sharers(self, person: Person) -> set[str]:
        """Compute afresh who shares an encrypted room with the person, from the rooms themselves."""
        found: set[str] = set()
        for room_id in await person.actor.joined_rooms():
            path = f"/rooms/{segment(room_id)}/state/m.room.encryption/"
            if (await person.actor.answer("GET", path)).status_code == 200:
                found |= set(await person.actor.joined_members(room_id))
        return found - {person.actor.user_id}

    async def clean_up(self) -> None:
        """Leave and forget every room, so that the next history starts small."""
        for person in self.people:
            for room_id in self.rooms:
                await self._room(person, room_id, "leave")
                await self._room(person, room_id, "forget")


async def keys_of(actor: Actor, users: list[str]) -> dict[str, Json]:
    """Read all that the server shows this actor of the users' keys, each user's apart."""
    got = await actor.post("/keys/query", {"device_keys": {user: [] for user in users}})
    kinds = ("device_keys", "master_keys", "self_signing_keys", "user_signing_keys")
    return {user: {kind: got[kind].get(user) for kind in kinds} for user in users}


async def take(actor: Actor, kept: dict[str, Json], changed: list[str], left: list[str]) -> None:
    """Bring what a client keeps up to date."""
    for user in left:
        kept.pop(user, None)
    if changed:
        kept.update(await keys_of(actor, changed))


ACTION = st.tuples(
    st.sampled_from(ACTIONS),
    st.integers(0, PEOPLE - 1),
    st.integers(0, ROOMS - 1),
    st.integers(0, PEOPLE - 1),
)


@pytest.fixture(scope="module")
async def people(server: RunningServer) -> list[Person]:
    """Three people with keys who live through every history."""
    found = []
    for _ in range(PEOPLE):
        actor = await register(server.url, server.registration_shared_secret, fresh_localpart("p"))
        person = Person(actor, Identity(actor.user_id), Device(actor))
        await person.device.publish()
        await actor.post("/keys/device_signing/upload", person.identity.body)
        found.append(person)
    return found


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions=st.lists(ACTION, min_size=5, max_size=30))
@pytest.mark.timeout(3600)
async def test_device_lists_equal_a_full_recomputation(people: list[Person], actions: list[Action]) -> None:
    world = World(people)
    for person in people:
        person.since, person.kept = None, {}
        await world.sync(person)
    starts = [(person.since, dict(person.kept)) for person in people]
    await world.act(("create", 0, 1, 1))
    for action in actions:
        await world.act(action)
    for person, (start, kept) in zip(people, starts, strict=True):
        await world.sync(person)
        sharers = await world.sharers(person)
        fresh = await keys_of(person.actor, sorted({*sharers, person.actor.user_id}))
        own = person.actor.user_id
        assert set(person.kept) - {own} == sharers
        assert person.kept == {user: fresh[user] for user in person.kept}
        # Over the whole gap, which the server answers from the rooms' history, it comes to the same.
        gap = await person.actor.get("/keys/changes", **{"from": start, "to": person.since})
        assert not set(gap["changed"]) & set(gap["left"])
        await take(person.actor, kept, gap["changed"], gap["left"])
        assert set(kept) - {own} == sharers
        assert kept == {user: fresh[user] for user in kept}
    await world.clean_up()
