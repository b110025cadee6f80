"""The HTTP server by itself: framing, keeping and closing connections, and how many there may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from teahouse.kernel.http import HttpServer, listen
from teahouse.kernel.http.exchange import AnswerBroken, Exchange
from tests.faults.raw_http import RawClient, head

Serve = Callable[[Exchange], Coroutine[Any, Any, None]]


async def echo(exchange: Exchange) -> None:
    """Answer with the method, the target and the body."""
    body = b""
    while (message := await exchange.receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    exchange.reply(200, b"", b"%b %b %b" % (exchange.method.encode(), exchange.target, body))


async def in_pieces(exchange: Exchange) -> None:
    """Answer with three pieces."""
    exchange.begin(200, [(b"x-kind", b"pieces")])
    for piece in (b"green ", b"", b"tea"):
        exchange.add(piece, more=True)
    exchange.add(b"", more=False)


@asynccontextmanager
async def running(answer: Serve, most: int = 100) -> AsyncIterator[str]:
    """Run a server in this loop and give its address."""
    listening = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = HttpServer(answer, most)
    await server.start(listening)
    try:
        yield url
    finally:
        await server.stop()


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with running(echo) as url:
        client = await RawClient.connect(url)
        for number in range(3):
            await client.send("POST", f"/{number}", body=b"tea")
            answer = await client.answer()
            assert (answer.status, answer.body) == (200, b"POST /%d tea" % number)
            assert "date" in answer.headers


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1\r\nConnection: close"])
async def test_a_connection_ends_with_the_answer_when_its_client_says_so(version: str) -> None:
    async with running(echo) as url:
        client = await RawClient.connect(url)
        await client.write(f"GET /once {version}\r\n\r\n".encode())
        answer = await client.answer()
        assert (answer.body, answer.headers["connection"]) == (b"GET /once ", "close")
        assert await client.closed()


async def test_a_client_that_asks_may_send_its_body() -> None:
    async with running(echo) as url:
        client = await RawClient.connect(url)
        await client.write(head("PUT", "/", "", 3, {"Expect": "100-continue"}))
        assert (await client.answer()).status == 100
        await client.write(b"tea")
        assert (await client.answer()).body == b"PUT / tea"


async def test_the_answer_to_head_has_the_length_of_a_body_that_is_not_sent() -> None:
    async with running(echo) as url:
        client = await RawClient.connect(url)
        await client.write(head("HEAD", "/x") + head("GET", "/y"))
        first = (await client.reader.readuntil(b"\r\n\r\n")).lower()
        assert b"content-length: 8\r\n" in first
        assert (await client.answer()).body == b"GET /y "


async def test_a_target_that_names_the_host_means_its_path() -> None:
    async with running(echo) as url:
        client = await RawClient.connect(url)
        await client.send("GET", f"{url}/a/b?c=d")
        assert (await client.answer()).body == b"GET /a/b?c=d "


async def test_pieces_go_in_chunks_or_to_an_old_client_until_the_end() -> None:
    async with running(in_pieces) as url:
        client = await RawClient.connect(url)
        await client.send("GET", "/")
        lines = await client.reader.readuntil(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in lines
        assert b"x-kind: pieces" in lines
        assert await client.reader.readuntil(b"0\r\n\r\n") == b"6\r\ngreen \r\n3\r\ntea\r\n0\r\n\r\n"
        old = await RawClient.connect(url)
        await old.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await old.reader.read()).endswith(b"\r\n\r\ngreen tea")


async def test_a_header_can_not_begin_another_line() -> None:
    refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer(exchange: Exchange) -> None:
        with pytest.raises(ValueError, match="line break") as caught:
            exchange.begin(302, [(b"location", b"/\r\nset-cookie: a=b")])
        refused.set_result(str(caught.value))

    async with running(answer) as url:
        client = await RawClient.connect(url)
        await client.send("GET", "/")
        await refused
        assert await client.reader.read() == b"", "what can't be answered ends the connection"


async def test_an_answer_that_nobody_takes_any_more_breaks_off() -> None:
    broke: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(exchange: Exchange) -> None:
        exchange.begin(200, [])
        sent = 0
        try:
            while True:
                exchange.add(b"x" * 65_536, more=True)
                sent += 1
                await exchange.connection.drained()
        except AnswerBroken:
            broke.set_result(sent)

    async with running(answer) as url:
        client = await RawClient.connect(url)
        await client.send("GET", "/")
        await client.reader.readexactly(200_000)
        assert not broke.done()
        client.drop()
        assert await broke >= 3


async def test_more_connections_than_may_be_wait_for_one_to_end() -> None:
    async with running(echo, most=2) as url:
        first, second = await RawClient.connect(url), await RawClient.connect(url)
        for client in (first, second):
            await client.send("GET", "/")
            assert (await client.answer()).status == 200
        third = await RawClient.connect(url)
        await third.send("GET", "/third")
        waiting = asyncio.create_task(third.answer())
        await second.send("GET", "/")
        assert (await second.answer()).status == 200
        assert not waiting.done()
        first.drop()
        assert (await waiting).body == b"GET /third "


async def test_a_request_behind_a_last_one_is_not_read() -> None:
    async with running(echo) as url:
        client = await RawClient.connect(url)
        await client.write(head("GET", "/1", headers={"Connection": "close"}) + head("GET", "/2"))
        said = await client.reader.read()
        assert b"GET /1" in said
        assert b"GET /2" not in said
