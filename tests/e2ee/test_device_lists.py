"""Whose device lists a sync names: those who share an encrypted room, across joins, leaves and gaps."""

from __future__ import annotations

import asyncio

from tests.actors import Actor
from tests.e2ee.devices import Device, encrypted_room, lists


async def test_new_keys_are_told_to_whoever_shares_an_encrypted_room(
    alice: Actor, bob: Actor, carol: Actor
) -> None:
    await encrypted_room(alice, bob)
    plain = await alice.create_room(invite=[carol.user_id])
    await carol.join(plain)
    start = (await bob.sync())["next_batch"]
    of_carol = (await carol.sync())["next_batch"]
    waiting = asyncio.create_task(bob.sync(start, timeout_ms=20_000))
    await Device(alice).publish()
    assert lists(await waiting) == ([alice.user_id], [])
    assert lists(await carol.sync(of_carol)) == ([], [])


async def test_own_other_devices_are_told(alice: Actor) -> None:
    start = (await alice.sync())["next_batch"]
    async with await alice.log_in_again() as other:
        await Device(other).publish()
        answer = await alice.sync(start)
        assert lists(answer) == ([alice.user_id], [])
        await other.log_out()
    assert lists(await alice.sync(answer["next_batch"])) == ([alice.user_id], [])


async def test_joins_and_leaves_of_others_and_oneself(alice: Actor, bob: Actor, carol: Actor) -> None:
    room = await encrypted_room(alice)
    tokens = [(await alice.sync())["next_batch"]]
    for actor in (bob, carol):
        await alice.invite(room, actor)
        await actor.join(room)
    got = await alice.sync(tokens[0])
    assert lists(got) == (sorted([bob.user_id, carol.user_id]), [])
    tokens.append(got["next_batch"])
    await bob.leave(room)
    got = await alice.sync(tokens[1])
    assert lists(got) == ([], [bob.user_id])
    tokens.append(got["next_batch"])
    of_carol = (await carol.sync())["next_batch"]
    await carol.leave(room)
    assert lists(await carol.sync(of_carol)) == ([], [alice.user_id])
    # Over a longer span only the difference between its ends counts.
    assert lists(await alice.sync(tokens[0])) == ([], [])
    answer = await alice.get("/keys/changes", **{"from": tokens[0], "to": tokens[1]})
    assert sorted(answer["changed"]) == sorted([bob.user_id, carol.user_id])
    answer = await alice.get("/keys/changes", **{"from": tokens[1], "to": (await alice.sync())["next_batch"]})
    assert sorted(answer["left"]) == sorted([bob.user_id, carol.user_id])


async def test_a_second_shared_room_keeps_somebody_on_the_list(alice: Actor, bob: Actor) -> None:
    first = await encrypted_room(alice, bob)
    await encrypted_room(alice, bob)
    start = (await alice.sync())["next_batch"]
    await bob.leave(first)
    assert lists(await alice.sync(start)) == ([], [])


async def test_a_room_that_becomes_encrypted_brings_its_members(alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(invite=[bob.user_id])
    await bob.join(room)
    start = (await bob.sync())["next_batch"]
    await alice.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    assert lists(await bob.sync(start)) == ([alice.user_id], [])


async def test_a_new_display_name_changes_no_list(alice: Actor, bob: Actor) -> None:
    await encrypted_room(alice, bob)
    start = (await bob.sync())["next_batch"]
    await alice.put(f"/profile/{alice.user_id}/displayname", {"displayname": "Al"})
    assert lists(await bob.sync(start)) == ([], [])
