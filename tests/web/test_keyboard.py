"""The whole app without a mouse: signing in, finding, writing, the lists, the tabs, the list of keys."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.actors import PASSWORD, Actor, register
from tests.running_server import RunningServer
from tests.web.conftest import NewPerson
from tests.web.person import DESK, Person
from tests.web.test_contacts import join_privately

MOST_STOPS = 40


async def tab_to(one: Person, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_STOPS):
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
        await one.page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached by {key}")


async def test_the_whole_app_is_used_by_keyboard_alone(
    person: NewPerson, server: RunningServer, alice: Actor, bob: Actor
) -> None:
    lin = await person("lin", **DESK)
    device = await register(server.url, server.registration_shared_secret, lin.name)
    group = await alice.create_room(name="Night shift", invite=[lin.user_id])
    await device.join(group)
    private, *_ = await join_privately(device, [bob])
    await alice.send_text(group, "who is awake?")
    await bob.send_text(private, "I am")
    keys, page = lin.page.keyboard, lin.page
    await lin.open()
    await tab_to(lin, page.locator("input[name=username]"))
    await keys.type(lin.name)
    await tab_to(lin, page.locator("input[name=password]"))
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await expect(page.get_by_role("link", name="Night shift")).to_be_visible()

    await keys.press("Control+k")
    await expect(page.get_by_label("Words to look for")).to_be_focused()
    await keys.type("night")
    await expect(page.get_by_role("list", name="Groups").get_by_role("link")).to_be_visible()
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(lin.composer).to_be_focused()
    await lin.sees("who is awake?")
    await keys.type("me too")
    await keys.press("Enter")
    await lin.sent("me too")
    await tab_to(lin, lin.bubble("me too"), "Shift+Tab")
    await keys.press("r")
    await expect(lin.composer).to_be_focused()
    await keys.press("Escape")
    await expect(page.get_by_text("Reply to")).to_have_count(0)

    await keys.press("Alt+ArrowDown")
    await lin.sees("I am")
    await keys.press("Escape")
    rows = page.get_by_role("list", name="Chats").get_by_role("link")
    await expect(rows.nth(1)).to_be_focused()
    await keys.press("ArrowUp")
    await expect(rows.first).to_be_focused()
    await alice.send_text(group, "good night")
    await expect(page.get_by_role("link", name="1 unread message Night shift")).to_be_visible()
    await keys.press("Shift+Escape")
    await expect(page.get_by_role("link", name="1 unread message")).to_have_count(0)
    await keys.press("?")
    await expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("heading", name="Keys")).to_have_count(0)

    await keys.press("Alt+2")
    await expect(page.get_by_role("link", name="New friends")).to_be_focused()
    await keys.press("End")
    await keys.press("Enter")
    await tab_to(lin, page.get_by_role("button", name="Write a message"))
    await keys.press("Enter")
    await expect(lin.composer).to_be_focused()
    await lin.sees("I am")
