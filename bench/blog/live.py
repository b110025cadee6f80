"""A thousand followers who listen, half by WebSocket and half by server-sent events, while the celebrity posts."""

import asyncio
import base64
import os
import time
from typing import cast

from bench.blog.asking import Asking
from bench.blog.filling import City
from bench.metering import percentile
from bench.stage import Stage
from bench.wire import Address, encode_request

LISTENERS = 1000
_AT_ONCE = 50
_PATIENCE_S = 30.0


class _Ear(asyncio.Protocol):
    """One connection: it looks for a marker in what comes, and notes when."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._tail = b""
        self._marker = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: asyncio.Future[float] | None = None
        self.transport: asyncio.Transport | None = None

    def listen_for(self, marker: bytes) -> "asyncio.Future[float]":
        """Give the moment at which a marker comes."""
        self._marker, self._tail = marker, b""
        self.heard = asyncio.get_running_loop().create_future()
        return self.heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            status = data[9:12]
            if status in (b"101", b"200"):
                self.opened.set_result(None)
            else:
                self.opened.set_exception(RuntimeError(f"a stream was refused: {data[:200]!r}"))
        seen = self._tail + data
        if self._marker and self._marker in seen and self.heard is not None and not self.heard.done():
            self.heard.set_result(time.perf_counter())
        self._tail = seen[-200:]

    def connection_lost(self, exc: Exception | None) -> None:
        for waiting in (self.opened, self.heard):
            if waiting is not None and not waiting.done():
                waiting.set_exception(exc or ConnectionError("a stream ended"))


async def live(stage: Stage, plan: City, asking: Asking) -> dict[str, float]:
    """Let all listen, post some times, and give how late the last one heard."""
    ears: list[_Ear] = []
    loop, address = asyncio.get_running_loop(), stage.server.address

    async def open_one(number: int) -> None:
        request = _request(address, plan.token(plan.followers + number), web_socket=number % 2 == 0)
        _, ear = await loop.create_connection(lambda: _Ear(request), address.host, address.port)
        ears.append(ear)
        await ear.opened

    count = stage.size(LISTENERS, 200)
    await stage.each("followers begin to listen", range(count), open_one, _AT_ONCE)
    posts, late, answers = stage.size(15, 5), [], []
    with stage.steps("posting to those who listen", posts) as step:
        for number in range(posts):
            marker = f"marker{number}end"
            hearing = [ear.listen_for(marker.encode()) for ear in ears]
            begun = time.perf_counter()
            answers.append(await asking.post(plan.celebrity, marker))
            async with asyncio.timeout(_PATIENCE_S):
                moments = await asyncio.gather(*hearing)
            late.append((max(moments) - begun) * 1000)
            step()
    for ear in ears:
        if ear.transport is not None:
            ear.transport.close()
    await asyncio.sleep(0.5)
    return {
        "listeners": len(ears),
        "live_ms": percentile(late, 0.5),
        "live_worst_ms": max(late),
        "live_post_ms": percentile(answers, 0.5),
    }


def _request(address: Address, token: str, *, web_socket: bool) -> bytes:
    if not web_socket:
        return encode_request("GET", "/api/v1/streaming/user", address, token, None)
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /api/v1/streaming?stream=user HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
        f"Authorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()
