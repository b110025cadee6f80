"""The HTTP server: listens, holds the connections within bounds, and stops in order. One per process.

It runs in the application's own event loop (decision 0009): no thread hands requests over, and nothing is left
behind by a kill that still holds the port or the database.
"""

import asyncio
import contextlib
import resource
import signal
import socket
import time
from email.utils import formatdate
from typing import Any

import structlog

from teahouse.errors import TeahouseError
from teahouse.kernel.http.connection import Connection, Serve, Watch

log = structlog.get_logger(__name__)

DRAIN_S = 3.0
FLUSH_S = 1.0
HEAD_S = 10.0
"""How long the head of a request may take, and a client may take to go that was told to."""
IDLE_S = 75.0
"""How long a connection may stay open between two requests."""
BACKLOG = 4096
MOST_CONNECTIONS = 65_536
FEW_CONNECTIONS = 5000
OWN_FILES = 128
BURST = 64
"""So many more than the most may come in one turn of the loop, before the listening stops."""


def free_port(host: str) -> int:
    """Ask the system for a free port on `host`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that the server listens on; raises TeahouseError when that can't be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise TeahouseError(
            f"Can't listen on {host} port {port} ({error.strerror}): stop what uses it, or choose another --port"
        ) from None
    return listening


class HttpServer:
    """All connections of the server. `answer` is called with each request, and answers it."""

    def __init__(self, answer: Serve, most: int) -> None:
        self.answer = answer
        self._most = most
        self._connections: set[Connection] = set()
        self._listening: socket.socket | None = None
        self._accepting: asyncio.Server | None = None
        self._changing: asyncio.Task[None] | None = None
        self.heading: Watch = {}
        self.idle: Watch = {}
        self.date_line = b""
        self.is_closing = False

    async def start(self, listening: socket.socket) -> None:
        """Take connections from a listening socket."""
        self._listening = listening
        self._tick()
        await self._accept()

    async def stop(self) -> None:
        """Take no more connections, close those that do nothing, and let the others end what they say."""
        self.is_closing = True
        if self._accepting is not None:
            self._accepting.close()
        if self._listening is not None:
            self._listening.close()
        for connection in list(self._connections):
            connection.close_if_idle()
        until = time.monotonic() + FLUSH_S
        while self._connections and time.monotonic() < until:
            await asyncio.sleep(0.01)
        for connection in list(self._connections):
            connection.abort()

    def joined(self, connection: Connection) -> None:
        """Count a connection in; with the last one that may come, the listening stops."""
        self._connections.add(connection)
        count = len(self._connections)
        if count > self._most + BURST:
            connection.abort()
        elif count >= self._most and self._accepting is not None:
            # The others wait in the system's queue: without a file to open, the database itself would fail.
            self._accepting.close()
            self._accepting = None

    def left(self, connection: Connection) -> None:
        """Count a connection out."""
        self._connections.discard(connection)
        is_waiting = self._accepting is None and self._changing is None and not self.is_closing
        if is_waiting and len(self._connections) < self._most:
            self._changing = asyncio.get_running_loop().create_task(self._accept(), name="accepting again")

    async def _accept(self) -> None:
        # Closing a server closes its socket, so each gets a copy, which shares the queue of those who wait.
        assert self._listening is not None  # noqa: S101
        loop = asyncio.get_running_loop()
        try:
            self._accepting = await loop.create_server(
                lambda: Connection(self), sock=self._listening.dup(), backlog=BACKLOG
            )
        finally:
            self._changing = None

    def _tick(self) -> None:
        """Once a second: the time, and who has taken too long."""
        self.date_line = f"date: {formatdate(usegmt=True)}\r\n".encode()
        now = time.monotonic()
        for watch, patience_s in ((self.heading, HEAD_S), (self.idle, IDLE_S)):
            late = []
            for connection, since in watch.items():
                if since > now - patience_s:
                    break
                late.append(connection)
            for connection in late:
                connection.abort()
        if not self.is_closing:
            asyncio.get_running_loop().call_later(1.0, self._tick)


async def run_server(
    app: Serve,
    host: str,
    port: int,
    *,
    stopping: asyncio.Event,
    ready: Any,
    drain: Any,
) -> None:
    """Serve until SIGINT or SIGTERM, or until `stopping` is set, then drain for at most DRAIN_S seconds.

    `ready()` is called once the port answers; `drain()` is awaited at the start of stopping, to end long polls.
    """
    listening = listen(host, port)
    server = HttpServer(app, most_connections())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    await server.start(listening)
    ready()
    await stopping.wait()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(drain(), DRAIN_S)
    await server.stop()


def most_connections() -> int:
    """Raise the limit of open files as far as it goes, and give how many connections that allows.

    More are left waiting in the system's queue: without a file to open, the database itself would fail.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    most = (
        MOST_CONNECTIONS
        if soft == resource.RLIM_INFINITY
        else min(MOST_CONNECTIONS, max(16, soft - OWN_FILES))
    )
    if most < FEW_CONNECTIONS:
        log.warning("the limit of open files allows few connections; raise it (ulimit -n)", connections=most)
    return most
