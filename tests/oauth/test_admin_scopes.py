"""Rights of administrators: only they can give them to apps, and the page says what they are."""

from __future__ import annotations

from tests.actors import fresh_localpart, register
from tests.oauth.apps import mastodon_app, matrix_app
from tests.oauth.browser import Browser
from tests.running_server import RunningServer

ALL = "read admin:read admin:write:accounts"


async def test_an_administrator_is_told_in_both_languages_what_is_given(server: RunningServer) -> None:
    made = await register(server.url, server.registration_shared_secret, fresh_localpart("root"), admin=True)
    async with made, Browser(server.url) as browser:
        supported = (await browser.http.get("/.well-known/oauth-authorization-server")).json()
        assert {"admin:read", "admin:write", "admin:write:reports"} <= set(supported["scopes_supported"])
        await browser.sign_in(made.user_id)
        app = await mastodon_app(browser.http, ALL)
        page = await browser.open("/oauth/authorize", **app.asking(ALL))
        assert "see what moderators see" in page.text
        assert "warn, limit, lock, suspend and erase" in page.text
        chinese = await browser.open("/oauth/authorize", **app.asking(ALL, lang="zh"))
        assert "警告、限制、锁定" in chinese.text
        got = await app.redeem((await browser.submit(page, "allow")).told["code"])
        assert got["scope"] == ALL
        sessions = await browser.open("/account/sessions", lang="en")
        assert "moderation" in sessions.text


async def test_whoever_is_no_administrator_gives_the_rest_and_the_page_says_so(
    alices_browser: Browser,
) -> None:
    app = await mastodon_app(alices_browser.http, ALL)
    page = await alices_browser.open("/oauth/authorize", **app.asking(ALL))
    assert "You are none" in page.text
    assert "moderators" not in page.text
    got = await app.redeem((await alices_browser.submit(page, "allow")).told["code"])
    assert got["scope"] == "read"


async def test_who_asks_for_nothing_else_gets_nothing_from_them(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    page = await alices_browser.open("/oauth/authorize", **app.asking("admin:write"))
    assert (page.status, "For administrators only" in page.text) == (403, True)
