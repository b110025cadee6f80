"""A history of thousands: opens at once, finds the first unread message, and stays put while more of it arrives.

`TEAHOUSE_TEST_LONG_CHAT=10000` makes it so many messages instead of a share, and says how long the opening took.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from playwright.async_api import expect

from tests.actors import Actor
from tests.media.files import PIXEL, upload
from tests.web.conftest import NewPerson
from tests.web.crowds import converse
from tests.web.person import Person
from tests.web.test_reliability import is_read

MESSAGES = int(os.environ.get("TEAHOUSE_TEST_LONG_CHAT", "1000"))
READ_BEFORE = 30

# How long it takes from the tap on a row until messages stand there.
OPENING = """(row) => new Promise((done) => {
    const start = performance.now();
    const watch = new MutationObserver(() => {
        if (document.querySelector("article[data-event-id]")) {
            watch.disconnect();
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        }
    });
    watch.observe(document.body, { childList: true, subtree: true });
    row.click();
})"""

# Scroll up as a finger does, through so many pages, and look after each frame whether what was on the screen moved by
# just as much. Gives the largest difference.
SCROLLING = """async ({ pages, step }) => {
    const list = document.querySelector(".messages");
    const top = list.getBoundingClientRect().top;
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const places = () => new Map([...list.querySelectorAll("article")].map(
        (row) => [row.dataset.eventId, row.getBoundingClientRect().top]));
    let worst = 0, seen = 0, rows = 0, height = list.scrollHeight, before = places();
    // The hand comes while a jump still corrects itself, and is not pulled back.
    list.dispatchEvent(new WheelEvent("wheel", { deltaY: -step }));
    while (seen < pages) {
        const by = Math.min(step, list.scrollTop);
        list.scrollTop -= by;
        await painted();
        const now = places();
        for (const [id, place] of now) {
            const was = before.get(id);
            if (was > top && was < top + 500) worst = Math.max(worst, Math.abs(place - was - by));
        }
        if (list.scrollHeight > height + 1000) seen += 1;
        rows = Math.max(rows, now.size);
        height = list.scrollHeight;
        before = now;
    }
    return { worst, rows };
}"""


async def heap_mb(one: Person) -> float:
    """Give the memory that the page's objects take, rubbish left out."""
    tools = await one.context.new_cdp_session(one.page)
    await tools.send("HeapProfiler.collectGarbage")
    await tools.send("Performance.enable")
    metrics = (await tools.send("Performance.getMetrics"))["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "JSHeapUsedSize") / 1e6


@pytest.mark.timeout(900)
async def test_a_long_history_opens_finds_the_unread_and_stays_put_while_it_grows(
    person: NewPerson, alice: Actor, bob: Actor, carol: Actor
) -> None:
    lin = await person("lin")
    await lin.sign_up()
    room = await alice.create_room(name="Long", invite=[lin.user_id, bob.user_id, carol.user_id])
    for one in (bob, carol):
        await one.join(room)
    await lin.accept_request()
    for number in range(READ_BEFORE):
        last = await alice.send_text(room, f"read {number}")
    await lin.sees(f"read {READ_BEFORE - 1}")
    # What is on the screen counts as read, and the server knows.
    await is_read(alice, room, last, lin.user_id)
    await lin.visit("/chats")
    await expect(lin.composer).to_have_count(0)
    await lin.context.set_offline(True)
    picture = f"mxc://localhost/{await upload(alice, PIXEL, 'image/png')}"
    await alice.send_text(room, "the first that is new")
    await converse([alice, bob, carol], room, MESSAGES, picture)
    newest = await alice.send_text(room, "the last of all")

    await lin.context.set_offline(False)
    row = lin.page.locator("a", has_text="the last of all")
    await expect(row).to_be_visible()
    opening: Any = await row.evaluate(OPENING)
    await lin.sees("the last of all")
    await lin.page.get_by_role("button", name="unread").click()
    await expect(lin.page.get_by_text("New messages")).to_be_in_viewport()
    await expect(lin.bubble("the first that is new")).to_be_in_viewport()
    await lin.page.get_by_role("button", name="To the newest").click()
    await expect(lin.bubble("the last of all")).to_be_in_viewport()
    await is_read(alice, room, newest, lin.user_id)

    before = await heap_mb(lin)
    pages = MESSAGES // 250
    moved: Any = await lin.page.evaluate(SCROLLING, {"pages": pages, "step": 120})
    grown = await heap_mb(lin) - before
    assert moved["worst"] <= 2, moved
    assert moved["rows"] < 100, moved
    assert grown < 60
    if "TEAHOUSE_TEST_LONG_CHAT" in os.environ:
        sys.stdout.write(
            f"\n{MESSAGES} messages: open after {opening:.0f} ms; {pages * 50} more scrolled through, "
            f"at most {moved['worst']:.2f} px off, {grown:.1f} MB more\n"
        )
