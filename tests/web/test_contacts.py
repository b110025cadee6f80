"""Contacts: asked and accepted, found by letter and own name, added by code, blocked and let back in."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Locator, async_playwright, expect

from tests.actors import Actor, fresh_localpart, register
from tests.chromium import SWITCHES, require_chromium
from tests.running_server import RunningServer
from tests.web.conftest import NewPerson
from tests.web.person import DESK, PHONE, Person, learned

NAMES = [
    "阿明",
    "陈晨",
    "单雄信",
    "Émile",
    "高山",
    "李白",
    "刘备",
    "欧阳修",
    "王维",
    "曾巩",
    "张三",
    "bao",
    "茶",
]


async def open_contacts(one: Person) -> None:
    """Go to the tab of the contacts."""
    await one.page.get_by_role("navigation").get_by_role("button", name="Contacts").click()
    await expect(one.page.get_by_role("heading", name="Contacts")).to_be_visible()


def under(one: Person, letter: str) -> Locator:
    """Find the names that stand under a letter."""
    return one.page.get_by_role("list", name=letter, exact=True).locator(".name")


def hold_before_the_camera(code: bytes, path: Path) -> None:
    """Write what a camera sees that looks at a code, as motion JPEG."""
    frame = Image.new("RGB", (640, 480), "#6b7a74")
    square = Image.open(io.BytesIO(code)).convert("RGB").resize((380, 380))
    frame.paste(square, (130, 50))
    still = io.BytesIO()
    frame.save(still, "JPEG", quality=90)
    path.write_bytes(still.getvalue() * 4)


async def go_to_scan(one: Person) -> None:
    """Open the screen that looks through the camera, by its button."""
    await one.open("/contacts")
    await one.page.get_by_role("button", name="Scan").click()


async def join_privately(lin: Actor, friends: list[Actor]) -> list[str]:
    """Let each of the friends have a private chat with lin; gives the chats."""
    rooms = []
    for friend in friends:
        room = await friend.create_room(preset="trusted_private_chat", is_direct=True, invite=[lin.user_id])
        await lin.join(room)
        rooms.append(room)
    direct = {friend.user_id: [room] for friend, room in zip(friends, rooms, strict=True)}
    await lin.put(f"/user/{lin.user_id}/account_data/m.direct", direct)
    return rooms


async def test_somebody_is_asked_accepts_and_both_lists_know(person: NewPerson) -> None:
    lin, bao = await person("lin"), await person("bao", **DESK)
    await lin.sign_up()
    await bao.sign_up()
    await open_contacts(lin)
    await lin.page.get_by_role("button", name="Add a friend").first.click()
    await lin.page.locator("input[type=search]").fill(bao.user_id)
    await lin.page.get_by_role("button", name=bao.user_id).click()
    await lin.page.get_by_role("button", name="Add friend").click()
    await lin.page.get_by_label("Your greeting").fill("Lin from the tea shop")
    await lin.confirm()
    await expect(lin.page.get_by_text("Waiting for an answer")).to_be_visible()

    await open_contacts(bao)
    await bao.page.get_by_role("link", name="New friends 1 request").click()
    await expect(bao.page.get_by_text("Lin from the tea shop")).to_be_visible()
    await bao.page.get_by_role("button", name="Accept").click()
    await expect(bao.composer).to_be_visible()
    await open_contacts(bao)
    await expect(bao.page.get_by_role("link", name=lin.name)).to_be_visible()
    await expect(lin.page.get_by_text("Waiting for an answer")).to_have_count(0)
    await lin.open("/contacts")
    await lin.page.get_by_role("link", name=bao.name).click()
    await lin.page.get_by_role("button", name="Write a message").click()
    await lin.say("welcome")
    await bao.page.get_by_role("link", name=lin.name).click()
    await bao.page.get_by_role("button", name="Write a message").click()
    await bao.sees("welcome")


async def test_chinese_names_stand_under_their_letter_and_own_names_replace_them(
    person: NewPerson, server: RunningServer
) -> None:
    secret = server.registration_shared_secret
    lin = await person("lin", **DESK)
    people = [fresh_localpart("tea") for _ in NAMES]
    device, *friends = await asyncio.gather(*(register(server.url, secret, n) for n in [lin.name, *people]))
    for friend, name in zip(friends, NAMES, strict=True):
        await friend.put(f"/profile/{friend.user_id}/displayname", {"displayname": name})
    await join_privately(device, friends)
    await lin.sign_in()
    await open_contacts(lin)
    letters = lin.page.locator("section h2")
    await expect(letters).to_have_text([*"ABCEGLOSWZ"])
    await expect(under(lin, "L")).to_have_text(["李白", "刘备"])
    rail = lin.page.get_by_role("slider", name="Letters")
    await rail.focus()
    await lin.page.keyboard.press("End")
    await expect(rail).to_have_attribute("aria-valuetext", "Z")
    await expect(lin.page.get_by_role("link", name="张三")).to_be_in_viewport()

    await lin.page.get_by_role("link", name="张三").click()
    await lin.page.get_by_role("button", name="Your name for them").click()
    await lin.page.locator("dialog input").fill("白茶先生")
    await lin.confirm()
    await expect(lin.page.get_by_role("heading", name="白茶先生")).to_be_visible()
    await expect(under(lin, "B")).to_have_text(["白茶先生", "bao"])
    kept = await device.get(f"/user/{lin.user_id}/account_data/teahouse.people")
    zhang = friends[NAMES.index("张三")].user_id
    assert kept == {"people": {zhang: {"name": "白茶先生"}}}
    # Named on another device: this one follows, and the list of chats says it too.
    kept["people"][friends[0].user_id] = {"name": "明哥", "tags": ["family"]}
    await device.put(f"/user/{lin.user_id}/account_data/teahouse.people", kept)
    await expect(under(lin, "M")).to_have_text(["明哥"])
    await lin.page.get_by_role("button", name="family").click()
    await expect(letters).to_have_text(["M"])
    await lin.page.get_by_role("navigation").get_by_role("button", name="Chats").click()
    await expect(lin.page.get_by_role("link", name="白茶先生")).to_be_visible()


async def test_a_code_drawn_here_is_read_there_from_a_picture(person: NewPerson) -> None:
    lin, bao = await person("lin"), await person("bao")
    await lin.sign_up()
    await bao.sign_up()
    await lin.open("/contacts/code")
    code = await lin.page.get_by_role("img", name="Code to add").screenshot()
    await bao.open("/contacts/scan")
    choose = bao.page.get_by_label("Choose a picture")
    await choose.set_input_files({"name": "code.png", "mimeType": "image/png", "buffer": code})
    await expect(bao.page.get_by_role("heading", name=lin.name)).to_be_visible()
    await expect(bao.page.get_by_role("button", name="Add friend")).to_be_visible()


async def test_a_blocked_person_is_not_heard_until_unblocked(
    person: NewPerson, server: RunningServer, alice: Actor, bob: Actor
) -> None:
    lin = await person("lin", **DESK)
    device = await register(server.url, server.registration_shared_secret, lin.name)
    group = await bob.create_room(name="Everybody", invite=[alice.user_id, lin.user_id])
    await alice.join(group)
    await device.join(group)
    await join_privately(device, [alice])
    await lin.sign_in()
    await open_contacts(lin)
    await lin.page.get_by_role("link", name=alice.user_id[1:].partition(":")[0]).click()
    await lin.page.get_by_role("button", name="Block", exact=False).click()
    await lin.confirm()
    await lin.page.get_by_role("link", name="Blocked people").click()
    await expect(lin.page.get_by_text(alice.user_id)).to_be_visible()
    await lin.page.get_by_role("navigation").get_by_role("button", name="Chats").click()
    await lin.go_to_chat(group)
    await alice.send_text(group, "can anybody hear me?")
    await bob.send_text(group, "all is quiet")
    await lin.sees("all is quiet")
    await expect(lin.bubble("can anybody hear me?")).to_have_count(0)

    await open_contacts(lin)
    await lin.page.get_by_role("button", name="Unblock").click()
    await expect(lin.page.get_by_text("You block nobody")).to_be_visible()
    await lin.page.get_by_role("navigation").get_by_role("button", name="Chats").click()
    await alice.send_text(group, "and now?")
    await lin.sees("and now?")


@pytest_asyncio.fixture
async def looking(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose camera sees what is in `camera.mjpeg` of the test's folder."""
    seen = f"--use-file-for-fake-video-capture={tmp_path / 'camera.mjpeg'}"
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=require_chromium(),
            chromium_sandbox=os.geteuid() != 0,
            args=[*SWITCHES, "--use-fake-device-for-media-stream", seen],
        )
        yield launched
        await launched.close()


async def test_the_camera_reads_a_code_that_is_held_before_it(
    looking: Browser, person: NewPerson, tmp_path: Path
) -> None:
    bao = await person("bao")
    await bao.sign_up()
    await bao.open("/contacts/code")
    code = await bao.page.get_by_role("img", name="Code to add").screenshot()
    hold_before_the_camera(code, tmp_path / "camera.mjpeg")
    lin = await person("lin", using=looking, permissions=["camera"], **PHONE)
    await lin.sign_up()
    await go_to_scan(lin)
    await expect(lin.page.get_by_role("heading", name=bao.name)).to_be_visible()
    await expect(lin.page.get_by_role("button", name="Add friend")).to_be_visible()
    # Without leave to use the camera there is still the picture.
    await lin.context.clear_permissions()
    await go_to_scan(lin)
    await expect(lin.page.get_by_text("The camera can't be used here")).to_be_visible()


async def test_a_contact_is_muted_and_reported_from_the_card(
    person: NewPerson, server: RunningServer, alice: Actor
) -> None:
    lin = await person("lin")
    device = await register(server.url, server.registration_shared_secret, lin.name)
    (chat,) = await join_privately(device, [alice])
    await lin.sign_in()
    await lin.visit(f"/contacts/{alice.user_id}")
    mute = lin.page.get_by_role("switch", name="Mute")
    await mute.click()
    await expect(mute).to_have_attribute("aria-checked", "true")

    async def silent() -> bool:
        kinds = (await device.get("/pushrules/"))["global"]
        return any(rule["rule_id"] == chat and rule["enabled"] for kind in kinds.values() for rule in kind)

    await learned(silent)
    await lin.page.get_by_role("button", name="Report").click()
    await lin.page.get_by_role("dialog").get_by_role("textbox").fill("sells fake tea")
    async with lin.page.expect_response("**/report") as reporting:
        await lin.confirm()
    answer = await reporting.value
    assert (answer.status, answer.request.post_data_json) == (200, {"reason": "sells fake tea"})
    await expect(lin.page.get_by_role("status").filter(has_text="Reported")).to_be_visible()
    await device.close()
