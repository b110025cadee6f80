"""Journey 26: a public account is made, found, read, subscribed to; its articles run nothing and are read offline."""

from __future__ import annotations

import re
import sys
import time
from urllib.parse import quote

from playwright.async_api import Locator, expect

from tests.actors import Actor, fresh_localpart, segment
from tests.media.files import PIXEL, upload
from tests.microblog.bloggers import blogger
from tests.running_server import RunningServer
from tests.web.conftest import NewPerson
from tests.web.person import DESK, Person, learned, until
from tests.web.test_media import group_of
from tests.web.test_reliability import worker_runs

HIT = "window.hit=1"
MESSAGES = '{"types":["m.room.message"]}'
HOSTILE = "\n\n".join(
    [
        f"<script>{HIT}</script>",
        f"<img src=x onerror={HIT}>",
        f"<svg onload={HIT}><animate onbegin={HIT}></svg>",
        f"[a link](javascript:{HIT})",
        "![a picture](https://evil.example/x.png)",
        f'<a href="javascript:{HIT}">there</a>',
        "## A heading\n\nand **bold** words, [home](https://example.org/)",
    ]
)
RAW = (
    f"<h1>Raw</h1><script>{HIT}</script><img src=x onerror={HIT}><img src='https://evil.example/x.png'>"
    f"<svg><script>{HIT}</script></svg><iframe srcdoc='<script>parent.hit=1</script>'></iframe>"
    f"<a href='java\tscript:{HIT}'>x</a><form action='javascript:{HIT}'><button>y</button></form>"
    f"<math><mtext><table><mglyph><style><img src=x onerror={HIT}></style></table></mtext></math>"
    "<p>and <b>plain</b> words</p><p><img src='mxc://localhost/{picture}' alt='a dot'></p>"
)
FORBIDDEN = ":is(script, style, iframe, object, embed, svg, form, input, video, audio)"
REFUSED = re.compile("Security Policy|Trusted")


def hostile_article(cover: str) -> dict[str, object]:
    """Make an article as no composer of ours would: every part of it tries to run something."""
    block = {
        "title": f"Raw <img src=x onerror={HIT}>",
        "author": f"<script>{HIT}</script>",
        "summary": f"<svg onload={HIT}>",
        "cover": {"url": f"mxc://localhost/{cover}", "w": 8, "h": 4},
        "onclick": HIT,
    }
    return {
        "msgtype": "m.text",
        "body": "Raw",
        "format": "org.matrix.custom.html",
        "formatted_body": RAW.replace("{picture}", cover),
        "org.teahouse.article": block,
    }


# Whether some words stand in what the browser keeps for visits without a connection.
KEEPS = """async (words) => {
    const opening = indexedDB.open("teahouse");
    await new Promise((done) => (opening.onsuccess = done));
    const reading = opening.result.transaction("kept").objectStore("kept").getAll();
    await new Promise((done) => (reading.onsuccess = done));
    opening.result.close();
    return JSON.stringify(reading.result).includes(words);
}"""


async def make_account(editor: Person, name: str) -> str:
    """Make a public account by its screen, and give the room's id."""
    await editor.visit("/contacts/accounts")
    await editor.page.get_by_role("button", name="New public account").click()
    await editor.page.get_by_label("Name", exact=True).fill(name)
    await editor.page.get_by_label("Handle").fill(name.lower())
    await editor.page.get_by_label("What it is about").fill("All about tea")
    await editor.page.get_by_role("button", name="Create").click()
    await expect(editor.page.get_by_text("Nothing published yet")).to_be_visible()
    return str(await editor.page.evaluate("decodeURIComponent(location.pathname.split('/')[3])"))


async def publish(editor: Person, title: str, body: str, *, author: str = "", summary: str = "") -> None:
    """Write an article on the screen for it, and publish it."""
    page = editor.page
    await page.get_by_role("button", name="Write an article").click()
    await page.get_by_label("Title").fill(title)
    await page.get_by_label("Author").fill(author)
    await page.get_by_label("Summary").fill(summary)
    await page.get_by_role("textbox", name="Text", exact=True).fill(body)
    await page.get_by_text("Preview").click()
    await expect(page.locator(".shown .rich")).to_be_visible()
    await page.get_by_role("button", name="Publish").click()
    await expect(page.locator("article > h2")).to_have_text(title)


def card(one: Person, title: str) -> Locator:
    """Find an article among those of an account."""
    return one.page.get_by_role("list", name="Articles").get_by_role("link").filter(has_text=title)


async def nothing_ran(one: Person) -> None:
    """Make sure that what was published is text, and that nothing of it ran or was asked for."""
    assert await one.page.locator(f".body {FORBIDDEN}").count() == 0
    links = await one.page.locator(".body a[href]").evaluate_all(
        "(all) => all.map((a) => a.getAttribute('href'))"
    )
    assert all(href.startswith("https://") for href in links), links
    pictures = await one.page.locator("main img").evaluate_all("(all) => all.map((one) => one.src)")
    assert all(src.startswith(one.url) for src in pictures), pictures
    assert await one.page.evaluate("window.hit") is None


async def left(alice: Actor, room: str, reader: Person) -> bool:
    """Tell whether the server counts somebody among the readers no more."""
    return reader.user_id not in await alice.joined_members(room)


async def add_editor(mei: Person, alice: Actor, room: str) -> None:
    """Make a subscriber an editor by the account's screen."""
    await mei.visit(f"/contacts/accounts/{segment(room)}/edit")
    await mei.page.get_by_role("button", name="Add an editor").click()
    await mei.page.locator("dialog").get_by_role("button", name=alice.user_id).click()
    await mei.page.get_by_role("menuitem", name="Make an editor").click()
    await expect(mei.page.get_by_role("button", name=alice.user_id)).to_contain_text("Editor")


async def read_as_a_stranger(lin: Person, name: str, title: str) -> None:
    """Find an account in the directory, read it, and only then subscribe."""
    await lin.visit("/contacts/accounts/find")
    await lin.page.get_by_label("Name or subject").fill(name)
    await lin.page.get_by_role("list", name="Public accounts").get_by_role("link", name=name).click()
    await card(lin, title).click()
    await expect(lin.page.get_by_role("heading", name="A heading")).to_be_visible()
    await expect(lin.page.locator(".body")).to_contain_text(f"<img src=x onerror={HIT}>")
    await nothing_ran(lin)
    await lin.page.go_back()
    await lin.page.get_by_role("button", name="Subscribe").click()
    await expect(lin.page.get_by_role("button", name="Subscribe")).to_have_count(0)


async def read_offline(lin: Person) -> None:
    """Load the open article anew without a connection: its words and its cover are still there."""
    await worker_runs(lin)
    await lin.page.reload()
    await expect(lin.page.locator(".cover img")).to_have_js_property("naturalWidth", 1)
    await lin.context.set_offline(True)
    await lin.page.reload()
    await expect(lin.page.get_by_text("and plain words")).to_be_visible()
    await expect(lin.page.locator(".cover img")).to_have_js_property("naturalWidth", 1)
    await lin.context.set_offline(False)


async def unsubscribe(lin: Person) -> None:
    """End the subscription by the account's menu."""
    await lin.page.get_by_role("button", name="More").click()
    await lin.page.get_by_role("menuitem", name="Unsubscribe").click()
    await lin.confirm()
    await expect(lin.page.get_by_role("button", name="Subscribe")).to_be_visible()


def listen(one: Person, heard: list[str]) -> None:
    """Note what no article may bring about: dialogs, and requests to others."""
    one.expected = REFUSED
    one.page.on("dialog", lambda dialog: heard.append(dialog.message))
    one.page.on("request", lambda request: heard.extend([request.url] * ("evil" in request.url)))


async def test_a_public_account_is_found_read_and_left_and_its_articles_run_nothing(
    person: NewPerson, alice: Actor
) -> None:
    mei, lin = await person("mei", **DESK), await person("lin")
    heard: list[str] = []
    listen(mei, heard)
    listen(lin, heard)
    await mei.sign_up()
    name = fresh_localpart("Teapot")
    room = await make_account(mei, name)
    title = f"Tea <script>{HIT}</script>"
    await publish(mei, title, HOSTILE, author=f"<img src=x onerror={HIT}>", summary=f"<svg onload={HIT}>")
    await nothing_ran(mei)
    await lin.sign_up()
    await read_as_a_stranger(lin, name, title)

    # What is published reaches the account's screen, and the list of chats.
    await mei.page.go_back()
    await publish(mei, "The second one", "Water, then tea.")
    await expect(card(lin, "The second one")).to_be_visible()
    await alice.join(room)
    await add_editor(mei, alice, room)
    await lin.visit("/chats")
    row = lin.page.locator(f'a[href="/chats/{quote(room, safe="!()*~")}"]')
    await expect(row).to_contain_text("The second one")
    raw = await alice.send(room, "m.room.message", hostile_article(await upload(alice, PIXEL, "image/png")))
    began = time.monotonic()
    await expect(row).to_contain_text("Raw <img")
    sys.stdout.write(
        f"\nan article is in a subscriber's list after {1000 * (time.monotonic() - began):.0f} ms\n"
    )
    await row.click()
    await card(lin, "Raw").click()
    await expect(lin.page.get_by_text("and plain words")).to_be_visible()
    await expect(lin.page.locator(".body img")).to_have_count(1)
    await nothing_ran(lin)

    # Liked, by a reaction that any app shows.
    await lin.page.get_by_role("button", name="Like").click()
    await expect(lin.page.get_by_role("button", name="1 like")).to_be_visible()
    found = await alice.get(f"/_matrix/client/v1/rooms/{segment(room)}/relations/{segment(raw)}/m.annotation")
    assert [one["sender"] for one in found["chunk"]] == [lin.user_id]

    await read_offline(lin)
    assert await lin.page.evaluate(KEEPS, "Water, then tea.")
    page = await alice.get(f"/rooms/{segment(room)}/messages", dir="b", limit=20, filter=MESSAGES)
    second = next(one["event_id"] for one in page["chunk"] if "Water" in one["content"]["body"])
    await alice.put(f"/rooms/{segment(room)}/redact/{segment(second)}/{alice.next_txn_id()}", {})
    await until(lin.page, f"async (words) => !(await ({KEEPS})(words))", "Water, then tea.")
    await alice.put(
        f"/rooms/{segment(room)}/redact/{segment(raw)}/{alice.next_txn_id()}", {"reason": "a mess"}
    )
    await expect(lin.page.get_by_text("This article was removed")).to_be_visible()
    await expect(lin.page.get_by_text("Reason: a mess")).to_be_visible()
    await lin.page.get_by_role("button", name="To the account").click()
    await expect(lin.page.get_by_text("This article was removed")).to_be_visible()
    await unsubscribe(lin)
    await learned(lambda: left(alice, room, lin))
    await lin.visit("/chats")
    await expect(row).to_have_count(0)
    assert heard == []


async def talked_about(lin: Person, server: RunningServer) -> None:
    """Comments on an article are answers to a post of its editor's, and stand below the article too."""
    await lin.page.get_by_role("button", name="Let people comment").click()
    comments = lin.page.get_by_role("region", name="Comments")
    await expect(comments).to_contain_text("No comments yet")
    reader = await blogger(server, "reader")
    me = await reader.get("/v1/accounts/lookup", acct=lin.name)
    [post] = await reader.get(f"/v1/accounts/{me['id']}/statuses")
    assert "On water" in post["content"]
    await reader.post("Mine is hard", in_reply_to_id=post["id"])
    await comments.get_by_role("button", name="All comments").click()
    await lin.page.locator("article.big").get_by_role("link", name="contacts/accounts").click()
    await expect(comments).to_contain_text("Mine is hard")


async def removed_once(lin: Person, alice: Actor, group: str, at: str) -> None:
    """What was changed and then removed leaves one line: its changes went with it, in an account and in a chat."""
    await lin.page.get_by_role("button", name="More").click()
    await lin.page.get_by_role("menuitem", name="Remove").click()
    await lin.confirm()
    await expect(lin.page.get_by_text("This article was removed")).to_be_visible()
    spoken = await alice.send_text(group, "said")
    await alice.edit_text(group, spoken, "said better")
    await alice.put(f"/rooms/{segment(group)}/redact/{segment(spoken)}/{alice.next_txn_id()}", {})
    await lin.open(f"/chats/{segment(group)}")
    # What has just come is also told to screen readers, below the list.
    await expect(lin.page.get_by_role("log").get_by_text("recalled a message")).to_have_count(1)
    await lin.visit(at)
    await expect(lin.page.locator("main").get_by_text("This article was removed")).to_have_count(1)


async def test_an_article_is_written_in_peace_changed_talked_about_and_sent_to_a_chat_as_a_card(
    person: NewPerson, alice: Actor, server: RunningServer
) -> None:
    lin = await person("lin", **DESK)
    page = lin.page
    group = await group_of(lin, alice)
    room = await make_account(lin, fresh_localpart("Kettle"))
    at = f"/contacts/accounts/{segment(room)}"
    await lin.visit(f"{at}/write")
    await page.get_by_label("Title").fill("On water")
    body = page.get_by_role("textbox", name="Text", exact=True)
    await body.fill("x" * 40_000)
    await expect(page.get_by_role("alert")).to_contain_text("longer than one message can hold")
    await expect(page.get_by_role("button", name="Publish")).to_be_disabled()
    await body.fill("Use soft water.")
    await body.select_text()
    await page.get_by_role("button", name="Bold").click()
    await expect(body).to_have_value("**Use soft water.**")

    # Left and taken up again, also over a reload.
    await lin.visit(at)
    await lin.open(f"{at}/write")
    await expect(body).to_have_value("**Use soft water.**")
    await page.get_by_role("button", name="Publish").click()
    await expect(page.locator(".body strong")).to_have_text("Use soft water.")
    await lin.visit(f"{at}/write")
    await expect(body).to_have_value("")
    await page.go_back()

    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Change").click()
    await expect(body).to_have_value("**Use soft water.**")
    await body.fill("Use *very* soft water.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".body em")).to_have_text("very")
    await expect(page.locator(".by")).to_contain_text("changed")

    await talked_about(lin, server)

    # In a chat it is a card here, and words with a link elsewhere.
    await page.get_by_role("button", name="Send to a chat").click()
    await page.locator("dialog li button").click()
    await lin.visit(f"/chats/{segment(group)}")
    await page.locator("article[data-state=sent]").get_by_role("link", name="On water").click()
    await expect(page.locator(".body em")).to_have_text("very")
    await removed_once(lin, alice, group, at)
    await lin.visit("/chats/search?q=kettle")
    await expect(page.get_by_role("list", name="Public accounts").get_by_role("link")).to_contain_text(
        "Kettle"
    )
    said = await alice.get(f"/rooms/{segment(group)}/messages", dir="b", limit=5, filter=MESSAGES)
    assert said["chunk"][2]["content"]["body"].startswith("On water · Kettle")
    assert f"https://matrix.to/#/{quote(room, safe='!')}/%24" in said["chunk"][2]["content"]["body"]
