"""Saving a server of a million events while people write, bringing it back, and moving it to PostgreSQL (G28, G30)."""

import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from bench import cloning
from bench.client import Client
from bench.measures import Measure, Values, at_least, at_most
from bench.metering import percentile
from bench.scenarios.initial_sync import fill_rooms
from bench.stage import Stage
from bench.wire import encode_request

NAME = "backup"
MEASURES = [
    Measure("events", "events in the database", "", at_least(1_000_000)),
    Measure("gb", "database and media", "GB"),
    Measure("make_seconds", "backup beside the server", "s"),
    Measure("quiet_p99_ms", "a send's answer before, p99", "ms"),
    Measure("busy_p99_ms", "a send's answer meanwhile, p99", "ms"),
    Measure("missing", "acknowledged before, and not in it", "", at_most(0)),
    Measure("restore_seconds", "restore into an empty folder", "s"),
    Measure("minutes_10_gb", "restore, for 10 GB", "min", at_most(15)),
    Measure("rows", "rows copied to PostgreSQL a second", "/s"),
]
WITH_PEER = False
_SENDERS = 8
_PAUSE_SECONDS = 0.1
_FILE_BYTES = 1 << 20


async def run(stage: Stage) -> Values:
    """Copy a real room many times, add files, and save all that while eight people talk."""
    people = await stage.people("keeper", _SENDERS)
    (template,) = await fill_rooms(stage, people, 1, messages=90)
    room_id = await people[0].create_room(name="Talk")
    await stage.all_join(room_id, people[1:])
    files = stage.size(400, 20)
    with stage.steps("uploading", files) as step:
        for _ in range(files):
            await _upload(people[0])
            step()
    await stage.server.stop()
    copies = stage.size(11_000, 500)
    with stage.steps("copying rooms by the hundred", copies // 100) as step:
        await asyncio.to_thread(cloning.clone_room, stage.server.database_file, template, copies, step)
    _, events = cloning.count_rows(stage.server.database_file)
    await stage.server.start()
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-backup-") as place:
        return {"events": events, **await _keep(stage, people, room_id, Path(place))}


async def _keep(stage: Stage, people: list[Client], room_id: str, place: Path) -> Values:
    acknowledged: list[str] = []
    quiet, busy = list[float](), list[float]()
    await _talk(people, room_id, acknowledged, quiet, asyncio.create_task(asyncio.sleep(5)))
    before = list(acknowledged)
    making = asyncio.create_task(
        _command("backup", "make", str(place / "b"), "--data", str(stage.server.folder))
    )
    await _talk(people, room_id, acknowledged, busy, making)
    restore_seconds = await _command("backup", "restore", str(place / "b"), "--data", str(place / "new"))
    size = sum(path.stat().st_size for path in (place / "b").rglob("*") if path.is_file())
    missing = cloning.missing_events(place / "new" / "teahouse.db", before)
    shutil.rmtree(place / "b")
    return {
        "gb": size / 1e9,
        "make_seconds": making.result(),
        "quiet_p99_ms": percentile(quiet, 0.99),
        "busy_p99_ms": percentile(busy, 0.99),
        "missing": missing,
        "restore_seconds": restore_seconds,
        "minutes_10_gb": restore_seconds / 60 * 10e9 / size,
        "rows": await _rows_a_second(place / "new"),
    }


async def _talk(
    people: list[Client],
    room_id: str,
    acknowledged: list[str],
    times_ms: list[float],
    until: asyncio.Task[Any],
) -> None:
    """Let everybody send ten messages a second, until something has ended."""

    async def one(client: Client) -> None:
        while not until.done():
            begun = time.perf_counter()
            acknowledged.append(await client.send(room_id, "still here"))
            times_ms.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(_PAUSE_SECONDS)

    await asyncio.gather(*map(one, people))
    await until


async def _rows_a_second(data: Path) -> float:
    """Copy the restored database into a PostgreSQL of our own; zero where there is none."""
    import postgres  # noqa: PLC0415 (a script, which the command makes importable)

    if postgres.find() is None:
        return 0.0
    with postgres.running() as url:
        seconds = await _command("database", "copy", url, "--data", str(data))
    return cloning.count_all_rows(data / "teahouse.db") / seconds


async def _command(*arguments: str) -> float:
    """Run the operator's command, and give how long it took."""
    program = str(Path(sys.executable).with_name("teahouse"))
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"teahouse {' '.join(arguments)}: {complaint.decode()[-500:]}")
    return time.perf_counter() - begun


async def _upload(client: Client) -> None:
    body = secrets.token_bytes(_FILE_BYTES)
    path = "/_matrix/media/v3/upload?filename=leaves"
    request = encode_request("POST", path, client.address, client.token, body, b"application/octet-stream")
    answer = await client.connection.ask(request)
    assert answer is not None
    assert orjson.loads(answer.body)["content_uri"]
