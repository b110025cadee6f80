"""The limits of the Mastodon API, told in its headers and kept by user and by network (G48)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.microblog.bloggers import blogger, visitor
from tests.microblog.test_media import picture
from tests.running_server import RunningServer
from tests.server_process import ServerProcess


async def test_limits_are_told_and_kept_by_user_and_by_network(tmp_path: Path) -> None:
    process = ServerProcess(tmp_path, rate_limits=True)
    await process.start()
    try:
        server = RunningServer(process.url, process.server_name, process.registration_shared_secret)
        ann, ben, nobody = await blogger(server, "ann"), await blogger(server, "ben"), visitor(server)
        first = await ann.answer("GET", "/v1/preferences")
        assert first.headers["x-ratelimit-limit"] == "300"
        second = await ann.answer("GET", "/v1/preferences", headers={"X-Forwarded-For": "203.0.113.9"})
        assert int(second.headers["x-ratelimit-remaining"]) < 300
        assert first.headers["x-ratelimit-reset"].endswith("Z")
        photo = {"file": ("tea.jpg", picture(), "image/jpeg")}
        uploaded = await ann.answer("POST", "/v2/media", files=photo)
        assert int(uploaded.headers["x-ratelimit-remaining"]) < 300, "raw routes count as others do"
        answer = first
        for _ in range(500):
            answer = await ann.answer("GET", "/v1/preferences")
            if answer.status_code == 429:
                break
        assert answer.status_code == 429
        assert set(answer.json()) == {"error"}
        assert answer.headers["x-ratelimit-remaining"] == "0"
        # One request is let in again each second, so of many at once some must be refused whatever the pause before.
        others = await asyncio.gather(*(ann.answer("GET", "/v1/timelines/home") for _ in range(20)))
        assert 429 in {other.status_code for other in others}
        uploads = await asyncio.gather(*(ann.answer("POST", "/v2/media", files=photo) for _ in range(5)))
        assert 429 in {upload.status_code for upload in uploads}
        assert (await ben.answer("GET", "/v1/preferences")).status_code == 200
        for _ in range(250):
            page = await nobody.actor.http.get("/@nobody")
            if page.status_code == 429:
                break
        assert page.status_code == 429, "pages have a limit of their own"
        assert "x-ratelimit-limit" in (await nobody.answer("GET", "/v1/timelines/public")).headers
    finally:
        await process.remove()
