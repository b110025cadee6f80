"""A life with encryption in matrix-js-sdk: emojis, backup, a new device, one removed, and restarts all along."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.clients.js_crypto import CryptoJsClient, driver_of, verify
from tests.server_process import CLUSTER, ServerProcess

MESSAGES_EACH = 40 if CLUSTER else 100
ROTATES_AFTER = 20
RESTARTS = 4


async def chat_over_restarts(
    server: ServerProcess, room_id: str, people: list[CryptoJsClient]
) -> list[list[str]]:
    """Have everybody send, one message after the other, while the server is restarted and killed."""
    texts = [[f"{name} {n}" for n in range(MESSAGES_EACH)] for name in ("green", "black")]

    async def send(client: CryptoJsClient, bodies: list[str]) -> None:
        for body in bodies:
            await client.send_persistently(room_id, body)

    sending = [asyncio.create_task(send(*pair)) for pair in zip(people, texts, strict=True)]
    for number in range(RESTARTS):
        await asyncio.wait(sending, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
        if number % 2:
            server.kill()
        else:
            await server.stop()
        await server.start()
        for client in people:
            await client.look_again()
    await asyncio.gather(*sending)
    return texts


@pytest.mark.timeout(900)
async def test_a_life_with_encryption(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    async with driver_of(server, tmp_path) as driver:
        alice = await CryptoJsClient.sign_up(driver, "alice")
        bob = await CryptoJsClient.sign_up(driver, "bob")
        recovery_key = await alice.set_up_recovery()
        await bob.set_up_recovery()
        room_id = await alice.create_encrypted_room("Secret tea", rotates_after=ROTATES_AFTER)
        await alice.invite(room_id, bob.user_id)
        await bob.join(room_id)
        await alice.is_joined_by(room_id, bob.user_id)

        await verify(alice, bob, room_id)
        await alice.sees_verified(bob.user_id)
        await bob.sees_verified(alice.user_id)

        texts = await chat_over_restarts(server, room_id, [alice, bob])
        for reader in (alice, bob):
            read = await reader.read_all(room_id, 2 * MESSAGES_EACH)
            assert [[text for text in read if text in sent] for sent in texts] == texts

        laptop = await CryptoJsClient.new_device(driver, alice.user_id)
        await alice.knows_device(alice.user_id, laptop.device_id)
        await laptop.knows_device(alice.user_id, alice.device_id)
        await verify(laptop, alice)
        keys = 2 * MESSAGES_EACH // ROTATES_AFTER
        await alice.backed_up(keys)
        tablet = await CryptoJsClient.new_device(driver, alice.user_id)
        assert await tablet.recover(recovery_key) >= keys
        await tablet.page_back(room_id, 100)
        read = await tablet.read_all(room_id, 2 * MESSAGES_EACH)
        assert [[text for text in read if text in sent] for sent in texts] == texts
        assert await bob.devices(alice.user_id) == {
            alice.device_id: True, tablet.device_id: True, laptop.device_id: True,
        }  # fmt: skip

        await tablet.remove_device(alice.device_id)
        last = await bob.send_persistently(room_id, "who is left?")
        for reader in (tablet, laptop):
            assert await reader.reads(room_id, last) == "who is left?"
        assert await bob.devices(alice.user_id) == {tablet.device_id: True, laptop.device_id: True}
    await server.remove()
