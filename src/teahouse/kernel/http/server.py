"""Runs the application on granian inside our own loop, in this one process, until a signal says stop."""

import asyncio
import contextlib
import signal
import socket
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from teahouse.errors import TeahouseError

DRAIN_S = 3.0


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
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        backlog=4096,
        backpressure=65_536,
        websockets=False,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=417_792),
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
