"""A web site for the tests of previews: serves what it is told to, and notes every visit."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

HTML = "text/html; charset=utf-8"


class WebSite:
    """Answers by path; one not known is 404, one in `silent` never answers, one in `held` when its event is set."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.redirects: dict[str, str] = {}
        self.silent: set[str] = set()
        self.held: dict[str, asyncio.Event] = {}
        self.visits: list[str] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Open the site on a free port."""
        self._server = await asyncio.start_server(self._visit, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the site."""
        assert self._server is not None
        self._server.close()

    def page(self, path: str, head: str, body: str = "") -> str:
        """Put up a page and give its address."""
        text = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
        return self.file(path, HTML, text.encode())

    def file(self, path: str, content_type: str, data: bytes) -> str:
        """Put up a file and give its address."""
        self.pages[path] = (content_type, data)
        return self.url + path

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        self.visits.append(path)
        if path in self.held:
            await self.held[path].wait()
        if path in self.silent:
            await reader.read()  # Until the visitor goes.
        elif path in self.redirects:
            writer.write(
                f"HTTP/1.1 302 Found\r\nLocation: {self.redirects[path]}\r\nContent-Length: 0\r\n\r\n".encode()
            )
        elif path in self.pages:
            kind, data = self.pages[path]
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
            writer.write(head.encode() + data)
        else:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()
