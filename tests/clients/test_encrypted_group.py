"""One encrypted room of 50: matrix-nio and matrix-js-sdk talk, and each of the others can read both."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.actors import fresh_localpart, register
from tests.clients.conftest import Drivers
from tests.clients.js_crypto import CryptoJsClient
from tests.clients.nio_crypto import NioCryptoBot
from tests.clients.olm_member import OlmMember
from tests.running_server import RunningServer
from tests.server_process import CLUSTER

OTHERS = 18 if CLUSTER else 48


async def gather_members(server: RunningServer, room_id: str) -> list[OlmMember]:
    """Sign the others up, publish their keys and have them join."""
    doing = asyncio.Semaphore(8)

    async def one() -> OlmMember:
        async with doing:
            secret = server.registration_shared_secret
            member = OlmMember(await register(server.url, secret, fresh_localpart("m")))
            await member.publish()
            await member.actor.join(room_id)
            return member

    return await asyncio.gather(*(one() for _ in range(OTHERS)))


@pytest.mark.timeout(300)
async def test_two_libraries_and_fifty_members_share_an_encrypted_room(
    server: RunningServer, drivers: Drivers, tmp_path: Path
) -> None:
    owner = await CryptoJsClient.sign_up(await drivers.node(), "owner")
    room_id = await owner.create_encrypted_room("The whole village", is_public=True)
    members = await gather_members(server, room_id)
    bot = NioCryptoBot(
        await register(server.url, server.registration_shared_secret, fresh_localpart("bot")),
        tmp_path / "bot",
    )
    await bot.actor.join(room_id)
    await bot.start()
    await bot.knows_members(room_id, OTHERS + 2)
    for actor in (bot.actor, *(member.actor for member in members)):
        await owner.is_joined_by(room_id, actor.user_id)

    from_js = await owner.send_text(room_id, "the kettle is on")
    assert await bot.reads(from_js) == "the kettle is on"
    from_nio = await bot.say(room_id, "coming")
    assert await owner.reads(room_id, from_nio) == "coming"
    for member in members:
        await member.take_keys()
        assert await member.read(room_id, from_js) == "the kettle is on"
        assert await member.read(room_id, from_nio) == "coming"
        await member.actor.close()
    await bot.close()
    await bot.actor.close()
    await owner.close()
