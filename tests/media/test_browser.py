"""Chromium plays what is served: films with seeking, a voice message; and shows no page that somebody uploaded."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from tests.actors import Actor
from tests.chromium import SWITCHES, require_chromium
from tests.media.files import DOWNLOAD, token_of, upload
from tests.media_processing.made import video, voice

PLAY = """async ([kind, url, seek]) => {
  const player = document.createElement(kind);
  const heard = name => new Promise((good, bad) => {
    player.addEventListener(name, good, {once: true});
    player.addEventListener('error', () => bad(new Error(player.error.message)), {once: true});
  });
  const known = heard('loadedmetadata');
  player.src = url;
  document.body.append(player);
  await known;
  await player.play();
  while (player.currentTime < 0.2) await new Promise(requestAnimationFrame);
  player.pause();
  const there = heard('seeked');
  player.currentTime = seek;
  await there;
  await player.play();
  await heard('ended');
  return {duration: player.duration, width: player.videoWidth, end: player.currentTime};
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(alice: Actor) -> AsyncIterator[Page]:
    """A page of Chromium whose requests carry alice's access token."""
    program = require_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, chromium_sandbox=os.geteuid() != 0, args=SWITCHES
        )
        context = await browser.new_context(extra_http_headers=token_of(alice))
        yield await context.new_page()
        await browser.close()


@pytest.mark.parametrize(
    ("tag", "kind", "container", "codec"),
    [
        ("video", "video/mp4", "mp4", "libx264"),
        ("video", "video/webm", "webm", "libvpx"),
        ("audio", "audio/ogg", "ogg", "libopus"),
    ],
)
async def test_a_film_and_a_voice_play_and_seek(
    alice: Actor, page: Page, tag: str, kind: str, container: str, codec: str
) -> None:
    seconds = 12
    data = video(container, codec, seconds) if tag == "video" else voice(container, codec, float(seconds))
    url = f"{alice.url}{DOWNLOAD}/localhost/{await upload(alice, data, kind)}"
    statuses: set[int] = set()
    page.on("response", lambda response: statuses.add(response.status) if response.url == url else None)
    shown: dict[str, Any] = await page.evaluate(PLAY, [tag, url, seconds - 1])
    assert abs(shown["duration"] - seconds) < 0.5
    assert abs(shown["end"] - seconds) < 0.5
    assert shown["width"] == (320 if tag == "video" else None)
    assert statuses == {206}, "the browser reads in parts"


async def test_an_uploaded_page_is_saved_and_never_shown(alice: Actor, page: Page) -> None:
    script = b"<!doctype html><script>document.title='ran'; window.ran = true</script><p>hello"
    for kind in ("text/html", "image/svg+xml", "application/xhtml+xml"):
        media_id = await upload(alice, script, kind, "page.html")
        async with page.expect_download() as started:
            with pytest.raises(Exception, match=r"Download is starting|ERR_ABORTED"):
                await page.goto(f"{alice.url}{DOWNLOAD}/localhost/{media_id}")
        assert (await started.value).suggested_filename.startswith("page")
    media_id = await upload(alice, script, "text/plain", "page.txt")
    await page.goto(f"{alice.url}{DOWNLOAD}/localhost/{media_id}")
    assert "<script>" in await page.inner_text("body"), "what calls itself text is shown as text"
    assert await page.evaluate("window.ran") is None
