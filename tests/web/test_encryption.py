"""Encrypted chats: nothing readable on the server, history on a new device, trust by emoji."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Response, Route, expect

from tests.web import made_files
from tests.web.conftest import NewPerson
from tests.web.person import DARK_DESK, PHONE, until
from tests.web.test_chatting import befriend
from tests.web.test_media import attach, hold


def kept_keys(answer: Response) -> bool:
    """Tell whether the server has just taken keys into the backup."""
    return "/room_keys/keys" in answer.url and answer.request.method == "PUT" and answer.ok


async def asks_to_compare(answer: Response) -> bool:
    """Tell whether the server has just brought another device's wish to compare emoji."""
    return "/sync" in answer.url and "m.key.verification.request" in await answer.text()


async def test_a_new_device_reads_old_messages_with_the_recovery_key(person: NewPerson) -> None:
    lin, bao = await person("lin"), await person("bao")
    room = await befriend(lin, bao)
    await lin.say("the secret is oolong")
    await bao.sees("the secret is oolong")
    await lin.open("/me/encryption")
    # The keys go into the backup a little later, when the browser is idle.
    async with lin.page.expect_response(kept_keys):
        await lin.page.get_by_role("button", name="Make a recovery key").click()
        key = await lin.page.locator("dialog code").inner_text()
    await lin.page.get_by_role("button", name="I have saved it").click()
    await expect(lin.page.get_by_text("Your messages can be recovered")).to_be_visible()

    other = await person("lin", localpart=lin.name)
    await other.sign_in()
    await other.go_to_chat(room)
    await expect(other.page.get_by_text("from before you signed in here")).to_be_visible()
    await other.page.get_by_role("link", name="Enter recovery key").click()
    await other.page.get_by_role("button", name="Enter recovery key").click()
    await other.page.get_by_role("textbox", name="Recovery key").fill("EsTW rong rong")
    await other.page.get_by_role("button", name="Unlock").click()
    await expect(other.page.get_by_role("alert")).to_have_text("This is not your recovery key.")
    await other.page.get_by_role("textbox", name="Recovery key").fill(key)
    await other.page.get_by_role("button", name="Unlock").click()
    await expect(other.page.get_by_text("Your messages can be recovered")).to_be_visible()
    await other.page.go_back()
    await other.page.reload()
    await other.sees("the secret is oolong")


async def test_two_devices_trust_each_other_by_comparing_emoji(person: NewPerson) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await lin.open("/me/encryption")
    await expect(lin.page.get_by_text("You have no recovery key yet")).to_be_visible()
    told = asyncio.Event()

    async def hold_back(route: Route) -> None:
        await told.wait()
        await route.continue_()

    # The question of a device may come before this one has learnt that there is such a device.
    await lin.page.route("**/keys/query", hold_back)
    other = await person("lin", localpart=lin.name)
    await other.sign_in()
    await other.open("/me/encryption")
    async with lin.page.expect_response(asks_to_compare):
        await other.page.get_by_role("button", name="Compare emoji").click()
    told.set()
    await lin.visit("/me")
    notice = lin.page.get_by_role("region", name="Somebody signed in to your account")
    await expect(notice).to_be_visible()
    await lin.page.get_by_role("button", name="Compare", exact=True).click()
    shown = []
    for one in (lin, other):
        await expect(one.page.locator("dialog ol li")).to_have_count(7)
        shown.append(await one.page.locator("dialog ol").inner_text())
    assert shown[0] == shown[1]
    for one in (lin, other):
        await one.page.get_by_role("button", name="They match").click()
    for one in (lin, other):
        await expect(one.page.get_by_role("heading", name="Everything matches")).to_be_visible()
    # It is known now who that was.
    await expect(notice).to_have_count(0)


# What the server holds: the newest events of a room, and the first bytes of every file that was opened here.
HELD = """async (room) => {
    const open = indexedDB.open("teahouse");
    await new Promise((done) => (open.onsuccess = done));
    const get = open.result.transaction("kept").objectStore("kept").get("session");
    await new Promise((done) => (get.onsuccess = done));
    const headers = { Authorization: `Bearer ${get.result.accessToken}` };
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=50`;
    const events = await (await fetch(path, { headers })).text();
    const opened = performance.getEntriesByType("resource").filter((one) => one.name.includes("/media/download/"));
    const files = opened.map(async ({ name }) => (await fetch(name, { headers })).arrayBuffer());
    return { events, files: (await Promise.all(files)).map((file) => [...new Uint8Array(file).slice(0, 4)]) };
}"""


async def test_words_photos_and_voice_are_sealed_on_the_way_and_open_at_the_end(
    person: NewPerson, speaking: Browser
) -> None:
    lin = await person("lin", using=speaking, permissions=["microphone"], **PHONE)
    bao = await person("bao", **DARK_DESK)
    room = await befriend(lin, bao)
    await expect(lin.page.get_by_role("img", name="Encrypted")).to_be_visible()
    await lin.say("明天 at midnight 一起去龙井村采茶吧")
    await bao.sees("龙井村")
    await expect(bao.page.locator("main [aria-live=polite]")).to_contain_text("采茶")
    photo = {"name": "park.jpg", "mimeType": "image/jpeg", "buffer": made_files.photo(1200, 900)}
    await attach(lin, "Photos and videos", [photo])
    await lin.page.locator("dialog").get_by_role("button", name="Send", exact=True).click()
    await until(bao.page, "() => document.querySelector('article img')?.naturalWidth > 0")
    await bao.page.locator("article button.box").click()
    await until(bao.page, "() => document.querySelector('dialog img')?.naturalWidth === 1200")
    await bao.page.keyboard.press("Escape")

    await lin.page.get_by_role("button", name="Voice message").click()
    await hold(lin, 2)
    await bao.page.get_by_role("button", name="Play").click()
    await expect(bao.page.get_by_role("button", name="Pause")).to_be_visible()
    await expect(bao.page.get_by_role("button", name="Play")).to_be_visible()
    await expect(bao.page.get_by_role("img", name="Not heard yet")).to_have_count(0)

    await lin.page.get_by_role("button", name="Write instead").click()
    await lin.say("at six?")
    await bao.choose("at six?", "Reply")
    await bao.say("gladly")
    await lin.sees("gladly")
    await lin.choose("at six?", "Edit")
    await lin.say("at seven?")
    await expect(bao.bubble("gladly").locator(".quote")).to_contain_text("at seven?")

    held = await bao.page.evaluate(HELD, room)
    assert "m.room.encrypted" in held["events"]
    assert "midnight" not in held["events"]
    assert len(held["files"]) >= 2
    for beginning in held["files"]:
        assert bytes(beginning) != b"OggS"
        assert bytes(beginning[:2]) != b"\xff\xd8"

    await bao.visit("/chats/search")
    await bao.page.get_by_label("Words to look for").fill("龙井")
    await expect(bao.page.locator("mark")).to_have_text("龙井")
