"""The server is killed in the middle of uploads: what it acknowledged is there and whole, of the rest no trace."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from pathlib import Path

import httpx
import pytest

from tests.actors import Actor, fresh_localpart, register
from tests.cli.commands import command
from tests.faults.nursery import QuickServer, quick_server
from tests.media.files import fetch, fetched, media_id_of, post_file
from tests.server_process import SECRET

KILLS = 8
UPLOADERS = 4


def content_of(seed: str, size: int) -> bytes:
    """Make bytes that no other seed makes."""
    return (hashlib.sha256(seed.encode()).digest() * (size // 32 + 1))[:size]


class Uploader:
    """Somebody who uploads one file after another, at once or to reserved ids, and notes what was promised."""

    def __init__(self, actor: Actor, number: int) -> None:
        self.actor = actor
        self.number = number
        self.dice = random.Random(number)  # noqa: S311
        self.promised: dict[str, bytes] = {}
        self.reserved: set[str] = set()

    async def go_on(self) -> None:
        """Upload until cancelled; a server that is away is tried again."""
        for count in range(1_000_000):
            try:
                await self._upload(f"{self.number}.{count}")
            except httpx.HTTPError:
                await asyncio.sleep(0.01)

    async def _upload(self, seed: str) -> None:
        data = content_of(seed, self.dice.choice((10, 100_000, 3_000_000)))
        if self.dice.random() < 0.5:
            answer = await post_file(self.actor, data)
            if answer.status_code == 200:
                self.promised[media_id_of(answer.json())] = data
            return
        media_id = media_id_of(await self.actor.post("/_matrix/media/v1/create"))
        self.reserved.add(media_id)
        answer = await post_file(self.actor, data, path=f"/_matrix/media/v3/upload/localhost/{media_id}")
        if answer.status_code == 200:
            self.promised[media_id] = data


async def kill_again_and_again(server: QuickServer) -> None:
    """Kill at random moments, and start on the same data each time."""
    dice = random.Random(20_261_126)  # noqa: S311
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0.05, 0.6))
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
        await kill_again_and_again(server)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(len(uploader.promised) for uploader in uploaders) > KILLS
        for uploader in uploaders:
            await judge(uploader)
        await command(server, "media", "collect", "--older-than-hours", "0")
        report = json.loads(await command(server, "media", "report", "--json"))
        files = [path for path in (tmp_path / "server" / "media").rglob("*") if path.is_file()]
        assert len(files) == report["contents"], "a file that nothing names, or a name without a file"
        assert "every file is whole" in await command(server, "media", "verify")
    finally:
        for actor in actors:
            await actor.close()
        await server.remove()


async def judge(uploader: Uploader) -> None:
    """Compare what was promised with what is there; what was not promised is whole, or nowhere to be seen."""
    for media_id, data in uploader.promised.items():
        assert await fetched(uploader.actor, media_id) == data
    for media_id in uploader.reserved - uploader.promised.keys():
        answer = await fetch(uploader.actor, media_id, timeout_ms=0)
        if answer.status_code == 200:
            assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
        else:
            assert answer.json()["errcode"] == "M_NOT_YET_UPLOADED"
