"""Runs the application on granian inside our own loop, in this one process, until a signal says stop."""

import asyncio
import contextlib
import resource
import signal
import socket
from typing import Any

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from teahouse.errors import TeahouseError

log = structlog.get_logger(__name__)

DRAIN_S = 3.0
MOST_CONNECTIONS = 65_536
FEW_CONNECTIONS = 5000
OWN_FILES = 128
MOST_HEAD_BYTES = 65_536


def free_port(host: str) -> int:
    """Ask the system for a free port on `host`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def check_address(host: str, port: int) -> None:
    """Raise TeahouseError unless the server can listen there.

    The HTTP server would share the port with another one of its kind, and each would get half of the requests.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise TeahouseError(
            f"Can't listen on {host} port {port} ({error.strerror}): stop what uses it, or choose another --port"
        ) from None


async def run_server(
    app: Any, host: str, port: int, *, stopping: asyncio.Event, ready: Any, drain: Any
) -> None:
    """Serve until SIGINT or SIGTERM, or until `stopping` is set, then drain for at most DRAIN_S seconds.

    `ready()` is called once the port answers; `drain()` is awaited at the start of stopping, to end long polls.
    """
    check_address(host, port)
    most = most_connections()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        backlog=4096,
        backpressure=most,
        websockets=True,
        log_enabled=False,
        http=HTTPModes.http1,  # One parser: nobody needs HTTP/2 without TLS, which proxies in front speak.
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=MOST_HEAD_BYTES),
    )
    task = asyncio.create_task(server.serve(), name="http server")
    await _answering(host, port, task)
    ready()
    waiter = asyncio.create_task(stopping.wait())
    await asyncio.wait([waiter, task], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(drain(), DRAIN_S)
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError, Exception):
        await asyncio.wait_for(task, 1.5)


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


async def _answering(host: str, port: int, task: "asyncio.Task[Any]") -> None:
    while not task.done():
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
    task.result()
