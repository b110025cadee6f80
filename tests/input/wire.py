"""Talks HTTP byte by byte, as no HTTP client would, and reads what comes back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

HOST = b"Host: localhost\r\n"


@dataclass
class Talk:
    """What came back: the answers one after another, and whether the server then closed the connection."""

    answers: list[tuple[int, bytes]]
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The status codes in order."""
        return [status for status, _ in self.answers]


async def talk(
    url: str, sent: bytes, *, answers: int = 1, within_s: float = 5, linger_s: float = 0.3
) -> Talk:
    """Send these bytes and read so many answers; then wait a little for a further one or the end."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=4 * 1024 * 1024)
    found = Talk([], closed=False)
    try:
        writer.write(sent)
        while not found.closed:
            patience = within_s if len(found.answers) < answers else linger_s
            try:
                async with asyncio.timeout(patience):
                    answer = await _read_answer(reader)
            except TimeoutError:
                break
            if answer is None:
                found.closed = True
            else:
                found.answers.append(answer)
    finally:
        writer.close()
    return found


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status == 100:
            return await _read_answer(reader)
        lengths = [
            line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        ]
        return status, await reader.readexactly(int(lengths[0])) if lengths else b""
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def request(method: str, path: str, *headers: str, body: bytes = b"", host: bytes = HOST) -> bytes:
    """Write a request with exactly these headers; nothing is added but the host."""
    lines = b"".join(header.encode("latin-1") + b"\r\n" for header in headers)
    return f"{method} {path} HTTP/1.1\r\n".encode() + host + lines + b"\r\n" + body
