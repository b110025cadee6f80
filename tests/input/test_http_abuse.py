"""HTTP as attackers write it: one parser, one meaning, and the connection closed where there is doubt (G55)."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from tests.actors import Actor
from tests.input.wire import request, talk
from tests.running_server import RunningServer

LOGIN = "/_matrix/client/v3/login"
VERSIONS = "/_matrix/client/versions"
CHUNKED = "Transfer-Encoding: chunked"
GOOD_CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"
SMUGGLED = request("GET", VERSIONS)

REFUSED_AND_CLOSED = {
    "two lengths": (["Content-Length: 2", "Content-Length: 3"], b"{}x"),
    "a list of lengths": (["Content-Length: 2, 3"], b"{}x"),
    "a signed length": (["Content-Length: +2"], b"{}"),
    "a negative length": (["Content-Length: -2"], b"{}"),
    "a hexadecimal length": (["Content-Length: 0x2"], b"{}"),
    "an empty length": (["Content-Length: "], b"{}"),
    "a length over 64 bits": (["Content-Length: 99999999999999999999999999"], b"{}"),
    "a chunk of no length": ([CHUNKED], b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk of negative length": ([CHUNKED], b"-1\r\n{}\r\n0\r\n\r\n"),
    "a chunk over 64 bits": ([CHUNKED], b"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
    "a chunk longer than it says": ([CHUNKED], b"1\r\n{}\r\n0\r\n\r\n"),
    "an unknown transfer encoding": (["Transfer-Encoding: xchunked"], GOOD_CHUNKS),
    "two transfer encodings": ([CHUNKED, "Transfer-Encoding: identity"], GOOD_CHUNKS),
    "the identity transfer encoding": (["Transfer-Encoding: identity"], GOOD_CHUNKS),
    "a space before a colon": (["Content-Length : 2"], b"{}"),
    "a folded header": (["X-A: b\r\n c", "Content-Length: 2"], b"{}"),
    "a NUL in a header": (["X-A: b\0c", "Content-Length: 2"], b"{}"),
    "a bare CR in a header": (["X-A: b\rc", "Content-Length: 2"], b"{}"),
    "two hosts": (["Host: elsewhere.example", "Content-Length: 2"], b"{}"),
    "a header without a name": ([": b", "Content-Length: 2"], b"{}"),
}


@pytest.mark.parametrize(("headers", "body"), REFUSED_AND_CLOSED.values(), ids=REFUSED_AND_CLOSED.keys())
async def test_ambiguous_framing_is_refused_and_the_connection_closed(
    server: RunningServer, headers: list[str], body: bytes
) -> None:
    said = await talk(server.url, request("POST", LOGIN, *headers, body=body) + SMUGGLED)
    assert said.statuses == [400]
    assert said.closed


@pytest.mark.parametrize("order", [1, -1])
async def test_a_length_beside_chunks_never_lets_a_second_request_through(
    server: RunningServer, order: int
) -> None:
    # The parser takes the chunks, as RFC 9112 (6.3) allows, and closes, so that nobody can disagree on the rest.
    headers = ["Content-Length: 6", CHUNKED][::order]
    said = await talk(server.url, request("POST", LOGIN, *headers, body=b"0\r\n\r\n") + SMUGGLED)
    assert said.statuses == [400]
    assert said.closed


async def test_chunks_compressed_on_the_way_are_refused(server: RunningServer) -> None:
    said = await talk(
        server.url, request("POST", LOGIN, "Transfer-Encoding: gzip, chunked", body=GOOD_CHUNKS)
    )
    assert said.statuses == [400]
    assert json.loads(said.answers[0][1])["errcode"] == "M_INVALID_PARAM"


async def test_well_formed_chunks_are_read(alice: Actor, server: RunningServer) -> None:
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": alice.user_id},
        "password": alice.password,
    }
    text = json.dumps(login).encode()
    chunks = b"".join(
        b"%x;note=tea\r\n%b\r\n" % (len(text[at : at + 7]), text[at : at + 7])
        for at in range(0, len(text), 7)
    )
    said = await talk(server.url, request("POST", LOGIN, CHUNKED, body=chunks + b"0\r\n\r\n"))
    assert said.statuses == [200]
    assert json.loads(said.answers[0][1])["user_id"] == alice.user_id


async def test_heads_over_64_kib_are_refused(server: RunningServer) -> None:
    for sent in (
        request("GET", VERSIONS, "X-A: " + "a" * 66_000),
        request("GET", VERSIONS, *(f"X-{n}: a" for n in range(5000))),
        request("GET", VERSIONS + "?" + "a" * 70_000),
    ):
        said = await talk(server.url, sent)
        assert said.statuses in ([431], [414])
    assert (await talk(server.url, request("GET", VERSIONS, "X-A: " + "a" * 30_000))).statuses == [200]


async def test_pipelined_requests_are_answered_in_their_order(server: RunningServer) -> None:
    names = [f"free-name-{n}" if n % 3 else "not a name" for n in range(20)]
    path = "/_matrix/client/v3/register/available?username="
    sent = b"".join(request("GET", path + name.replace(" ", "%20")) for name in names)
    said = await talk(server.url, sent, answers=len(names))
    assert said.statuses == [400 if name == "not a name" else 200 for name in names]


async def test_compressed_bodies_are_refused(server: RunningServer) -> None:
    bomb = gzip.compress(b"{" + b" " * 1_000_000 + b"}")
    for encoding in ("gzip", "identity, gzip", "br", "deflate", "x-gzip", "zstd"):
        headers = (f"Content-Encoding: {encoding}", f"Content-Length: {len(bomb)}")
        said = await talk(server.url, request("POST", LOGIN, *headers, body=bomb))
        assert said.statuses == [415]
        assert json.loads(said.answers[0][1])["errcode"].startswith("M_")


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PATCH", "PROPFIND", "get", "TEA"])
async def test_other_methods_do_nothing_and_repeat_nothing(server: RunningServer, method: str) -> None:
    said = await talk(server.url, request(method, VERSIONS, "X-Secret: oolong"))
    assert said.statuses[0] in (404, 405)
    assert b"oolong" not in said.answers[0][1]
    assert json.loads(said.answers[0][1])["errcode"] == "M_UNRECOGNIZED"


@pytest.mark.parametrize(
    "sent",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
        b"GET /_matrix/client/versions\r\n\r\n",
        b"GET /_matrix/client/versions HTTP/3.0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 600,
        b"GET /_matrix/\0 HTTP/1.1\r\n\r\n",
        b"GET /_matrix/\xff\xfe HTTP/1.1\r\n\r\n",
    ],
    ids=["HTTP/2", "HTTP/0.9", "HTTP/3", "TLS", "NUL", "not UTF-8"],
)
async def test_what_is_not_http_1_is_refused_and_closed(server: RunningServer, sent: bytes) -> None:
    said = await talk(server.url, sent, within_s=12)
    assert said.statuses in ([], [400])
    assert said.closed


@pytest.mark.parametrize(
    "path", ["/./_matrix/client/versions", "/_matrix/client/v3/rooms/../account/whoami", "/x/../health"]
)
async def test_dotted_paths_are_not_resolved(alice: Actor, server: RunningServer, path: str) -> None:
    said = await talk(server.url, request("GET", path, f"Authorization: Bearer {alice.access_token}"))
    assert said.statuses == [404]


async def test_an_upgrade_is_followed_only_where_it_is_spoken(server: RunningServer) -> None:
    for kind, key, status in (
        ("websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 404),
        ("h2c", "HTTP2-Settings: AAMAAABk", 200),
    ):
        headers = (f"Upgrade: {kind}", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key)
        said = await talk(server.url, request("GET", VERSIONS, *headers))
        assert said.statuses == [status]


@pytest.mark.parametrize("size", [1_100_000, 8_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_refusal_reaches_whoever_is_still_sending(
    server: RunningServer, size: int, chunked: bool
) -> None:
    body = b"x" * size
    sent = (
        request("POST", LOGIN, CHUNKED, body=b"%x\r\n%b\r\n0\r\n\r\n" % (size, body))
        if chunked
        else request("POST", LOGIN, f"Content-Length: {size}", body=body)
    )
    said = await talk(server.url, sent)
    assert said.statuses == [413]
    assert json.loads(said.answers[0][1])["errcode"] == "M_TOO_LARGE"


async def test_a_large_body_with_an_ended_token_learns_that_it_ended(server: RunningServer) -> None:
    headers = ("Authorization: Bearer ended", "Content-Length: 900000")
    said = await talk(
        server.url, request("POST", "/_matrix/client/v3/createRoom", *headers, body=b" " * 900_000)
    )
    assert said.statuses == [401]
    assert json.loads(said.answers[0][1])["errcode"] == "M_UNKNOWN_TOKEN"


async def test_bodies_that_break_off_leave_nothing_behind(alice: Actor, server: RunningServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    token = f"Authorization: Bearer {alice.access_token}"
    for _ in range(50):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            request("POST", "/_matrix/client/v3/createRoom", token, "Content-Length: 500", body=b'{"name":"x')
        )
        await writer.drain()
        writer.close()
    assert (await alice.whoami())["user_id"] == alice.user_id
    assert await alice.joined_rooms() == []


@pytest.mark.parametrize(
    "path",
    [
        "/health",
        VERSIONS,
        "/api/v2/instance",
        "/api/v1/statuses/1",
        "/oauth/authorize?client_id=nobody",
        "/_matrix/client/v3/account/whoami",
        "/nothing/at/all",
    ],
)
async def test_head_is_answered_as_get_is_without_the_body(alice: Actor, path: str) -> None:
    got = await alice.answer("GET", path)
    said = await alice.answer("HEAD", path)
    assert said.content == b""
    assert said.status_code == got.status_code
    for name in ("content-type", "content-length", "cache-control", "access-control-allow-origin"):
        assert said.headers.get(name) == got.headers.get(name), name


async def test_many_requests_ahead_of_their_answers_are_all_answered_in_order(server: RunningServer) -> None:
    # More than a megabyte at once: wherever the server's reads end, no head is taken for a large one.
    asked = [request("GET", f"/nothing/{number}", "X: " + "y" * 700) for number in range(1500)]
    said = await talk(server.url, b"".join(asked) + SMUGGLED, answers=1501, within_s=30, linger_s=0)
    assert said.statuses == [404] * 1500 + [200]
