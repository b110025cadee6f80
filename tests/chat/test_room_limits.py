"""Rooms and invites are made only so fast by one user, and what is refused was not done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.actors import Actor, Json, fresh_localpart, register, segment
from tests.server_process import ServerProcess


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hasty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Actor]:
    """A user of a server with the usual limits, but for one that is too wide to be reached here."""
    folder = tmp_path_factory.mktemp("limited")
    config = folder / "teahouse.toml"
    config.write_text("[rate_limits.change]\nper_second = 1\nburst = 200\n")
    process = ServerProcess(folder / "server", "--config", str(config), rate_limits=True)
    await process.start()
    secret = process.registration_shared_secret
    async with await register(process.url, secret, fresh_localpart("hasty")) as actor:
        yield actor
    await process.remove()


async def refused_of(actor: Actor, path: str, bodies: list[Json]) -> list[Json]:
    """Send all at once; return the answers that were refused, which must all be for haste."""
    answers = await asyncio.gather(*(actor.answer("POST", path, body) for body in bodies))
    refused = [answer for answer in answers if answer.status_code != 200]
    for answer in refused:
        assert answer.status_code == 429
        assert answer.json()["errcode"] == "M_LIMIT_EXCEEDED"
        assert answer.json()["retry_after_ms"] > 0
        assert int(answer.headers["retry-after"]) >= 1
    return [answer.json() for answer in refused]


async def test_invites_and_rooms_have_their_limits(hasty: Actor) -> None:
    room = await hasty.create_room()
    people = [{"user_id": f"@guest{n}:localhost"} for n in range(60)]
    refused = await refused_of(hasty, f"/rooms/{segment(room)}/invite", people)
    assert refused
    assert len(await hasty.members(room, membership="invite")) == len(people) - len(refused)
    refused = await refused_of(hasty, "/createRoom", [{}] * 30)
    assert refused
    assert len(await hasty.joined_rooms()) == 1 + 30 - len(refused)


async def test_rooms_made_at_once_are_all_different(alice: Actor) -> None:
    for version in ("10", "12"):
        made = await asyncio.gather(*(alice.create_room(room_version=version) for _ in range(60)))
        assert len(set(made)) == 60


async def test_first_syncs_and_changes_of_any_kind_have_their_limits(hasty: Actor) -> None:
    answers = await asyncio.gather(*(hasty.answer("GET", "/sync") for _ in range(150)))
    assert {answer.status_code for answer in answers} == {200, 429}
    since = next(answer for answer in answers if answer.status_code == 200).json()["next_batch"]
    path = f"/user/{segment(hasty.user_id)}/account_data/org.example.n"
    put = await asyncio.gather(*(hasty.answer("PUT", path, {"n": number}) for number in range(300)))
    assert {answer.json().get("errcode") for answer in put} >= {"M_LIMIT_EXCEEDED"}
    assert (await hasty.answer("GET", "/sync", params={"since": since})).status_code == 200
