"""Somebody with the web app open: what they do, in the words that they see.

Owns the vocabulary of the journeys. It finds things by role and name as assistive technology does, and waits for
what must appear instead of for time to pass. What the page reports as an error fails the test at its end.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import quote

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.actors import PASSWORD

SLOW_MS = 20_000
T = TypeVar("T")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
DARK_DESK: dict[str, Any] = {**DESK, "color_scheme": "dark"}
EXPECTED_NOISE = re.compile(
    r"status of (401|403|404|429|500)|net::ERR_|Failed to fetch|/sync|M_UNRECOGNIZED|Unable to refresh token"
    # COMPAT(matrix-js-sdk, 43): it takes in the sync that was under way after its crypto was closed by signing out.
    r"|WebSocket error|sync changes to the crypto layer.*null pointer passed to rust"
    # COMPAT(matrix-js-sdk, 43): it keeps what it synced while the page goes away, and finds its database closed.
    r"|'IDBDatabase': The database connection is closing"
)

# Registers, and keeps the session as the app does: a journey that is not about signing up need not wait for its screen.
NEW_SESSION = """async ([username, password]) => {
    const register = async (more) => {
        const body = { username, password, initial_device_display_name: "Teahouse · Chrome · Linux", ...more };
        const answer = await fetch("/_matrix/client/v3/register", { method: "POST", body: JSON.stringify(body) });
        return answer.json();
    };
    const { session } = await register({});
    const made = await register({ auth: { type: "m.login.dummy", session } });
    if (!made.access_token) throw new Error(JSON.stringify(made));
    const opening = indexedDB.open("teahouse", 1);
    opening.onupgradeneeded = () => {
        for (const name of ["kept", "drafts"]) opening.result.createObjectStore(name);
        opening.result.createObjectStore("outbox", { keyPath: "id" });
        const words = opening.result.createObjectStore("words", { keyPath: "id" });
        words.createIndex("at", "at");
        words.createIndex("room", "roomId");
    };
    await new Promise((done, failed) => { opening.onsuccess = done; opening.onerror = failed; });
    const writing = opening.result.transaction("kept", "readwrite");
    const kept = { userId: made.user_id, deviceId: made.device_id, accessToken: made.access_token };
    writing.objectStore("kept").put(kept, "session");
    await new Promise((done) => (writing.oncomplete = done));
    opening.result.close();
}"""

# A jump goes on correcting itself for a moment; a finger comes later than that.
RESTS = """async () => {
    const list = document.querySelector("[role=log]");
    for (let still = 0, was = -1; still < 20; was = list.scrollTop) {
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        still = list.scrollTop === was ? still + 1 : 0;
    }
    return true;
}"""

expect.set_options(timeout=SLOW_MS)


class Person:
    """One browser context with one page."""

    def __init__(self, context: BrowserContext, page: Page, url: str, name: str) -> None:
        self.context = context
        self.page = page
        self.url = url
        self.name = name
        self.user_id = f"@{name}:localhost"
        self.errors: list[str] = []
        self.expected = re.compile("$.")
        """What else this page may report, where a test makes it."""
        page.set_default_timeout(SLOW_MS)
        page.on("pageerror", lambda error: self._heard("error", f"{error}\n{error.stack or ''}"))
        page.on("console", lambda message: self._heard(message.type, message.text))

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and not EXPECTED_NOISE.search(text) and not self.expected.search(text):
            self.errors.append(text)

    async def open(self, path: str = "/") -> None:
        """Load an address of the app."""
        await self.page.goto(self.url + path)

    async def visit(self, path: str) -> None:
        """Go to an address as a link inside the app does, without loading the page anew."""
        await self.page.evaluate(
            """(to) => { const link = document.createElement("a"); link.href = to;
            document.body.append(link); link.click(); link.remove(); }""",
            path,
        )

    async def sign_up(self, password: str = PASSWORD) -> None:
        """Arrive at the list of chats as somebody new, whose session this browser keeps already."""
        await self.open("/CREDITS.txt")
        await self.page.evaluate(NEW_SESSION, [self.name, password])
        await self.open()
        await expect(self.page.get_by_role("navigation")).to_be_visible()

    async def sign_up_by_hand(self, password: str = PASSWORD) -> None:
        """Make the account on the screen for it, and arrive at the list of chats."""
        await self.open()
        await self.page.locator("main form + button").click()
        await self._fill(password)
        await expect(self.page.get_by_role("navigation")).to_be_visible()

    async def sign_in(self, password: str = PASSWORD) -> None:
        """Sign in to the account, and arrive at the list of chats."""
        await self.open()
        await self._fill(password)
        await expect(self.page.get_by_role("navigation")).to_be_visible()

    async def _fill(self, password: str) -> None:
        await self.page.locator("input[name=username]").fill(self.name)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.locator("form button[type=submit]").click()

    async def go_to_chat(self, room_id: str) -> None:
        """Open a chat by its row in the list."""
        await self.page.locator(f'a[href="/chats/{quote(room_id, safe="!()*~")}"]').click()
        await expect(self.composer).to_be_visible()

    async def accept_request(self) -> str:
        """Accept the message request that is there, and give the chat's id."""
        await self.page.locator('a[href="/chats/requests"]').click()
        await self.page.locator(".invite button").first.click()
        await expect(self.composer).to_be_visible()
        return await self.room_id()

    async def room_id(self) -> str:
        """Give the id of the open chat."""
        return str(await self.page.evaluate("decodeURIComponent(location.pathname.split('/')[2])"))

    @property
    def composer(self) -> Locator:
        """The field to write in."""
        return self.page.locator("form.line textarea")

    async def say(self, text: str) -> None:
        """Write and send a message."""
        await self.composer.fill(text)
        await self.page.locator("form.line button[type=submit]").click()

    def bubble(self, text: str) -> Locator:
        """Find the message that holds a text."""
        return self.page.locator("article[data-event-id]").filter(has_text=text)

    async def sees(self, text: str) -> None:
        """Wait until a message with the text is on the screen."""
        await expect(self.bubble(text).first).to_be_visible()

    async def sent(self, text: str) -> None:
        """Wait until the server has taken the message."""
        await expect(self.bubble(text).first).to_have_attribute("data-state", "sent")

    async def choose(self, text: str, action: str) -> None:
        """Open a message's menu and choose what it names so."""
        await self.bubble(text).first.focus()
        await self.page.keyboard.press("Enter")
        await self.page.get_by_role("menuitem", name=action, exact=True).click()

    async def confirm(self) -> None:
        """Agree to the question on the screen."""
        await self.page.locator("dialog button[type=submit]").click()


async def until(page: Page, look: str, arg: Any = None) -> Any:
    """Let the page look, with an async function of JavaScript, until it finds something; give that."""
    again = f"""async (arg) => {{
        for (;;) {{
            const found = await ({look})(arg);
            if (found) return found;
            await new Promise((later) => setTimeout(later, 50));
        }}
    }}"""
    async with asyncio.timeout(2 * SLOW_MS / 1000):
        return await page.evaluate(again, arg)


async def learned(ask: Callable[[], Awaitable[T]]) -> T:
    """
    Ask the server until its answer holds something; give that.

    What a browser shows at once, before the server has answered, the server knows a moment later.
    """
    async with asyncio.timeout(2 * SLOW_MS / 1000):
        while not (found := await ask()):
            pass
        return found
