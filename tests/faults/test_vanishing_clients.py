"""Long polls that are cut off leave nothing behind (G19); the door stays open for others (G24)."""

from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path

from tests.actors import Actor, fresh_localpart, register
from tests.faults.raw_http import RawClient, figure
from tests.server_process import ServerProcess

ROUNDS = 4
POLLS = 2500
MIB = 1024 * 1024


async def until(url: str, name: str, wanted: float, within_s: float = 30) -> None:
    """Wait until one of the server's figures is as wanted."""
    deadline = time.monotonic() + within_s
    while (found := await figure(url, name)) != wanted:
        assert time.monotonic() < deadline, f"{name} is {found} and never became {wanted}"
        await asyncio.sleep(0.1)


async def open_polls(url: str, actor: Actor, since: str, count: int, address: str = "") -> list[RawClient]:
    """Open so many long polls."""
    clients = []
    for _ in range(count):
        client = await RawClient.connect(url)
        path = f"/_matrix/client/v3/sync?timeout=120000&since={since}"
        await client.send(
            "GET", path, actor.access_token, headers={"X-Forwarded-For": address} if address else None
        )
        clients.append(client)
    return clients


def allow_connections() -> int:
    """Let this process open as many files as it may, and give how many of them may be connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return POLLS if hard == resource.RLIM_INFINITY else hard - 256


async def test_thousands_of_polls_cut_off_leave_no_task_no_connection_and_no_memory(
    own_server: ServerProcess, dora: Actor
) -> None:
    polls = min(POLLS, allow_connections())
    since = (await dora.sync())["next_batch"]
    files = await figure(own_server.url, "process_open_fds")
    memory = []
    for _ in range(ROUNDS):
        clients = await open_polls(own_server.url, dora, since, polls)
        await until(own_server.url, "teahouse_http_polls_open", polls)
        for number, client in enumerate(clients):
            if number % 2:
                client.drop()
            else:
                client.writer.close()
        await until(own_server.url, "teahouse_http_polls_open", 0)
        memory.append(await figure(own_server.url, "process_resident_memory_bytes"))
    # A leak grows every round; what the allocator keeps after one busy round does not.
    assert memory[-1] - memory[-2] < 5 * MIB, f"memory after each round: {memory}"
    deadline = time.monotonic() + 10
    while await figure(own_server.url, "process_open_fds") > files + 8:
        assert time.monotonic() < deadline, "connections stayed open"
        await asyncio.sleep(0.1)


async def test_one_address_can_not_take_all_the_places(tmp_path: Path) -> None:
    config = tmp_path / "teahouse.toml"
    config.write_text("[listen]\nbehind_proxy = true\nmax_requests_per_address = 20\n")
    server = ServerProcess(tmp_path / "server", "--config", str(config))
    await server.start()
    try:
        async with await register(
            server.url, server.registration_shared_secret, fresh_localpart("d")
        ) as actor:
            since = (await actor.sync())["next_batch"]
            crowd = await open_polls(server.url, actor, since, 20, "198.51.100.7")
            await until(server.url, "teahouse_http_polls_open", 20)
            for address, status in (("198.51.100.7", 429), ("198.51.100.8", 200)):
                answer = await actor.answer("GET", "/account/whoami", headers={"X-Forwarded-For": address})
                assert answer.status_code == status
                if status == 429:
                    assert answer.json()["errcode"] == "M_LIMIT_EXCEEDED"
                    assert int(answer.headers["retry-after"]) > 0
            for client in crowd:
                client.drop()
            await until(server.url, "teahouse_http_polls_open", 0)
            again = await actor.answer("GET", "/account/whoami", headers={"X-Forwarded-For": "198.51.100.7"})
            assert again.json()["user_id"] == actor.user_id
    finally:
        await server.remove()


async def test_a_flood_of_connections_keeps_nobody_out_who_is_in(
    own_server: ServerProcess, dora: Actor
) -> None:
    room_id = await dora.create_room()
    over = False
    opened = 0

    async def flood() -> None:
        nonlocal opened
        while not over:
            client = await RawClient.connect(own_server.url)
            opened += 1
            client.drop()

    flooding = [asyncio.create_task(flood()) for _ in range(20)]
    sent = [await dora.send_text(room_id, f"{number}") for number in range(100)]
    over = True
    await asyncio.gather(*flooding)
    assert len(set(sent)) == 100
    assert opened > 500
