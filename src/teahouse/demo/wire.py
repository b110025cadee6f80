"""The server on a port of its own, with a clock that can be set; and its people, as clients with HTTP requests."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpcore
import orjson

from teahouse.app import Services, build_app, open_services
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.demo.cast import Character
from teahouse.errors import TeahouseError
from teahouse.kernel.http import HttpServer, free_port, listen

HOST = "127.0.0.1"
MOST_CONNECTIONS = 100
BOUNDARY = "teahouse-demo-of-parts"
Json = dict[str, Any]


class DemoFailed(TeahouseError):
    """The server refused what the demonstration asked of it."""


class DemoClock(Clock):
    """A wall clock that stands where it was last set, and runs on from there."""

    def __init__(self) -> None:
        self._set_to_ms = super().now_ms()
        self._set_at = super().monotonic()

    def set(self, at_ms: int) -> None:
        """Let it be that moment; never an earlier one than it is, since what is made has to stay in order."""
        self._set_to_ms, self._set_at = max(at_ms, self.now_ms()), super().monotonic()

    def begin(self, at_ms: int) -> None:
        """Let it be that moment, also an earlier one, before anything is made."""
        self._set_to_ms, self._set_at = at_ms, super().monotonic()

    def now_ms(self) -> int:
        """Give the time of the story."""
        return self._set_to_ms + int((super().monotonic() - self._set_at) * 1000)


@dataclass
class Person:
    """Somebody with a session: asks as an app does."""

    character: Character
    wire: "Wire"
    token: str
    user_id: str
    account_id: str = ""

    async def ask(self, method: str, path: str, body: Json | None = None, **query: str) -> Any:
        """Make a request with JSON and give the answer's; raises DemoFailed."""
        content = b"" if body is None else orjson.dumps(body)
        return await self.wire.ask(method, path, self.token, content, "application/json", query)

    async def send(self, path: str, data: bytes, content_type: str, **query: str) -> Any:
        """Send a file as the body."""
        return await self.wire.ask("POST", path, self.token, data, content_type, query)

    async def send_form(
        self, method: str, path: str, fields: Mapping[str, str], files: Mapping[str, tuple[str, str, bytes]]
    ) -> Any:
        """Send a form with files: (name, type, bytes) by field."""
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for field, (name, kind, data) in files.items():
            head = (
                f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}'
            )
            parts += [f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode(), data, b"\r\n"]
        body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
        return await self.wire.ask(
            method, path, self.token, body, f"multipart/form-data; boundary={BOUNDARY}", {}
        )


class Wire:
    """Requests to the server."""

    def __init__(self, url: str, pool: httpcore.AsyncConnectionPool) -> None:
        self._url = url
        self._pool = pool

    async def ask(
        self, method: str, path: str, token: str, content: bytes, content_type: str, query: Mapping[str, str]
    ) -> Any:
        """Make one request and give the JSON of its answer; raises DemoFailed."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        headers = [("Authorization", f"Bearer {token}"), ("Content-Type", content_type)]
        answer = await self._pool.request(
            method, f"{self._url}{path}{'?' if asked else ''}{asked}", headers=headers, content=content
        )
        if answer.status not in (200, 202):
            raise DemoFailed(f"{method} {path} was answered {answer.status}: {answer.content.decode()[:300]}")
        return orjson.loads(answer.content)


@contextlib.asynccontextmanager
async def open_server(config: Config, clock: DemoClock) -> AsyncIterator[tuple[Services, Wire]]:
    """Let the server answer on a port of its own, beside one that runs or without it, and with no limits."""
    unhurried = replace(config, rate_limits=replace(config.rate_limits, enabled=False))
    async with open_services(unhurried, clock) as services:
        port = free_port(HOST)
        server = HttpServer(build_app(services).serve, MOST_CONNECTIONS)
        await server.start(listen(HOST, port))
        try:
            async with httpcore.AsyncConnectionPool(max_connections=4) as pool:
                yield services, Wire(f"http://{HOST}:{port}", pool)
        finally:
            await server.stop()
