"""Clients that read or write too slowly are cut off, and nobody else waits for them (G22, G23)."""

from __future__ import annotations

import asyncio
import socket
import time
from urllib.parse import urlsplit

import httpx

from tests.actors import Actor, segment
from tests.faults.raw_http import RawClient, figure, head
from tests.server_process import ServerProcess

MIB = 1024 * 1024
ANSWER_S = 5.0
SLOW_READERS = 40
HALF_OPEN = 100
MOST_HELD = 96 * MIB


async def others_are_served(url: str) -> None:
    """Fail unless the server answers an ordinary request in time."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{url}/_matrix/client/versions", timeout=ANSWER_S)
    assert "v1.11" in answer.json()["versions"]


async def test_readers_who_never_read_cost_little_memory_and_nobody_elses_time(
    own_server: ServerProcess, dora: Actor
) -> None:
    room_id = await dora.create_room()
    for number in range(100):
        await dora.send_text(room_id, f"{number} " + "x" * 60_000)
    parts = urlsplit(own_server.url)
    path = f"/_matrix/client/v3/rooms/{segment(room_id)}/messages?dir=b&limit=100"
    whole = await dora.messages(room_id, limit=100)
    assert len(whole["chunk"]) == 100, "a long answer still reaches who reads it"
    before = await figure(own_server.url, "process_resident_memory_bytes")
    sockets = []
    for _ in range(SLOW_READERS):
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((parts.hostname, parts.port))
        deaf.sendall(head("GET", path, dora.access_token))
        sockets.append(deaf)
        await others_are_served(own_server.url)
    peak = 0.0
    deadline = time.monotonic() + 30
    while (held := await figure(own_server.url, "teahouse_http_held_bytes")) > MOST_HELD or not peak:
        peak = max(peak, await figure(own_server.url, "process_resident_memory_bytes"))
        assert time.monotonic() < deadline, f"{held} bytes wait for readers who never read"
        await asyncio.sleep(0.1)
    assert peak - before < 300 * MIB
    for deaf in sockets:
        deaf.close()
    while await figure(own_server.url, "teahouse_http_held_bytes"):
        assert time.monotonic() < deadline + 30, "what waits for a reader who left must be let go"
        await asyncio.sleep(0.1)


async def test_writers_who_never_finish_are_cut_off_and_keep_nobody_waiting(
    own_server: ServerProcess, dora: Actor
) -> None:
    room_id = await dora.create_room()
    path = f"/_matrix/client/v3/rooms/{segment(room_id)}/send/m.room.message/slow"
    halves = [await RawClient.connect(own_server.url) for _ in range(HALF_OPEN)]
    bodies = [await RawClient.connect(own_server.url) for _ in range(HALF_OPEN)]
    for half in halves:
        await half.write(b"GET /_matrix/client/versions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    for number, body in enumerate(bodies):
        await body.write(head("PUT", f"{path}{number}", dora.access_token, 4000) + b'{"body":')
    dripping = asyncio.create_task(drip(bodies[0]))
    for _ in range(10):
        await others_are_served(own_server.url)
    async with asyncio.timeout(30):
        assert all(await asyncio.gather(*(half.closed() for half in halves)))
        answers = await asyncio.gather(*(body.answer() for body in bodies))
    dripping.cancel()
    assert {answer.status for answer in answers} == {408}
    assert all("error" in answer.json() for answer in answers)
    assert [event["type"] for event in (await dora.messages(room_id))["chunk"]].count("m.room.message") == 0


async def drip(client: RawClient) -> None:
    """Send a byte now and then, for ever."""
    while True:
        await client.write(b" ")
        await asyncio.sleep(0.02)
