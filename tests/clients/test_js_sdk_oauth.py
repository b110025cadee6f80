"""matrix-js-sdk signs a person in by its own OAuth: discovery, registration, code, refresh, revocation."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.actors import Actor
from tests.clients.node import JS_FOLDER, require_js_sdk
from tests.oauth.apps import CALLBACK
from tests.oauth.browser import Browser
from tests.running_server import RunningServer


async def test_a_person_is_signed_in_refreshed_and_out(server: RunningServer, alice: Actor) -> None:
    node, library = require_js_sdk()
    process = await asyncio.create_subprocess_exec(
        node, str(JS_FOLDER / "oauth.mjs"), str(library), server.url, CALLBACK,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    address = json.loads(await process.stdout.readline())["open"]
    async with Browser(server.url) as browser:
        page = await browser.sign_in(alice.user_id, page=await browser.open(address))
        page = await browser.submit(page, "allow")
    process.stdin.write(page.elsewhere.encode() + b"\n")
    told: dict[str, Any] = json.loads(await process.stdout.readline())
    process.stdin.close()
    assert await process.wait() == 0
    assert told["state"] == "the-state"
    assert told["first"] == told["second"]
    assert told["first"]["user_id"] == alice.user_id
    assert told["first"]["device_id"] == told["deviceId"]
    assert told["last"] == {"errcode": "M_UNKNOWN_TOKEN"}
