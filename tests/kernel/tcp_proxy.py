"""A wire that a test can cut or freeze: sits between the storage and PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

Watch = Callable[[bytes], str | None]


class Wire:
    """Passes bytes on until `watch` says `cut`, `cut after` (the server still gets them) or `freeze`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.watch: Watch | None = None

    def thaw(self) -> None:
        """Let everything through again."""
        self.watch = None
        self._open.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from the storage."""
        from_server, to_server = await asyncio.open_connection(*self._target)
        self._writers |= {writer, to_server}
        for source, sink, watched in ((reader, to_server, True), (from_server, writer, False)):
            task = asyncio.create_task(self._pass_on(source, sink, watched=watched))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, watched: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                verdict = self.watch(data) if watched and self.watch is not None else None
                if verdict == "cut":
                    return self._cut()
                if verdict == "freeze":
                    self._open.clear()
                if verdict == "cut after":
                    await self._let_the_server_finish(sink, data)
                    return self._cut()
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        sink.close()
        return None

    async def _let_the_server_finish(self, sink: asyncio.StreamWriter, data: bytes) -> None:
        """Pass the bytes on but nothing back; half a second is plenty for one statement."""
        self._open.clear()
        sink.write(data)
        await sink.drain()
        await asyncio.sleep(0.5)
        self._open.set()

    def _cut(self) -> None:
        self.watch = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers = set()

    async def end(self) -> None:
        """Stop passing on."""
        self._cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[tuple[str, Wire]]:
    """Give the URL of the same database through a wire, and the wire."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    wire = Wire(parts.hostname, parts.port)
    server = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    place = parts.netloc.rpartition("@")[0] + f"@127.0.0.1:{port}"
    try:
        yield urlunsplit(parts._replace(netloc=place)), wire
    finally:
        server.close()
        await wire.end()
