"""Days with Mastodon.py 1.8, which Debian ships, against a server that allows the password grant of old test suites."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

import pytest

from tests.actors import PASSWORD, fresh_localpart, register
from tests.microblog import apps
from tests.microblog.bloggers import Blogger, bloggers
from tests.microblog.moderators import EVERYTHING
from tests.microblog.test_masto_js import end, person, small_picture
from tests.oauth.apps import mastodon_app
from tests.oauth.browser import Browser
from tests.running_server import RunningServer
from tests.server_process import ServerProcess

DAY = Path(apps.__file__).parent / "mastodon_py_day.py"
PATIENCE_S = 120


async def begin(url: str, scene: str, **people: Any) -> Process:
    """Start a scene."""
    folder = await asyncio.to_thread(apps.programs)
    command = [str(folder / "python"), str(DAY), url, scene, json.dumps(people)]
    return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)


@pytest.mark.parametrize("scene", ["posts", "people_and_pages", "live"])
async def test_an_old_client_lives_through_its_day(ann: Blogger, ben: Blogger, scene: str) -> None:
    picture = base64.b64encode(small_picture()).decode()
    told = {"ann": person(ann), "ben": person(ben), "picture": picture, "word": fresh_localpart("leaf")}
    await end(await begin(ann.actor.url, scene, **told))


async def test_an_old_client_signs_somebody_up(ann: Blogger) -> None:
    await end(await begin(ann.actor.url, "sign_up", fresh=fresh_localpart("newcomer")))


async def shown_code(url: str, user_id: str, asked: str) -> str:
    """Allow an app in a browser and read the code that the page shows."""
    async with Browser(url) as browser:
        await browser.sign_in(user_id)
        page = await browser.submit(await browser.open(asked), "allow")
    return page.text.partition('id="code">')[2].partition("<")[0]


async def test_old_ways_to_sign_in_work_where_they_are_allowed(tmp_path: Path) -> None:
    process = ServerProcess(tmp_path, "--test-password-grant")
    await process.start()
    try:
        server = RunningServer(process.url, process.server_name, process.registration_shared_secret)
        (ann,) = await bloggers(server, "ann")
        who = {**person(ann), "user_id": ann.actor.user_id}
        scene = await begin(process.url, "sign_in", ann=who, password=PASSWORD)
        assert scene.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            asked = (await scene.stdout.readline()).decode().strip()
        await end(scene, await shown_code(process.url, ann.actor.user_id, asked))
        await _toot_signs_in_with_a_password(process.url, ann, tmp_path)
        await _a_suite_moderates_without_a_reason(server, ann)
        await ann.actor.close()
    finally:
        await process.remove()


async def _a_suite_moderates_without_a_reason(server: RunningServer, ann: Blogger) -> None:
    mod = await register(server.url, server.registration_shared_secret, fresh_localpart("mod"), admin=True)
    async with mod:
        app = await mastodon_app(mod.http, EVERYTHING)
        signed_in = await mod.http.post(
            "/oauth/token",
            data={
                "grant_type": "password", "username": mod.user_id, "password": PASSWORD, "scope": EVERYTHING,
                **app.identity,
            },
        )  # fmt: skip
        token = signed_in.json()["access_token"]
        path = f"/api/v1/admin/accounts/{ann.id}/action"
        acted = await mod.http.post(
            path, json={"type": "silence"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert acted.status_code == 200, acted.text
    (told,) = await ann.get("/v1/account_warnings")
    assert (told["action"], "no reason" in told["text"]) == ("silence", True)


async def _toot_signs_in_with_a_password(url: str, who: Blogger, home: Path) -> None:
    def sign_in() -> str:
        toot = [str(apps.programs() / "toot"), "--no-color"]
        environ = {"XDG_CONFIG_HOME": str(home), "HOME": str(home), "PATH": sys.exec_prefix}
        how = ["login_cli", "-i", url, "-e", who.actor.user_id, "-p", PASSWORD]
        for words in (how, ["whoami"]):
            done = subprocess.run(
                [*toot, *words], capture_output=True, text=True, env=environ, timeout=PATIENCE_S, check=False
            )
            assert done.returncode == 0, done.stderr
        return done.stdout

    assert f"@{who.name}" in await asyncio.to_thread(sign_in)
