"""axe finds nothing wrong on any screen, in either theme; a whole chat works by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.actors import Actor, fresh_localpart, segment
from tests.media.files import PIXEL, upload
from tests.web.channels import article, let_edit, make_channel
from tests.web.conftest import NewPerson
from tests.web.person import DESK, PHONE, Person
from tests.web.test_media import group_of

AXE = (Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text()
ME = ["profile", "notifications", "privacy", "devices", "storage", "account", "export", "about"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# What is wider than its place, so that it must be moved sideways, when the text is very large.
WIDE = """() => {
    const root = document.documentElement;
    const before = root.dataset.text;
    root.dataset.text = "3";
    const wide = [root, ...document.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > one.clientWidth + 1);
    const found = wide.map((one) => one.cloneNode(false).outerHTML.slice(0, 120));
    root.dataset.text = before;
    return found;
}"""


async def violations(one: Person, where: str, *, colours_only: bool = False) -> list[str]:
    """Run axe on the page as it stands; another theme of the same page differs in its colours only."""
    if not await one.page.evaluate("'axe' in window"):
        await one.page.evaluate(AXE)
    wanted = (
        {"type": "rule", "values": ["color-contrast"]} if colours_only else {"type": "tag", "values": RULES}
    )
    found = await one.page.evaluate("(runOnly) => axe.run(document, { runOnly })", wanted)
    wide = [] if colours_only else await one.page.evaluate(WIDE)
    return [f"{where}: too wide: {element}" for element in wide] + [
        f"{where}: {rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def risen(one: Person) -> None:
    """Wait until the sheet that was opened has its colours."""
    moving = "(sheet) => Promise.all(sheet.getAnimations().map((one) => one.finished)).then(() => true)"
    await one.page.locator("dialog").evaluate(moving)


async def say_all(alice: Actor, room: str) -> None:
    """Say a bit of everything: words and a reaction, a poll, two photos."""
    message = await alice.send_text(room, "hello, see https://example.org/")
    await alice.react(room, message, "👍")
    answers = [{"m.id": tea, "m.text": [{"body": tea}]} for tea in ("green", "black")]
    poll = {"question": {"m.text": [{"body": "which?"}]}, "kind": "m.disclosed", "answers": answers}
    await alice.put(f"/rooms/{segment(room)}/send/m.poll.start/{alice.next_txn_id()}", {"m.poll": poll})
    picture = f"mxc://localhost/{await upload(alice, PIXEL, 'image/png')}"
    for name in ("one.png", "two.png"):
        content = {"msgtype": "m.image", "body": name, "url": picture}
        await alice.put(f"/rooms/{segment(room)}/send/m.room.message/{alice.next_txn_id()}", content)


async def account_of(alice: Actor, lin: Person) -> list[str]:
    """Make a public account with an article, of which somebody is an admin; give the addresses of its screens."""
    name = fresh_localpart("teapot")
    room = await make_channel(alice, name, name, topic="Leaves and water")
    face = {"url": f"mxc://localhost/{await upload(alice, PIXEL, 'image/png')}", "w": 2, "h": 1}
    body = "<h2>First</h2><p>water, <a href='https://example.org/'>then tea</a></p>"
    event = await alice.send(
        room, "m.room.message", article("Tea", "water", body, author="Alice", summary="Short", cover=face)
    )
    await alice.send_text(room, "a short note")
    await alice.post(f"/rooms/{segment(room)}/invite", {"user_id": lin.user_id})
    await let_edit(alice, room, lin.user_id, 100)
    await lin.visit("/chats")
    await lin.page.locator(".invite").filter(has_text=name).get_by_role("button").first.click()
    await expect(lin.page.get_by_role("list", name="Articles")).to_be_visible()
    at = f"/contacts/accounts/{segment(room)}"
    return [
        "/contacts/accounts",
        "/contacts/accounts/find",
        "/contacts/accounts/new",
        at,
        f"{at}/edit",
        f"{at}/write",
        f"{at}/{segment(event)}",
    ]


async def in_sheets(lin: Person) -> list[str]:
    """Look at the sheets that the menu of a message and the panel beside the field open."""
    await lin.page.get_by_role("menuitem", name="Who has read it").click()
    await expect(lin.page.locator("dialog").get_by_text("1 of 1")).to_be_visible()
    await risen(lin)
    found = await violations(lin, "readers of a message")
    await lin.page.keyboard.press("Escape")
    await lin.page.get_by_role("button", name="Add a picture or file").click()
    await lin.page.get_by_role("button", name="Poll").click()
    await expect(lin.page.get_by_label("Question")).to_be_visible()
    await risen(lin)
    return found + await violations(lin, "a new poll")


@pytest.mark.parametrize(
    ("theme", "screen"), [("light", PHONE), ("dark", DESK)], ids=["light-phone", "dark-desk"]
)
async def test_axe_finds_nothing_on_any_screen(
    person: NewPerson, alice: Actor, theme: str, screen: dict[str, object]
) -> None:
    lin = await person("lin", color_scheme=theme, **screen)
    await lin.open()
    await expect(lin.page.get_by_role("heading")).to_be_visible()
    found = await violations(lin, "sign in")
    room = await group_of(lin, alice)
    await alice.create_room(preset="trusted_private_chat", is_direct=True, invite=[lin.user_id])
    await say_all(alice, room)
    await lin.sees("hello, see")
    await lin.say("an answer")
    await lin.sent("an answer")
    page = await alice.get(f"/rooms/{segment(room)}/messages", dir="b", limit=1)
    await alice.post(f"/rooms/{segment(room)}/receipt/m.read/{segment(page['chunk'][0]['event_id'])}", {})
    await expect(lin.page.get_by_role("button", name="Read by 1")).to_be_visible()
    address = await lin.page.evaluate("location.pathname")
    account = await account_of(alice, lin)
    stops = [
        "/chats",
        "/chats/new",
        "/chats/requests",
        "/chats/search",
        address,
        f"{address}/info",
        f"{address}/search",
    ]
    for path in (
        *stops,
        f"{address}/media",
        "/me",
        "/me/settings",
        *(f"/me/{one}" for one in ME),
        "/me/encryption",
        "/contacts",
        "/contacts/new",
        "/contacts/add?q=alice",
        "/contacts/groups",
        *account,
        "/contacts/blocked",
        "/contacts/code",
        "/contacts/scan",
        f"/contacts/{quote(alice.user_id)}",
        "/discover",
    ):
        await lin.visit(path)
        await expect(lin.page.locator(".spinner")).to_have_count(0)
        await expect(lin.page.get_by_role("heading").or_(lin.page.locator(".notice")).first).to_be_visible()
        found += await violations(lin, path)
    await lin.open(address)
    await lin.sees("an answer")
    await lin.bubble("an answer").focus()
    await lin.page.keyboard.press("Enter")
    await expect(lin.page.get_by_role("menu")).to_be_visible()
    found += await violations(lin, "menu of a message")
    found += await in_sheets(lin)
    assert found == []


async def test_a_chat_is_held_by_keyboard_alone(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin", **DESK)
    room = await group_of(lin, alice)
    await alice.send_text(room, "no mouse today?")
    await lin.sees("no mouse today?")
    await lin.composer.focus()
    await lin.page.keyboard.type("none")
    await lin.page.keyboard.press("Enter")
    await lin.sent("none")
    await lin.page.keyboard.press("ArrowUp")
    await expect(lin.composer).to_have_value("none")
    await lin.page.keyboard.type(" at all")
    await lin.page.keyboard.press("Enter")
    await lin.sees("none at all")
    await lin.bubble("no mouse").focus()
    await lin.page.keyboard.press("r")
    await expect(lin.composer).to_be_focused()
    await lin.page.keyboard.press("Escape")
    await lin.page.keyboard.press("Alt+2")
    await expect(lin.page.get_by_role("navigation").locator("[aria-current=page]")).not_to_have_text("Chats")
