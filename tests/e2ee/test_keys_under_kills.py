"""One-time keys while the server is killed: none is given twice, and none that was confirmed is lost."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.actors import Actor, fresh_localpart, register
from tests.e2ee.devices import Device
from tests.e2ee.test_keys import claim
from tests.server_process import ServerProcess

EXAMPLES = int(os.environ.get("TEAHOUSE_TEST_EXAMPLES", "3"))


async def claim_or_lose(asker: Actor, owner: Actor) -> str | None:
    """Claim a key; None also when the server died before it answered."""
    try:
        return await claim(asker, owner)
    except httpx.TransportError:
        return None


async def play(server: ServerProcess, steps: list[tuple[int, int]]) -> None:
    """Upload keys and claim some at once, killing the server in the middle of the claims."""
    secret = server.registration_shared_secret
    owner = await register(server.url, secret, fresh_localpart("owner"))
    asker = await register(server.url, secret, fresh_localpart("asker"))
    device, uploaded, given_out = Device(owner), 0, []
    await device.publish()
    for fresh, claims in steps:
        await owner.post("/keys/upload", {"one_time_keys": device.one_time_keys(fresh)})
        uploaded += fresh
        tasks = [asyncio.create_task(claim_or_lose(asker, owner)) for _ in range(claims)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        server.kill()
        given_out += [key for key in await asyncio.gather(*tasks) if key is not None]
        await server.start()
    while (key := await claim(asker, owner)) is not None:
        given_out.append(key)
    lost_at_most = sum(claims for _, claims in steps)
    assert len(given_out) == len(set(given_out))
    assert uploaded - lost_at_most <= len(given_out) <= uploaded
    await owner.close()
    await asker.close()


@pytest.mark.timeout(3600)
async def test_no_one_time_key_is_given_twice_over_kills(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    loop = asyncio.get_running_loop()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 20)), min_size=1, max_size=2))
    def histories(steps: list[tuple[int, int]]) -> None:
        asyncio.run_coroutine_threadsafe(play(server, steps), loop).result(60)

    await asyncio.to_thread(histories)
    await server.remove()
