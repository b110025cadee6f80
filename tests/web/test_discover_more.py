"""Discover beside its timelines: posts for later, filters, strangers who wait, announcements, what is kept offline."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import FilePayload, expect

from teahouse.cli import run
from tests.actors import PASSWORD
from tests.cli.commands import command
from tests.microblog.bloggers import Blogger, blogger, bloggers
from tests.running_server import RunningServer
from tests.server_process import ServerProcess
from tests.web.conftest import NewPerson
from tests.web.made_files import photo
from tests.web.person import DESK, Person, learned, until
from tests.web.test_accessibility import violations
from tests.web.test_discover import account_of, card, go, send, write
from tests.web.test_me import as_actor

# Whether the browser keeps a page of home that holds these words.
KEPT_HOME = """async (words) => {
    const opening = indexedDB.open("teahouse");
    await new Promise((done) => (opening.onsuccess = done));
    const reading = opening.result.transaction("kept").objectStore("kept").get("timeline home");
    await new Promise((done) => (reading.onsuccess = done));
    opening.result.close();
    return JSON.stringify(reading.result ?? "").includes(words);
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A server whose operator these tests are."""
    process = ServerProcess(tmp_path_factory.mktemp("web-house"))
    await process.start()
    yield process
    await process.remove()


async def as_blogger(one: Person) -> Blogger:
    """Let somebody with a browser also ask by API."""
    made = Blogger(await as_actor(one))
    made.account = await made.get("/v1/accounts/verify_credentials")
    return made


async def test_a_post_waits_for_its_time_and_is_taken_back(person: NewPerson, server: RunningServer) -> None:
    lin = await person("lin")
    await lin.sign_up()
    soon, later = (datetime.now(UTC) + timedelta(days=days) for days in (2, 9))
    await go(lin, "/discover/write")
    await write(lin, "for tomorrow")
    await lin.page.get_by_role("button", name="Post later").click()
    when = lin.page.get_by_label("Post it at")
    await when.fill("2001-01-01T12:00")
    await expect(lin.page.get_by_text("At least five minutes from now")).to_be_visible()
    await expect(lin.page.get_by_role("button", name="Schedule")).to_be_disabled()
    await when.fill(soon.strftime("%Y-%m-%dT12:00"))
    await lin.page.get_by_role("button", name="Schedule").click()
    await expect(lin.page.get_by_role("dialog")).to_have_count(0)
    async with lin.page.expect_response("**/api/v1/statuses") as posting:
        await lin.page.get_by_role("button", name="Schedule").click()
    assert (await posting.value).ok, await (await posting.value).text()
    api = await as_blogger(lin)
    (waiting,) = await api.get("/v1/scheduled_statuses")
    assert (waiting["params"]["text"], waiting["scheduled_at"][:10]) == (
        "for tomorrow",
        soon.strftime("%Y-%m-%d"),
    )
    assert await api.get(f"/v1/accounts/{api.id}/statuses") == []
    await go(lin, "/discover/scheduled")
    await lin.page.get_by_role("button", name="Change the time").click()
    await lin.page.get_by_label("Post it at").fill(later.strftime("%Y-%m-%dT12:00"))
    await lin.page.get_by_role("dialog").get_by_role("button", name="Change the time").click()
    await expect(lin.page.get_by_text("The time is changed")).to_be_visible()
    (waiting,) = await api.get("/v1/scheduled_statuses")
    assert waiting["scheduled_at"][:10] == later.strftime("%Y-%m-%d")
    await lin.page.get_by_role("button", name="Do not post it").click()
    await lin.confirm()
    await expect(lin.page.get_by_text("Nothing waits for its time")).to_be_visible()
    assert await api.get("/v1/scheduled_statuses") == []
    await api.actor.close()


async def test_a_filter_covers_posts_until_it_is_deleted(person: NewPerson, server: RunningServer) -> None:
    lin = await person("lin", **DESK)
    await lin.sign_up()
    author = await blogger(server, "author")
    made = await author.post("the finale ends in tears")
    await go(lin, "/discover/filters")
    await lin.page.get_by_role("button", name="New filter").last.click()
    await lin.page.get_by_label("Name", exact=True).fill("Spoilers")
    await lin.page.get_by_label("Word 1", exact=True).fill("finale")
    await lin.page.get_by_role("button", name="Save").click()
    await expect(lin.page.get_by_text("finale · Cover with a warning")).to_be_visible()
    await go(lin, f"/discover/post/{made['id']}")
    await lin.page.reload()
    post = lin.page.locator("article.big")
    await expect(post).to_contain_text("Hidden by your filter “Spoilers”")
    await expect(post).not_to_contain_text("tears")
    await post.get_by_role("button", name="Show").click()
    await expect(post).to_contain_text("tears")
    await go(lin, "/discover/filters")
    await lin.page.get_by_role("button", name="Spoilers").click()
    await lin.page.get_by_role("button", name="Add a word").click()
    await lin.page.get_by_label("Word 2", exact=True).fill("tears")
    await lin.page.get_by_role("button", name="Save").click()
    await expect(lin.page.get_by_text("finale, tears")).to_be_visible()
    await lin.page.get_by_role("button", name="Spoilers").click()
    await lin.page.get_by_role("button", name="Delete the filter").click()
    await lin.page.get_by_role("button", name="Delete the filter").last.click()
    await expect(lin.page.get_by_text("No filters yet")).to_be_visible()
    await lin.open(f"/discover/post/{made['id']}")
    await expect(post).to_contain_text("tears")


async def test_strangers_are_held_back_and_let_in_and_write_to_one_alone(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await go(lin, "/discover/settings")
    choice = lin.page.get_by_label("People I don't follow")
    await expect(choice).to_have_value("accept")
    async with lin.page.expect_response("**/notifications/policy") as setting:
        await choice.select_option("filter")
    assert (await (await setting.value).json())["for_not_following"] == "filter"
    stranger = await blogger(server, "stranger")
    await stranger.post(f"@{lin.name} do you know me?")
    api = await as_blogger(lin)

    async def who_waits() -> list[str]:
        return [one["account"]["username"] for one in await api.get("/v1/notifications/requests")]

    assert await learned(who_waits) == [stranger.name]
    await go(lin, "/discover/notifications")
    await lin.page.get_by_role("link", name="Waiting notifications").click()
    row = lin.page.get_by_role("listitem").filter(has_text=stranger.name)
    await expect(row).to_contain_text("do you know me?")
    await row.get_by_role("button", name="Let in").click()
    await expect(lin.page.get_by_text("Nobody waits")).to_be_visible()

    async def told() -> list[str]:
        return [one["type"] for one in await api.get("/v1/notifications")]

    assert await learned(told) == ["mention"]
    await api.actor.close()
    # What is for one person alone stands among the direct posts, unread until it is opened.
    await stranger.post(f"@{lin.name} for your eyes only", visibility="direct")
    await go(lin, "/discover/direct")
    row = lin.page.get_by_role("listitem").filter(has_text="for your eyes only")
    await expect(row.get_by_role("img", name="unread")).to_be_visible()
    async with lin.page.expect_response("**/read"):
        await row.get_by_role("link").click()
    await expect(lin.page.locator("article.big")).to_contain_text("for your eyes only")
    await lin.page.go_back()
    await expect(row).to_be_visible()
    await expect(row.get_by_role("img", name="unread")).to_have_count(0)


async def test_home_is_there_without_a_connection_and_fresh_with_one(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin")
    await lin.sign_up()
    author = await blogger(server, "author")
    await author.post("read before the tunnel")
    await go(lin, f"/discover/@{author.name}")
    await lin.page.get_by_role("button", name="Follow", exact=True).click()
    await expect(lin.page.get_by_role("button", name="Unfollow")).to_be_visible()
    await lin.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await lin.open("/discover")
    await expect(card(lin, "read before the tunnel")).to_be_visible()
    await until(lin.page, KEPT_HOME, "read before the tunnel")
    await lin.context.set_offline(True)
    await lin.page.reload()
    await expect(card(lin, "read before the tunnel")).to_be_visible()
    await expect(lin.page.get_by_text(re.compile("^Kept from"))).to_be_visible()
    # What is posted now waits, once, however often the microblog is tried again until then.
    await go(lin, "/discover/write")
    await write(lin, "from the tunnel")
    await send(lin)
    waiting = lin.page.locator("[data-outgoing]")
    await expect(waiting).to_have_count(1)
    await lin.page.reload()
    await expect(waiting).to_have_count(1)
    await go(lin, f"/discover/@{author.name}")
    await expect(lin.page.get_by_text("This could not be loaded")).to_be_visible()
    await go(lin, "/discover")
    await expect(waiting).to_have_count(1)
    await author.post("written meanwhile")
    await lin.context.set_offline(False)
    await expect(card(lin, "written meanwhile")).to_be_visible()
    await expect(card(lin, "from the tunnel")).to_be_visible()
    # Keys lead into a post, and back to where one was.
    await card(lin, "written meanwhile").focus()
    await lin.page.keyboard.press("Enter")
    await expect(lin.page.locator("article.big")).to_be_focused()
    await lin.page.keyboard.press("Escape")
    await expect(card(lin, "written meanwhile")).to_be_focused()
    await expect(lin.page.get_by_text(re.compile("^Kept from"))).to_have_count(0)


async def test_the_search_finds_posts_and_topics_and_contacts_list_whom_one_follows(
    person: NewPerson, server: RunningServer
) -> None:
    lin = await person("lin", **DESK)
    await lin.sign_up()
    author, reader = await bloggers(server, "author", "reader")
    word = author.name.replace("-", "")
    await author.post(f"{word} is a fine word #{word}")
    await go(lin, "/contacts/accounts")
    await expect(lin.page.get_by_text("You subscribe to no account yet")).to_be_visible()
    await lin.page.keyboard.press("Control+k")
    await lin.page.get_by_label("Words to look for").fill(word)
    # Looking for words makes nobody an author: a stranger finds topics, and posts once they came to Discover.
    topic = lin.page.get_by_role("list", name="Topics").get_by_role("link", name=f"#{word}")
    await expect(topic).to_be_visible()
    await reader.refused("GET", "/v1/accounts/lookup", 404, params={"acct": lin.name})
    await topic.click()
    await expect(card(lin, "is a fine word")).to_be_visible()
    await lin.page.keyboard.press("Control+k")
    await lin.page.get_by_label("Words to look for").fill(word)
    await lin.page.get_by_role("list", name="Posts").get_by_role("link", name="is a fine word").click()
    await expect(lin.page.locator("article.big")).to_contain_text("is a fine word")
    await lin.page.go_back()
    await topic.click()
    async with lin.page.expect_response("**/follow"):
        await lin.page.get_by_role("button", name="Follow", exact=True).click()
    await go(lin, "/discover/tags")
    await expect(lin.page.get_by_role("link", name=f"#{word}")).to_be_visible()
    await go(lin, f"/discover/@{author.name}")
    await lin.page.get_by_role("button", name="Follow", exact=True).click()
    await expect(lin.page.get_by_role("button", name="Unfollow")).to_be_visible()
    await go(lin, "/contacts")
    await lin.page.get_by_role("link", name="Public accounts").click()
    await lin.page.get_by_role("link", name=f"@{author.name}").click()
    await expect(lin.page.get_by_role("heading", name=author.name).first).to_be_visible()


async def decided_and_appealed(lin: Person, house: ServerProcess) -> None:
    """The operators warn lin, who reads why, objects, reads the answer, and finds both in the public log."""
    number = (await command(house, "moderate", "warn", lin.name, "--reason", "Be <b>kind</b>.")).strip()
    await go(lin, "/discover/notifications")
    await lin.page.get_by_role("link", name="The operators decided something about your account").click()
    decision = lin.page.get_by_role("region", name="You were warned")
    await expect(decision).to_contain_text("Be <b>kind</b>.")
    await decision.get_by_role("button", name="Object").click()
    await decision.get_by_label("Why is this decision wrong?").fill("I was quiet.")
    await decision.get_by_role("button", name="Send to the operators").click()
    await expect(decision).to_contain_text("Your objection waits for an answer")
    await command(house, "moderate", "answer", number, "--accept", "--reason", "So you were.")
    await lin.page.reload()
    await expect(decision).to_contain_text("Your objection was accepted")
    await expect(decision).to_contain_text("The operators answered: So you were.")
    async with lin.page.expect_download() as saved:
        await decision.get_by_role("button", name="Save the proof").click()
    proof = await (await saved.value).path()
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert await asyncio.to_thread(run, ["log", "prove", str(proof)]) == 0
    assert "reason: Be <b>kind</b>." in told.getvalue()
    await decision.get_by_role("link", name="in the public log: checked").click()
    entries = lin.page.get_by_role("region", name="Public log")
    await expect(entries.get_by_text("From now on this browser notices")).to_be_visible()
    await expect(entries.get_by_text("An objection was answered", exact=True)).to_be_visible()
    await entries.get_by_label("Show").select_option("Decisions")
    await expect(entries.get_by_text(re.compile(r"An objection was answered: no\. \d+\."))).to_be_visible()
    await expect(entries.get_by_text(lin.name)).to_have_count(0)
    await lin.page.reload()
    await expect(entries.get_by_text("nothing was changed since you looked last")).to_be_visible()


async def test_locked_people_are_told_why_and_find_everything_when_it_is_over(
    person: NewPerson, house: ServerProcess
) -> None:
    lin = await person("lin", url=house.url)
    lin.expected = re.compile("WebSocket connection|account is locked")
    await lin.sign_up()
    other = await as_actor(lin)
    await command(house, "moderate", "lock", lin.name, "--reason", "Somebody else has your password.")
    main = lin.page.get_by_role("main")
    await expect(main).to_contain_text("The operators locked your account")
    await expect(main).to_contain_text("Somebody else has your password.")
    await lin.page.get_by_role("button", name="See why, and object").click()
    await lin.page.locator("#user_email").fill(lin.name)
    await lin.page.locator("#user_password").fill(PASSWORD)
    await lin.page.locator("#user_password").press("Enter")
    await expect(lin.page.get_by_text("Somebody else has your password.")).to_be_visible()
    await lin.open()
    await expect(main).to_contain_text("The operators locked your account")
    assert (await other.answer("GET", "/account/whoami")).json()["errcode"] == "M_USER_LOCKED"
    await command(house, "moderate", "restore", lin.name, "--reason", "It is yours again.")

    async def open_again() -> bool:
        return (await other.answer("GET", "/account/whoami")).status_code == 200

    # A server that runs hears of what a command did a moment later.
    await learned(open_again)
    await other.close()
    await lin.page.get_by_role("button", name="Try again").click()
    await expect(lin.page.get_by_role("navigation")).to_be_visible()


async def test_announcements_and_emoji_of_the_operators_are_shown(
    person: NewPerson, house: ServerProcess, tmp_path: Path
) -> None:
    pot = tmp_path / "pot.png"
    Image.new("RGB", (32, 32), "green").save(pot)
    await command(house, "emoji", "add", "teapot", str(pot))
    await command(house, "announcement", "publish", "Closed on Sunday :teapot:")
    lin = await person("lin", url=house.url)
    await lin.sign_up()
    reader = await blogger(RunningServer(house.url, "localhost", house.registration_shared_secret), "reader")

    async def known() -> bool:
        return bool(await reader.get("/v1/custom_emojis") and await reader.get("/v1/announcements"))

    await learned(known)
    await go(lin, "/discover")
    news = lin.page.get_by_role("region", name="From the people who run this server")
    await expect(news.get_by_role("img", name=":teapot:")).to_be_visible()
    await news.get_by_role("button", name="React").click()
    await lin.page.get_by_role("menuitem", name="🎉").click()
    await expect(news.get_by_role("button", name="🎉 1")).to_have_attribute("aria-pressed", "true")
    await news.get_by_role("button", name="Put away").click()
    await expect(news).to_have_count(0)
    await go(lin, "/discover/write")
    await write(lin, "who wants :teap")
    await lin.page.get_by_role("button", name=":teapot:").click()
    await lin.page.get_by_role("button", name="Emoji of this server").click()
    await lin.page.get_by_role("dialog").get_by_role("button", name=":teapot:").click()
    picture: FilePayload = {"name": "tea.jpg", "mimeType": "image/jpeg", "buffer": photo(64, 48)}
    await lin.page.locator("input[type=file]").set_input_files([picture])
    await send(lin)
    post = card(lin, "who wants")
    await expect(post.locator("img.emoji")).to_have_count(2)
    drawn = "(card) => [...card.querySelectorAll('img.emoji')].every((one) => one.naturalWidth === 32)"
    await lin.page.wait_for_function(drawn, arg=await post.element_handle())
    content = (await reader.get(f"/v1/accounts/{await account_of(reader, lin)}/statuses"))[0]["content"]
    assert content.count(":teapot:") == 2
    await reader.actor.close()
    await decided_and_appealed(lin, house)
    # Every screen of this file, as axe sees it.
    await lin.page.emulate_media(reduced_motion="reduce")
    found: list[str] = []
    for path, text in {
        "/discover/announcements": "Closed on Sunday",
        "/discover/settings": "Who may notify me",
        "/discover/decisions": "You were warned",
        "/discover/log": "The log begins",
        "/discover/filters": "No filters yet",
        "/discover/scheduled": "Nothing waits",
        "/discover/direct": "No direct posts",
        "/discover/waiting": "Nobody waits",
        "/discover/tags": "You follow no topics",
        "/contacts/accounts": "You follow nobody",
    }.items():
        await go(lin, path)
        await expect(lin.page.get_by_text(text).first).to_be_visible()
        found += await violations(lin, path)
    await go(lin, "/discover/filters")
    await lin.page.get_by_role("button", name="New filter").last.click()
    found += await violations(lin, "a new filter")
    assert found == []
