"""matrix-js-sdk with its Rust crypto: what one says in an encrypted room the other reads, and the server doesn't."""

from __future__ import annotations

from tests.actors import Actor, segment
from tests.clients.conftest import Drivers
from tests.clients.js_crypto import CryptoJsClient


async def test_two_people_exchange_encrypted_messages(drivers: Drivers) -> None:
    driver = await drivers.node()
    alice = await CryptoJsClient.sign_up(driver, "alice")
    bob = await CryptoJsClient.sign_up(driver, "bob")
    room_id = await alice.create_encrypted_room("Secret tea")
    await alice.invite(room_id, bob.user_id)
    await bob.join(room_id)
    await alice.is_joined_by(room_id, bob.user_id)
    await alice.knows_device(bob.user_id, bob.device_id)
    event_id = await alice.send_text(room_id, "Darjeeling at five")
    assert await bob.reads(room_id, event_id) == "Darjeeling at five"
    answer_id = await bob.send_text(room_id, "I bring the cake")
    assert await alice.reads(room_id, answer_id) == "I bring the cake"
    async with Actor(bob.url, bob.user_id, bob.access_token, bob.device_id) as actor:
        stored = await actor.answer("GET", f"/rooms/{segment(room_id)}/event/{segment(event_id)}")
    assert stored.json()["type"] == "m.room.encrypted"
    assert "Darjeeling" not in stored.text
    await alice.close()
    await bob.close()
