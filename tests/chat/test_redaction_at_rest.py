"""What a redaction took away is gone from SQLite's file too, not only from the answers (G31)."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

from teahouse.app import Services, open_services
from teahouse.chat import create_room, messages, store_search
from teahouse.config import Config, DatabaseUrl
from teahouse.kernel.http import Scope

ALICE = Scope("@alice:localhost", "TEAPOT", 1)
TOLD = 60


async def say_and_take_back(services: Services) -> None:
    """Say many things that are searched for, then take every third of them back."""
    chat = services.chat
    room = await create_room.create_room(ALICE, chat, create_room.CreateRoomRequest())
    said = [
        await messages.send_message(
            ALICE,
            chat,
            room,
            "m.room.message",
            f"t{n}",
            {"body": f"{'kept' if n % 3 else 'taken'}word{n} tea"},
        )
        for n in range(TOLD)
    ]
    await chat.search_index.caught_up()
    for n in range(0, TOLD, 3):
        await messages.redact_event(ALICE, chat, room, said[n], f"r{n}", {})


def everything_in(folder: Path) -> bytes:
    """Read the database's files."""
    return b"".join(path.read_bytes() for path in folder.glob("tea.db*"))


async def test_redacted_words_leave_the_pages_and_the_search_index(tmp_path: Path) -> None:
    config = Config(data=tmp_path, database=DatabaseUrl(f"sqlite://{tmp_path}/tea.db"))
    config = dataclasses.replace(config, rate_limits=dataclasses.replace(config.rate_limits, enabled=False))
    async with open_services(config) as services:
        await services.accounts.create_user("alice", "oolong-and-rain")
        await services.chat.start()
        await say_and_take_back(services)
        db = services.db
        for part in itertools.count():
            if not await db.write(lambda tx, p=part: store_search.clean_index(tx, db.dialect, begin=p == 0)):  # type: ignore[misc]
                break
        # Fails unless the index holds exactly the words of the rows beside it.
        await db.write(
            lambda tx: tx.execute(
                "INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)"
            )
        )
        await services.chat.stop()
    content = everything_in(tmp_path)
    assert all(b"keptword%d tea" % n in content for n in range(TOLD) if n % 3)
    assert b"takenword" not in content
