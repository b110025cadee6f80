"""PostgreSQL goes away for twenty seconds, and once only falls silent: clean refusals, then all is well (G11)."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import httpx
import pytest

from tests.actors import Actor, segment
from tests.faults.nursery import QuickServer
from tests.faults.private_postgres import PrivatePostgres, private_postgres
from tests.faults.test_kill import KILLS, judge, people
from tests.faults.witnesses import Listener, Speaker, going_on
from tests.server_process import CLUSTER

pytestmark = pytest.mark.skipif(CLUSTER is None, reason="it is about PostgreSQL")

AWAY_S = 20.0
SILENT_S = 8.0
ANSWER_S = 5.0
BACK_S = 5.0


@pytest.mark.timeout(240)
async def test_a_database_that_goes_away_and_comes_back_costs_nothing_but_the_time(tmp_path: Path) -> None:
    async with private_postgres() as cluster:
        server = QuickServer(tmp_path / "server")
        server.database = cluster.url
        await server.start()
        try:
            actors = await people(server, 5)
            await live_through_outages(server, cluster, actors)
        finally:
            for actor in actors:
                await actor.close()
            server.database = None
            await server.remove()


async def live_through_outages(server: QuickServer, cluster: PrivatePostgres, actors: list[Actor]) -> None:
    """Speak and listen through both outages, then compare all records with the history."""
    room_id = await actors[0].create_room(
        preset="public_chat", power_level_content_override={"state_default": 0}
    )
    for actor in actors[1:]:
        await actor.join(room_id)
    speakers = [Speaker(actor, room_id, f"s{n}", random.Random(n)) for n, actor in enumerate(actors[:3])]  # noqa: S311
    listeners = [Listener(actor, room_id) for actor in actors[3:]]
    for listener in listeners:
        await listener.listen_once()
    async with going_on(speakers, listeners, pause_s=0.05):
        while sum(len(speaker.said) for speaker in speakers) <= KILLS:
            await asyncio.sleep(0.05)
        await cluster.stop()
        await answers_while_away(server, actors[0], room_id, AWAY_S)
        await cluster.start()
        await is_back(server, actors[0], room_id)
        cluster.freeze()
        try:
            await answers_while_away(server, actors[0], room_id, SILENT_S)
        finally:
            cluster.thaw()
        await is_back(server, actors[0], room_id)
    assert server.is_alive(), "no restart was needed"
    await judge(server, speakers, listeners)


async def answers_while_away(server: QuickServer, actor: Actor, room_id: str, seconds: float) -> None:
    """Ask for all kinds of things, several at a time: 503 in time, but alive."""
    until = time.monotonic() + seconds
    room = f"/rooms/{segment(room_id)}"
    number = 0
    while time.monotonic() < until:
        number += 1
        alive, ready = await asyncio.gather(timed(server, "/health"), timed(server, "/health/ready"))
        assert (alive, ready) == (200, 503)
        refusals = await asyncio.gather(
            refused(actor, "PUT", f"{room}/send/m.room.message/away-{number}", {"msgtype": "m.text", "body": "x"}),
            refused(actor, "PUT", f"{room}/state/m.room.topic/", {"topic": f"{number}"}),
            refused(actor, "GET", f"{room}/messages?dir=b", None),
            refused(actor, "POST", "/createRoom", {}),
        )  # fmt: skip
        assert set(refusals) == {503}, refusals
        await asyncio.sleep(0.2)


async def timed(server: QuickServer, path: str) -> int:
    """Give the status of an answer that must come in time."""
    async with httpx.AsyncClient() as http:
        return (await http.get(server.url + path, timeout=ANSWER_S)).status_code


async def refused(actor: Actor, method: str, path: str, body: object) -> int:
    """Ask for what can't be had; give the refusal's status after checking its form and its time."""
    started = time.monotonic()
    answer = await actor.answer(method, path, body)
    assert time.monotonic() - started < ANSWER_S, f"{method} {path} took too long"
    assert answer.json()["errcode"] == "M_UNKNOWN"
    assert int(answer.headers["retry-after"]) > 0
    return answer.status_code


async def is_back(server: QuickServer, actor: Actor, room_id: str) -> None:
    """Wait for a write, a read and the readiness; not longer than promised."""
    back = time.monotonic()
    done: set[str] = set()
    answers: list[str] = []
    room = f"/rooms/{segment(room_id)}"
    while len(done) < 3:
        assert time.monotonic() - back < BACK_S, f"only {done} work again: {answers}"
        if await timed(server, "/health/ready") == 200:
            done.add("ready")
        for method, path, body in (
            ("GET", f"{room}/messages?dir=b", None),
            ("PUT", f"{room}/state/a.b/", {"t": int(back)}),
        ):
            answer = await actor.answer(method, path, body)
            answers = [*answers, answer.text][-2:]
            if answer.status_code == 200:
                done.add(method)
        await asyncio.sleep(0.05)
