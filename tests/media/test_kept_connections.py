"""One connection serves one request after another, also after a large body went either way, or was refused."""

from __future__ import annotations

import json

import pytest

from tests.actors import Actor
from tests.faults.raw_http import RawClient, head
from tests.media.files import DOWNLOAD, UPLOAD

LARGE = b"x" * 700_000


@pytest.mark.parametrize("body", [b"x" * 10, b"x" * 270_000, LARGE])
async def test_a_connection_goes_on_after_an_upload_and_a_download(alice: Actor, body: bytes) -> None:
    client = await RawClient.connect(alice.url)
    for _ in range(3):
        await client.send("POST", UPLOAD, alice.access_token, body)
        media_id = (await client.answer()).json()["content_uri"].rpartition("/")[2]
        await client.send("GET", f"{DOWNLOAD}/localhost/{media_id}", alice.access_token)
        assert (await client.answer()).body == body
    client.drop()


async def test_a_connection_goes_on_after_a_large_json_body(alice: Actor) -> None:
    client = await RawClient.connect(alice.url)
    path = f"/_matrix/client/v3/user/{alice.user_id}/account_data/org.example.large"
    for number in range(3):
        body = json.dumps({"n": number, "text": "x" * 400_000}).encode()
        await client.send("PUT", path, alice.access_token, body)
        assert (await client.answer()).status in (200, 413)
        await client.send("GET", "/_matrix/client/versions")
        assert "versions" in (await client.answer()).json()
    client.drop()


async def test_a_refused_upload_does_not_hold_up_its_connection(alice: Actor) -> None:
    client = await RawClient.connect(alice.url)
    await client.write(head("POST", UPLOAD, "tea_wrong", len(LARGE)) + LARGE)
    assert (await client.answer()).json()["errcode"] == "M_UNKNOWN_TOKEN"
    await client.send("GET", "/_matrix/client/versions")
    assert "versions" in (await client.answer()).json()
    client.drop()
