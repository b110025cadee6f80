"""G61: two hundred ways to run a script through words of others; none runs. Tried in every place that shows them."""

from __future__ import annotations

import asyncio
import itertools
import re
from pathlib import Path

from playwright.async_api import expect

from tests.actors import Actor
from tests.web.conftest import NewPerson
from tests.web.person import DESK

CALL = "window.hit=1"
TAGS = [
    "img",
    "svg",
    "video",
    "audio",
    "body",
    "iframe",
    "object",
    "embed",
    "input",
    "details",
    "marquee",
    "math",
]
HANDLERS = ["onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onanimationstart", "onpointerenter"]
PLACES = [
    ("a", "href"),
    ("img", "src"),
    ("form", "action"),
    ("iframe", "src"),
    ("object", "data"),
    ("a", "xlink:href"),
]
ADDRESSES = [
    "javascript:window.hit=1",
    "JaVaScRiPt:window.hit=1",
    " javascript:window.hit=1",
    "java\tscript:window.hit=1",
    "java\nscript:window.hit=1",
    "&#106;avascript:window.hit=1",
    "javascript&colon;window.hit=1",
    "data:text/html,<script>window.hit=1</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cuaGl0PTE8L3NjcmlwdD4=",
    "vbscript:window.hit=1",
    "blob:x",
    "//evil.example/x.js",
    "\x01javascript:window.hit=1",
]
WHOLE = (Path(__file__).parent / "xss_vectors.txt").read_text().splitlines()
REFUSED = re.compile("Security Policy|Trusted")
FORBIDDEN = ".rich :is(script, style, iframe, object, embed, img, svg, form, input, button, video, audio)"
TOUCH = """for (const one of document.querySelectorAll('article .rich *'))
    for (const name of ['mouseover', 'focus', 'toggle', 'pointerenter'])
        one.dispatchEvent(new Event(name, { bubbles: true }));"""


def vectors() -> list[str]:
    """Give every vector: each tag with each handler, each place with each address, and the collected ones."""
    handled = [
        f"<{tag} src=x {handler}={CALL} autofocus tabindex=1 open>x</{tag}>"
        for tag, handler in itertools.product(TAGS, HANDLERS)
    ]
    links = [f'<{tag} {name}="{url}">x</{tag}>' for url in ADDRESSES for tag, name in PLACES]
    return [*handled, *links, *WHOLE]


async def test_two_hundred_vectors_run_nowhere(person: NewPerson, alice: Actor) -> None:
    found = vectors()
    assert len(found) >= 200
    lin = await person("lin", **DESK)
    lin.expected = REFUSED
    await lin.sign_up()
    await alice.put(f"/profile/{alice.user_id}/displayname", {"displayname": WHOLE[-1]})
    room = await alice.create_room(name=f"<img src=x onerror={CALL}>", topic=WHOLE[0], invite=[lin.user_id])
    await lin.accept_request()
    # Many vectors share a message, each in a block of its own; those that break out of blocks come alone as well.
    together = ["".join(f"<p>{one}</p>" for one in found[at : at + 20]) for at in range(0, len(found), 20)]
    for html in (*together, *WHOLE):
        content = {
            "msgtype": "m.text",
            "body": html,
            "format": "org.matrix.custom.html",
            "formatted_body": html,
        }
        await alice.send(room, "m.room.message", content)
    await alice.send(
        room, "m.room.message", {"msgtype": "m.file", "body": WHOLE[-1], "url": "mxc://localhost/none"}
    )
    await alice.send(room, "m.room.message", {"msgtype": "m.image", "body": "x", "url": f"javascript:{CALL}"})
    await alice.send_text(room, "the end of it")
    # When so many come at once, the first of them is shown; the reader goes on to the last.
    async with asyncio.timeout(60):
        while not await lin.bubble("the end of it").first.is_visible():
            await lin.page.locator("[role=log]").evaluate("(list) => list.scrollBy(0, 400)")
            await lin.page.evaluate("new Promise(requestAnimationFrame)")
    await lin.sees("the end of it")
    # Every message is drawn once on the way up, and every element of theirs is touched.
    for _ in range(14):
        await lin.page.locator("[role=log]").evaluate("(list) => list.scrollBy(0, -600)")
        await lin.page.evaluate("new Promise(requestAnimationFrame)")
        await lin.page.evaluate(TOUCH)
        links = lin.page.locator(".rich a[href]")
        for href, rel in await links.evaluate_all("(all) => all.map((a) => [a.getAttribute('href'), a.rel])"):
            assert href.startswith(("http://", "https://", "/contacts/")), href
            assert rel == "noopener noreferrer"
        assert await lin.page.locator(FORBIDDEN).count() == 0
    await lin.page.get_by_role("button", name="About this chat").click()
    await expect(lin.page.locator("aside")).to_be_visible()
    assert await lin.page.evaluate("window.hit") is None


async def test_the_policy_refuses_what_a_mistake_would_let_through(person: NewPerson) -> None:
    lin = await person("lin")
    lin.expected = REFUSED
    await lin.open()
    outcomes = await lin.page.evaluate(
        """async () => {
            const tried = {};
            try { document.body.innerHTML = "<b>x</b>"; tried.html = "set"; } catch { tried.html = "refused"; }
            const inline = document.createElement("script");
            try { inline.text = "window.hit = 1"; document.head.append(inline); } catch { tried.thrown = true; }
            tried.script = window.hit ?? "not run";
            tried.foreign = await fetch("https://example.org/").then(() => "reached", () => "refused");
            return tried;
        }"""
    )
    assert outcomes["html"] == "refused"
    assert outcomes["script"] == "not run"
    assert outcomes["foreign"] == "refused"
