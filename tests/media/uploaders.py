"""People who upload without end and note what the server promised them, through crashes and power losses."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Sequence

import httpx

from tests.actors import Actor
from tests.cli.commands import command
from tests.media.files import fetch, fetched, media_id_of, post_file
from tests.server_process import ServerProcess


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
        data = content_of(seed, self.dice.choice((10, 100_000, 1_600_000)))
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


async def until_more_is_promised(uploaders: Sequence[Uploader], dice: random.Random) -> None:
    """Wait until one more upload is acknowledged, however slow the machine is, and a moment longer."""
    before = sum(len(uploader.promised) for uploader in uploaders)
    while sum(len(uploader.promised) for uploader in uploaders) == before:
        await asyncio.sleep(0.005)
    await asyncio.sleep(dice.uniform(0, 0.4))


async def check_promises(uploader: Uploader) -> None:
    """Compare what was promised with what is there; what was not promised is whole, or nowhere to be seen."""
    for media_id, data in uploader.promised.items():
        assert await fetched(uploader.actor, media_id) == data
    for media_id in uploader.reserved - uploader.promised.keys():
        answer = await fetch(uploader.actor, media_id, timeout_ms=0)
        if answer.status_code == 200:
            assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
        else:
            assert answer.json()["errcode"] == "M_NOT_YET_UPLOADED"


async def check_nothing_is_left(server: ServerProcess) -> None:
    """Collect, then compare the folder with the rows: each file has its name, each name its whole file."""
    await command(server, "media", "collect", "--older-than-hours", "0")
    report = json.loads(await command(server, "media", "report", "--json"))
    files = [path for path in (server.data / "media").rglob("*") if path.is_file()]
    assert len(files) == report["contents"], "a file that nothing names, or a name without a file"
    assert "every file is whole" in await command(server, "media", "verify")
