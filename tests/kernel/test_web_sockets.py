"""WebSockets over the server: handshake, texts, refusals, endings; spoken with a real client library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from teahouse.errors import Forbidden, TeahouseError
from teahouse.kernel.http import HttpServer, Socket, SocketClosed, listen
from teahouse.kernel.http.exchange import Exchange
from teahouse.kernel.http.sockets import SocketHandler
from tests.input.wire import talk


@asynccontextmanager
async def speaking(handler: SocketHandler) -> AsyncIterator[str]:
    """Run a server whose every WebSocket is the handler's, and give its address."""

    async def answer(exchange: Exchange) -> None:
        wire = exchange.socket
        if wire is None:
            exchange.reply(200, b"", b"plain")
            return
        socket = Socket(wire.scope("/", b""), wire.receive, wire.send, None)
        try:
            await handler(socket)
        except SocketClosed:
            pass
        except TeahouseError as error:
            await socket.refuse(error)
        else:
            await socket.close(1000)

    listening = listen("127.0.0.1", 0)
    server = HttpServer(answer, most=100)
    await server.start(listening)
    try:
        yield f"ws://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await server.stop()


async def echo(socket: Socket) -> None:
    """Take the connection and say everything again."""
    await socket.accept(socket.protocols[0] if socket.protocols else None)
    while (text := await socket.receive_text()) != "enough":
        await socket.send_text(text)


async def test_texts_go_both_ways_and_both_sides_end_in_order() -> None:
    async with speaking(echo) as url, connect(url, subprotocols=["green", "black"]) as client:  # type: ignore[list-item]
        assert client.subprotocol == "green"
        for text in ("tea", "\u8336", "x" * 60_000, ""):
            await client.send(text)
            assert await client.recv() == text
        await client.send(["in ", "three ", "fragments"])
        assert await client.recv() == "in three fragments"
        await (await client.ping())
        await client.send("enough")
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 1000


async def test_a_sign_of_life_is_a_ping_that_every_client_answers_itself() -> None:
    heard: list[Opcode] = []

    class Listening(ClientConnection):
        def process_event(self, event: Any) -> None:
            heard.append(event.opcode) if isinstance(event, Frame) else None
            super().process_event(event)

    async def live(socket: Socket) -> None:
        await socket.accept(None)
        await socket.ping()
        await socket.send_text(await socket.receive_text())

    async with speaking(live) as url, connect(url, create_connection=Listening) as client:
        await client.send("tea")
        assert await client.recv() == "tea"
    assert heard[:2] == [Opcode.PING, Opcode.TEXT]


async def test_a_refusal_is_an_ordinary_answer() -> None:
    async def refuse(_: Socket) -> None:
        raise Forbidden("Members only")

    async with speaking(refuse) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
        assert refused.value.response.status_code == 403
        assert b"Members only" in refused.value.response.body


@pytest.mark.parametrize(
    "lines",
    [
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: c2l4dGVlbiBieXRlcyEh",
        "Sec-WebSocket-Key: c2l4dGVlbiBieXRlcyEh\r\nSec-WebSocket-Version: 8",
        "Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: c2l4dGVlbiBieXRlcyEh\r\nSec-WebSocket-Version: 13\r\nX-Long: " + "x" * 60_000,
    ],
    ids=["no key", "no version", "an old version", "a short key", "a header that is too long"],
)
async def test_what_is_no_handshake_is_refused_as_bad_input(lines: str) -> None:
    async with speaking(echo) as url:
        asked = f"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{lines}\r\n\r\n"
        [(status, body)] = (await talk(url, asked.encode())).answers
        assert (status, json.loads(body)["errcode"]) == (400, "M_INVALID_PARAM")
        assert "handshake" in json.loads(body)["error"]


async def test_a_text_that_is_too_long_or_no_text_ends_the_connection() -> None:
    async with speaking(echo) as url:
        for message, code in (("x" * 100_000, 1009), (b"\xff", 1003)):
            async with connect(url) as client:
                await client.send(message)
                with pytest.raises(ConnectionClosed):
                    await client.recv()
                assert client.close_code == code


async def test_the_route_hears_that_its_client_is_gone() -> None:
    heard = asyncio.get_running_loop().create_future()

    async def listen_on(socket: Socket) -> None:
        await socket.accept(None)
        try:
            await socket.receive_text()
        except SocketClosed:
            heard.set_result(True)
            raise

    async with speaking(listen_on) as url:
        client = await connect(url)
        client.transport.abort()
        assert await heard


async def test_what_a_client_sends_with_its_handshake_is_heard() -> None:
    async with speaking(echo) as url:
        host, port = url.removeprefix("ws://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            b"\x81\x83\x00\x00\x00\x00tea"
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        assert await reader.readexactly(5) == b"\x81\x03tea"
        writer.close()
