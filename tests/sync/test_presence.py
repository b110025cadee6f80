"""Presence over sync, where it is switched on: those whom one shares a room with, also the moment one meets them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.actors import Actor, Json, fresh_localpart, register, segment
from tests.server_process import SECRET, ServerProcess


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lively(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server that tells who is online."""
    folder = tmp_path_factory.mktemp("lively")
    file = folder / "teahouse.toml"
    file.write_text("[presence]\nenabled = true\n")
    process = ServerProcess(folder, "--config", str(file))
    await process.start()
    yield process
    await process.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def friends(lively: ServerProcess) -> AsyncIterator[list[Actor]]:
    """Four people who are new in each test."""
    people = [await register(lively.url, SECRET, fresh_localpart("friend")) for _ in range(4)]
    yield people
    for person in people:
        await person.close()


def shown(answer: Json) -> dict[str, str]:
    events = answer.get("presence", {}).get("events", [])
    return {event["sender"]: event["content"]["presence"] for event in events}


async def be(person: Actor, presence: str) -> None:
    await person.put(f"/presence/{segment(person.user_id)}/status", {"presence": presence})


async def test_a_change_reaches_roommates_also_of_somebody_who_never_syncs(friends: list[Actor]) -> None:
    ann, ben, stranger, _ = friends
    await ben.join(await ann.create_room(preset="public_chat"))
    since = [(await one.sync())["next_batch"] for one in (ben, stranger)]
    for presence in ("online", "unavailable"):
        await be(ann, presence)
        answer = await ben.sync_until(lambda got: ann.user_id in shown(got), since[0])
        assert shown(answer)[ann.user_id] == presence
        since[0] = answer["next_batch"]
    assert ann.user_id not in shown(await stranger.sync(since[1]))


async def test_whoever_meets_in_a_room_is_told_of_each_other_at_once(friends: list[Actor]) -> None:
    ann, ben, eve, _ = friends
    room_id = await ann.create_room(preset="public_chat")
    await eve.join(room_id)
    since = {one.user_id: (await one.sync())["next_batch"] for one in (ann, ben, eve)}
    await ben.join(room_id)
    assert {ann.user_id, eve.user_id} <= set(shown(await ben.sync(since[ben.user_id])))
    assert ben.user_id in shown(await ann.sync(since[ann.user_id]))
    nobody: Json = {"filter": json.dumps({"presence": {"types": []}})}
    assert shown(await eve.sync(since[eve.user_id], **nobody)) == {}
