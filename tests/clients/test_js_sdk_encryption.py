"""matrix-js-sdk with its Rust crypto: what one says in an encrypted room the other reads, and the server doesn't."""

from __future__ import annotations

import asyncio
import time

import httpx

from tests.actors import PASSWORD, fresh_localpart
from tests.clients.conftest import People
from tests.clients.js_client import JsClient


async def person(people: People, name: str) -> JsClient:
    """Register a fresh user with the SDK, make the device's keys and start syncing."""
    client = await people.client("js-sdk")
    assert isinstance(client, JsClient)
    localpart = fresh_localpart(name)
    await client.register(localpart, PASSWORD)
    await client.log_in(localpart, PASSWORD)
    await client.start_encryption()
    await client.start()
    return client


async def published(client: JsClient, url: str) -> None:
    """Wait until the device's keys are on the server."""
    deadline = time.monotonic() + 30
    async with httpx.AsyncClient(base_url=url) as http:
        while time.monotonic() < deadline:
            answer = await http.post(
                "/_matrix/client/v3/keys/query",
                json={"device_keys": {client.user_id: []}},
                headers={"Authorization": f"Bearer {client.access_token}"},
            )
            if client.device_id in answer.json()["device_keys"].get(client.user_id, {}):
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the SDK did not publish its keys")


async def read(client: JsClient, room_id: str, event_id: str) -> str:
    """Wait until the SDK has decrypted the event and give its text."""
    deadline = time.monotonic() + 30
    seen = None
    while time.monotonic() < deadline:
        seen = await client.decrypted(room_id, event_id)
        body = seen["body"] if seen is not None and seen["type"] == "m.room.message" else None
        if body and "Unable to decrypt" not in body:
            return str(body)
        await asyncio.sleep(0.05)
    raise AssertionError(f"the SDK could not read the event: {seen}")


async def test_two_people_exchange_encrypted_messages(people: People) -> None:
    alice, bob = await person(people, "alice"), await person(people, "bob")
    url = people.server.url
    await published(alice, url)
    await published(bob, url)
    room_id = await alice.create_encrypted_room("Secret tea")
    await alice.invite(room_id, bob.user_id)
    await bob.join(room_id)
    await somebody_is_seen(alice, room_id, bob.user_id)
    event_id = await alice.send_text(room_id, "Darjeeling at five")
    assert await read(bob, room_id, event_id) == "Darjeeling at five"
    answer_id = await bob.send_text(room_id, "I bring the cake")
    assert await read(alice, room_id, answer_id) == "I bring the cake"
    async with httpx.AsyncClient(base_url=url) as http:
        stored = await http.get(
            f"/_matrix/client/v3/rooms/{room_id}/event/{event_id}",
            headers={"Authorization": f"Bearer {bob.access_token}"},
        )
    assert stored.json()["type"] == "m.room.encrypted"
    assert "Darjeeling" not in stored.text


async def somebody_is_seen(client: JsClient, room_id: str, user_id: str) -> None:
    """Wait until the SDK knows that somebody joined, since it encrypts for those whom it knows."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if await client.is_joined(room_id, user_id):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the SDK did not see {user_id} join")
