"""Signing up, out and in; finding one's way; what is chosen stays chosen."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.web.conftest import NewPerson
from tests.web.person import DARK_DESK, NEW_SESSION, PHONE


@pytest.mark.parametrize("screen", [PHONE, DARK_DESK], ids=["phone", "dark desk"])
async def test_somebody_signs_up_out_and_in_again(person: NewPerson, screen: dict[str, object]) -> None:
    lin = await person("lin", **screen)
    await lin.sign_up_by_hand()
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()
    await lin.open("/me")
    await lin.page.get_by_text("Sign out").click()
    await lin.confirm()
    await expect(lin.page.get_by_role("heading", name="Welcome to Teahouse")).to_be_visible()

    await lin._fill("not the password")
    await expect(lin.page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    await lin._fill("oolong-and-rain")
    await expect(lin.page.get_by_role("navigation")).to_be_visible()


async def test_a_first_visit_asks_for_each_thing_once_and_for_nothing_in_vain(person: NewPerson) -> None:
    lin = await person("lin")
    await lin.open("/CREDITS.txt")
    await lin.page.evaluate(NEW_SESSION, [lin.name, "oolong-and-rain"])
    asked: list[str] = []
    chatter: list[str] = []
    lin.page.on(
        "request", lambda request: asked.append(f"{request.method} {request.url.removeprefix(lin.url)}")
    )
    lin.page.on(
        "console", lambda said: chatter.append(said.text) if said.type in ("debug", "info", "log") else None
    )

    def how_often(beginning: str, without: str = "nothing of it") -> int:
        return len([one for one in asked if one.startswith(beginning) and without not in one])

    await lin.open()
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()
    # The library's own first questions are answered by what the shell asked before the library was there.
    assert how_often("GET /_matrix/client/versions") == 1
    assert how_often("GET /_matrix/client/v3/pushrules/") == 1
    assert how_often("GET /_matrix/client/v3/sync?", without="since=") == 1
    assert how_often("POST /_matrix/client/v3/user/") == 0
    assert how_often("GET /_matrix/client/v3/voip/") == 0
    assert chatter == [], "the console is no place for rooms and people"


async def test_language_changes_live_and_everything_with_it(person: NewPerson) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await lin.open("/me/settings")
    await lin.page.get_by_text("中文").click()
    await expect(lin.page.get_by_role("heading", name="设置")).to_be_visible()
    await expect(lin.page.locator("html")).to_have_attribute("lang", "zh-CN")
    words = await lin.page.inner_text("main")
    assert not re.search("[a-z]{2,}", words.replace("English", "").replace("Ctrl", "")), words
    await lin.page.reload()
    await expect(lin.page.get_by_role("heading", name="设置")).to_be_visible()


async def test_theme_and_text_size_stay_after_a_reload(person: NewPerson) -> None:
    lin = await person("lin")
    await lin.sign_up()
    await lin.open("/me/settings")
    light = await lin.page.evaluate("getComputedStyle(document.body).backgroundColor")
    await lin.page.get_by_text("Dark", exact=True).click()
    await lin.page.get_by_text("Very large").click()
    await lin.page.reload()
    await expect(lin.page.get_by_role("heading", name="Settings")).to_be_visible()
    await expect(lin.page.locator("body")).not_to_have_css("background-color", light)
    await expect(lin.page.locator("html")).to_have_css("font-size", "21px")


async def test_back_and_reload_keep_the_place(person: NewPerson) -> None:
    lin = await person("lin")
    await lin.sign_up()
    # Where the app was opened nothing of it lies behind: back closes what lies over the screen, and leads nowhere else.
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()
    await lin.page.keyboard.press("?")
    await expect(lin.page.get_by_role("dialog")).to_be_visible()
    await lin.page.go_back()
    await expect(lin.page.get_by_role("dialog")).to_have_count(0)
    await lin.page.get_by_role("button", name="Me", exact=True).click()
    await lin.page.get_by_text("Settings").click()
    await expect(lin.page.get_by_role("heading", name="Settings")).to_be_visible()
    await lin.page.reload()
    await expect(lin.page.get_by_role("heading", name="Settings")).to_be_visible()
    await lin.page.go_back()
    await expect(lin.page.get_by_text("Sign out")).to_be_visible()
    await lin.page.go_back()
    await expect(lin.page.get_by_text("No chats yet")).to_be_visible()
