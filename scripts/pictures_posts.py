"""What people posted on the server of the pictures, and which screens of the microblog are taken.

`scripts/pictures.py` is the program; this is its microblog.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.async_api import FilePayload, Page
from tests.actors import Actor
from tests.cli.commands import command
from tests.microblog.bloggers import Blogger
from tests.server_process import ServerProcess
from tests.web.person import Person

BIOS = {
    "mei": "Tea, hills and slow Sundays. 在龙井村长大。",
    "omar": "I draw maps of places that are easy to miss :teapot:",
    "ines": "Cozinha, música e chá.",
    "jun": "骑车、拍照、泡茶。",
}


def kettle() -> bytes:
    """Draw the server's own emoji: a small pot."""
    image = Image.new("RGBA", (64, 64))
    draw = ImageDraw.Draw(image)
    draw.arc((44, 22, 62, 46), 250, 110, fill="#2c7a58", width=6)
    draw.polygon([(4, 20), (12, 20), (22, 44), (14, 46)], fill="#2c7a58")
    draw.ellipse((12, 18, 52, 58), fill="#2c7a58")
    draw.ellipse((28, 8, 36, 18), fill="#e8a94b")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def hills(hue: int, high: int = 900) -> bytes:
    """Draw one of a row of pictures."""
    image = Image.new("RGB", (900, high), f"hsl({hue}, 45%, 86%)")
    draw = ImageDraw.Draw(image)
    draw.ellipse((590, high // 9, 590 + high // 6, high // 9 + high // 6), fill="#e8a94b")
    for step in range(4):
        top = int(high * (0.42 + step * 0.13))
        points = [(0, top + 60), (300, top - 60), (620, top + 50), (900, top - 20), (900, high), (0, high)]
        draw.polygon(points, fill=f"hsl({hue}, 35%, {62 - step * 12}%)")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


async def author(actor: Actor, bio: str) -> Blogger:
    """Give somebody an account with a few words and a picture on top."""
    made = Blogger(actor)
    await made.call(
        "PATCH", "/v1/accounts/update_credentials", data={"note": bio}, files={"header": ("h.jpg", hills(95))}
    )
    made.account = await made.get("/v1/accounts/verify_credentials")
    return made


async def picture(who: Blogger, hue: int, words: str, high: int = 900) -> str:
    """Upload a picture with its description."""
    file = {"file": ("hills.jpg", hills(hue, high), "image/jpeg")}
    return str((await who.call("POST", "/v2/media", files=file, data={"description": words}))["id"])


async def post_all(server: ServerProcess, friends: dict[str, Actor], reader: Actor) -> dict[str, str]:
    """Let the people post, and the reader follow them; gives the posts that screens are about."""
    path = Path(server.data) / "teapot.png"
    path.write_bytes(kettle())
    await command(server, "emoji", "add", "teapot", str(path), "--category", "Tea")
    people = {name: await author(actor, BIOS[name]) for name, actor in friends.items()}
    lin = await author(reader, "茶、山、慢慢走。Tea, hills, no hurry.")
    mei, omar, ines, jun = (people[name] for name in ("mei", "omar", "ines", "jun"))
    for one in people.values():
        await lin.follow(one)
        await one.follow(lin)
    mine = await lin.post("A map of all the springs on our hill, drawn last winter. #maps")
    for one in people.values():
        await one.act(mine, "favourite")
    await omar.act(mine, "reblog")
    await ines.post(
        f"@{lin.name} may I print it? It would look good in the kitchen.", in_reply_to_id=mine["id"]
    )
    await mei.post(f"@{lin.name} a secret: the sweet thing is plum cake", visibility="direct")
    await omar.post("How it ends, for those who have seen it", spoiler_text="The last episode")
    pictures = [await picture(jun, hue, f"Hills, {hue}") for hue in (20, 95, 150, 205, 260, 320)]
    await jun.post("清晨骑到山顶，云在脚下。#周末", media_ids=pictures, language="zh")
    pond = await mei.post(
        "Sunday at three, by the pond :teapot: bring your cup. 周日下午三点，池塘边，自带杯子。 #tea #周末",
        media_ids=[await picture(mei, 95, "Hills behind the pond, in the morning", 420)],
    )
    await ines.post("I bring oolong and something sweet.", in_reply_to_id=pond["id"])
    answer = await omar.post("Count me in! Is there shade?", in_reply_to_id=pond["id"])
    await mei.post("Plenty, under the willows.", in_reply_to_id=answer["id"])
    for one in (omar, ines, jun, lin):
        await one.act(pond, "favourite")
    await lin.post("泡茶的水，山上的最好。:teapot: #tea", language="zh")
    await ines.post("Best spot in town:", quoted_status_id=pond["id"])
    asked = await omar.post(
        "Which tea for a rainy Sunday? #tea",
        poll={"options": ["Oolong :teapot:", "Pu'er", "Longjing", "Whatever is hot"], "expires_in": 86400},
    )
    for who, choice in ((mei, 2), (ines, 0), (jun, 2)):
        await who.do(f"/v1/polls/{asked['poll']['id']}/votes", choices=[choice])
    later = (datetime.now(UTC) + timedelta(days=1)).replace(hour=7, minute=30, second=0, microsecond=0)
    await lin.post("Good morning, hill.", scheduled_at=later.isoformat())
    await lin.do("/v1/tags/tea/follow")
    words = [{"keyword": "episode", "whole_word": True}, {"keyword": "finale", "whole_word": True}]
    await lin.do(
        "/v2/filters",
        title="Spoilers",
        context=["home", "public"],
        filter_action="warn",
        keywords_attributes=words,
    )
    return {"pond": pond["id"], "mine": mine["id"], "mei": mei.name, "lin": lin.name}


def places(known: dict[str, str]) -> dict[str, str]:
    """Give the screens of the microblog by the names of their pictures."""
    thread = f"/discover/post/{known['pond']}"
    return {
        "discover": "/discover", "square": "/discover?view=square", "hot": "/discover?view=hot",
        "thread": thread, "profile": f"/discover/@{known['mei']}", "own-profile": f"/discover/@{known['lin']}",
        "posts-notifications": "/discover/notifications", "posts-search": "/discover/search?q=tea",
        "direct": "/discover/direct", "topics": "/discover/tags", "topic": "/discover/tags/tea",
        "scheduled": "/discover/scheduled", "rules": "/discover/settings", "filters": "/discover/filters",
        "waiting": "/discover/waiting",
        "bookmarks": "/discover/bookmarks", "likes": "/discover/likes", "lists": "/discover/lists",
        "likers": f"{thread}/likes", "quotes": f"{thread}/quotes", "edit-profile": "/discover/profile",
        "muted": "/discover/muted", "accounts": "/contacts/accounts",
    }  # fmt: skip


async def compose(server: ServerProcess, lin: Person, known: dict[str, str], take: Any) -> None:
    """Take the screen for writing, half filled, the sheets above it, and what an operator announces."""
    page: Page = lin.page
    await lin.open("/discover/write")
    field = page.locator("main textarea, section.list textarea").first
    await field.fill("Found a new spring behind the temple :teapot: #tea\n周末谁想去看看？")
    files: list[FilePayload] = [
        {"name": f"{hue}.jpg", "mimeType": "image/jpeg", "buffer": hills(hue)} for hue in (95, 150, 205)
    ]
    await page.locator("input[type=file]").set_input_files(files)
    await page.locator("li img").nth(2).wait_for()
    await take("compose")
    await page.locator("footer .tools button").nth(4).click()
    await page.locator("dialog").wait_for()
    await take("compose-later")
    await page.keyboard.press("Escape")
    await lin.open("/discover/filters")
    await page.locator("header button").last.click()
    await page.locator("dialog").wait_for()
    await take("filter")
    await page.keyboard.press("Escape")
    await lin.open(f"/discover/post/{known['pond']}")
    await page.locator("article.big header button").click()
    await page.locator("[role=menu]").wait_for()
    await take("post-menu")
    await command(server, "announcement", "publish", "The server moves house on Saturday at noon :teapot:")
    await page.wait_for_timeout(1000)
    for name, path in (("announced", "/discover"), ("announcements", "/discover/announcements")):
        await lin.open(path)
        await page.locator("section time").first.wait_for()
        await take(name)


if __name__ == "__main__":
    sys.exit("This is a part of scripts/pictures.py")
