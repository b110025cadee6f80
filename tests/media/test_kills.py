"""The server is killed in the middle of uploads: what it acknowledged is there and whole, of the rest no trace."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.actors import fresh_localpart, register
from tests.faults.nursery import QuickServer, quick_server
from tests.media.uploaders import Uploader, check_nothing_is_left, check_promises, until_more_is_promised
from tests.server_process import CLUSTER, SECRET

KILLS = 4 if CLUSTER else 8
UPLOADERS = 4


async def kill_again_and_again(server: QuickServer, uploaders: list[Uploader]) -> None:
    """Kill at random moments, and start on the same data each time."""
    dice = random.Random(20_261_126)  # noqa: S311
    for _ in range(KILLS):
        await until_more_is_promised(uploaders, dice)
        server.kill()
        await server.start()


@pytest.mark.timeout(300)
async def test_what_is_acknowledged_survives_kills_and_of_the_rest_nothing_stays(tmp_path: Path) -> None:
    server = await quick_server(tmp_path / "server")
    await server.start()
    try:
        actors = [await register(server.url, SECRET, fresh_localpart(f"u{n}")) for n in range(UPLOADERS)]
        uploaders = [Uploader(actor, number) for number, actor in enumerate(actors)]
        tasks = [asyncio.create_task(uploader.go_on()) for uploader in uploaders]
        await kill_again_and_again(server, uploaders)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for uploader in uploaders:
            await check_promises(uploader)
        await check_nothing_is_left(server)
    finally:
        for actor in actors:
            await actor.close()
        await server.remove()
