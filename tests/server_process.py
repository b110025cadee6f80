"""Starts the real server as a process of its own for tests, and ends only what it started.

Each server gets its own data folder and, on PostgreSQL, its own database in the cluster that
`TEAHOUSE_TEST_DATABASE_URL` names. `kill()` is SIGKILL; `start()` again continues on the same data.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from teahouse.kernel.http import free_port

SECRET = "jasmine"
CLUSTER = os.environ.get("TEAHOUSE_TEST_DATABASE_URL")


class ServerProcess:
    """One server on one data folder; can be stopped, killed and started again on the same port."""

    def __init__(self, data: Path, *options: str, rate_limits: bool = False) -> None:
        self.data = data
        self.options = options
        self.rate_limits = rate_limits
        self.port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        self.server_name = "localhost"
        self.registration_shared_secret = SECRET
        self.database: str | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data / "server.log"

    async def start(self, timeout_s: float = 90) -> None:
        """Start the process and wait until it answers; fails with the end of its log."""
        self.data.mkdir(parents=True, exist_ok=True)
        if CLUSTER and self.database is None:
            self.database = await _make_database(CLUSTER)
        command = [
            str(Path(sys.executable).with_name("teahouse")), "serve", "--data", str(self.data),
            "--port", str(self.port), "--server-name", self.server_name,
            "--registration", "open", "--registration-shared-secret", SECRET, *self.options,
        ]  # fmt: skip
        if not self.rate_limits:
            command.append("--no-rate-limits")
        if self.database:
            command += ["--database", self.database]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TEAHOUSE_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
        deadline = time.monotonic() + timeout_s
        async with httpx.AsyncClient() as http:
            while time.monotonic() < deadline and self.process.poll() is None:
                try:
                    if (await http.get(f"{self.url}/health")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
        raise AssertionError(f"The server did not start:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    async def stop(self, timeout_s: float = 10) -> int:
        """End the process politely and give its exit status; a process that hangs is killed and fails."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.to_thread(self.process.wait, timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("The server did not stop in time") from None
        finally:
            self.process = None

    async def remove(self) -> None:
        """End the process and drop its database."""
        self.kill()
        if CLUSTER and self.database:
            connection = await asyncpg.connect(CLUSTER)
            name = urlsplit(self.database).path[1:]
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await connection.close()


async def _make_database(cluster: str) -> str:
    name = f"teahouse_{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(cluster)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await connection.close()
    return urlunsplit(urlsplit(cluster)._replace(path=f"/{name}"))
