"""What a person let an app do is remembered, asked about anew when the app wants more, and can be taken back."""

from __future__ import annotations

import httpx

from tests.actors import Actor, open_client
from tests.oauth.apps import API, CALLBACK, App, mastodon_app, matrix_app, which_app
from tests.oauth.browser import Browser, Page
from tests.running_server import RunningServer


async def ask(browser: Browser, app: App, scope: str, **more: str) -> Page:
    """Let the app send the person to the server, and give where that ends."""
    return await browser.open("/oauth/authorize", **app.asking(scope, **more))


async def allow(browser: Browser, app: App, scope: str) -> str:
    """Let the app in by the page, and give its token."""
    page = await browser.submit(await ask(browser, app, scope), "allow")
    return str((await app.redeem(page.told["code"]))["access_token"])


async def test_a_web_app_that_was_let_in_goes_through_the_next_time(
    server: RunningServer, alices_browser: Browser
) -> None:
    async with open_client(server.url) as http:
        app = await mastodon_app(http)
        await allow(alices_browser, app, "read")
        again = await ask(alices_browser, app, "read:statuses")
        assert again.elsewhere.startswith(CALLBACK)
        assert (await app.redeem(again.told["code"]))["scope"] == "read:statuses"
        silent = await ask(alices_browser, app, "read", prompt="none")
        assert "code" in silent.told


async def test_more_rights_are_asked_for_and_named(server: RunningServer, alices_browser: Browser) -> None:
    async with open_client(server.url) as http:
        app = await mastodon_app(http)
        await allow(alices_browser, app, "read")
        page = await ask(alices_browser, app, "read write")
        assert page.path == "/oauth/authorize"
        assert "What is new this time:" in page.text
        refused = await ask(alices_browser, app, "read write", prompt="none")
        assert refused.told["error"] == "consent_required"
        await alices_browser.submit(page, "allow")
        assert "code" in (await ask(alices_browser, app, "read write")).told


async def test_an_app_may_insist_on_the_page(server: RunningServer, alices_browser: Browser) -> None:
    async with open_client(server.url) as http:
        app = await mastodon_app(http)
        await allow(alices_browser, app, "read")
        assert (await ask(alices_browser, app, "read", prompt="consent")).path == "/oauth/authorize"


async def test_a_program_is_always_asked_about_since_its_address_proves_nothing(
    server: RunningServer, alices_browser: Browser
) -> None:
    async with open_client(server.url) as http:
        app = await matrix_app(http, application_type="native", redirect_uris=["example.app:/callback"])
        await allow(alices_browser, app, API)
        page = await ask(alices_browser, app, API)
        assert page.path == "/oauth/authorize"
        assert "You let it in before" in page.text


async def test_another_person_is_asked_for_himself(
    server: RunningServer, alices_browser: Browser, bob: Actor
) -> None:
    async with open_client(server.url) as http, Browser(server.url) as bobs:
        app = await mastodon_app(http)
        await allow(alices_browser, app, "read")
        await bobs.sign_in(bob.user_id)
        page = await ask(bobs, app, "read")
        assert page.path == "/oauth/authorize"
        assert "You let it in before" not in page.text


async def test_withdrawing_signs_the_app_out_and_has_it_asked_about_again(
    server: RunningServer, alices_browser: Browser
) -> None:
    async with open_client(server.url) as http:
        kept = await mastodon_app(http, client_name="Kept")
        await allow(alices_browser, kept, "read")
        app = await mastodon_app(http, client_name="Withdrawn")
        token = await allow(alices_browser, app, "read")
        page = await alices_browser.open("/account/sessions")
        assert "Apps that you allowed" in page.text
        page = await alices_browser.submit(page, "consents", form=1, consent=app.client_id)
        assert "Withdrawn. The app is signed out" in page.text
        assert (await which_app(http, token)).status_code == 401
        assert (await ask(alices_browser, app, "read")).path == "/oauth/authorize"
        assert "code" in (await ask(alices_browser, kept, "read")).told


async def test_ending_a_session_on_the_page_forgets_what_its_app_was_allowed(
    server: RunningServer, alices_browser: Browser
) -> None:
    async with open_client(server.url) as http:
        app = await mastodon_app(http)
        await allow(alices_browser, app, "read")
        page = await alices_browser.open("/account/sessions")
        await alices_browser.submit(page, "all")
        assert (await ask(alices_browser, app, "read")).path == "/oauth/authorize"


async def test_an_app_that_signs_itself_out_is_still_known(
    server: RunningServer, alices_browser: Browser
) -> None:
    async with open_client(server.url) as http:
        app = await mastodon_app(http)
        token = await allow(alices_browser, app, "read")
        ended: httpx.Response = await http.post("/oauth/revoke", data={**app.identity, "token": token})
        assert ended.json() == {}
        assert "code" in (await ask(alices_browser, app, "read")).told
