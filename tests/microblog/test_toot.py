"""A day with toot, a client for the command line: every word is a run of the program, as people use it."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.actors import fresh_localpart
from tests.microblog import apps
from tests.microblog.bloggers import Blogger
from tests.microblog.test_masto_js import small_picture
from tests.microblog.test_old_mastodon_py import shown_code

PATIENCE_S = 120


@dataclass
class Toot:
    """Somebody's toot with its own settings."""

    home: Path

    async def run(self, *words: str, said: str = "") -> str:
        """Run a command and give what it prints; fails with what it complains of."""
        program = await asyncio.to_thread(apps.programs)
        environ = {"XDG_CONFIG_HOME": str(self.home), "HOME": str(self.home), "TERM": "dumb"}
        process = await asyncio.create_subprocess_exec(
            str(program / "toot"), "--no-color", *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environ
        )
        async with asyncio.timeout(PATIENCE_S):
            told, complaint = await process.communicate(said.encode())
        assert process.returncode == 0, f"toot {' '.join(words)}: {told.decode()}{complaint.decode()}"
        return told.decode()

    async def json(self, *words: str) -> Any:
        """Run a command and give the JSON that it prints."""
        return json.loads(await self.run(*words, "--json"))

    def use(self, who: Blogger) -> None:
        """Keep a session as `toot login` does."""
        host = who.actor.url.partition("://")[2]
        name = f"{who.name}@{host}"
        app = {"instance": host, "base_url": who.actor.url, "client_id": "x", "client_secret": "x"}
        user = {"instance": host, "username": who.name, "access_token": who.actor.access_token}
        (self.home / "toot").mkdir(parents=True)
        kept = {"apps": {host: app}, "users": {name: user}, "active_user": name}
        (self.home / "toot" / "config.json").write_text(json.dumps(kept))


@pytest.fixture
def toot(tmp_path: Path, ann: Blogger) -> Toot:
    """Ann's toot."""
    made = Toot(tmp_path / "ann")
    made.use(ann)
    return made


async def test_toot_signs_in_with_the_code_that_the_page_shows(ann: Blogger, tmp_path: Path) -> None:
    program = await asyncio.to_thread(apps.programs)
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        str(program / "toot"), "login", "-i", ann.actor.url, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environ
    )
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        process.stdin.write(b"n\n")
        while not (line := (await process.stdout.readline()).decode()).startswith("http"):
            assert line, "toot ended without an address"
        code = await shown_code(ann.actor.url, ann.actor.user_id, line.strip())
        told, complaint = await process.communicate(code.encode() + b"\n")
    assert "Successfully logged in" in told.decode(), complaint.decode()
    assert f"@{ann.name}" in await Toot(tmp_path).run("whoami")


async def test_toot_posts_every_kind_and_deletes(toot: Toot, ben: Blogger, tmp_path: Path) -> None:
    picture = tmp_path / "tea.png"
    picture.write_bytes(small_picture())
    uploaded = await toot.json("upload", str(picture), "-d", "a field")
    assert uploaded["description"] == "a field"
    said = await toot.json("post", "look #tea", "-m", str(picture), "-d", "a leaf", "-p", "green", "-l", "en")
    assert [one["description"] for one in said["media_attachments"]] == ["a leaf"]
    assert (said["spoiler_text"], said["language"]) == ("green", "en")
    answer = await toot.json("post", "and more", "-r", said["id"], "-v", "unlisted")
    thread = await toot.json("thread", said["id"])
    assert [one["id"] for one in thread["descendants"]] == [answer["id"]]
    which = await toot.json("post", "which?", "--poll-option", "x", "--poll-option", "y")
    await ben.do(f"/v1/polls/{which['poll']['id']}/votes", choices=[1])
    later = await toot.json("post", "later", "--scheduled-in", "1 hour")
    assert later["params"]["text"] == "later"
    for verb in ("favourite", "reblog", "pin", "delete"):
        await toot.run(verb, said["id"])
    assert await ben.refused("GET", f"/v1/statuses/{said['id']}", 404)


async def test_toot_follows_finds_and_is_told(toot: Toot, ann: Blogger, ben: Blogger) -> None:
    word = fresh_localpart("leaf").replace("-", "")
    assert (await toot.json("follow", ben.name))["following"] is True
    said = await ben.post(f"@{ann.name} {word} #{word}")
    home = await toot.json("timelines", "home", "--no-pager")
    assert [one["id"] for one in home] == [said["id"]]
    tagged = await toot.json("timelines", "tag", word, "--no-pager")
    assert [one["id"] for one in tagged] == [said["id"]]
    found = await toot.json("search", word)
    assert [one["id"] for one in found["statuses"]] == [said["id"]]
    assert [one["name"] for one in found["hashtags"]] == [word]
    told = await toot.json("notifications")
    assert [one["type"] for one in told] == ["mention"]
    assert word in await toot.run("notifications")
    assert (await toot.json("tags", "follow", word))["following"] is True
    changed = await toot.json("update-account", "--display-name", "Ann of the tests", "--locked")
    assert (changed["display_name"], changed["locked"]) == ("Ann of the tests", True)
    assert "Ann of the tests" in await toot.run("whoami")
