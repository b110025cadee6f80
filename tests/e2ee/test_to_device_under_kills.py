"""Messages to devices while the server is killed: none lost, none twice, each sender's in order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actors import Actor, Json, fresh_localpart, register
from tests.e2ee.devices import messages
from tests.server_process import ServerProcess

EXAMPLES = int(os.environ.get("TEAHOUSE_TEST_EXAMPLES", "3"))
Step = tuple[int, bool, bool]
"""How many messages each sender sends, whether to all devices at once, whether the device syncs meanwhile."""


@dataclass
class Reader:
    """A device that keeps what it got, and comes back with its old token when an answer was lost."""

    actor: Actor
    since: str | None = None
    got: list[tuple[str, int]] = field(default_factory=list)

    async def sync(self) -> bool:
        """Take in one answer; False when the server died before it was whole."""
        try:
            answer = await self.actor.sync(self.since)
        except httpx.TransportError:
            return False
        events = answer.get("to_device", {}).get("events", [])
        self.got += [(event["sender"], event["content"]["n"]) for event in events]
        self.since = answer["next_batch"]
        return bool(messages(answer))


@dataclass
class Sender:
    """Sends numbered messages one after the other, each with one transaction id until it is confirmed."""

    actor: Actor
    receiver: str
    devices: list[str]
    sent: int = 0

    async def send(self, count: int, to_all: bool, up: asyncio.Event) -> None:
        """Send some messages, repeating each while the server is away."""
        for _ in range(count):
            content = {"n": self.sent}
            targets: Json = {"*": content} if to_all else dict.fromkeys(self.devices, content)
            body = {"messages": {self.receiver: targets}}
            while not await self._try(f"/sendToDevice/m.tea/t{self.sent}", body):
                await up.wait()
            self.sent += 1

    async def _try(self, path: str, body: Json) -> bool:
        try:
            await self.actor.put(path, body)
        except httpx.TransportError:
            return False
        return True


async def play(server: ServerProcess, steps: list[Step]) -> None:
    """Let two senders send to two devices and kill the server in the midst of every step."""
    secret = server.registration_shared_secret
    names = [fresh_localpart(name) for name in ("receiver", "green", "black")]
    receiver, *others = [await register(server.url, secret, name) for name in names]
    tablet = await receiver.log_in_again()
    readers = [Reader(receiver), Reader(tablet)]
    senders = [Sender(other, receiver.user_id, [receiver.device_id, tablet.device_id]) for other in others]
    for count, to_all, syncs in steps:
        up = asyncio.Event()
        doing: list[Coroutine[Any, Any, Any]] = [sender.send(count, to_all, up) for sender in senders]
        if syncs:
            doing += [reader.sync() for reader in readers]
        tasks = [asyncio.create_task(one) for one in doing]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        server.kill()
        await server.start()
        up.set()
        await asyncio.gather(*tasks)
    for reader in readers:
        while await reader.sync():
            pass
        for sender in senders:
            got = [n for user_id, n in reader.got if user_id == sender.actor.user_id]
            assert got == list(range(sender.sent))
    await asyncio.gather(*(actor.close() for actor in (receiver, tablet, *others)))


@pytest.mark.timeout(3600)
async def test_messages_to_devices_come_once_and_in_order_over_kills(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    loop = asyncio.get_running_loop()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.booleans()), min_size=1, max_size=2))
    def histories(steps: list[Step]) -> None:
        asyncio.run_coroutine_threadsafe(play(server, steps), loop).result(120)

    await asyncio.to_thread(histories)
    await server.remove()
