"""HTTP by hand, for clients that no library would be: thousands at once, half-open, silent, or gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx


@dataclass
class RawAnswer:
    """What came back on a connection."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Give the decoded body."""
        return json.loads(self.body)


class RawClient:
    """One connection to the server at `url`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, url: str) -> RawClient:
        """Open a connection."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def send(
        self,
        method: str,
        path: str,
        token: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Write a whole request."""
        await self.write(
            head(method, path, token, None if body is None else len(body), headers) + (body or b"")
        )

    async def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> RawAnswer:
        """Read one answer whose length is told."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return RawAnswer(int(lines[0].split()[1]), headers, body)

    async def closed(self) -> bool:
        """Read on until the server closes; always True, or it never returns."""
        with contextlib.suppress(OSError):
            while await self.reader.read(65_536):
                pass
        return True

    def drop(self) -> None:
        """Go away without a word."""
        self.writer.transport.abort()


def head(
    method: str,
    path: str,
    token: str = "",
    length: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Write the head of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if length is not None:
        lines.append(f"Content-Length: {length}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def figure(url: str, name: str) -> float:
    """Read one of the server's own figures from /metrics."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"{url}/metrics", timeout=30)).raise_for_status().text
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found, f"/metrics has no {name}"
    return float(found[1])
