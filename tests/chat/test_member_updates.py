"""A person's changes reach the person's rooms, however many, and whatever happens to the process meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tests.actors import Actor, fresh_localpart, register, segment
from tests.server_process import ServerProcess


async def until(condition: Callable[[], Awaitable[bool]], what: str, within_s: float = 20) -> None:
    """Ask again and again until the server says so."""
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, f"waited {within_s} s in vain for: {what}"
        await asyncio.sleep(0.02)


async def rename(actor: Actor, name: str) -> None:
    """Set the actor's display name."""
    await actor.put(f"/profile/{segment(actor.user_id)}/displayname", {"displayname": name})


async def names(reader: Actor, rooms: list[str], user: Actor) -> set[str | None]:
    """Return the names that a user has in the rooms."""
    found = [await reader.state(room, "m.room.member", user.user_id) for room in rooms]
    return {content.get("displayname") for content in found}


async def test_a_new_name_and_avatar_are_in_the_rooms_when_the_change_is_answered(
    alice: Actor, bob: Actor
) -> None:
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await rename(bob, "Bob")
    assert await names(alice, [room], bob) == {"Bob"}
    await bob.put(f"/profile/{segment(bob.user_id)}/avatar_url", {"avatar_url": "mxc://localhost/b"})
    member = await alice.state(room, "m.room.member", bob.user_id)
    assert member == {"membership": "join", "displayname": "Bob", "avatar_url": "mxc://localhost/b"}
    await rename(bob, "")
    assert await names(alice, [room], bob) == {None}


async def test_the_same_name_again_makes_no_event_and_left_rooms_stay_silent(
    alice: Actor, bob: Actor
) -> None:
    rooms = [await alice.create_room(preset="public_chat") for _ in range(2)]
    for room in rooms:
        await bob.join(room)
    await bob.leave(rooms[1])
    await rename(bob, "Bob")
    await rename(bob, "Bob")
    for room, expected in zip(rooms, (2, 2), strict=True):
        events = (await alice.messages(room, "f", limit=100))["chunk"]
        assert len([e for e in events if e.get("state_key") == bob.user_id]) == expected


async def test_a_room_that_lets_nobody_in_keeps_the_old_name_and_does_not_stop_the_others(
    alice: Actor, bob: Actor
) -> None:
    shut, room = [await alice.create_room(preset="public_chat") for _ in range(2)]
    await bob.join(shut)
    await bob.join(room)
    await alice.set_state(shut, "m.room.join_rules", {"join_rule": "private"})
    await rename(bob, "Bob")
    assert await names(alice, [room], bob) == {"Bob"}
    assert await names(alice, [shut], bob) == {None}


async def test_who_deactivates_leaves_every_room_and_turns_invites_down(alice: Actor, bob: Actor) -> None:
    joined, invited, knocked = [await alice.create_room(preset="public_chat") for _ in range(3)]
    await bob.join(joined)
    await alice.invite(invited, bob)
    await alice.set_state(knocked, "m.room.join_rules", {"join_rule": "knock"})
    await bob.knock(knocked)
    auth = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": bob.user_id}}
    await bob.post("/account/deactivate", {"auth": {**auth, "password": bob.password}})
    for room in (joined, invited, knocked):
        member = await alice.state(room, "m.room.member", bob.user_id)
        assert member == {"membership": "leave"}


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server that the test may kill."""
    process = ServerProcess(tmp_path_factory.mktemp("killed"))
    await process.start()
    yield process
    await process.remove()


async def test_a_change_of_many_rooms_is_finished_after_a_crash(own_server: ServerProcess) -> None:
    secret = own_server.registration_shared_secret
    async with await register(own_server.url, secret, fresh_localpart("dora")) as dora:
        rooms = [await dora.create_room() for _ in range(150)]
        change = asyncio.create_task(rename(dora, "Dora"))
        await until(lambda: _has(dora, rooms[0], "Dora"), "the first room to follow")
        own_server.kill()
        await asyncio.gather(change, return_exceptions=True)
        await own_server.start()
        await until(lambda: _has(dora, rooms[-1], "Dora"), "the last room to follow")
        assert await names(dora, rooms, dora) == {"Dora"}


async def _has(reader: Actor, room: str, name: str) -> bool:
    return await names(reader, [room], reader) == {name}
