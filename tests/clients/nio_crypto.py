"""matrix-nio with vodozemac: a bot that reads and writes in encrypted rooms."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import nio  # type: ignore[import-untyped]

from tests.actors import Actor


class NioCryptoBot:
    """A bot on a device of its own, signed in with the actor's token."""

    def __init__(self, actor: Actor, store: Path) -> None:
        self.actor = actor
        store.mkdir()
        config = nio.AsyncClientConfig(encryption_enabled=True, max_limit_exceeded=0, max_timeouts=0)
        self._nio = nio.AsyncClient(actor.url, actor.user_id, actor.device_id, str(store), config)
        self._nio.restore_login(actor.user_id, actor.device_id, actor.access_token)
        self._texts: dict[str, str] = {}
        self._syncing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Publish the keys and begin to sync."""
        self._nio.add_event_callback(self._take, nio.RoomMessageText)
        await self._nio.sync(timeout=0, full_state=True)
        await self._nio.keys_upload()
        self._syncing = asyncio.create_task(self._nio.sync_forever(timeout=10_000))

    def _take(self, _: nio.MatrixRoom, event: nio.RoomMessageText) -> None:
        if event.decrypted:
            self._texts[event.event_id] = event.body

    async def knows_members(self, room_id: str, count: int) -> None:
        """Wait until the bot has the device keys of so many members."""
        async with asyncio.timeout(150):
            while True:
                room = self._nio.rooms.get(room_id)
                if room is not None and room.encrypted and len(room.users) >= count:
                    known = [
                        user for user in room.users if list(self._nio.device_store.active_user_devices(user))
                    ]
                    if len(known) >= count - 1:
                        return
                await asyncio.sleep(0.05)

    async def say(self, room_id: str, body: str) -> str:
        """Send an encrypted message to all devices of the room and return its id."""
        content = {"msgtype": "m.text", "body": body}
        sent = await self._nio.room_send(room_id, "m.room.message", content, ignore_unverified_devices=True)
        assert isinstance(sent, nio.RoomSendResponse), sent
        return str(sent.event_id)

    async def reads(self, event_id: str) -> str:
        """Wait until the bot has decrypted an event and return its text."""
        async with asyncio.timeout(150):
            while event_id not in self._texts:
                await asyncio.sleep(0.05)
        return self._texts[event_id]

    async def close(self) -> None:
        """Stop syncing and close the connections."""
        if self._syncing is not None:
            self._syncing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._syncing
        await self._nio.close()
