"""Discover: what is posted in one browser is read in another, and by any client of the Mastodon API."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from playwright.async_api import FilePayload, Locator, Route, WebSocketRoute, expect

from tests.microblog.bloggers import Blogger, blogger, bloggers
from tests.running_server import RunningServer
from tests.web.conftest import NewPerson
from tests.web.made_files import photo
from tests.web.person import DESK, Person, until
from tests.web.test_accessibility import violations
from tests.web.test_safety import CALL, FORBIDDEN, REFUSED, vectors

# Whether the browser keeps a post that was begun.
KEPT_DRAFT = """async () => {
    const opening = indexedDB.open("teahouse");
    await new Promise((done) => (opening.onsuccess = done));
    const reading = opening.result.transaction("kept").objectStore("kept").getAllKeys();
    await new Promise((done) => (reading.onsuccess = done));
    opening.result.close();
    return reading.result.some((key) => key.startsWith("draft-post"));
}"""

TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
THEMES: list[Literal["light", "dark"]] = ["light", "dark"]


def card(one: Person, text: str) -> Locator:
    """Find the post that says so."""
    return one.page.locator("article[data-post]").filter(has_text=text).first


async def go(one: Person, path: str) -> None:
    """Go to a place of the app."""
    await one.visit(path)


async def write(one: Person, text: str) -> None:
    """Fill the field of the screen for writing, once it can be typed in."""
    field = one.page.locator("main textarea, section.list textarea").first
    await expect(field).to_be_enabled()
    await field.fill(text)


async def send(one: Person) -> None:
    """Post what is written."""
    await one.page.get_by_role("button", name="Post", exact=True).click()


async def account_of(who: Blogger, one: Person) -> str:
    """Give the id of the account that belongs to somebody with a browser."""
    return str((await who.get("/v1/accounts/lookup", acct=one.name))["id"])


async def only_post_of(who: Blogger, one: Person) -> dict[str, Any]:
    """Give the one post of somebody that this viewer may see."""
    posts = await who.get(f"/v1/accounts/{await account_of(who, one)}/statuses")
    assert len(posts) == 1
    return dict(posts[0])


async def test_a_post_with_pictures_reaches_followers_and_no_stranger(
    person: NewPerson, server: RunningServer
) -> None:
    lin, bao = await person("lin"), await person("bao", **DESK)
    await asyncio.gather(lin.sign_up(), bao.sign_up())
    fan, stranger = await bloggers(server, "fan", "stranger")
    await go(lin, "/discover")
    await expect(lin.page.get_by_text("Nobody posts here yet")).to_be_visible()
    await fan.do(f"/v1/accounts/{await account_of(fan, lin)}/follow")
    await fan.post("An older word")
    for name in (fan.name, lin.name):
        await go(bao, f"/discover/@{name}")
        await bao.page.get_by_role("button", name="Follow", exact=True).click()
        await expect(bao.page.get_by_role("button", name="Unfollow")).to_be_visible()
    await go(bao, "/discover")
    await expect(card(bao, "An older word")).to_be_visible()
    # Written on the phone: two pictures, one described, for followers only.
    await lin.page.get_by_role("button", name="Write a post").click()
    await write(lin, "By the pond 🍵 #teatime")
    pictures: list[FilePayload] = [
        {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo(320, 240)} for n in range(2)
    ]
    await lin.page.locator("input[type=file]").set_input_files(pictures)
    await lin.page.get_by_role("button", name="Describe 1").click()
    await lin.page.locator("dialog input").fill("A cup by the water")
    await lin.confirm()
    await lin.page.get_by_label("Who can see it").select_option("private")
    await send(lin)
    await expect(card(lin, "By the pond")).to_be_visible()
    # A follower's open timeline is told, and does not jump: the post waits until it is asked for.
    await bao.page.get_by_role("button", name="1 new post").click()
    post = card(bao, "By the pond")
    await expect(post.get_by_role("button", name="A cup by the water")).to_be_visible()
    loaded = "(card) => [...card.querySelectorAll('.grid img')].every((one) => one.naturalWidth > 0)"
    await bao.page.wait_for_function(loaded, arg=await post.element_handle())
    shown = await only_post_of(fan, lin)
    assert [one["description"] for one in shown["media_attachments"]] == ["A cup by the water", None]
    assert (shown["visibility"], shown["tags"][0]["name"]) == ("private", "teatime")
    await stranger.refused("GET", f"/v1/statuses/{shown['id']}", 404)
    # Liked and answered there, deleted here.
    async with bao.page.expect_response("**/favourite"):
        await post.get_by_role("button", name="Like").click()
    await post.get_by_role("button", name="Comment").click()
    await write(bao, f"@{lin.name} save me a cup")
    async with bao.page.expect_response("**/api/v1/statuses"):
        await send(bao)
    await card(lin, "By the pond").locator("a.time").click()
    await expect(card(lin, "save me a cup")).to_be_visible()
    await expect(lin.page.locator("article.big").get_by_role("button", name="Like 1")).to_be_visible()
    await lin.page.locator("article.big").get_by_role("button", name="More").click()
    await lin.page.get_by_role("menuitem", name="Delete").click()
    await lin.confirm()
    await expect(lin.page.get_by_text("Deleted")).to_be_visible()
    await fan.refused("GET", f"/v1/statuses/{shown['id']}", 404)
    await expect(card(bao, "By the pond")).to_have_count(0)


async def test_a_post_is_reposted_and_quoted_once_each(person: NewPerson, server: RunningServer) -> None:
    lin = await person("lin", **DESK)
    await lin.sign_up()
    author = await blogger(server, "author")
    made = await author.post("worth repeating")
    await go(lin, f"/discover/post/{made['id']}")
    post = lin.page.locator("article.big")
    await post.get_by_role("button", name="Repost").click()
    async with lin.page.expect_response("**/reblog"):
        await lin.page.get_by_role("menuitem", name="Repost", exact=True).click()
    await expect(post.get_by_role("button", name="Repost 1")).to_have_attribute("aria-pressed", "true")
    await post.get_by_role("button", name="Repost").click()
    await lin.page.get_by_role("menuitem", name="Quote").click()
    await write(lin, "with words of mine")
    await send(lin)
    await expect(post.get_by_role("link", name="1 quote")).to_be_visible()
    quotes = await author.get(f"/v1/statuses/{made['id']}/quotes")
    assert [(one["account"]["username"], one["quote"]["state"]) for one in quotes] == [(lin.name, "accepted")]
    assert (await author.get(f"/v1/statuses/{made['id']}"))["reblogs_count"] == 1
    await go(lin, f"/discover/@{lin.name}")
    await expect(card(lin, "with words of mine").locator(".quoted")).to_contain_text("worth repeating")
    await expect(lin.page.get_by_text("reposted")).to_be_visible()
    repost = lin.page.locator(f"article[data-post='{made['id']}']")
    await repost.get_by_role("button", name="More").click()
    await lin.page.get_by_role("menuitem", name="Block @").click()
    await lin.confirm()
    await expect(card(lin, "with words of mine")).to_contain_text("not available")
    await expect(lin.page.get_by_text("worth repeating")).to_have_count(0)


async def test_comments_come_by_heat_or_by_time_and_a_poll_takes_one_vote(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin")
    await lin.sign_up()
    author, guest = await bloggers(server, "author", "guest")
    asked = await author.post("Which tea?", poll={"options": ["oolong", "puer"], "expires_in": 3600})
    liked = await guest.post("the liked one", in_reply_to_id=asked["id"])
    await guest.post("the newest one", in_reply_to_id=asked["id"])
    await author.act(liked, "favourite")
    await go(lin, f"/discover/post/{asked['id']}")
    comments = lin.page.locator("article[data-post]:not(.big)")
    await expect(comments).to_have_count(2)
    await expect(comments.first).to_contain_text("the liked one")
    await lin.page.get_by_label("Order of the comments").select_option("newest")
    await expect(comments.first).to_contain_text("the newest one")
    await lin.page.get_by_label("puer").check()
    await lin.page.get_by_role("button", name="Vote").click()
    await expect(lin.page.locator(".poll .own")).to_contain_text("100%")
    poll = (await author.get(f"/v1/statuses/{asked['id']}"))["poll"]
    assert [one["votes_count"] for one in poll["options"]] == [0, 1]

    # No stream tells of a stranger's post: who comes back to it sees that it is gone.
    await author.call("DELETE", f"/v1/statuses/{asked['id']}")
    await lin.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(lin.page.get_by_text("This post is not here, or not for you")).to_be_visible()


async def test_a_mention_raises_the_badge_until_it_is_seen_also_when_the_stream_dropped(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await go(lin, "/discover")
    await expect(lin.page.get_by_text("Nobody posts here yet")).to_be_visible()
    await go(lin, "/chats")
    author = await blogger(server, "author")
    await author.post(f"@{lin.name} look at this")
    badge = lin.page.get_by_role("navigation").get_by_role("button", name="Discover").locator(".badge")
    await expect(badge).to_have_text("1")
    async with lin.page.expect_response("**/api/v1/markers"):
        await go(lin, "/discover/notifications")
    await expect(card(lin, "look at this")).to_be_visible()
    await go(lin, "/discover")
    await expect(lin.page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    await expect(badge).to_have_count(0)
    streams: asyncio.Queue[WebSocketRoute] = asyncio.Queue()

    def through(stream: WebSocketRoute) -> None:
        stream.connect_to_server()
        streams.put_nowait(stream)

    await lin.page.route_web_socket("**/api/v1/streaming**", through)
    async with lin.page.expect_response("**/unread_count"):
        await lin.page.reload()
    await expect(lin.page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    # The stream drops; what happened until it is back is not missed.
    await (await streams.get()).close()
    await author.post(f"@{lin.name} and at that")
    await expect(badge).to_have_text("1")


async def test_a_post_waits_offline_and_goes_out_once_even_when_the_answer_is_lost(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin")
    reader = await blogger(server, "reader")
    await lin.sign_up()
    await go(lin, "/discover")
    await expect(lin.page.get_by_text("Nobody posts here yet")).to_be_visible()
    await go(lin, "/discover/write")
    await write(lin, "written without a net")
    await lin.context.set_offline(True)
    await send(lin)
    waiting = lin.page.locator("[data-outgoing]")
    await expect(waiting).to_contain_text("written without a net")
    attempts: list[str] = []

    async def lose_the_answer(route: Route) -> None:
        attempts.append(route.request.headers["idempotency-key"])
        if len(attempts) > 1:
            await route.continue_()
            return
        await route.fetch()
        await route.fulfill(status=500, json={"error": "made by the test"})

    await lin.page.route("**/api/v1/statuses", lose_the_answer)
    await lin.context.set_offline(False)
    await expect(waiting).to_have_attribute("data-outgoing", "failed")
    await waiting.get_by_role("button", name="Try again").click()
    await expect(waiting).to_have_count(0)
    await expect(card(lin, "written without a net")).to_be_visible()
    assert len(attempts) == 2
    assert len(set(attempts)) == 1
    assert "written without a net" in (await only_post_of(reader, lin))["content"]


async def test_a_draft_is_there_after_a_reload_and_an_edit_keeps_what_was_said(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin", **DESK)
    reader = await blogger(server, "reader")
    await lin.sign_up()
    await go(lin, "/discover/write")
    await write(lin, "half a thou")
    await lin.page.get_by_role("button", name="Back").click()
    await until(lin.page, KEPT_DRAFT)
    await lin.open("/discover/write")
    await expect(lin.page.locator("main textarea")).to_have_value("half a thou")
    await write(lin, "a whole thought")
    await send(lin)
    await card(lin, "a whole thought").get_by_role("button", name="More").click()
    await lin.page.get_by_role("menuitem", name="Edit").click()
    await expect(lin.page.locator("main textarea")).to_have_value("a whole thought")
    await write(lin, "a better thought")
    await lin.page.get_by_role("button", name="Save").click()
    await card(lin, "a better thought").get_by_role("button", name="More").click()
    await lin.page.get_by_role("menuitem", name="Earlier versions").click()
    await expect(lin.page.get_by_role("dialog")).to_contain_text("a whole thought")
    post = await only_post_of(reader, lin)
    said = [one["content"] for one in await reader.get(f"/v1/statuses/{post['id']}/history")]
    assert said == ["<p>a whole thought</p>", "<p>a better thought</p>"]


async def test_hostile_html_of_the_api_is_inert(person: NewPerson, server: RunningServer) -> None:
    lin = await person("lin", **DESK)
    lin.expected = REFUSED
    await lin.sign_up()
    author = await blogger(server, "author")
    made = await author.post("a post")
    found = vectors()
    together = ["".join(f"<p>{one}</p>" for one in found[at : at + 20]) for at in range(0, len(found), 20)]

    async def poisoned(route: Route) -> None:
        answer = await route.fetch()
        hostile = {
            "display_name": f"<img src=x onerror={CALL}>",
            "note": together[0],
            "avatar": f"javascript:{CALL}?v=1",
            "header": "https://evil.example/x.svg?v=1",
            "fields": [{"name": found[0], "value": together[1]}],
        }
        if "/lookup" in route.request.url:
            await route.fulfill(json={**await answer.json(), **hostile})
            return
        posts = [
            {
                **made, "id": str(n + 1), "content": html, "spoiler_text": "",
                "account": {**made["account"], **hostile},
                "card": {"url": f"javascript:{CALL}", "title": html, "description": html, "type": "link"},
            }
            for n, html in enumerate([*together, *found[-30:]])
        ]  # fmt: skip
        await route.fulfill(json=posts)

    await lin.page.route("**/api/v1/timelines/public**", poisoned)
    await lin.page.route("**/api/v1/accounts/lookup**", poisoned)
    await go(lin, "/discover?view=square")
    await expect(lin.page.locator("article[data-post] .rich").first).to_be_visible()
    posts = lin.page.get_by_role("region", name="Square")
    for _ in range(10):
        await posts.evaluate("(list) => list.scrollBy(0, 900)")
        await lin.page.evaluate("new Promise(requestAnimationFrame)")
        assert await lin.page.locator(FORBIDDEN).count() == 0
        for href in await lin.page.locator("main a").evaluate_all(
            "(all) => all.map((a) => a.getAttribute('href') ?? '/')"
        ):
            assert href.startswith(("http://", "https://", "/")), href
            assert not href.startswith("//"), href
    await go(lin, f"/discover/@{author.name}")
    await expect(lin.page.locator(".note .rich")).to_be_visible()
    assert await lin.page.locator(FORBIDDEN).count() == 0
    assert await lin.page.locator("main img[src*='evil'], main img[src^='javascript']").count() == 0
    assert await lin.page.evaluate("window.hit") is None


async def test_axe_finds_nothing_in_discover_in_either_theme(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await go(lin, "/discover")
    await expect(lin.page.get_by_text("Nobody posts here yet")).to_be_visible()
    author, guest = await bloggers(server, "author", "guest")
    made = await author.post("Look #axe", poll={"options": ["a", "b"], "expires_in": 3600})
    await guest.post("an answer", in_reply_to_id=made["id"])
    await guest.act(made, "favourite")
    hidden = await author.post("behind a warning", spoiler_text="careful")
    await author.post("quoting", quoted_status_id=hidden["id"])
    await author.post(f"@{lin.name} hello")
    found: list[str] = []
    places = {
        "/discover?view=square": "quoting",
        "/discover?view=hot": "Hot",
        f"/discover/post/{made['id']}": "an answer",
        f"/discover/post/{made['id']}/likes": guest.name,
        f"/discover/@{author.name}": "quoting",
        "/discover/tags/axe": "Look",
        "/discover/notifications": "hello",
        f"/discover/search?q={author.name}": "Follow",
        "/discover/bookmarks": "No bookmarks yet",
        "/discover/lists": "No lists yet",
        "/discover/profile": "About me",
        f"/discover/write?reply={made['id']}": "Who can see it",
        "/discover": "Following",
    }
    for path, text in places.items():
        await go(lin, path)
        await expect(lin.page.get_by_text(text).first).to_be_visible()
        for theme in THEMES:
            # A colour that is still on its way from one theme to the other is none of a person's business.
            await lin.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            await lin.page.evaluate(TWO_FRAMES)
            found += await violations(lin, f"{path}, {theme}", colours_only=theme == "dark")
    assert found == []
