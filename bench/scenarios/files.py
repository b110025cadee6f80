"""A file of 1 GiB up and down: what it costs in memory, and how quick it is beside nginx serving the same file."""

import asyncio
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from bench import nginx
from bench.client import Client, T
from bench.measures import Measure, Values, at_least, at_most
from bench.stage import Stage
from bench.wire import Address

NAME = "files"
MEASURES = [
    Measure("up_mib_s", "upload", "MiB/s", more_is_better=True),
    Measure("up_growth_mib", "memory that it takes", "MiB", at_most(64)),
    Measure("many_growth_mib", "ten uploads at once, memory each", "MiB", at_most(2)),
    Measure("down_mib_s", "download", "MiB/s", more_is_better=True),
    Measure("down_growth_mib", "memory that it takes", "MiB", at_most(64)),
    Measure("nginx_mib_s", "nginx, the same file", "MiB/s", more_is_better=True),
    Measure("share_of_nginx", "download, beside nginx", "", at_least(0.5)),
]
WITH_PEER = False
MIB = 1024 * 1024
ROUNDS = 5
_LOOK_EVERY_S = 0.01


async def run(stage: Stage) -> Values:
    """Upload one large file, then ten at once, then download the large one in turns with nginx."""
    (sender,) = await stage.people("sender", 1)
    size = stage.size(1024, 128) * MIB
    with tempfile.TemporaryDirectory(prefix="teahouse-bench-files-") as folder:
        large, small = Path(folder) / "large", Path(folder) / "small"
        _fill(large, size)
        _fill(small, 32 * MIB)
        await asyncio.to_thread(_upload, sender, small)
        seconds, up_growth, media_id = await _watched(stage, lambda: _upload(sender, large))
        found = {"up_mib_s": size / MIB / seconds, "up_growth_mib": up_growth / MIB}
        found["many_growth_mib"] = await _many_at_once(stage, sender, small) / MIB
        path = f"/_matrix/client/v1/media/download/{sender.user_id.partition(':')[2]}/{media_id}"
        stored = next(file for file in (stage.server.folder / "media").rglob("*") if _size(file) == size)
        down, beside, growth = [], [], 0.0
        with (
            nginx.serving(stored.parent, Path(folder) / "nginx") as address,
            stage.steps("down", ROUNDS) as step,
        ):
            for _ in range(ROUNDS):
                seconds, grown, got = await _watched(
                    stage, lambda: _download(sender.address, path, sender.token or "")
                )
                assert got == size, f"{got} bytes of {size}"
                down.append(size / MIB / seconds)
                growth = max(growth, grown)
                started = time.perf_counter()
                assert await asyncio.to_thread(_download, address, f"/{stored.name}", "") == size
                beside.append(size / MIB / (time.perf_counter() - started))
                step()
    speed, nginx_speed = statistics.median(down), statistics.median(beside)
    return {
        **found, "down_mib_s": speed, "down_growth_mib": growth / MIB, "nginx_mib_s": nginx_speed,
        "share_of_nginx": speed / nginx_speed,
    }  # fmt: skip


async def _many_at_once(stage: Stage, sender: Client, file: Path) -> float:
    async def all_of_them() -> None:
        await asyncio.gather(*(asyncio.to_thread(_upload, sender, file) for _ in range(10)))

    before, peak = stage.server.resident_bytes(), 0
    uploads = asyncio.ensure_future(all_of_them())
    while not uploads.done():
        peak = max(peak, await asyncio.to_thread(stage.server.resident_bytes))
        await asyncio.sleep(_LOOK_EVERY_S)
    await uploads
    return max(0, peak - before) / 10


async def _watched(stage: Stage, work: Callable[[], T]) -> tuple[float, float, T]:
    """Do blocking work beside the loop; give its seconds, how far the server's memory grew, and its result."""
    before, peak, started = stage.server.resident_bytes(), 0, time.perf_counter()
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    while not doing.done():
        peak = max(peak, await asyncio.to_thread(stage.server.resident_bytes))
        await asyncio.wait((doing,), timeout=_LOOK_EVERY_S)
    return time.perf_counter() - started, max(0, peak - before), await doing


def _fill(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _upload(sender: Client, path: Path) -> str:
    """Upload a file from the disk, and give its id."""
    head = (
        f"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {sender.token}\r\n"
        f"Content-Type: video/mp4\r\nContent-Length: {_size(path)}\r\nConnection: close\r\n\r\n"
    )
    with (
        socket.create_connection((sender.address.host, sender.address.port)) as wire,
        path.open("rb") as file,
    ):
        wire.sendall(head.encode())
        wire.sendfile(file)
        answer = b""
        while piece := wire.recv(65_536):
            answer += piece
    if b" 200 " not in answer[:20]:
        raise RuntimeError(f"upload: {answer[:300]!r}")
    uri: str = orjson.loads(answer.partition(b"\r\n\r\n")[2])["content_uri"]
    return uri.rpartition("/")[2]


def _download(address: Address, path: str, token: str) -> int:
    """Download a file into nothing, and give its size."""
    signed = f"Authorization: Bearer {token}\r\n" if token else ""
    buffer = bytearray(MIB)
    with socket.create_connection((address.host, address.port)) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{signed}Connection: close\r\n\r\n".encode())
        received = wire.recv_into(buffer)
        while b"\r\n\r\n" not in buffer[:received]:
            received += wire.recv_into(memoryview(buffer)[received:])
        head = bytes(buffer[:received]).partition(b"\r\n\r\n")[0]
        if b" 200 " not in head[:20]:
            raise RuntimeError(f"{path}: {head[:300]!r}")
        size = received - len(head) - 4
        while received := wire.recv_into(buffer):
            size += received
    return size
