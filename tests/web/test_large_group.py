"""A large group: it opens, its people can be looked through, and what is said reaches whoever looks.

`TEAHOUSE_TEST_LARGE_GROUP=500` makes it so many people instead of a share, and says how long the opening took.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from playwright.async_api import expect

from tests.actors import PASSWORD, Actor, fresh_localpart, segment
from tests.running_server import RunningServer
from tests.web.conftest import NewPerson
from tests.web.crowds import ask_many
from tests.web.person import DARK_DESK, PHONE
from tests.web.test_long_chat import OPENING

PEOPLE = int(os.environ.get("TEAHOUSE_TEST_LARGE_GROUP", "100"))


async def fill(server: RunningServer, room: str, count: int) -> str:
    """Let many people join a room, and give the name of the one who comes last in its list."""
    names = [f"{fresh_localpart('z')}-{number:03}" for number in range(count)]
    auth = {"password": PASSWORD, "auth": {"type": "m.login.dummy"}}
    signing_up: list[Any] = [("POST", "/register", {"username": name, **auth}, "") for name in names]
    people = await ask_many(server.url, signing_up)
    path = f"/join/{segment(room)}"
    await ask_many(server.url, [("POST", path, {}, one["access_token"]) for one in people])
    return max(names)


@pytest.mark.timeout(300)
async def test_a_large_group_is_opened_looked_through_and_spoken_in(
    person: NewPerson, server: RunningServer, alice: Actor
) -> None:
    room = await alice.create_room(name="Village", preset="public_chat")
    last = await fill(server, room, PEOPLE - 4)
    readers = [await person("lin"), await person("bao", **DARK_DESK), await person("cai", **PHONE)]
    for one in readers:
        await one.sign_up()
        await one.open(f"/chats/join/{segment(room)}")
        await one.page.get_by_role("button", name="Join", exact=True).click()
        await expect(one.composer).to_be_visible()
    await alice.send_text(room, "the market opens at nine")
    for one in readers:
        await one.sees("the market opens at nine")
    lin, bao, _ = readers
    await lin.visit("/chats")
    opening: Any = await lin.page.locator("a", has_text="nine").evaluate(OPENING)
    await lin.say("see you there")
    await bao.sees("see you there")

    await lin.page.get_by_role("button", name="About this chat").click()
    await lin.page.get_by_role("button", name=f"All {PEOPLE} members").click()
    people = lin.page.get_by_role("list", name=f"All {PEOPLE} members")
    await expect(people.get_by_role("button")).not_to_have_count(0)
    assert await people.get_by_role("button").count() < 60
    await people.evaluate("(list) => (list.scrollTop = list.scrollHeight)")
    await expect(people.get_by_role("button", name=last)).to_be_in_viewport()
    await lin.page.get_by_role("searchbox", name="Search").fill(last)
    await expect(lin.page.locator("dialog [role=list] button")).to_have_count(1)
    if "TEAHOUSE_TEST_LARGE_GROUP" in os.environ:
        sys.stdout.write(f"\n{PEOPLE} people: open after {opening:.0f} ms\n")
