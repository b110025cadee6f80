"""`teahouse demo load` fills a server with people that one can sign in as and look at."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from teahouse.microblog.text.html import plain
from tests.actors import Actor, Json
from tests.cli.commands import command, place
from tests.microblog.bloggers import Blogger
from tests.server_process import ServerProcess

LITTLE = ("--people", "4", "--posts", "24", "--messages", "40", "--days", "2", "--password-stdin")
PATIENCE_S = 120
PASSWORD = "lapsang-and-rain"
CHINESE = re.compile(r"[一-鿿]")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A running server, filled beside its own work."""
    process = ServerProcess(tmp_path_factory.mktemp("house"))
    await process.start()
    said = await load(process)
    assert "4 people" in said
    assert "as mei (or oskar, yun, amara" in said
    yield process
    await process.remove()


async def load(house: ServerProcess) -> str:
    """Run the command as a program of its own beside the server, and give what it prints."""
    program = Path(sys.executable).with_name("teahouse")
    process = await asyncio.create_subprocess_exec(
        program, "demo", "load", *LITTLE, *place(house), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(PATIENCE_S):
        said, complaint = await process.communicate(f"{PASSWORD}\n".encode())
    assert process.returncode == 0, complaint.decode()
    return said.decode()


async def signed_in(house: ServerProcess, name: str) -> Blogger:
    """Sign in with the password that everybody has."""
    actor = Actor(house.url, f"@{name}:localhost", "", "")
    body = {
        "type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": PASSWORD,
    }  # fmt: skip
    actor.access_token = (await actor.request("POST", "/login", body))["access_token"]
    made = Blogger(actor)
    made.account = await made.get("/v1/accounts/verify_credentials")
    return made


async def every_message(actor: Actor, rooms: list[str]) -> list[Json]:
    """Read everything that was said in rooms."""
    found: list[Json] = []
    for room in rooms:
        page = await actor.get(f"/rooms/{quote(room)}/messages?dir=b&limit=200")
        found += [event["content"] for event in page["chunk"] if event["type"] == "m.room.message"]
    return found


async def test_its_people_have_posts_rooms_pictures_and_voices(house: ServerProcess) -> None:
    mei = await signed_in(house, "mei")
    assert mei.account["display_name"] == "林小梅"
    assert mei.account["following_count"] > 0
    posts = [post for page in await mei.walk("/v1/timelines/public", limit=40) for post in page]
    assert {post["language"] for post in posts} == {"en", "zh"}
    assert any(post["media_attachments"] for post in posts)
    assert any(post["favourites_count"] for post in posts)
    assert any(post["replies_count"] for post in posts)
    assert posts == sorted(posts, key=lambda post: post["created_at"], reverse=True)
    assert posts[0]["created_at"][:10] > posts[-1]["created_at"][:10], "all on one day"
    rooms = (await mei.actor.get("/joined_rooms"))["joined_rooms"]
    said = await every_message(mei.actor, rooms)
    assert any(CHINESE.search(one["body"]) for one in said)
    await mei.actor.close()


async def test_it_has_a_public_account_with_three_articles(house: ServerProcess) -> None:
    oskar = await signed_in(house, "oskar")
    looked_for = {"filter": {"room_types": ["org.teahouse.channel"]}}
    account = (await oskar.actor.post("/publicRooms", looked_for))["chunk"][-1]
    assert account["num_joined_members"] == 4
    page = await oskar.actor.get(f"/rooms/{quote(account['room_id'])}/messages?dir=b&limit=50")
    titles = [event["content"]["org.teahouse.article"]["title"] for event in page["chunk"]
              if "org.teahouse.article" in event["content"]]  # fmt: skip
    assert titles == ["Three infusions of the same leaves", "水为茶之母", "Why we meet on Saturdays"]
    assert any(event["type"] == "m.reaction" for event in page["chunk"])
    await oskar.actor.close()


async def test_the_same_seed_tells_the_same_story_again(house: ServerProcess) -> None:
    async def story(name: str) -> list[Any]:
        who = await signed_in(house, name)
        pages = await who.walk(f"/v1/accounts/{who.id}/statuses", limit=40, exclude_reblogs="true")
        await who.actor.close()
        return [
            (re.sub("@[a-z0-9]*", "", plain(post["content"])), len(post["media_attachments"]), post["spoiler_text"])
            for page in pages for post in page
        ]  # fmt: skip

    first = await story("mei")
    assert "as mei2" in await load(house)
    assert await story("mei2") == first
    assert first, "nothing was told"


async def test_a_token_made_with_a_user_opens_both_services(house: ServerProcess) -> None:
    token = await command(
        house, "user", "create", "bot", "--password-stdin", "--token", typed="some-tea-leaves\n"
    )
    bot = Blogger(Actor(house.url, "@bot:localhost", token.strip(), ""))
    assert (await bot.get("/v1/accounts/verify_credentials"))["username"] == "bot"
    assert (await bot.actor.get("/account/whoami"))["user_id"] == "@bot:localhost"
    assert (await bot.post("made by a machine"))["account"]["username"] == "bot"
    await bot.actor.close()
