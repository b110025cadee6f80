"""The servers under test: start, stop, and what they have cost.

Owns the child processes and their temporary folders. Refuses to share anything between scenarios:
each gets an empty database, a free port on loopback, one process and no rate limits.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from bench import synapse
from bench.client import Client
from bench.metering import cpu_seconds, most_resident_bytes, parent_of, resident_bytes
from bench.wire import Address

SECRET = "bench-only-secret"
_SETTINGS = {"TEAHOUSE_MEDIA_MAX_UPLOAD_BYTES": "2147483648"}
_START_DEADLINE_SECONDS = 120
_STOP_DEADLINE_SECONDS = 20


class Homeserver:
    """One homeserver process on an own temporary folder."""

    def __init__(self, name: str, database_url: str | None = None) -> None:
        self.name = name
        self.database_url = database_url
        self._database_pid: int | None = None
        self.is_ours = name == "teahouse"
        self.folder = Path(tempfile.mkdtemp(prefix=f"teahouse-bench-{name}-"))
        self.address = Address("127.0.0.1", _free_port())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database_file(self) -> Path:
        """The SQLite file that holds the data."""
        files = [path for path in self.folder.rglob("*.db") if path.is_file()]
        assert len(files) == 1, f"expected one database, found {files}"
        return files[0]

    async def start(self) -> float:
        """Start the server and return the seconds until it first answered."""
        if self.database_url is not None:
            self._database_pid = await _server_of(self.database_url)
        begun = time.perf_counter()
        self._launch()
        while True:
            try:
                probe = Client(self.address)
                await probe.call("GET", "/_matrix/client/versions")
                probe.close()
                return time.perf_counter() - begun
            except (OSError, RuntimeError):
                self._check_alive(time.perf_counter() - begun)
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Stop the server as an operator would, and kill it when it does not stop."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, _STOP_DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    async def discard(self) -> None:
        """Stop the server and remove its data."""
        await self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def database(self) -> Path | str:
        """Where the data are: the SQLite file, or the address of the PostgreSQL database."""
        return self.database_url or self.database_file

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, "not started"
        return self._process.pid

    def cpu_seconds(self) -> float:
        """Return the CPU time that the server has used so far, and its PostgreSQL with it."""
        return cpu_seconds(self.pid) + (cpu_seconds(self._database_pid) if self._database_pid else 0.0)

    def resident_bytes(self) -> int:
        """Return the server's resident memory, without that of PostgreSQL."""
        return resident_bytes(self.pid)

    def most_resident_bytes(self) -> int:
        """Return the most memory that the server's process ever had."""
        return most_resident_bytes(self.pid)

    def _launch(self) -> None:
        if self.is_ours:
            command = self._teahouse_command()
        else:
            command = synapse.command(self.folder, self.address, SECRET)
        with (self.folder / "output.log").open("ab") as log:
            environ = {**os.environ, **_SETTINGS} if self.is_ours else None
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=environ)

    def _teahouse_command(self) -> list[str]:
        program = Path(sys.executable).with_name("teahouse")
        return [
            *(str(program), "serve", "--data", str(self.folder), "--port", str(self.address.port)),
            *(("--database", self.database_url) if self.database_url else ()),
            *("--no-rate-limits", "--registration", "open", "--registration-shared-secret", SECRET),
        ]

    def _check_alive(self, waited_seconds: float) -> None:
        assert self._process is not None
        if self._process.poll() is not None or waited_seconds > _START_DEADLINE_SECONDS:
            log = (self.folder / "output.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.name} does not answer; the end of its log:\n{log}")


async def _server_of(database_url: str) -> int:
    """Give the process id of the PostgreSQL server, the parent of any of its connections."""
    connection = await asyncpg.connect(database_url)
    try:
        return parent_of(await connection.fetchval("SELECT pg_backend_pid()"))
    finally:
        await connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
