"""Who is locked finds out why on the account pages, whatever app he used, and can appeal there."""

from __future__ import annotations

from tests.actors import Actor, fresh_localpart, register, segment
from tests.oauth.apps import mastodon_app
from tests.oauth.browser import Browser
from tests.running_server import RunningServer

REASON = "Somebody else <seems> to use your account."


async def set_lock(root: Actor, who: Actor, *, locked: bool) -> None:
    """Lock somebody, or let them in again."""
    path = f"/_matrix/client/v1/admin/lock/{segment(who.user_id)}"
    headers = {"Authorization": f"Bearer {root.access_token}"}
    answer = await root.http.put(path, json={"locked": locked, "reason": REASON}, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_locked_person_reads_the_reason_appeals_once_and_is_back_with_the_same_session(
    server: RunningServer, alices_browser: Browser, alice: Actor
) -> None:
    name = fresh_localpart("root")
    async with await register(server.url, server.registration_shared_secret, name, admin=True) as root:
        await set_lock(root, alice, locked=True)
        app = await mastodon_app(alices_browser.http)
        page = await alices_browser.open("/oauth/authorize", **app.asking("read"))
        assert page.path == "/account/locked"
        assert "Somebody else &lt;seems&gt; to use your account." in page.text
        async with Browser(server.url, "zh") as another:
            again = await another.sign_in(alice.user_id)
            assert (again.path, "你的账号被锁定" in again.text) == ("/account/locked", True)
        assert "blank" in (await alices_browser.submit(page, appeal=" ")).text
        said = await alices_browser.submit(page, appeal="It was <me>.")
        assert ("It was &lt;me&gt;." in said.text, "not answered yet" in said.text) == (True, True)
        assert "already" in (await alices_browser.submit(page, appeal="again")).text
        for path in ("/account", "/account/sessions", "/account/password", "/account/close", "/oauth/device"):
            assert (await alices_browser.open(path)).path == "/account/locked"
        await set_lock(root, alice, locked=False)
        assert (await alices_browser.open("/account/locked")).path == "/account"


async def test_a_form_that_was_open_does_nothing_once_its_person_is_locked(
    server: RunningServer, alices_browser: Browser, alice: Actor
) -> None:
    name = fresh_localpart("root")
    form = await alices_browser.open("/account")
    async with await register(server.url, server.registration_shared_secret, name, admin=True) as root:
        await set_lock(root, alice, locked=True)
        page = await alices_browser.submit(form, display_name="Mallory")
        assert page.path == "/account/locked"
        assert (await alices_browser.submit(page, form=1)).path == "/account/sign-in"
        profile = f"/profile/{segment(alice.user_id)}"
        assert (await root.answer("GET", profile)).json().get("displayname") != "Mallory"
