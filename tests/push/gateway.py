"""A push gateway for the tests: a real HTTP server on loopback that keeps what it is told.

It can be told to fail for a while, to answer slowly, and to reject pushkeys.
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Self

from tests.actors import Actor, eventually

Json = dict[str, Any]
PATH = "/_matrix/push/v1/notify"


class PushGateway:
    """Listens while its block is open; `told` holds the notifications in order of arrival."""

    def __init__(self) -> None:
        self.told: list[Json] = []
        self.refused = 0
        self.status = 200
        self.rejected: list[str] = []
        self.redirect_to: str | None = None
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The address that a pusher names."""
        return f"http://127.0.0.1:{self.port}{PATH}"

    @property
    def events(self) -> list[Json]:
        """The notifications about events, without those that only set the badge."""
        return [told for told in self.told if "event_id" in told]

    async def __aenter__(self) -> Self:
        """Start listening."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and end the open connections."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.close()

    async def wait_for_events(self, count: int, within_s: float = 10) -> list[Json]:
        """Wait until so many events were told, and give them."""
        await eventually(lambda: len(self.events) >= count, f"{count} notifications", within_s)
        return self.events

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = next(
                    int(line.partition(":")[2])
                    for line in head.split("\r\n")
                    if line.lower().startswith("content-length:")
                )
                self._answer(writer, head.split("\r\n")[0], await reader.readexactly(length))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def _answer(self, writer: asyncio.StreamWriter, request: str, body: bytes) -> None:
        assert request.split() == ["POST", PATH, "HTTP/1.1"]
        more = ""
        if self.redirect_to is not None:
            more, status = f"Location: {self.redirect_to}\r\n", 307
        else:
            status = self.status
        if status == 200:
            self.told.append(json.loads(body)["notification"])
        else:
            self.refused += 1
        answer = json.dumps({"rejected": self.rejected}).encode()
        writer.write(
            f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\n{more}"
            f"Content-Length: {len(answer)}\r\n\r\n".encode()
            + answer
        )


def pusher(gateway: PushGateway | str, pushkey: str = "key", **changed: Any) -> Json:
    """Give the body that sets a pusher to the gateway, or to an address."""
    url = gateway if isinstance(gateway, str) else gateway.url
    data = {"url": url, **changed.pop("data", {})}
    return {
        "kind": "http",
        "app_id": "test.tea.app",
        "pushkey": pushkey,
        "app_display_name": "Tea",
        "device_display_name": "Pot",
        "lang": "en",
        "data": data,
        **changed,
    }


async def set_pusher(actor: Actor, gateway: PushGateway, pushkey: str = "key", **changed: Any) -> None:
    """Let the actor's notifications go to the gateway."""
    await actor.post("/pushers/set", pusher(gateway, pushkey, **changed))
