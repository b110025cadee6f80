"""Two people chat: a message written in one browser is read in the other."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.actors import Actor, segment
from tests.web.conftest import NewPerson
from tests.web.person import DARK_DESK, PHONE, Person
from tests.web.test_media import group_of
from tests.web.test_reliability import flood, is_read


async def befriend(one: Person, other: Person) -> str:
    """Let both sign up and share a private chat, opened on both screens; gives its id."""
    await one.sign_up()
    await other.sign_up()
    await one.open("/chats/new")
    await one.page.locator("input[type=search]").fill(other.user_id)
    await one.page.get_by_role("button", name=other.user_id).click()
    await expect(one.composer).to_be_visible()
    await other.accept_request()
    return await one.room_id()


@pytest.mark.parametrize("screen", [PHONE, DARK_DESK], ids=["phone", "dark desk"])
async def test_messages_arrive_in_order_and_are_seen_to_be_read(
    person: NewPerson, screen: dict[str, object]
) -> None:
    lin, bao = await person("lin", **screen), await person("bao", **screen)
    await befriend(lin, bao)
    await bao.composer.press_sequentially("Mor")
    await expect(lin.page.get_by_text("typing…").last).to_be_visible()
    await bao.say("Morning! Tea at three?")
    await lin.sees("Morning! Tea at three?")
    await expect(lin.page.get_by_text("typing…")).to_have_count(0)

    said = [f"早上好 🍵 {number}" for number in range(20 if screen is PHONE else 5)]
    for one in said:
        await lin.say(one)
    for reader in (bao, lin):
        await reader.sees(said[-1])
        await expect(reader.page.locator("article .plain")).to_have_text(["Morning! Tea at three?", *said])
    # Read on the other side: the mark under my message says so.
    await expect(lin.bubble(said[-1]).get_by_role("img", name="Read")).to_be_visible()


async def test_a_clear_group_speaks_with_any_other_client(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    await lin.sign_up()
    room = await alice.create_room(name="Tea friends", invite=[lin.user_id])
    await lin.accept_request()
    await alice.send_text(room, "written elsewhere")
    await lin.sees("written elsewhere")
    await lin.say("written here")
    await lin.sent("written here")
    page = await alice.get(f"/rooms/{room}/messages?dir=b&limit=1")
    assert page["chunk"][0]["content"]["body"] == "written here"
    await alice.post(f"/rooms/{room}/receipt/m.read/{segment(page['chunk'][0]['event_id'])}", {})
    await lin.page.get_by_role("button", name="Read by 1").click()
    await expect(lin.page.locator("dialog").get_by_text("1 of 1 have read it")).to_be_visible()
    await expect(lin.page.locator("dialog").get_by_role("link", name="alice")).to_be_visible()
    await lin.page.keyboard.press("Escape")
    await says_what_this_app_does_not(alice, room)
    map_of = lin.bubble("The tea house").get_by_role("link", name="Open the map")
    await expect(map_of).to_have_attribute("href", re.compile("mlat=30.1&mlon=120.2"))
    await lin.sees("that this app can't show")
    # An edit of an edit changes nothing; it does not take the words away either.
    await lin.sees("second words")
    told = lin.bubble("The butler")
    await expect(told.locator("img")).to_have_attribute(
        "src", re.compile("^/_matrix/client/v1/media/thumbnail/")
    )
    hidden = told.get_by_role("button", name="Hidden words (the end): show")
    await hidden.click()
    await expect(told.get_by_role("button")).to_have_count(0)
    await expect(told.locator(".rich")).to_contain_text("did it")
    # Colours of others are taken, as far as they can be read in the theme that is on.
    yellow, dark = told.get_by_text("quickly"), told.get_by_text("quietly")
    await expect(dark).to_have_css("background-color", "rgb(18, 18, 18)")
    await expect(dark).to_have_css("color", "rgb(255, 255, 255)")
    light = await yellow.evaluate("(one) => getComputedStyle(one).color")
    await lin.page.emulate_media(color_scheme="dark")
    await expect(yellow).to_have_css("color", "rgb(255, 255, 0)")
    assert light not in ("rgb(255, 255, 0)", "rgb(0, 0, 0)")


async def says_what_this_app_does_not(actor: Actor, room: str) -> None:
    """Send a place, a message without words, an edit of an edit, and HTML with a picture and hidden words."""
    place = {"msgtype": "m.location", "body": "The tea house", "geo_uri": "geo:30.1,120.2;u=5"}
    await actor.send(room, "m.room.message", place)
    await actor.send(room, "m.room.message", {"msgtype": "m.text", "body": 7})
    said = await actor.send_text(room, "first words")
    edit = await actor.edit_text(room, said, "second words")
    await actor.edit_text(room, edit, "third words")
    html = (
        'The <img src="mxc://localhost/none" alt="tall"> butler '
        '<span data-mx-spoiler="the end"><b>did it</b></span><img src="https://example.org/spy.png" alt="">'
        '<font color="#ffff00">quickly</font> <span data-mx-bg-color="#121212">quietly</span>'
    )
    rich = {"format": "org.matrix.custom.html", "formatted_body": html}
    await actor.send_text(room, "The butler", extra=rich)


async def test_a_reader_at_the_newest_message_stays_there_when_many_come_at_once(
    person: NewPerson, alice: Actor
) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await flood(alice, room, "before", 20)
    last = await alice.send_text(room, "before them")
    await is_read(alice, room, last, lin.user_id)
    said = asyncio.Event()

    async def wait(route: Route) -> None:
        await said.wait()
        await route.continue_()

    # What was asked already tells of the first one at most; the next answer holds all the others.
    await lin.page.route("**/v3/sync**", wait)
    await flood(alice, room, "among many", 40)
    await alice.send_text(room, "the last of all")
    said.set()
    await expect(lin.bubble("the last of all")).to_be_in_viewport()
    await expect(lin.page.get_by_text("New messages")).to_have_count(0)
    await expect(lin.page.get_by_role("button", name="To the newest")).to_have_count(0)
    await lin.page.unroute("**/v3/sync**")
