"""matrix-js-sdk with its Rust crypto: a person who encrypts, verifies, backs up and recovers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.actors import PASSWORD, Actor, fresh_localpart
from tests.clients.js_client import JsClient, NodeDriver
from tests.clients.node import require_js_sdk
from tests.server_process import ServerProcess

PATIENCE_S = 150
ATTEMPTS = 3


class CryptoJsClient(JsClient):
    """One device of a person; each method is one thing that the person does in the app."""

    @property
    def url(self) -> str:
        """The server's address."""
        return self._driver.base_url

    @classmethod
    async def sign_up(cls, driver: NodeDriver, name: str, *, sliding: bool = False) -> CryptoJsClient:
        """Register a fresh user, sign in with encryption and start syncing."""
        client = cls(driver)
        localpart = fresh_localpart(name)
        await client.register(localpart, PASSWORD)
        await client.sign_in(localpart, sliding=sliding)
        return client

    @classmethod
    async def new_device(cls, driver: NodeDriver, user_id: str) -> CryptoJsClient:
        """Sign a known user in on one more device and start syncing."""
        client = cls(driver)
        await client.sign_in(user_id.partition(":")[0].removeprefix("@"))
        return client

    async def sign_in(self, localpart: str, *, sliding: bool = False) -> None:
        """Log in, make the device's keys and start syncing."""
        await self.log_in(localpart, PASSWORD)
        await self.start_encryption()
        await self.start(sliding=sliding)

    async def set_up_recovery(self) -> str:
        """Make own keys, secret storage and a backup; return the recovery key."""
        return str(await self._call("set_up_recovery"))

    async def recover(self, recovery_key: str) -> int:
        """Enter the recovery key on this device; return how many room keys came back."""
        return int(await self._call("recover", recovery_key=recovery_key))

    async def backed_up(self, count: int) -> None:
        """Wait until the server's backup holds so many keys; the SDK sends them within some seconds."""
        async with Actor(self.url, self.user_id, self.access_token, self.device_id) as actor:
            async with asyncio.timeout(PATIENCE_S):
                while (await actor.get("/room_keys/version"))["count"] < count:
                    await asyncio.sleep(0.1)

    async def send_persistently(self, room_id: str, body: str) -> str:
        """Send, pressing "retry" while the server is away; return the event's id."""
        return str(await self._call("send_persistently", room_id=room_id, body=body))

    async def read_all(self, room_id: str, count: int) -> list[str]:
        """Wait until so many messages can be read and return their texts, oldest first."""
        return list(await self._call("read_all", room_id=room_id, count=count))

    async def look_again(self) -> None:
        """Do not wait for the next attempt to reach the server."""
        await self._call("look_again")

    async def sees_verified(self, user_id: str) -> None:
        """Wait until the app shows the user as verified."""
        await self._call("sees_verified", user_id=user_id)

    async def devices(self, user_id: str) -> dict[str, bool]:
        """Give a user's devices and whether their owner signed each."""
        return dict(await self._call("devices", user_id=user_id))

    async def knows_device(self, user_id: str, device_id: str) -> None:
        """Wait until the app knows a device of the user."""
        async with asyncio.timeout(PATIENCE_S):
            while device_id not in await self.devices(user_id):
                await asyncio.sleep(0.05)

    async def reads(self, room_id: str, event_id: str) -> str:
        """Wait until the app has decrypted an event and return its text."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                seen = await self.decrypted(room_id, event_id) or {}
                is_message = seen.get("encrypted") and seen["type"] == "m.room.message"
                if is_message and "Unable to decrypt" not in seen["body"]:
                    return str(seen["body"])
                await asyncio.sleep(0.05)

    async def remove_device(self, device_id: str) -> None:
        """Sign another device of one's own out."""
        await self._call("remove_device", device_id=device_id, password=PASSWORD)

    async def is_joined_by(self, room_id: str, user_id: str) -> None:
        """Wait until the app knows of the member, since it encrypts for those whom it knows."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self.is_joined(room_id, user_id):
                await asyncio.sleep(0.05)


async def verify(one: CryptoJsClient, other: CryptoJsClient, room_id: str | None = None) -> None:
    """Let two devices verify each other by emoji, in a room or directly; they begin again if one gives up."""
    for _ in range(ATTEMPTS):
        asking = one._call("verify", user_id=other.user_id, room_id=room_id)
        answering = other._call("be_verified", user_id=one.user_id, room_id=room_id)
        shown, shown_there = await asyncio.gather(asking, answering)
        if shown and shown_there:
            break
    assert shown == shown_there
    assert len(shown) == 7
    await asyncio.gather(one._call("emojis_match"), other._call("emojis_match"))


@asynccontextmanager
async def driver_of(server: ServerProcess, folder: Path) -> AsyncIterator[NodeDriver]:
    """Give a Node process whose clients use this server, and end it."""
    node, library = await asyncio.to_thread(require_js_sdk)
    driver = await NodeDriver.launch(node, library, server.url, folder / "node-stderr")
    try:
        yield driver
    finally:
        await driver.stop()
