"""The end of a server, of a session and of a schema: Ctrl-C, a revoked token, an older program (G8, G30, G45)."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import asyncpg

from tests.actors import Actor, segment
from tests.faults.raw_http import RawClient
from tests.faults.test_vanishing_clients import open_polls, until
from tests.faults.witnesses import Unanswered, ask, history
from tests.server_process import ServerProcess

STOP_S = 5.0


async def test_ctrl_c_answers_open_polls_and_writes_and_ends_in_five_seconds(
    own_server: ServerProcess, dora: Actor
) -> None:
    room_id = await dora.create_room()
    since = (await dora.sync())["next_batch"]
    polls = await open_polls(own_server.url, dora, since, 50)
    await until(own_server.url, "teahouse_http_polls_open", 50)
    sent: list[str] = []
    writing = [asyncio.create_task(write_until_the_end(dora, room_id, sent)) for _ in range(4)]
    await asyncio.sleep(0.3)
    assert own_server.process is not None
    started = time.monotonic()
    own_server.process.send_signal(signal.SIGINT)
    answers = await asyncio.gather(*(poll.answer() for poll in polls))
    status = await asyncio.to_thread(own_server.process.wait, 10)
    assert time.monotonic() - started < STOP_S
    assert status == 0
    assert {answer.status for answer in answers} == {200}
    await asyncio.gather(*writing)
    await own_server.start()
    seen = {event["event_id"] for event in await history(dora, room_id)}
    assert sent
    assert set(sent) <= seen
    for token in {answer.json()["next_batch"] for answer in answers}:
        assert (await dora.sync(token))["next_batch"], "tokens of before the stop go on"


async def write_until_the_end(actor: Actor, room_id: str, sent: list[str]) -> None:
    """Send until the server doesn't take it any more."""
    while True:
        promise = f"/rooms/{segment(room_id)}/send/m.room.message/{actor.next_txn_id()}"
        try:
            sent.append(
                (await ask(actor, "PUT", promise, {"msgtype": "m.text", "body": "going on"}))["event_id"]
            )
        except Unanswered:
            return


async def test_an_ended_session_ends_its_open_poll(own_server: ServerProcess, dora: Actor) -> None:
    async def open_poll(actor: Actor) -> RawClient:
        since = (await actor.sync())["next_batch"]
        (poll,) = await open_polls(own_server.url, actor, since, 1)
        return poll

    second = await dora.log_in_again()
    third = await dora.log_in_again()
    polls = {actor.device_id: await open_poll(actor) for actor in (dora, second, third)}
    await until(own_server.url, "teahouse_http_polls_open", 3)
    await second.log_out()
    ended = await asyncio.wait_for(polls[second.device_id].answer(), 3)
    assert (ended.status, ended.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    await third.post("/logout/all")
    for actor in (dora, third):
        ended = await asyncio.wait_for(polls[actor.device_id].answer(), 3)
        assert (ended.status, ended.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")
    await second.close()
    await third.close()


async def test_a_token_of_the_future_or_of_another_server_is_refused_and_never_empty(
    own_server: ServerProcess, dora: Actor, alice: Actor
) -> None:
    foreign = (await alice.sync())["next_batch"]
    for token in (foreign, "s1_999999999_1_00000000", "nonsense", "s1_1_1"):
        await dora.refused("GET", "/sync", 400, "M_INVALID_PARAM", params={"since": token})


async def test_an_older_program_refuses_a_newer_database_in_one_line(
    own_server: ServerProcess, dora: Actor
) -> None:
    await own_server.stop()
    await set_schema(own_server, 9999)
    command = [
        str(Path(sys.executable).with_name("teahouse")), "serve", "--data", str(own_server.data),
        "--port", str(own_server.port), *(["--database", own_server.database] if own_server.database else []),
    ]  # fmt: skip
    refused = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=30, check=False
    )
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "9999" in refused.stderr
    await set_schema(own_server, None)
    await own_server.start()
    assert (await dora.whoami())["user_id"] == dora.user_id


async def set_schema(server: ServerProcess, version: int | None) -> None:
    """Pretend that a newer program was here, or take that back."""
    statement = "DELETE FROM schema_version WHERE version = 9999"
    if version is not None:
        statement = f"INSERT INTO schema_version (version) VALUES ({version})"  # noqa: S608
    if server.database:
        connection = await asyncpg.connect(server.database)
        await connection.execute(statement)
        await connection.close()
        return
    with sqlite3.connect(server.data / "teahouse.db") as lite:
        lite.execute(statement)
    lite.close()
