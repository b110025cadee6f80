"""The search index follows the stream from memory, and from the database wherever memory doesn't reach."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from teahouse.app import open_services
from teahouse.chat import Chat, create_room, messages
from teahouse.chat import search_index as follower
from teahouse.config import Config, DatabaseUrl
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from tests.kernel.databases import fresh_database

ALICE = Scope("@alice:localhost", "TEAPOT", 1)


async def say(chat: Chat, room_id: str, numbers: Sequence[int]) -> list[str]:
    return [
        await messages.send_message(ALICE, chat, room_id, "m.room.message", f"t{n}", {"body": f"leaf{n}"})
        for n in numbers
    ]


async def indexed(chat: Chat) -> int:
    """Wait for the index, and count its messages."""
    await chat.search_index.caught_up()

    async def job(tx: Tx) -> int:
        found: int = await tx.fetch_value("SELECT COUNT(*) FROM search_index")
        return found

    return await chat.db.read(job)


async def test_no_message_is_left_out_or_indexed_twice_wherever_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "MOST_TOLD", 20)
    async with fresh_database(tmp_path) as url:
        config = Config(data=tmp_path, database=DatabaseUrl(url))
        config = dataclasses.replace(
            config, rate_limits=dataclasses.replace(config.rate_limits, enabled=False)
        )
        async with open_services(config) as services:
            chat = services.chat
            await services.accounts.create_user("alice", "oolong-and-rain")
            room_id = await create_room.create_room(ALICE, chat, create_room.CreateRoomRequest())
            await say(chat, room_id, range(5))
            await chat.start()
            assert await indexed(chat) == 5, "said before anybody followed"
            await say(chat, room_id, range(5, 15))
            assert await indexed(chat) == 15, "heard from the stream"
            await say(chat, room_id, range(15, 60))
            assert await indexed(chat) == 60, "more than memory keeps"
            said = await say(chat, room_id, range(60, 70))
            chat.db.doorbell.ring(0, [Fact(chat.db.doorbell.position, "foreign")])
            await messages.redact_event(ALICE, chat, room_id, said[0], "r", {})
            assert await indexed(chat) == 69, "after another process wrote, and without what was redacted"
            await chat.stop()
