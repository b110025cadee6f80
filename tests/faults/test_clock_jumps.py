"""The machine's time is set while the server runs: order, counts, sessions and limits don't notice (G15).

The whole application runs inside the test here, with a clock that the test sets; nothing else can jump on
demand without touching the machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from teahouse.app import build_app, open_services
from teahouse.clock import Clock
from teahouse.config import load
from teahouse.kernel.http import HttpServer, listen
from tests.actors import PASSWORD, Actor, bodies, fresh_localpart, timeline, unread
from tests.faults.witnesses import history
from tests.kernel.databases import fresh_database

# The HTTP library warns of its next version for every route, each time that an application is made.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

HOUR_MS = 3_600_000
TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS
JUMPS_MS = (HOUR_MS, -2 * HOUR_MS, HOUR_MS + TEN_YEARS_MS, -TEN_YEARS_MS)


class JumpingClock(Clock):
    """The machine's clocks, with a wall that the test can set."""

    def __init__(self) -> None:
        self.off_ms = 0

    def now_ms(self) -> int:
        """Return the wall clock's time as it is set."""
        return super().now_ms() + self.off_ms


class Inside:
    """The application in this process, and its clock."""

    def __init__(self, url: str, clock: JumpingClock) -> None:
        self.url = url
        self.clock = clock

    def connect(self, actor: Actor) -> Actor:
        """Let the actor speak to the application in this process."""
        actor.http = httpx.AsyncClient(base_url=self.url)
        return actor

    async def person(self, name: str) -> Actor:
        """Make a user through open registration."""
        stranger = self.connect(Actor(self.url, "", "", ""))
        body = {
            "username": fresh_localpart(name), "password": PASSWORD, "refresh_token": True,
            "auth": {"type": "m.login.dummy"},
        }  # fmt: skip
        got = await stranger.post("/register", body)
        return self.connect(Actor(self.url, got["user_id"], got["access_token"], got["device_id"]))


@pytest_asyncio.fixture(loop_scope="session")
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    """The application with a clock that can be set."""
    clock = JumpingClock()
    async with fresh_database(tmp_path) as url:
        config = load(None, {}, {"data": tmp_path, "database": url})
        async with open_services(config, clock) as services:
            await services.chat.start()
            listening = listen("127.0.0.1", 0)
            http = HttpServer(build_app(services).serve, most=100)
            port = listening.getsockname()[1]
            await http.start(listening)
            yield Inside(f"http://127.0.0.1:{port}", clock)
            await http.stop()
            await services.chat.stop()


async def test_order_counts_and_sessions_stay_as_they_are_when_the_time_is_set(inside: Inside) -> None:
    alice, bob = await inside.person("alice"), await inside.person("bob")
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    since = (await bob.sync())["next_batch"]
    sent: list[str] = []
    for number, jump_ms in enumerate((0, *JUMPS_MS), 1):
        inside.clock.off_ms += jump_ms
        sent.append(await alice.send_text(room_id, f"{number}", txn_id=f"{number}"))
        assert await alice.send_text(room_id, f"{number}", txn_id=f"{number}") == sent[-1]
        answer = await bob.sync(since)
        assert bodies(timeline(answer, room_id)) == [f"{number}"]
        assert unread(answer, room_id) == (number, 0)
        since = answer["next_batch"]
    await bob.read(room_id, sent[-1])
    assert unread(await bob.sync(since), room_id) == (0, 0)
    assert bodies(await history(bob, room_id)) == ["1", "2", "3", "4", "5"]
    assert bodies(await history(bob, room_id, "b")) == ["1", "2", "3", "4", "5"]


async def test_limits_go_by_a_clock_that_nobody_can_set(inside: Inside) -> None:
    alice = await inside.person("alice")
    room_id = await alice.create_room()
    refused = None
    for number in range(300):
        path = f"/rooms/{room_id}/send/m.room.message/{number}"
        answer = await alice.answer("PUT", path, {"msgtype": "m.text", "body": "x"})
        if answer.status_code == 429:
            refused = answer
            break
    assert refused is not None
    assert refused.json()["errcode"] == "M_LIMIT_EXCEEDED"
    inside.clock.off_ms += TEN_YEARS_MS
    again = [await alice.answer("PUT", f"/rooms/{room_id}/send/m.x/{n}", {}) for n in range(30)]
    assert any(answer.status_code == 429 for answer in again), "ten years later the limit is the same"
