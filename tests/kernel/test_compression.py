"""JSON answers that are long enough go out compressed to whoever asks for it; everything else stays as it was."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.actors import Actor, segment

LONG = "一杯清茶，慢慢喝完。 " * 400
WITHOUT = "identity"


async def sent(
    actor: Actor, path: str, accepted: str | None, method: str = "GET"
) -> tuple[httpx.Response, bytes]:
    """Ask with this Accept-Encoding, or without any, and give the answer with its body as it came over the wire."""
    request = actor.http.build_request(method, path)
    request.headers["authorization"] = f"Bearer {actor.access_token}"
    del request.headers["accept-encoding"]
    if accepted is not None:
        request.headers["accept-encoding"] = accepted
    answer = await actor.http.send(request, stream=True)
    body = b"".join([part async for part in answer.aiter_raw()])
    await answer.aclose()
    return answer, body


async def keep(actor: Actor, name: str, content: Any) -> str:
    """Let somebody keep something, and give the path where it can be read."""
    path = f"/_matrix/client/v3/user/{segment(actor.user_id)}/account_data/{name}"
    await actor.put(path, content)
    return path


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("gzip;q=0.5, identity;q=0.5", True),
        (None, False),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity, gzip;q=0.5", False),
        ("gzip;q=lots", False),
    ],
)
async def test_only_who_wants_gzip_gets_it(alice: Actor, accepted: str | None, wanted: bool) -> None:
    path = await keep(alice, "teahouse.long", {"text": LONG})
    answer, body = await sent(alice, path, accepted)
    assert answer.headers.get("content-encoding") == ("gzip" if wanted else None)
    assert answer.headers["vary"] == "accept-encoding"
    assert int(answer.headers["content-length"]) == len(body)
    assert json.loads(gzip.decompress(body) if wanted else body) == {"text": LONG}


async def test_a_short_answer_is_never_compressed(alice: Actor) -> None:
    path = await keep(alice, "teahouse.short", {"text": "tea " * 400})
    answer, body = await sent(alice, path, "gzip")
    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers
    assert json.loads(body)["text"].startswith("tea ")


async def test_raw_and_typed_routes_of_both_protocols_compress(alice: Actor) -> None:
    token = {"authorization": f"Bearer {alice.access_token}"}
    posted = await alice.http.post("/api/v1/statuses", headers=token, json={"status": LONG})
    room = await alice.create_room(name="Tea")
    for number in range(12):
        await alice.send_text(room, f"pot {number}: {LONG[:300]}")
    paths = [
        "/_matrix/client/v3/sync",
        f"/_matrix/client/v3/rooms/{segment(room)}/messages?dir=b&limit=10",
        "/_matrix/client/v3/pushrules/",
        f"/api/v1/statuses/{posted.json()['id']}",
        "/api/v1/timelines/home",
    ]
    for path in paths:
        answer, body = await sent(alice, path, "gzip")
        assert (answer.status_code, answer.headers.get("content-encoding")) == (200, "gzip"), path
        plain, whole = await sent(alice, path, WITHOUT)
        assert "content-encoding" not in plain.headers, path
        assert len(body) < len(whole) / 2, path
        # An event's age grows from one answer to the next, and may gain a digit.
        assert abs(len(gzip.decompress(body)) - len(whole)) < 100, path


async def test_a_very_long_answer_arrives_whole(alice: Actor) -> None:
    room = await alice.create_room()
    texts = [f"{number}: {LONG[:3000]}" for number in range(20)]
    for text in texts:
        await alice.send_text(room, text)
    path = f"/_matrix/client/v3/rooms/{segment(room)}/messages?dir=f&limit=200"
    answer, body = await sent(alice, path, "gzip")
    assert answer.headers["content-encoding"] == "gzip"
    page = json.loads(gzip.decompress(body))["chunk"]
    assert [event["content"]["body"] for event in page if event["type"] == "m.room.message"] == texts


async def test_head_tells_what_get_would_send(alice: Actor) -> None:
    answer, body = await sent(alice, "/_matrix/client/v3/sync", "gzip", "HEAD")
    assert (answer.headers["content-encoding"], body) == ("gzip", b"")


async def test_errors_are_sent_as_they_are(alice: Actor) -> None:
    path = f"/_matrix/client/v3/user/{segment(alice.user_id)}/account_data/{'x' * 3000}"
    answer, body = await sent(alice, path, "gzip")
    assert answer.status_code >= 400
    assert "content-encoding" not in answer.headers
    assert "errcode" in json.loads(body)


async def test_a_file_of_json_stays_the_bytes_that_were_sent(alice: Actor) -> None:
    data = json.dumps({"text": LONG}).encode()
    uploaded = await alice.http.post(
        "/_matrix/media/v3/upload",
        content=data,
        headers={"authorization": f"Bearer {alice.access_token}", "content-type": "application/json"},
    )
    media = uploaded.json()["content_uri"].removeprefix("mxc://")
    answer, body = await sent(alice, f"/_matrix/client/v1/media/download/{media}", "gzip")
    assert "content-encoding" not in answer.headers
    assert body == data


async def test_the_length_of_an_answer_does_not_tell_how_well_it_was_compressed(alice: Actor) -> None:
    path = await keep(alice, "teahouse.long", {"text": LONG})
    lengths = {len((await sent(alice, path, "gzip"))[1]) for _ in range(24)}
    assert len(lengths) > 1
