"""Servers that start in a fraction of the time: children of a process that has loaded the program already.

Starting the program anew costs two seconds of work, nearly all of it for loading code; a test that starts it
thirty times forks instead. What runs in the child is the real command with its real arguments.

Run as a program this file is that parent: it reads arguments as lines of JSON and answers with process ids.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.server_process import CLUSTER, SECRET, ServerProcess, _make_database


class QuickServer(ServerProcess):
    """A server that can be killed and started often."""

    def __init__(self, data: Path, *options: str) -> None:
        super().__init__(data, *options)
        self._nursery: subprocess.Popen[str] | None = None
        self._pid: int | None = None
        self.environ: dict[str, str] = {}
        """What the program finds in its environment besides."""

    async def start(self, timeout_s: float = 60) -> None:
        """Start and wait until the port answers."""
        self.launch()
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self.is_alive():
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
        raise AssertionError(f"The server did not start:\n{self.log.read_text()[-4000:]}")

    def launch(self) -> None:
        """Start without waiting."""
        if self._nursery is None:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={k: v for k, v in os.environ.items() if not k.startswith("TEAHOUSE_")} | self.environ,
            )  # fmt: skip
        self.data.mkdir(parents=True, exist_ok=True)
        arguments = [
            "serve", "--data", str(self.data), "--port", str(self.port), "--server-name", self.server_name,
            "--registration", "open", "--registration-shared-secret", SECRET, "--no-rate-limits", *self.options,
        ]  # fmt: skip
        if self.database:
            arguments += ["--database", self.database]
        assert self._nursery.stdin
        assert self._nursery.stdout
        self._nursery.stdin.write(json.dumps({"log": str(self.log), "arguments": arguments}) + "\n")
        self._nursery.stdin.flush()
        self._pid = int(self._nursery.stdout.readline())

    @property
    def pid(self) -> int | None:
        """The process of the server, None before its start."""
        return self._pid

    def is_alive(self) -> bool:
        """Say whether the server's process is there."""
        if self._pid is None:
            return False
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self._pid is not None and self.is_alive():
            os.kill(self._pid, signal.SIGKILL)
            while self.is_alive():
                time.sleep(0.001)
        self._pid = None

    async def remove(self) -> None:
        """End the server, then the process that it came from."""
        self.kill()
        if self._nursery is not None:
            self._nursery.kill()
            self._nursery.wait()
        await super().remove()


async def quick_server(data: Path, *options: str) -> QuickServer:
    """Make a server, on PostgreSQL with a database of its own."""
    server = QuickServer(data, *options)
    if CLUSTER:
        server.database = await _make_database(CLUSTER)
    return server


def raise_children() -> None:
    """Fork a server for each line of standard input."""
    from teahouse import cli  # noqa: PLC0415 (the tests that import this module shall not load the server)

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # The system buries the dead.
    for line in sys.stdin:
        wanted = json.loads(line)
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for target, source in ((0, nothing), (1, log), (2, log)):
                os.dup2(source, target)
            status = cli.run(wanted["arguments"])
            sys.stdout.flush()
            os._exit(status)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    raise_children()
