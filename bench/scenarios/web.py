"""The web app in Chromium: a message from one browser to another, and the first visit over a slow line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

from playwright.async_api import Browser, async_playwright
from tests.chromium import SWITCHES, find_chromium
from tests.web.person import DESK, NEW_SESSION, PHONE, Person, until

from bench.client import PASSWORD, Client
from bench.measures import Measure, Values, at_most
from bench.stage import Stage

NAME = "web"
MEASURES = [
    Measure("seen_ms", "encrypted message seen by the other, median of 20", "ms", at_most(150)),
    Measure("seen_worst_ms", "the same, the worst of 20", "ms", at_most(1000)),
    Measure("shell_ms", "first visit, 1.6 Mbps and a CPU 4 times slower: shell", "ms", at_most(1200)),
    Measure("chats_ms", "the same: list of 20 chats", "ms", at_most(3500)),
]
WITH_PEER = False

# Bytes a second and milliseconds: what browsers' own tools call a slow mobile line.
_LINE = {"offline": False, "downloadThroughput": 200_000, "uploadThroughput": 94_000, "latency": 150}
_SLOWER = 4

_SEE = """(text) => new Promise((done) => {
    const look = () => document.querySelector("[role=log]")?.textContent.includes(text) && done(Date.now());
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    look();
})"""
_PRESS = "() => { document.querySelector('form.line button[type=submit]').click(); return Date.now(); }"
# When the first of each was on the screen, in milliseconds since the address was opened.
_WATCH = """
const wanted = { shell: "nav", chats: "a[href^='/chats/!']" };
window.painted = {};
new MutationObserver(() => {
    for (const [name, selector] of Object.entries(wanted)) {
        if (!document.querySelector(selector)) continue;
        delete wanted[name];
        requestAnimationFrame(() => setTimeout(() => (window.painted[name] = performance.now())));
    }
}).observe(document, { childList: true, subtree: true });
"""


async def run(stage: Stage) -> Values:
    """Let two people chat, then let others visit for the first time."""
    async with _browser() as browser:
        seen = await _messages(stage, browser)
        painted = await _first_visits(stage, browser)
    return {"seen_ms": median(seen), "seen_worst_ms": max(seen), **painted}


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    program = find_chromium()
    if program is None:
        raise RuntimeError("no Chromium (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, chromium_sandbox=False, args=SWITCHES
        )
        yield browser
        await browser.close()


async def _person(stage: Stage, browser: Browser, name: str, **options: Any) -> Person:
    context = await browser.new_context(locale="en", **options)
    url = f"http://{stage.server.address.host}:{stage.server.address.port}"
    return Person(context, await context.new_page(), url, name)


async def _messages(stage: Stage, browser: Browser) -> list[float]:
    """Give how long each of twenty messages took, from the press on the button until it stood on the other screen."""
    lin = await _person(stage, browser, "lin", **PHONE)
    bao = await _person(stage, browser, "bao", **DESK)
    await lin.sign_up(PASSWORD)
    await bao.sign_up(PASSWORD)
    await lin.open("/chats/new")
    await lin.page.locator("input[type=search]").fill(bao.user_id)
    await lin.page.get_by_role("button", name=bao.user_id).click()
    await bao.accept_request()
    await lin.say("good morning")
    await bao.sees("good morning")
    took: list[float] = []
    with stage.steps("sending 20 messages", 20) as step:
        for number in range(20):
            text = f"一起喝茶 {number:02}"
            await lin.composer.fill(text)
            seeing = asyncio.create_task(bao.page.evaluate(_SEE, text))
            pressed = await lin.page.evaluate(_PRESS)
            took.append(await seeing - pressed)
            step()
    for one in (lin, bao):
        await one.context.close()
    return took


async def _first_visits(stage: Stage, browser: Browser) -> dict[str, float]:
    """Give what newcomers to this browser wait for, medians; they are signed in, and nothing else is kept."""
    visits = stage.size(5, 1)
    people = await stage.people("friend", 2)
    rooms = [await people[0].create_room(name=f"Room {number}") for number in range(20)]
    for room in rooms:
        await people[0].send(room, "the kettle is on")
    found: dict[str, list[float]] = {"shell": [], "chats": []}
    with stage.steps("first visits", visits) as step:
        for number in range(visits):
            one = await _person(stage, browser, f"new{number}", **PHONE)
            await one.open("/CREDITS.txt")
            await one.page.evaluate(NEW_SESSION, [one.name, PASSWORD])
            account = await Client(stage.server.address, one.user_id).log_in()
            for room in rooms:
                await account.join(room)
            tools = await one.context.new_cdp_session(one.page)
            await tools.send("Network.enable")
            await tools.send("Network.emulateNetworkConditions", _LINE)
            await tools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
            await one.page.add_init_script(_WATCH)
            await one.open()
            await until(one.page, "() => window.painted.shell && window.painted.chats")
            for name, times in found.items():
                times.append(await one.page.evaluate("(name) => window.painted[name]", name))
            await one.context.close()
            step()
    return {f"{name}_ms": median(times) for name, times in found.items()}
