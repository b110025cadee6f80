"""Take pictures of every screen of the web app: phone and desk, light and dark, English and Chinese.

    ./dev docs --pictures

All go into .cache/pictures, to be looked at; the few that the README and the user guide show go into docs/pictures.
A server of its own is filled with a small community first. Needs Chromium.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PIL import Image, ImageDraw  # noqa: E402
from playwright.async_api import Browser, Page, async_playwright  # noqa: E402
from tests.actors import Actor, register  # noqa: E402
from tests.chromium import SWITCHES, find_chromium  # noqa: E402
from tests.server_process import ServerProcess  # noqa: E402
from tests.web.person import DESK, PHONE, Person  # noqa: E402
from tests.web.test_accessibility import ME  # noqa: E402

from pictures_accounts import post_account, preview  # noqa: E402
from pictures_posts import compose, places, post_all  # noqa: E402

ALL = ROOT / ".cache" / "pictures"
SHOWN = ROOT / "docs" / "pictures"
CHOSEN = {
    "desk-light-en-chat": "desk.png",
    "phone-dark-zh-chat": "phone-dark.png",
    "phone-light-en-contacts": "phone-contacts.png",
    "phone-light-en-chats": "phone-chats.png",
    "phone-light-en-chat": "phone-chat.png",
    "desk-light-en-thread": "desk-thread.png",
    "phone-light-en-discover": "phone-discover.png",
    "phone-light-en-profile": "phone-profile.png",
    "phone-light-en-compose": "phone-compose.png",
    "phone-light-en-account": "phone-account.png",
    "desk-light-en-account-article": "desk-article.png",
    "phone-dark-zh-posts-notifications": "phone-notifications-dark.png",
}
NEIGHBOURS = {
    "an": ("安然", "周末去爬山吗？"),
    "emile": ("Émile", "Merci for the tea!"),
    "liu": ("刘备茶", "收到，谢谢"),
    "zeng": ("曾小北", "明天见"),
    "bo": ("Bo", "See you there"),
    "wang": ("王小雨", "好的 👌"),
    "li": ("李想", "下次一起喝茶"),
}
PEOPLE = {"mei": "梅 Mei", "omar": "Omar", "ines": "Inês", "jun": "Jun 俊"}


@dataclass
class Community:
    """Those who live on the server of the pictures."""

    server: ServerProcess
    friends: dict[str, Actor]
    group: str


def garden() -> bytes:
    """Draw a picture to send: hills, a sun, a cup."""
    image = Image.new("RGB", (1200, 800), "#f6e7c8")
    draw = ImageDraw.Draw(image)
    draw.ellipse((860, 90, 1020, 250), fill="#e8a94b")
    for step, colour in enumerate(("#b9d3b0", "#8fbb94", "#5d9a78", "#2c7a58")):
        top = 330 + step * 110
        draw.polygon(
            [
                (0, top + 80),
                (320, top - 60),
                (640, top + 70),
                (930, top - 30),
                (1200, top + 60),
                (1200, 800),
                (0, 800),
            ],
            fill=colour,
        )
    draw.rounded_rectangle((480, 560, 700, 700), 46, fill="#fffdf7")
    draw.arc((660, 585, 760, 665), 270, 90, fill="#fffdf7", width=16)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


async def settle(server: ServerProcess) -> Community:
    """Register the people and let them talk."""
    secret = server.registration_shared_secret
    friends = {name: await register(server.url, secret, name) for name in PEOPLE}
    for name, actor in friends.items():
        await actor.put(f"/profile/{actor.user_id}/displayname", {"displayname": PEOPLE[name]})
    mei = friends["mei"]
    group = await mei.create_room(
        name="周末喝茶 Weekend tea", topic="Sunday at three, bring your cup", preset="private_chat"
    )
    for actor in list(friends.values())[1:]:
        await mei.invite(group, actor)
        await actor.join(group)
    return Community(server, friends, group)


async def talk(community: Community) -> None:
    """Say what the pictures show in the group."""
    mei, omar, ines = (community.friends[name] for name in ("mei", "omar", "ines"))
    group = community.group
    await mei.send_text(group, "大家好！这周日下午三点喝茶，有人来吗？ 🍵")
    asked = await omar.send_text(group, "I'm in. Same place, by the pond?")
    await mei.react(group, asked, "👍")
    await ines.react(group, asked, "👍")
    upload = await mei.http.post(
        "/_matrix/media/v3/upload",
        content=garden(),
        headers={"Authorization": f"Bearer {mei.access_token}", "Content-Type": "image/jpeg"},
    )
    info = {"w": 1200, "h": 800, "mimetype": "image/jpeg", "size": len(garden())}
    await mei.send(
        group,
        "m.room.message",
        {"msgtype": "m.image", "body": "garden.jpg", "url": upload.json()["content_uri"], "info": info},
    )
    answer = {"m.relates_to": {"m.in_reply_to": {"event_id": asked}}}
    await ines.send_text(group, "Yes, by the pond. I bring oolong and something sweet.", extra=answer)


AT_REST = """() => document.fonts.status === "loaded" && !document.querySelector(".spinner, .skeleton")
    && [...document.images].every((one) => one.complete && one.naturalWidth > 0)
    && document.getAnimations().every((one) => one.playState !== "running")"""


async def befriend(server: ServerProcess, lin: Actor, direct: dict[str, list[str]]) -> None:
    """Give somebody a private chat with each of the neighbours, and their own name for one of them."""
    for name, (shown, words) in NEIGHBOURS.items():
        one = await register(server.url, server.registration_shared_secret, name)
        await one.put(f"/profile/{one.user_id}/displayname", {"displayname": shown})
        room = await one.create_room(preset="trusted_private_chat", is_direct=True, invite=[lin.user_id])
        await lin.join(room)
        await one.send_text(room, words)
        direct[one.user_id] = [room]
    await lin.put(f"/user/{lin.user_id}/account_data/m.direct", direct)
    people = {"@li:localhost": {"name": "李老师", "tags": ["茶友"]}, "@bo:localhost": {"tags": ["family"]}}
    await lin.put(f"/user/{lin.user_id}/account_data/teahouse.people", {"people": people})


async def shoot(page: Page, name: str) -> None:
    """Write one picture, once everything is loaded and what moves has come to rest."""
    await page.wait_for_timeout(300)
    await page.wait_for_function(AT_REST)
    await page.screenshot(path=ALL / f"{name}.png")


async def take_all(
    server: ServerProcess, lin: Person, look: str, screens: dict[str, str], known: dict[str, str]
) -> None:
    """Take the screens that have an address, and those of the microblog."""
    for name, path in {**screens, **places(known)}.items():
        await lin.open(path)
        await lin.page.locator("h1, .notice").first.wait_for()
        if "q=" in path:
            await lin.page.locator("main li, main article").first.wait_for()
        await shoot(lin.page, f"{look}-{name}")
    await compose(server, lin, known, lambda name: shoot(lin.page, f"{look}-{name}"))


async def visit(browser: Browser, community: Community, look: str, options: dict[str, Any]) -> None:
    """Sign somebody in, and take every screen in one look."""
    context = await browser.new_context(**options)
    server = community.server
    lin = Person(context, await context.new_page(), server.url, "lin")
    friend = await register(server.url, server.registration_shared_secret, "lin")
    await friend.put(f"/profile/{friend.user_id}/displayname", {"displayname": "林 Lin"})
    await lin.open()
    await lin.page.locator("main form").wait_for()
    await shoot(lin.page, f"{look}-signin")
    await lin.sign_in()
    await shoot(lin.page, f"{look}-empty")
    mei, jun, omar = (community.friends[name] for name in ("mei", "jun", "omar"))
    await mei.invite(community.group, lin.user_id)
    await friend.join(community.group)
    private = await jun.create_room(preset="trusted_private_chat", is_direct=True, invite=[lin.user_id])
    await friend.join(private)
    await friend.put(f"/user/{lin.user_id}/account_data/m.direct", {jun.user_id: [private]})
    await befriend(server, friend, {jun.user_id: [private]})
    await omar.create_room(preset="trusted_private_chat", is_direct=True, invite=[lin.user_id])
    await (await register(server.url, server.registration_shared_secret, "vera")).create_room(
        preset="trusted_private_chat", is_direct=True, invite=[lin.user_id]
    )
    await lin.page.locator("a.row").nth(1).wait_for()
    await lin.open("/chats/requests")
    await shoot(lin.page, f"{look}-requests")
    await jun.send_text(private, "晚上见！")
    await talk(community)
    address = f"/chats/{quote(community.group, safe='')}"
    await lin.open(address)
    await lin.sees("by the pond. I bring")
    await lin.page.locator("article img").last.wait_for()
    await lin.say("算我一个，我带杯子 🙌" if "zh" in look else "Count me in, I bring cups 🙌")
    await lin.page.locator("article.mine[data-state=sent]").last.wait_for()
    await shoot(lin.page, f"{look}-chat")
    screens = {
        "chats": "/chats", "new": "/chats/new", "search": "/chats/search?q=tea", "info": f"{address}/info",
        "media": f"{address}/media", "me": "/me", "settings": "/me/settings", "encryption": "/me/encryption",
        "contacts": "/contacts", "contacts-new": "/contacts/new", "contacts-add": "/contacts/add?q=mei",
        "contacts-groups": "/contacts/groups", "contacts-blocked": "/contacts/blocked",
        "contacts-code": "/contacts/code", "contacts-scan": "/contacts/scan",
        "contacts-card": "/contacts/@li:localhost",
        **{f"me-{one}": f"/me/{one}" for one in ME}, "notfound": "/chats/none",
    }  # fmt: skip
    friends = community.friends
    accounts = await post_account(friends["mei"], friend, [friends["omar"], friends["ines"]])
    await take_all(server, lin, look, {**screens, **accounts}, await post_all(server, friends, friend))
    await preview(lin, accounts, lambda name: shoot(lin.page, f"{look}-{name}"))
    await lin.open(address)
    await lin.sees("by the pond. I bring")
    await lin.bubble("by the pond. I bring").focus()
    await lin.page.keyboard.press("Enter")
    await shoot(lin.page, f"{look}-menu")
    await lin.page.keyboard.press("Escape")
    await lin.page.locator("form.line button").last.click()
    await shoot(lin.page, f"{look}-attach")
    await lin.page.locator(".composer .row > button").first.click()
    await shoot(lin.page, f"{look}-voice")
    await context.close()


async def main() -> int:
    """Take all pictures; gives 1 without a browser."""
    program = find_chromium()
    if program is None:
        print("Pictures need Chromium (Debian: apt-get install chromium fonts-noto-cjk)", file=sys.stderr)
        return 1
    ALL.mkdir(parents=True, exist_ok=True)
    SHOWN.mkdir(parents=True, exist_ok=True)
    looks = sys.argv[1:] or ["desk-light-en", "phone-light-en", "phone-dark-zh", "desk-dark-zh"]
    for look in looks:
        size, theme, language = look.split("-")
        server = ServerProcess(Path(tempfile.mkdtemp()))
        await server.start()
        options = {
            **(PHONE if size == "phone" else DESK),
            "color_scheme": theme,
            "locale": {"zh": "zh-CN"}.get(language, "en"),
        }
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=program, chromium_sandbox=False, args=SWITCHES
                )
                await visit(browser, await settle(server), look, options)
                await browser.close()
        finally:
            await server.remove()
        print(f"{look}: done")
    for name, to in CHOSEN.items():
        if (ALL / f"{name}.png").exists():
            Image.open(ALL / f"{name}.png").quantize(200).save(SHOWN / to, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
