"""The public account on the server of the pictures, and which of its screens are taken.

`scripts/pictures.py` is the program; this is what is published on its server.
"""

from __future__ import annotations

from typing import Any

from tests.actors import Actor, segment
from tests.web.channels import article, let_edit, make_channel
from tests.web.person import Person

from pictures_posts import hills

SPRING = """The first leaves are picked before the rain of early April. They are small, pale and quiet.

## What to look for

Even leaves, a smell of chestnuts, and no dust at the bottom of the tin.

- Water at 80 degrees, never boiling
- Three grams for a glass
- Do not cover it

> Whoever hurries drinks hot water.

Pour along the edge, wait until the leaves have sunk, and refill when a third is left."""
SPRING_RICH = """<p>The first leaves are picked before the rain of early April. They are small, pale and quiet.</p>
<h2>What to look for</h2>
<p>Even leaves, a smell of chestnuts, and no dust at the bottom of the tin.</p>
<ul><li>Water at 80 degrees, never boiling</li><li>Three grams for a glass</li><li>Do not cover it</li></ul>
<blockquote><p>Whoever hurries drinks hot water.</p></blockquote>
<p>Pour along the edge, wait until the leaves have sunk, and refill when a third is left.</p>"""
WELL = "山水上，江水中，井水下。最要紧的是新鲜：过滤后的自来水，静置一夜，泡出来的龙井一样清甜。"
POND = "It was the shade, and the frogs."


async def post_account(owner: Actor, lin: Actor, helpers: list[Actor]) -> dict[str, str]:
    """Publish three articles and a short note; somebody else is an editor. Gives the addresses."""
    face = await upload(owner, hills(95, 900))
    avatar = {"type": "m.room.avatar", "state_key": "", "content": {"url": face}}
    about = "Leaves, water and time. A letter every other week. 每两周一封，写茶也写山。"
    room = await make_channel(owner, "Tea & Hills 茶山", "tea-and-hills", topic=about, initial_state=[avatar])
    for one in (lin, *helpers):
        await one.join(room)
    await let_edit(owner, room, lin.user_id, 100)
    covers = [await upload(owner, hills(hue, 450)) for hue in (150, 205)]
    size = {"w": 900, "h": 450}
    pond = article("Why the pond was right", POND, f"<p>{POND}</p>", author="Omar")
    await publish(owner, room, pond)
    water = {
        "summary": "井水、泉水还是自来水？泡茶之前，先把水弄明白。",
        "author": "梅",
        "cover": {"url": covers[1], **size},
    }
    await publish(owner, room, article("水为茶之母", WELL, f"<p>{WELL}</p>", **water))
    await owner.send_text(room, "Next letter on Sunday. Send us your questions!")
    told = {
        "summary": "Early leaves want little: cooler water, a tall glass and some patience.",
        "author": "Mei",
    }
    spring = article("A glass of spring", SPRING, SPRING_RICH, cover={"url": covers[0], **size}, **told)
    event = await publish(owner, room, spring)
    for one in (lin, *helpers):
        await one.react(room, event, "❤️")
    at = f"/contacts/accounts/{segment(room)}"
    return {
        "account": at, "account-article": f"{at}/{segment(event)}", "account-edit": f"{at}/edit",
        "account-write": f"{at}/write?edit={segment(event)}", "account-find": "/contacts/accounts/find",
        "account-new": "/contacts/accounts/new",
    }  # fmt: skip


async def publish(owner: Actor, room: str, content: dict[str, Any]) -> str:
    """Send an article."""
    return await owner.send(room, "m.room.message", content)


async def upload(owner: Actor, data: bytes) -> str:
    """Put a picture on the server."""
    answer = await owner.http.post(
        "/_matrix/media/v3/upload",
        content=data,
        headers={"Authorization": f"Bearer {owner.access_token}", "Content-Type": "image/jpeg"},
    )
    return str(answer.json()["content_uri"])


async def preview(lin: Person, known: dict[str, str], take: Any) -> None:
    """Take what an article will look like, while it is written."""
    await lin.open(known["account-write"])
    await lin.page.locator("textarea").wait_for()
    await lin.page.locator("fieldset label").last.click()
    await lin.page.locator(".shown .rich").wait_for()
    await take("account-preview")
