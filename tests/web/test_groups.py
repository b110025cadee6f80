"""Groups: made, named, left; who was removed reads no more; the link lets others in; the search finds words."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import quote

from playwright.async_api import Locator, Route, expect

from tests.actors import Actor, segment
from tests.web.conftest import NewPerson
from tests.web.person import DESK, Person, learned, until
from tests.web.test_me import as_actor
from tests.web.test_media import group_of
from tests.web.test_reliability import KEPT, flood


async def test_a_group_is_made_renamed_and_somebody_removed(person: NewPerson) -> None:
    lin, bao = await person("lin", **DESK), await person("bao")
    await lin.sign_up()
    await bao.sign_up()
    await lin.open("/chats/new")
    await lin.page.get_by_role("button", name="New group").click()
    await lin.page.get_by_label("Name of the group").fill("Tea on Sunday")
    await lin.page.get_by_role("switch").click()
    await lin.page.locator("input[type=search]").fill(bao.user_id)
    await lin.page.get_by_role("button", name=bao.user_id).click()
    await lin.page.get_by_role("button", name="Create").click()
    await expect(lin.composer).to_be_visible()
    await bao.accept_request()
    await lin.say("welcome")
    await bao.sees("welcome")

    await lin.page.get_by_role("button", name="About this chat").click()
    await lin.page.get_by_role("button", name="Name of the group").click()
    await lin.page.locator("dialog input").fill("Tea on Monday")
    await lin.confirm()
    await expect(bao.page.get_by_role("heading", name="Tea on Monday")).to_be_visible()

    await lin.page.locator("aside").get_by_title(bao.name).click()
    await lin.page.get_by_role("menuitem", name="Remove from the group").click()
    await lin.confirm()
    await expect(lin.page.get_by_text(f"{lin.name} removed {bao.name}").first).to_be_visible()
    await lin.say("after bao left")
    await lin.sent("after bao left")
    await expect(bao.page.get_by_text("You are not in this chat").first).to_be_visible()
    await expect(bao.bubble("after bao left")).to_have_count(0)


async def test_whoever_has_the_link_gets_in(person: NewPerson) -> None:
    lin, bao = await person("lin"), await person("bao")
    await lin.sign_up()
    await lin.open("/chats/new")
    await lin.page.get_by_role("button", name="New group").click()
    await lin.page.get_by_label("Name of the group").fill("Open house")
    await lin.page.get_by_role("button", name="Create").click()
    await lin.page.get_by_role("button", name="About this chat").click()
    await lin.page.get_by_role("button", name="Invite by link").click()
    await lin.page.get_by_role("switch", name="Anyone with the link").click()
    await expect(lin.page.get_by_role("img", name="Code to join")).to_be_visible()
    link = await lin.page.locator("dialog .shown p").inner_text()

    await bao.sign_up()
    await bao.page.goto(link)
    await expect(bao.page.get_by_role("heading", name="Open house")).to_be_visible()
    await bao.page.get_by_role("button", name="Join", exact=True).click()
    await expect(bao.composer).to_be_visible()
    await bao.page.get_by_role("button", name="About this chat").click()
    await bao.page.get_by_role("button", name="Leave and delete").click()
    await bao.confirm()
    await expect(bao.page.get_by_text("No chats yet")).to_be_visible()


async def test_where_nobody_can_write_stands_why_and_what_can_be_done(
    person: NewPerson, alice: Actor, bob: Actor
) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await alice.set_state(room, "m.room.join_rules", {"join_rule": "knock"})
    await bob.knock(room)
    await lin.page.get_by_role("button", name="Let in").click()
    await expect(lin.page.get_by_text("invited bob")).to_be_visible()
    await expect(lin.page.get_by_role("button", name="Let in")).to_have_count(0)

    levels = await alice.state(room, "m.room.power_levels")
    await alice.set_state(room, "m.room.power_levels", {**levels, "events_default": 50})
    await expect(lin.page.get_by_text("Only some people may write here")).to_be_visible()
    await expect(lin.composer).to_have_count(0)
    await alice.set_state(room, "m.room.power_levels", levels)
    await expect(lin.composer).to_be_visible()

    new = (await alice.post(f"/rooms/{segment(room)}/upgrade", {"new_version": "12"}))["replacement_room"]
    await alice.invite(new, lin.user_id)
    await lin.page.get_by_role("button", name="Go there").click()
    await lin.page.wait_for_url(f"**/chats/{quote(new, safe='!')}")
    await expect(lin.composer).to_be_visible()
    await alice.kick(new, lin.user_id, "too loud")
    await expect(lin.page.get_by_text(f"removed {lin.name}: too loud")).to_be_visible()
    await expect(lin.composer).to_have_count(0)

    hidden = await alice.create_room(name="Behind the curtain")
    await lin.visit(f"/chats/{segment(hidden)}")
    await expect(lin.page.get_by_role("heading", name="You are not in this chat")).to_be_visible()
    await alice.invite(hidden, lin.user_id)
    await lin.page.get_by_role("button", name="Accept").click()
    await expect(lin.composer).to_be_visible()

    space = await bob.create_room(
        name="Tea houses", preset="public_chat", creation_content={"type": "m.space"}
    )
    asking = await bob.create_room(name="Ask first", preset="public_chat")
    await bob.set_state(space, "m.space.child", {"via": ["localhost"]}, asking)
    await bob.set_state(asking, "m.room.join_rules", {"join_rule": "knock"})
    # A space is no chat: it shows those that are in it.
    await lin.visit(f"/chats/join/{segment(space)}")
    await lin.page.get_by_role("button", name="Join").click()
    await expect(lin.page.get_by_role("heading", name="Tea houses")).to_be_visible()
    await lin.page.get_by_role("link", name="Ask first").click()
    await lin.page.get_by_role("button", name="Ask to join").click()
    await expect(lin.page.get_by_text("You have asked")).to_be_visible()


async def draw_aside(one: Person, what: Locator) -> None:
    """Put a finger on something and draw it to the right."""
    box = await what.bounding_box()
    assert box
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    touch = await one.context.new_cdp_session(one.page)
    for kind, by in (("touchStart", 0), ("touchMove", 40), ("touchMove", 90)):
        points = [{"x": x + by, "y": y}]
        await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def test_reply_react_edit_recall_and_write_again(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    question = await alice.send_text(room, "who brings the cups?")
    await lin.sees("who brings the cups?")
    await draw_aside(lin, lin.bubble("who brings").locator(".bubble"))
    await lin.say("I do")
    await expect(lin.bubble("I do").locator(".quote")).to_contain_text("who brings the cups?")
    await lin.choose("who brings", "React with 👍")
    await expect(lin.bubble("who brings").locator(".reactions button")).to_contain_text("👍1")
    await lin.sent("I do")

    async def both() -> dict[str, Any]:
        newest = (await alice.get(f"/rooms/{room}/messages", dir="b", limit=2))["chunk"]
        found = {event["type"]: event for event in newest if event["sender"] != alice.user_id}
        return found if len(found) == 2 else {}

    by_type = await learned(both)
    said = by_type["m.room.message"]["event_id"]
    related = {kind: event["content"]["m.relates_to"] for kind, event in by_type.items()}
    assert related["m.room.message"]["m.in_reply_to"]["event_id"] == question
    assert related["m.reaction"]["key"] == "👍"
    await lin.choose("who brings", "React with any emoji")
    await lin.page.get_by_role("button", name="🐼").click()
    await expect(lin.bubble("who brings").locator(".reactions")).to_contain_text("🐼")

    await alice.send_text(room, "splendid", extra={"m.relates_to": {"m.in_reply_to": {"event_id": said}}})
    quote_of = lin.bubble("splendid").locator(".quote")
    await expect(quote_of).to_contain_text("I do")
    await lin.composer.fill("half a thought")
    await lin.choose("I do", "Edit")
    await expect(lin.composer).to_have_value("I do")
    # Without a connection the new words are there, and wait; what was being written before comes back.
    await lin.context.set_offline(True)
    await lin.say("I do, twelve of them")
    await expect(lin.bubble("twelve of them").first).to_have_attribute(
        "data-state", re.compile("waiting|sending")
    )
    await expect(lin.composer).to_have_value("half a thought")
    await lin.composer.fill("")
    await lin.context.set_offline(False)
    await lin.sent("twelve of them")
    await expect(quote_of).to_contain_text("twelve of them")
    await lin.choose("twelve of them", "Recall")
    await lin.confirm()
    await expect(lin.page.get_by_text("You recalled a message")).to_be_visible()
    await expect(quote_of).not_to_contain_text("twelve of them")
    await lin.page.get_by_role("button", name="Edit again").click()
    await expect(lin.composer).to_have_value("I do, twelve of them")


async def test_a_mention_reaches_the_person_by_name(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await lin.composer.press_sequentially("hello @alice")
    await expect(lin.page.locator("[data-mentions] button")).to_be_visible()
    await lin.page.keyboard.press("Tab")
    # A draft knows whom it names.
    words = f"hello @{alice.user_id.removeprefix('@').partition(':')[0]} "
    await expect(lin.composer).to_have_value(words)
    await lin.page.get_by_role("button", name="Back").click()
    await lin.go_to_chat(room)
    await expect(lin.composer).to_have_value(words)
    await lin.page.locator("form.line button[type=submit]").click()
    await expect(lin.page.locator("article")).to_have_attribute("data-state", "sent")
    content = (await alice.get(f"/rooms/{room}/messages", dir="b", limit=1))["chunk"][0]["content"]
    assert content["m.mentions"] == {"user_ids": [alice.user_id]}

    # Everybody can be called by those who may.
    levels = await alice.get(f"/rooms/{room}/state/m.room.power_levels")
    await alice.put(f"/rooms/{room}/state/m.room.power_levels", {**levels, "notifications": {"room": 0}})
    await lin.composer.press_sequentially("tea is ready @everyb")
    await expect(lin.page.locator("[data-mentions] button")).to_be_visible()
    await lin.page.keyboard.press("Tab")
    await lin.page.locator("form.line button[type=submit]").click()
    await lin.sent("tea is ready @everybody")
    content = (await alice.get(f"/rooms/{room}/messages", dir="b", limit=1))["chunk"][0]["content"]
    assert content["m.mentions"] == {"room": True}


async def test_words_are_found_and_shown_where_they_were_said(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin", **DESK)
    room = await group_of(lin, alice)
    kettle = await alice.send_text(room, "the kettle is in the cellar")
    await flood(alice, room, "filling the chat,", 60)
    await lin.sees("filling the chat")
    await alice.put(f"/rooms/{room}/state/m.room.pinned_events", {"pinned": [kettle]})
    await expect(lin.page.get_by_role("button", name="Pinned messages")).to_contain_text("the kettle is")
    await expect(lin.page.get_by_role("button", name="Unpin")).to_have_count(0)
    await lin.page.keyboard.press("Control+k")
    await lin.page.get_by_label("Words to look for").fill("kettle")
    await lin.page.get_by_role("button", name="the kettle is in the cellar").click()
    await lin.sees("the kettle is in the cellar")


# The browser keeps what it knows when its page is hidden.
HIDE = """() => {
    Object.defineProperty(document, "hidden", { value: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_what_was_an_invitation_when_the_page_was_closed_opens_at_its_newest_message(
    person: NewPerson, alice: Actor
) -> None:
    lin = await person("lin")
    await lin.sign_up()
    room = await alice.create_room(name="Evening tea", invite=[lin.user_id])
    await expect(lin.page.get_by_role("link", name="Message requests")).to_be_visible()
    await lin.page.evaluate(HIDE)
    await until(lin.page, KEPT, room)
    await lin.page.close()
    elsewhere = await as_actor(lin)
    await elsewhere.post(f"/join/{segment(room)}")
    for number in range(25):
        await alice.send_text(room, f"cup {number}")
    again = Person(lin.context, await lin.context.new_page(), lin.url, lin.name)
    looked = asyncio.Event()

    async def wait_and_sync(route: Route) -> None:
        await looked.wait()
        await route.continue_()

    await again.page.route("**/v3/sync?*", wait_and_sync)
    await again.open(f"/chats/{quote(room)}")
    await expect(again.page.get_by_role("button", name="Accept")).to_be_visible()
    looked.set()
    await expect(again.page.get_by_text("New messages")).to_be_in_viewport()
    await expect(again.page.get_by_text("cup 0", exact=True)).to_be_in_viewport()
