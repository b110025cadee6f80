"""A full disk: writes are refused honestly, reading goes on, and freed space is enough to recover (G14)."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.actors import Actor, bodies, fresh_localpart, register, segment
from tests.faults.witnesses import Listener, Speaker, history
from tests.server_process import CLUSTER, ServerProcess

MIB = 1024 * 1024
DISK_MIB = 32

pytestmark = pytest.mark.skipif(
    CLUSTER is not None, reason="the disk under test is SQLite's; PostgreSQL's is tested in tests/kernel"
)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a small disk of memory; only root may."""
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(options, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk; the limit on file sizes is tested all the same")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """Fill the disk up to `leave` bytes and give the file that does so."""
    filler = disk / "filler"
    room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - leave
    # What the server writes meanwhile may leave less room, which is only noticed when the file is closed.
    with suppress(OSError), filler.open("wb") as file:
        for _ in range(room // 65_536):
            file.write(b"\0" * 65_536)
        file.write(b"\0" * (room % 65_536))
    return filler


async def send_until_refused(actor: Actor, room_id: str, kept: list[str]) -> int:
    """Send long messages until one is refused; give the refusal's status."""
    for number in range(2000):
        body = f"{len(kept)} " + "x" * 50_000
        path = f"/rooms/{segment(room_id)}/send/m.room.message/{actor.next_txn_id()}"
        answer = await actor.answer("PUT", path, {"msgtype": "m.text", "body": body})
        if answer.status_code != 200:
            assert answer.json()["errcode"].startswith("M_"), number
            assert int(answer.headers["retry-after"]) > 0
            return answer.status_code
        kept.append(answer.json()["event_id"])
    raise AssertionError("the disk never filled")


async def reading_goes_on(actor: Actor, room_id: str, kept: list[str], since: str) -> None:
    """Check what must work on a full disk."""
    assert (await actor.whoami())["user_id"] == actor.user_id
    newest = (await actor.messages(room_id, limit=1))["chunk"][0]["event_id"]
    assert newest == kept[-1]
    assert (await actor.sync(since))["next_batch"]
    assert (await actor.sync())["rooms"]["join"].keys() == {room_id}
    async with Actor(actor.url, actor.user_id, actor.access_token, actor.device_id) as same_token:
        assert await same_token.joined_rooms() == [room_id]


async def recovers(actor: Actor, room_id: str) -> str:
    """Wait until a message is taken again; give its id."""
    async with asyncio.timeout(10):
        while True:
            path = f"/rooms/{segment(room_id)}/send/m.room.message/{actor.next_txn_id()}"
            answer = await actor.answer("PUT", path, {"msgtype": "m.text", "body": "room again"})
            if answer.status_code == 200:
                return str(answer.json()["event_id"])
            assert answer.status_code in (503, 507)
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("leave_mib", [4, 0])
async def test_a_full_disk_refuses_writes_and_loses_nothing(tmp_path: Path, leave_mib: int) -> None:
    with small_disk(tmp_path / "disk") as disk:
        server = ServerProcess(disk / "server")
        server.log = tmp_path / "server.log"
        try:
            await server.start()
            await live_through_a_full_disk(server, disk, leave_mib * MIB)
        finally:
            await server.remove()


async def live_through_a_full_disk(server: ServerProcess, disk: Path, leave: int) -> None:
    """Fill the disk, look at reads and writes, free it, restart: everything acknowledged is there."""
    async with await register(server.url, server.registration_shared_secret, fresh_localpart("d")) as dora:
        room_id = await dora.create_room()
        since = (await dora.sync())["next_batch"]
        kept = [await dora.send_text(room_id, "first")]
        filler = fill(disk, leave)
        assert await send_until_refused(dora, room_id, kept) == 507
        await reading_goes_on(dora, room_id, kept, since)
        if leave:
            # What frees space may use the reserve.
            await dora.redact(room_id, kept[-1])
        filler.unlink()
        kept.append(await recovers(dora, room_id))
        await check_kept(dora, room_id, kept)
        assert await server.stop() == 0
        await server.start()
        await check_kept(dora, room_id, kept)


async def check_kept(actor: Actor, room_id: str, kept: list[str]) -> None:
    """Every acknowledged event is there once."""
    stored = [event["event_id"] for event in await history(actor, room_id)]
    assert len(set(stored)) == len(stored)
    assert set(kept) <= set(stored), "an acknowledged message is missing"


async def test_files_that_may_not_grow_refuse_writes_and_lose_nothing(
    own_server: ServerProcess, dora: Actor
) -> None:
    room_id = await dora.create_room()
    speaker = Speaker(dora, room_id, "speaker", random.Random(1))  # noqa: S311
    listener = Listener(dora, room_id)
    await listener.listen_once()
    since = (await dora.sync())["next_batch"]
    assert own_server.process is not None
    pid = own_server.process.pid
    log = (own_server.data / "teahouse.db-wal").stat().st_size
    unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    for _ in range(3):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (log, unlimited[1]))
        refused = [await try_to_say(speaker) for _ in range(200)]
        assert {503, 507} & set(refused)
        assert set(refused) <= {200, 503, 507}
        assert (await dora.sync(since))["next_batch"]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        await recovers(dora, room_id)
    while await listener.listen_once():
        pass
    events = await history(dora, room_id)
    assert listener.heard == [event["event_id"] for event in events]
    said = [promise.content["body"] for promise in speaker.said]
    assert [body for body in bodies(events) if body.startswith("speaker")] == said


async def try_to_say(speaker: Speaker) -> int:
    """Say one thing, once; give the answer's status."""
    promise = speaker.promise()
    answer = await speaker.actor.answer("PUT", promise.path, promise.content)
    if answer.status_code == 200:
        promise.answers.add(answer.json()["event_id"])
        speaker.said.append(promise)
    return answer.status_code
