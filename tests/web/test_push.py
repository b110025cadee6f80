"""Installed, offline, in two tabs, and told of messages while closed: what makes it an app.

The browser's own push service is on the internet, so the subscription leads to one on loopback: what arrives there,
encrypted, is opened with the subscription's keys and handed to the browser as it would hand it to the service worker.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, Page, expect

from tests.actors import Actor, eventually, fresh_localpart, register, segment
from tests.microblog.push_service import PushService
from tests.running_server import RunningServer
from tests.server_process import ServerProcess
from tests.web.conftest import NewPerson
from tests.web.person import PHONE, Person, until

# Stands where the browser asks its maker's push service.
SUBSCRIBE = """({ endpoint, p256dh, auth }) => {
    const plain = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = (text) => Uint8Array.from(plain(text), (c) => c.charCodeAt(0)).buffer;
    const made = { endpoint, getKey: (name) => bytes(name === "auth" ? auth : p256dh), unsubscribe: async () => true };
    PushManager.prototype.subscribe = async () => made;
    PushManager.prototype.getSubscription = async () => made;
}"""
POLL = "org.matrix.msc3381.poll.start"
SHOWN = """navigator.serviceWorker.getRegistration().then((one) => one.getNotifications()).then(
    (all) => all.map((one) => ({ title: one.title, body: one.body, path: one.data.path })))"""
# The person's tap; the browser lets the worker open a window only after a real one.
TAP = """async () => {
    const opened = [];
    Object.defineProperty(self.clients, "openWindow", { value: async (path) => opened.push(path), configurable: true });
    const [notification] = await self.registration.getNotifications();
    const waiting = [];
    const event = new NotificationEvent("notificationclick", { notification });
    event.waitUntil = (work) => waiting.push(work);
    self.dispatchEvent(event);
    await Promise.all(waiting);
    return opened;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pushing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server that may reach push services on loopback."""
    folder = tmp_path_factory.mktemp("web-app-push")
    file = folder / "teahouse.toml"
    file.write_text('[push]\nallow_private_addresses = true\n[registration]\nmode = "open"\n')
    process = ServerProcess(folder, "--config", str(file))
    await process.start()
    yield process
    await process.remove()


class Browser:
    """The browser's side of push: hands messages to the service worker, and tells what it shows."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self.page = page
        self._session = session
        self._worker = ""

    @classmethod
    async def of(cls, one: Person) -> Browser:
        """Open a page beside the app, from which this goes on when the app is closed."""
        page = await one.context.new_page()
        await page.goto(f"{one.url}/CREDITS.txt")
        session = await one.context.new_cdp_session(page)
        made = cls(page, session)
        session.on("ServiceWorker.workerRegistrationUpdated", made._note)
        await session.send("ServiceWorker.enable")
        await eventually(lambda: made._worker != "", "the service worker", 30)
        return made

    def _note(self, event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not one["isDeleted"]:
                self._worker = one["registrationId"]

    async def hand_over(self, message: dict[str, Any]) -> None:
        """Give the service worker a message."""
        origin = await self.page.evaluate("location.origin")
        await self._session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": self._worker, "data": json.dumps(message)},
        )

    async def shown(self, count: int) -> list[dict[str, str]]:
        """Wait until so many notifications are shown, and give them."""
        waiting = f"async (count) => {{ const all = await {SHOWN}; return all.length === count && all; }}"
        found: list[dict[str, str]] = await until(self.page, waiting, count)
        return found


async def with_push(one: Person, service: PushService) -> Browser:
    """Switch notifications on, and let the server's first word arrive."""
    where = {"endpoint": service.endpoint, **service.keys}
    await one.context.add_init_script(f"({SUBSCRIBE})({json.dumps(where)})")
    await one.open("/me/notifications")
    await one.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await one.page.get_by_role("switch", name="Notify me").click()
    (token,) = await service.wait_for(1)
    browser = await Browser.of(one)
    await browser.hand_over(token)
    await expect(one.page.get_by_role("switch", name="Show what was written")).to_be_visible()
    await expect(one.page.get_by_text("Waiting for the first word")).to_have_count(0)
    return browser


async def joined(one: Person, actor: Actor, name: str, *, known: bool = False) -> str:
    """Let the person join a clear group of the actor's; who is known needs no request."""
    room = await actor.create_room(name=name, invite=[one.user_id])
    await one.open("/chats")
    if known:
        await one.page.locator(".invite button").first.click()
        await expect(one.composer).to_be_visible()
    else:
        await one.accept_request()
    return room


async def newest_push(service: PushService, room: str, text: str, actor: Actor) -> dict[str, Any]:
    """Say something, and give what the push service is told of it."""
    event_id = await actor.send_text(room, text)
    await eventually(lambda: any(one.get("event_id") == event_id for one in service.told), "a push", 30)
    return next(one for one in service.told if one.get("event_id") == event_id)


async def test_a_closed_app_tells_of_a_message_and_the_tap_opens_its_chat(
    person: NewPerson, pushing: ServerProcess
) -> None:
    lin = await person("lin", url=pushing.url, permissions=["notifications"], **PHONE)
    await lin.sign_up()
    bo = await register(pushing.url, pushing.registration_shared_secret, fresh_localpart("bo"))
    async with PushService() as service:
        room = await joined(lin, bo, "The tea room")
        browser = await with_push(lin, service)
        # The names that a notification may say are kept a moment later.
        await until(lin.page, KNOWS, [room, False])
        first = await newest_push(service, room, "the kettle sings", bo)
        assert set(first) == {"app_id", "event_id", "room_id", "prio", "unread"}
        await lin.page.close()
        await browser.hand_over(first)
        await browser.hand_over(await newest_push(service, room, "it sings again", bo))
        name = bo.user_id[1:].partition(":")[0]
        (shown,) = await browser.shown(1)
        assert (shown["title"], shown["body"]) == ("The tea room", f"{name}: New message")
        worker = lin.context.service_workers[0]
        (path,) = await worker.evaluate(TAP)
        lin.page = await lin.context.new_page()
        await lin.open(path)
        await lin.sees("it sings again")
        await browser.shown(0)
    await bo.close()


async def test_the_chat_before_ones_eyes_is_told_nothing_and_what_was_read_elsewhere_goes(
    person: NewPerson, pushing: ServerProcess
) -> None:
    lin = await person("lin", url=pushing.url, permissions=["notifications"], **PHONE)
    await lin.sign_up()
    bo = await register(pushing.url, pushing.registration_shared_secret, fresh_localpart("bo"))
    async with PushService() as service:
        watched, other = await joined(lin, bo, "Watched"), await joined(lin, bo, "Other", known=True)
        browser = await with_push(lin, service)
        await lin.page.get_by_role("switch", name="Show what was written").click()
        await until(lin.page, KNOWS, [other, True])
        await lin.open(f"/chats/{watched}")
        await expect(lin.composer).to_be_visible()
        await lin.page.bring_to_front()
        await lin.page.wait_for_function("document.visibilityState === 'visible'")
        seen = await bo.send_text(watched, "look here")
        await lin.sees("look here")
        await browser.hand_over({"app_id": "teahouse.web", "room_id": watched, "event_id": seen, "unread": 1})
        poll = {"question": {"body": "Green or black?"}, "answers": [{"id": "g"}]}
        path = f"/rooms/{segment(other)}/send/{POLL}/{bo.next_txn_id()}"
        asked = (await bo.put(path, {POLL: poll}))["event_id"]
        await browser.hand_over({"app_id": "teahouse.web", "room_id": other, "event_id": asked, "unread": 1})
        (shown,) = await browser.shown(1)
        assert shown["title"] == "Other"
        assert shown["body"].endswith(": [Poll] Green or black?")
        await browser.hand_over({"app_id": "teahouse.web", "unread": 0})
        await browser.shown(0)
    await bo.close()


# Whether the browser keeps for the service worker the name of a chat, and what was chosen.
KNOWS = """async ([room, previews]) => {
    const opening = indexedDB.open("teahouse");
    await new Promise((done) => (opening.onsuccess = done));
    const reading = opening.result.transaction("kept").objectStore("kept").get("alerts");
    await new Promise((done) => (reading.onsuccess = done));
    opening.result.close();
    return reading.result?.rooms[room] !== undefined && reading.result.previews === previews;
}"""


class Front:
    """Stands before the server as a reverse proxy would, and can let the app look newer than it is."""

    def __init__(self, behind: str) -> None:
        self.is_newer = False
        self._behind = urlsplit(behind)
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one request on; the connection ends with it."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            first, _, fields = head.partition(b"\r\n")
            kept = [
                line for line in fields.split(b"\r\n") if line and not line.lower().startswith(PASSED_OVER)
            ]
            back, forth = await asyncio.open_connection(self._behind.hostname, self._behind.port)
            forth.write(b"\r\n".join([first, *kept, b"Connection: close", b"", b""]))
            sending = asyncio.create_task(_pipe(reader, forth))
            await _pipe(back, writer, b"\n// newer" if self.is_newer and b" /sw.js " in first else b"")
            sending.cancel()
            forth.close()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


# Plain answers of known length would end before what is added to them.
PASSED_OVER = (b"connection:", b"accept-encoding:", b"if-none-match:")


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter, added: bytes = b"") -> None:
    head = await source.readuntil(b"\r\n\r\n") if added else b""
    target.write(re.sub(rb"(?i)content-length: *\d+\r\n", b"", head))
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.write(added)
    await target.drain()


@pytest_asyncio.fixture
async def front(server: RunningServer) -> AsyncIterator[Front]:
    """The shared server behind a proxy."""
    made = Front(server.url)
    await made.start()
    yield made
    made.stop()


async def test_it_can_be_installed_and_offers_a_new_version(person: NewPerson, front: Front) -> None:
    lin = await person("lin", url=front.url)
    await lin.sign_up()
    await lin.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await lin.page.reload()
    session = await lin.context.new_cdp_session(lin.page)
    manifest = await session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    found = json.loads(manifest["data"])
    assert (found["display"], found["start_url"]) == ("standalone", "/")
    assert {icon["sizes"] for icon in found["icons"]} >= {"192x192", "512x512"}
    errors = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    # A browser of tests has no profile to install into.
    assert [error for error in errors if error["errorId"] != "in-incognito"] == []

    front.is_newer = True
    await lin.page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    await expect(lin.page.get_by_text("A new version is ready")).to_be_visible()
    async with lin.page.expect_event("load"):
        await lin.page.get_by_role("button", name="Update").click()
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()


async def test_two_tabs_of_one_person_stay_consistent(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    await lin.sign_up()
    first = lin.page
    lin.page = second = await lin.context.new_page()
    await lin.open()
    await expect(second.get_by_text("Teahouse is open in another tab")).to_be_visible()
    await second.get_by_role("button", name="Use it here").click()
    await expect(second.get_by_text("No chats yet")).to_be_visible()
    await expect(first.get_by_text("Teahouse is open in another tab")).to_be_visible()
    room = await alice.create_room(name="Pictures", invite=[lin.user_id])
    await lin.accept_request()
    await lin.say("from the second tab")
    await lin.sent("from the second tab")
    await first.bring_to_front()
    await first.get_by_role("button", name="Use it here").click()
    lin.page = first
    await lin.go_to_chat(room)
    await lin.sees("from the second tab")
    await expect(second.get_by_text("Teahouse is open in another tab")).to_be_visible()
    await lin.open("/me")
    await first.get_by_text("Sign out").click()
    await lin.confirm()
    await expect(first.get_by_role("heading", name="Welcome to Teahouse")).to_be_visible()
    await second.reload()
    await expect(second.get_by_role("heading", name="Welcome to Teahouse")).to_be_visible()
