"""The power goes in the middle of uploads and messages: what wasn't synced is lost, what was acknowledged is not (G2).

`TEAHOUSE_TEST_POWER_CUTS=50` cuts it so many times instead of a few.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio

from tests.actors import fresh_localpart, register
from tests.faults.nursery import QuickServer, quick_server
from tests.faults.power_disk import PowerDisk, build_recorder
from tests.faults.witnesses import Speaker, going_on, history
from tests.media.files import post_file, upload
from tests.media.uploaders import Uploader, check_nothing_is_left, check_promises, until_more_is_promised
from tests.server_process import CLUSTER, SECRET

CUTS = int(os.environ.get("TEAHOUSE_TEST_POWER_CUTS", "5"))
PEOPLE = 3


class PoweredServer(NamedTuple):
    """A server on a disk whose power can go."""

    server: QuickServer
    disk: PowerDisk


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def powered(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PoweredServer]:
    """A server that has only just been started, for all tests of this file."""
    folder = tmp_path_factory.mktemp("powered")
    disk = PowerDisk(folder / "server", build_recorder(folder))
    server = await quick_server(disk.folder)
    server.environ = disk.environ
    await server.start()
    yield PoweredServer(server, disk)
    await server.remove()


async def cut_again_and_again(server: QuickServer, disk: PowerDisk, uploaders: list[Uploader]) -> None:
    """Cut the power at random moments, and start on what the disk has kept; every other time all that wasn't synced
    is lost, else dice decide about each page.
    """
    dice = random.Random(20_261_126)  # noqa: S311
    for number in range(CUTS):
        await until_more_is_promised(uploaders, dice)
        server.kill()
        disk.lose_power(dice if number % 2 else None)
        await server.start()


KEYS = ("signing.key", "sealing.key", "web-push.pem")


def keys_of(server: QuickServer) -> dict[str, str]:
    """Give the secrets that a server keeps in files."""
    return {name: (server.data / name).read_text() for name in KEYS}


async def test_the_keys_that_a_first_start_made_are_the_same_after_a_power_loss(
    powered: PoweredServer,
) -> None:
    server, disk = powered
    made = keys_of(server)
    server.kill()
    assert disk.unexplained() == [], "the recorder has missed a call"
    disk.lose_power()
    await server.start()
    assert keys_of(server) == made


async def test_what_the_disk_fails_to_sync_is_not_acknowledged(powered: PoweredServer) -> None:
    server, disk = powered
    async with await register(server.url, SECRET, fresh_localpart("paul")) as paul:
        await upload(paul, b"kept")
        disk.broken.touch()
        refused = await post_file(paul, b"lost")
        assert (refused.status_code, refused.json()["errcode"]) == (503, "M_UNKNOWN")
        if not CLUSTER:
            said = await paul.answer("POST", "/createRoom", {})
            assert (said.status_code, said.json()["errcode"]) == (503, "M_UNKNOWN")
        server.kill()
        disk.broken.unlink()
        disk.lose_power()
        await server.start()
        listed = await paul.get("/_teahouse/media/uploads")
        assert [item["size"] for item in listed["uploads"]] == [4]
        await check_nothing_is_left(server)


@pytest.mark.timeout(300 + 60 * CUTS)
async def test_what_is_acknowledged_survives_power_losses_and_nothing_half_done_is_left(
    powered: PoweredServer,
) -> None:
    server, disk = powered
    actors = [await register(server.url, SECRET, fresh_localpart(f"p{n}")) for n in range(PEOPLE)]
    try:
        speaker = Speaker(actors[0], await actors[0].create_room(), "speaker", random.Random(1))  # noqa: S311
        uploaders = [Uploader(actor, number) for number, actor in enumerate(actors)]
        tasks = [asyncio.create_task(uploader.go_on()) for uploader in uploaders]
        async with going_on([] if CLUSTER else [speaker], []):
            await cut_again_and_again(server, disk, uploaders)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        promised = sum(len(uploader.promised) for uploader in uploaders)
        for uploader in uploaders:
            await check_promises(uploader)
        if not CLUSTER:
            await check_messages(speaker)
        await check_nothing_is_left(server)
        told = f"{promised} uploads and {len(speaker.said)} messages, all there"
        sys.stdout.write(f"\n{CUTS} of {CUTS} power cuts: {told}\n")
    finally:
        for actor in actors:
            await actor.close()


async def check_messages(speaker: Speaker) -> None:
    """What was said stands there once, in its order."""
    assert speaker.said
    order = [event["event_id"] for event in await history(speaker.actor, speaker.room_id)]
    said = [event_id for promise in speaker.said for event_id in promise.answers]
    assert [event_id for event_id in order if event_id in set(said)] == said
    assert not set(speaker.states) - set(order)
