"""What a journey needs in bulk: a long history. Requests go out one behind the other on few connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.actors import Actor, Json, segment

CONNECTIONS = 4
AHEAD = 40
"""How many requests wait on a connection for their answers."""
WORDS = [
    "tea",
    "leaf",
    "water",
    "kettle",
    "steam",
    "cup",
    "table",
    "garden",
    "rain",
    "茶",
    "水",
    "山",
    "雨",
    "morning",
    "letter",
    "friend",
    "road",
    "river",
]


async def ask_many(url: str, requests: Sequence[tuple[str, str, Json, str]]) -> list[Json]:
    """Make requests (method, path, body, token) that must all succeed, and give their answers in order."""
    answers: list[Json] = [{} for _ in requests]
    waiting = iter(range(0, len(requests), AHEAD))
    await asyncio.gather(*(_ask_on_one(url, requests, waiting, answers) for _ in range(CONNECTIONS)))
    return answers


async def _ask_on_one(
    url: str, requests: Sequence[tuple[str, str, Json, str]], waiting: object, answers: list[Json]
) -> None:
    parts = urlsplit(url)
    assert parts.hostname
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for start in waiting:  # type: ignore[attr-defined]
        batch = requests[start : start + AHEAD]
        writer.write(b"".join(_written(parts.netloc, *request) for request in batch))
        for place, request in enumerate(batch):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            body = await reader.readexactly(length)
            assert head.startswith("http/1.1 200"), (request, head, body)
            answers[start + place] = json.loads(body)
    writer.close()


def _written(host: str, method: str, path: str, body: Json, token: str) -> bytes:
    data = json.dumps(body).encode()
    sign = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"{method} /_matrix/client/v3{path} HTTP/1.1\r\nHost: {host}\r\n{sign}Content-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def _words(number: int) -> str:
    return f"{number}: " + " ".join(WORDS[(number * 7 + at) % len(WORDS)] for at in range(1 + number % 23))


async def converse(people: Sequence[Actor], room_id: str, count: int, picture: str) -> None:
    """Let people say things of every kind by turns: words, formatted ones, pictures, quotes, reactions."""
    said: list[str] = []
    for start in range(0, count, 50):
        asked = [
            ("PUT", f"/rooms/{segment(room_id)}/send/{kind}/{one.next_txn_id()}", content, one.access_token)
            for number in range(start, min(start + 50, count))
            for one in [people[number // 3 % len(people)]]
            for kind, content in [_thing(number, said, picture)]
        ]
        said += [answer["event_id"] for answer in await ask_many(people[0].url, asked)]


def _thing(number: int, said: Sequence[str], picture: str) -> tuple[str, Json]:
    words: Json = {"msgtype": "m.text", "body": _words(number)}
    if number < 100:
        return "m.room.message", words
    target = said[number * 31 % 40 - 40 if number % 3 else number * 31 % len(said)]
    if number % 10 == 1:
        return "m.reaction", {
            "m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": str(number)}
        }
    if number % 10 == 3:
        return "m.room.message", {**words, "m.relates_to": {"m.in_reply_to": {"event_id": target}}}
    if number % 10 == 5:
        html = f"<b>{number}</b><ul><li>one</li><li>two</li></ul><pre>code</pre>"
        return "m.room.message", {**words, "format": "org.matrix.custom.html", "formatted_body": html}
    if number % 10 == 7:
        info = {"w": 200 + number % 300, "h": 100 + number % 400, "mimetype": "image/png"}
        return "m.room.message", {"msgtype": "m.image", "body": "tea.png", "url": picture, "info": info}
    return "m.room.message", words
