"""Nothing typed or sent is lost, and nothing arrives twice: without a connection, over reloads, after errors."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import quote

from playwright.async_api import Error, Route, expect

from tests.actors import Actor, joined_room, segment
from tests.web.conftest import NewPerson
from tests.web.crowds import ask_many
from tests.web.person import DESK, RESTS, Person, until
from tests.web.test_media import attach, group_of

# Whether the browser keeps a room for a start without the server.
KEPT = """async (room) => {
    const opening = indexedDB.open("matrix-js-sdk:teahouse-sync");
    await new Promise((done) => (opening.onsuccess = done));
    const reading = opening.result.transaction("sync").objectStore("sync").getAll();
    await new Promise((done) => (reading.onsuccess = done));
    opening.result.close();
    return JSON.stringify(reading.result).includes(room);
}"""


async def bodies(actor: Actor, room: str) -> list[str]:
    """Give the texts of a room, oldest first."""
    page = await actor.get(f"/rooms/{room}/messages", dir="b", limit=50)
    return [e["content"].get("body", "") for e in reversed(page["chunk"]) if e["type"] == "m.room.message"]


async def flood(actor: Actor, room: str, word: str, count: int) -> None:
    """Let somebody say many numbered things at once."""
    path = f"/rooms/{segment(room)}/send/m.room.message"
    said = [{"msgtype": "m.text", "body": f"{word} {number}"} for number in range(count)]
    await ask_many(
        actor.url, [("PUT", f"{path}/{actor.next_txn_id()}", one, actor.access_token) for one in said]
    )


async def is_read(actor: Actor, room: str, event_id: str, reader: str) -> None:
    """Wait until the server knows that somebody has read up to an event."""
    await actor.sync_until(
        lambda answer: any(
            reader in readers.get(event_id, {}).get("m.read", {})
            for event in joined_room(answer, room).get("ephemeral", {}).get("events", [])
            if event["type"] == "m.receipt"
            for readers in [event["content"]]
        )
    )


async def worker_runs(one: Person) -> None:
    """Wait until the service worker controls the page, which needs one more load."""
    await one.page.evaluate("navigator.serviceWorker.ready.then(() => true)")


async def test_what_is_sent_offline_waits_over_a_reload_and_arrives_once(
    person: NewPerson, alice: Actor
) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await alice.send_text(room, "said before")
    await lin.sees("said before")
    await worker_runs(lin)
    await until(lin.page, KEPT, room)
    await lin.context.set_offline(True)
    for text in ("one", "two", "three"):
        await lin.say(text)
    await expect(lin.page.locator("article[data-state=waiting], article[data-state=sending]")).to_have_count(
        3
    )
    await lin.page.reload()
    await expect(lin.page.locator("article[data-state=waiting], article[data-state=sending]")).to_have_count(
        3
    )
    await lin.context.set_offline(False)
    for text in ("one", "two", "three"):
        await lin.sent(text)
    assert await bodies(alice, room) == ["said before", "one", "two", "three"]


async def test_the_line_of_the_unread_stands_right_after_a_crash(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await until(lin.page, KEPT, room)
    for number in range(9):
        last = await alice.send_text(room, f"read {number}")
    await lin.sees("read 8")
    await is_read(alice, room, last, lin.user_id)
    # What was read since the browser last kept something is known to the server only.
    crash = asyncio.create_task((await lin.context.new_cdp_session(lin.page)).send("Page.crash"))
    await lin.page.wait_for_event("crash")
    crash.cancel()
    for number in range(3):
        await alice.send_text(room, f"new {number}")
    again = Person(lin.context, await lin.context.new_page(), lin.url, lin.name)
    await again.open(f"/chats/{quote(room)}")
    await expect(again.page.get_by_text("New messages")).to_be_in_viewport()
    below = """() => {
        const place = (one) => one.getBoundingClientRect().top;
        const line = place(document.querySelector(".unread"));
        const after = [...document.querySelectorAll("article")].filter((one) => place(one) > line);
        return after.sort((one, other) => place(one) - place(other)).map((one) => one.innerText.split("\\n").at(-1));
    }"""
    assert await again.page.evaluate(below) == ["new 0", "new 1", "new 2"]


# One turn of a wheel, towards a message: whether it is in the middle of the list. The list hears of each in its frame.
SCROLLED_TO = """async (text) => {
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
    const list = document.querySelector("[role=log]");
    const found = [...document.querySelectorAll("article")].find((one) => one.innerText.endsWith(text));
    const middle = list.clientHeight / 2;
    const away = found ? found.getBoundingClientRect().top - list.getBoundingClientRect().top - middle : -200;
    if (Math.abs(away) <= 200) return true;
    list.scrollBy(0, Math.sign(away) * 100);
}"""


async def test_two_hundred_that_arrive_at_once_leave_the_reader_in_place(
    person: NewPerson, alice: Actor
) -> None:
    lin = await person("lin", **DESK)
    room = await group_of(lin, alice)
    for number in range(40):
        last = await alice.send_text(room, f"before {number}")
        if number % 8 == 7:
            await lin.sees(f"before {number}")
    await is_read(alice, room, last, lin.user_id)
    await until(lin.page, RESTS)
    await until(lin.page, SCROLLED_TO, "before 15")
    await expect(lin.page.get_by_role("button", name="To the newest")).to_be_visible()
    # The list may draw more above what is read: it is one message that must not move.
    read = lin.bubble("before 15")
    place = "(one) => one.getBoundingClientRect().top"
    was = await read.evaluate(place)
    await lin.context.set_offline(True)
    await flood(alice, room, "after", 200)
    await lin.context.set_offline(False)
    newest = lin.page.get_by_role("button", name="200 new")
    await expect(newest).to_be_visible()
    assert abs(await read.evaluate(place) - was) <= 2
    await newest.click()
    await expect(lin.bubble("after 199")).to_be_in_viewport()
    await expect(lin.page.get_by_role("button", name="200 new")).to_have_count(0)


async def test_what_is_given_up_during_its_upload_never_arrives(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    given_up = asyncio.Event()

    async def wait(route: Route) -> None:
        await given_up.wait()
        with contextlib.suppress(Error):
            await route.continue_()

    await lin.page.route("**/media/**/upload**", wait)
    await attach(lin, "File", [{"name": "plan.txt", "mimeType": "text/plain", "buffer": b"not for you"}])
    await lin.page.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    await lin.choose("plan.txt", "Delete")
    await expect(lin.bubble("plan.txt")).to_have_count(0)
    given_up.set()
    await lin.say("something else")
    await lin.sent("something else")
    assert await bodies(alice, room) == ["something else"]


async def test_a_refused_message_is_marked_and_a_retry_sends_it_once(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    attempts: list[str] = []
    heard = asyncio.Event()
    released = asyncio.Event()

    async def pass_until_heard(route: Route) -> None:
        if heard.is_set():
            await released.wait()
        answer = await route.fetch(timeout=60_000)
        if b"say something" in await answer.body():
            heard.set()
        await route.fulfill(response=answer)

    async def fail_after_the_server_took_it(route: Route) -> None:
        attempts.append(route.request.url)
        await route.fetch()
        await route.fulfill(status=500, json={"errcode": "M_UNKNOWN", "error": "made by the test"})

    await lin.page.route("**/send/m.room.message/**", fail_after_the_server_took_it, times=1)
    # No sync may say that the message arrived before the person tries again: all after the one with alice's words wait.
    await lin.page.route("**/sync?**", pass_until_heard)
    room = await group_of(lin, alice)
    await alice.send_text(room, "say something")
    await lin.sees("say something")
    await lin.say("only once, please")
    await expect(lin.bubble("only once")).to_have_attribute("data-state", "failed")
    await lin.choose("only once", "Send again")
    await lin.sent("only once")
    released.set()
    await alice.send_text(room, "heard")
    await lin.sees("heard")
    await expect(lin.bubble("only once")).to_have_count(1)
    assert len(attempts) == 1
    assert await bodies(alice, room) == ["say something", "only once, please", "heard"]
    await lin.page.unroute_all(behavior="ignoreErrors")


async def test_a_draft_is_there_after_leaving_and_after_a_reload(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    await alice.send_text(room, "tea or coffee?")
    await lin.choose("tea or coffee?", "Reply")
    await lin.composer.fill("half a thou")
    await lin.page.get_by_role("button", name="Back").click()
    await expect(lin.page.get_by_text("[Draft]")).to_be_visible()
    await lin.page.reload()
    await expect(lin.page.get_by_text("[Draft]")).to_be_visible()
    await lin.page.locator("a.row").click()
    await expect(lin.composer).to_have_value("half a thou")
    await expect(lin.page.get_by_text("Reply to alice")).to_be_visible()


async def test_enter_while_composing_characters_does_not_send(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin", viewport={"width": 1280, "height": 800})
    room = await group_of(lin, alice)
    keyboard = await lin.context.new_cdp_session(lin.page)
    await lin.composer.focus()
    await keyboard.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    await lin.composer.dispatch_event(
        "keydown", {"key": "Enter", "keyCode": 229, "isComposing": True, "bubbles": True}
    )
    await keyboard.send("Input.insertText", {"text": "你好"})
    await expect(lin.composer).to_have_value("你好")
    assert await bodies(alice, room) == []
    await lin.page.keyboard.press("Enter")
    await lin.sent("你好")


async def test_text_of_every_kind_stays_inside_its_bubble(person: NewPerson, alice: Actor) -> None:
    lin = await person("lin")
    room = await group_of(lin, alice)
    for text in ("W" * 300, "مرحبا بالعالم", "你好" * 1200, "😀" * 80, "line\n" * 60):
        await alice.send_text(room, text)
    await expect(lin.page.locator("article").last).to_be_visible()
    wide = await lin.page.evaluate(
        "[...document.querySelectorAll('article')].filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    )
    assert wide == 0
    assert await lin.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
