"""matrix-js-sdk signs a new device in by a QR code that another one of the person shows (MSC4108)."""

from __future__ import annotations

import asyncio
import json

from tests.actors import Actor
from tests.clients.node import JS_FOLDER, require_js_sdk
from tests.oauth.browser import Browser
from tests.running_server import RunningServer


async def test_a_new_device_is_let_in_by_a_code_and_has_the_secrets(
    server: RunningServer, alice: Actor
) -> None:
    node, library = require_js_sdk()
    process = await asyncio.create_subprocess_exec(
        node, str(JS_FOLDER / "qr.mjs"), str(library), server.url,
        alice.user_id, alice.device_id, alice.access_token,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    shown = json.loads(await process.stdout.readline())
    assert shown["checks"][0] == shown["checks"][1] != ""
    async with Browser(server.url) as browser:
        page = await browser.sign_in(alice.user_id, page=await browser.open(shown["open"]))
        await browser.submit(await browser.submit(page), "allow")
    process.stdin.write(b"\n")
    signed_in = json.loads(await process.stdout.readline())
    assert signed_in["who"]["user_id"] == alice.user_id
    assert signed_in["who"]["device_id"] == "SCANNED1234"
    assert signed_in["isMasterKeyHere"]
    assert signed_in["isBackupKeyHere"]
    assert json.loads(await process.stdout.readline()) == {"status": 404}
    await process.wait()
