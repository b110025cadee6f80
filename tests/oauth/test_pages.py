"""The pages for people: whole without scripts, in two languages, safe in a browser, and what they change is changed."""

from __future__ import annotations

import pytest

from teahouse.accounts.pages.texts import LANGUAGES, TEXTS, choose_language
from tests.actors import PASSWORD, Actor
from tests.oauth.apps import API, mastodon_app, matrix_app, who
from tests.oauth.browser import Browser
from tests.running_server import RunningServer

PAGES = [
    "/account",
    "/account/sessions",
    "/account/password",
    "/account/close",
    "/account/keys",
    "/oauth/device",
]


def test_every_sentence_exists_in_every_language() -> None:
    english = TEXTS["en"]
    for language in LANGUAGES:
        assert TEXTS[language].keys() == english.keys()
        for name, text in TEXTS[language].items():
            wanted = {part.split("}")[0] for part in english[name].split("{")[1:]}
            assert {part.split("}")[0] for part in text.split("{")[1:]} == wanted, name


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "chosen"),
    [
        ("", "", "", "en"),
        ("", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "", "fr, en;q=0.5, zh;q=0.7", "zh"),
        ("", "", "zh;q=0, en;q=0.1", "en"),
        ("", "zh", "en", "zh"),
        ("en", "zh", "zh", "en"),
        ("xx", "", "zh;q=nonsense", "en"),
    ],
)
def test_the_language_is_what_the_reader_wants(
    asked: str, remembered: str, accepted: str, chosen: str
) -> None:
    assert choose_language(asked, remembered, accepted) == chosen


async def test_every_page_protects_itself_and_sends_no_script(alices_browser: Browser) -> None:
    for path in (*PAGES, "/account/sign-in", "/account/sign-up"):
        page = await alices_browser.open(path)
        policy = page.answer.headers["content-security-policy"]
        assert page.status == 200
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert page.answer.headers["x-frame-options"] == "DENY"
        assert page.answer.headers["referrer-policy"] == "no-referrer"
        assert "<script" not in page.text
        assert " style=" not in page.text
        assert '<html lang="en">' in page.text


async def test_whoever_is_not_signed_in_is_asked_to_and_led_back(browser: Browser, alice: Actor) -> None:
    for path in PAGES:
        async with Browser(browser.url) as fresh:
            page = await fresh.open(path)
            assert page.path == "/account/sign-in"
            page = await fresh.sign_in(alice.user_id.partition(":")[0][1:], page=page)
            assert page.path == path


async def test_chinese_is_shown_to_who_reads_it_and_remembered_when_chosen(server: RunningServer) -> None:
    async with Browser(server.url, "zh-CN") as reader:
        assert "登录" in (await reader.open("/account/sign-in")).text
        assert "Sign in" in (await reader.open("/account/sign-in", lang="en")).text
        assert "Create account" in (await reader.open("/account/sign-up")).text


async def test_a_wrong_password_and_an_unknown_name_look_the_same(browser: Browser, alice: Actor) -> None:
    page = await browser.open("/account/sign-in")
    wrong = await browser.sign_in(alice.user_id, "wrong-wrong", page)
    unknown = await browser.sign_in("@nobody-here:localhost", "wrong-wrong", page)
    assert wrong.status == unknown.status == 403
    assert wrong.text.replace(alice.user_id, "") == unknown.text.replace("@nobody-here:localhost", "")


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [
        ("bad name!", PASSWORD, 400),
        ("fine-name-7", "abc-12", 400),
        ("fine-name-7", "password123", 400),
        ("x" * 300, PASSWORD, 400),
    ],
)
async def test_a_sign_up_that_may_not_be_says_why_and_keeps_the_form(
    browser: Browser, name: str, password: str, status: int
) -> None:
    page = await browser.open("/account/sign-up")
    page = await browser.submit(page, username=name, password=password)
    assert page.status == status
    assert 'role="alert"' in page.text
    assert password not in page.text


async def test_a_name_is_taken_once_only(browser: Browser, alice: Actor) -> None:
    page = await browser.sign_up(alice.user_id.partition(":")[0][1:].upper())
    assert "This name is taken" in page.text


async def test_a_form_counts_only_in_the_browser_that_it_was_shown_in(
    alices_browser: Browser, browser: Browser, alice: Actor
) -> None:
    app = await mastodon_app(alices_browser.http)
    shown = await alices_browser.open("/oauth/authorize", **app.asking("read"))
    fields = [("request", dict(shown.forms[0].fields)["request"]), ("decision", "allow")]
    foreign = dict((await browser.open("/account/sign-in")).forms[0].fields)["form_token"]
    for token in ("", "0" * 64, foreign):
        page = await alices_browser.post("/oauth/authorize", [*fields, ("form_token", token)])
        assert (page.status, page.elsewhere) == (403, "")
    own = ("form_token", dict(shown.forms[0].fields)["form_token"])
    crossed = await alices_browser.post(
        "/oauth/authorize", [*fields, own], **{"Sec-Fetch-Site": "cross-site"}
    )
    assert (crossed.status, crossed.elsewhere) == (403, "")
    await alices_browser.submit(await alices_browser.open("/account"), None, 1)
    await alices_browser.sign_in(alice.user_id)
    stale = await alices_browser.post("/oauth/authorize", [*fields, own])
    assert (stale.status, stale.elsewhere) == (403, ""), "a form of an earlier session"


async def test_the_cookies_are_out_of_reach_for_scripts_and_other_sites(
    browser: Browser, alice: Actor
) -> None:
    await browser.sign_in(alice.user_id)
    shown = await browser.http.get("/account/sign-in", params={"lang": "en"})
    again = await browser.post("/account/sign-in", [])
    for header in [*shown.headers.get_list("set-cookie"), *again.answer.headers.get_list("set-cookie")]:
        assert "HttpOnly" in header
        assert "samesite=lax" in header.lower()
        assert "Path=/" in header


async def test_what_an_app_claims_is_shown_as_text(alices_browser: Browser) -> None:
    name = "<img src=x onerror=alert(1)>\"'&"
    app = await mastodon_app(alices_browser.http, client_name=name, website="https://app.example/?a=1&b=2")
    page = await alices_browser.open("/oauth/authorize", **app.asking("read", state='"><script>'))
    assert "<img" not in page.text
    assert "<script" not in page.text
    assert "&lt;img src=x" in page.text


async def test_a_display_name_is_changed_for_everybody(alices_browser: Browser, alice: Actor) -> None:
    page = await alices_browser.submit(await alices_browser.open("/account"), display_name="Alice 爱丽丝")
    assert "Saved." in page.text
    assert (await alice.get(f"/profile/{alice.user_id}/displayname"))["displayname"] == "Alice 爱丽丝"


async def test_sessions_are_listed_and_the_chosen_ones_end(alices_browser: Browser, alice: Actor) -> None:
    chat, microblog = await matrix_app(alices_browser.http), await mastodon_app(alices_browser.http)
    phone = await chat.session(alices_browser, API)
    toots = await microblog.session(alices_browser, "read")
    device_id = (await who(chat.http, phone["access_token"])).json()["device_id"]
    page = await alices_browser.open("/account/sessions")
    for word in ("Teaspoon", "Toots", alice.device_id, "this browser", "just now"):
        assert word in page.text
    page = await alices_browser.submit(page, "selected", device=device_id)
    assert "Teaspoon" not in page.text
    assert (await who(chat.http, phone["access_token"])).status_code == 401
    assert (await who(chat.http, alice.access_token)).status_code == 200
    page = await alices_browser.submit(page, "all")
    assert "No app is signed in" in page.text
    assert (await who(chat.http, alice.access_token)).status_code == 401
    bearer = {"Authorization": f"Bearer {toots['access_token']}"}
    assert (await chat.http.get("/oauth/userinfo", headers=bearer)).status_code == 401
    assert (await alices_browser.open("/account")).path == "/account"


async def test_nobody_ends_sessions_of_others(alices_browser: Browser, bob: Actor) -> None:
    page = await alices_browser.open("/account/sessions")
    async with Browser(bob.url) as bobs:
        await bobs.sign_in(bob.user_id)
        await alices_browser.submit(
            page, "selected", device=bob.device_id, browser=[str(number) for number in range(1, 60)]
        )
        assert (await bob.whoami())["user_id"] == bob.user_id
        assert (await bobs.open("/account")).path == "/account"


@pytest.mark.parametrize(
    ("action", "path"),
    [
        ("org.matrix.profile", "/account"),
        ("org.matrix.devices_list", "/account/sessions"),
        ("org.matrix.sessions_list", "/account/sessions"),
        ("org.matrix.device_view", "/account/sessions"),
        ("org.matrix.session_end", "/account/sessions"),
        ("org.matrix.account_deactivate", "/account/close"),
        ("org.matrix.cross_signing_reset", "/account/keys"),
        ("nonsense", "/account"),
    ],
)
async def test_apps_lead_to_the_page_of_an_action(alices_browser: Browser, action: str, path: str) -> None:
    page = await alices_browser.open("/account", action=action, device_id="ABC")
    assert (page.path, page.status) == (path, 200)


async def test_a_new_password_ends_what_the_person_wants_and_all_other_browsers(
    alices_browser: Browser, alice: Actor
) -> None:
    async with Browser(alice.url) as other:
        await other.sign_in(alice.user_id)
        page = await alices_browser.open("/account/password")
        wrong = await alices_browser.submit(page, current_password="wrong", new_password="sencha-and-snow")
        assert (wrong.status, "The password is wrong" in wrong.text) == (403, True)
        page = await alices_browser.submit(page, current_password=PASSWORD, new_password="sencha-and-snow")
        assert "Your password is changed" in page.text
        assert (await who(alice.http, alice.access_token)).status_code == 401
        assert (await other.open("/account")).path == "/account/sign-in"
        assert (await alices_browser.open("/account")).path == "/account"


async def test_a_closed_account_is_over_everywhere(alices_browser: Browser, alice: Actor, bob: Actor) -> None:
    room = await alice.create_room(invite=[bob.user_id])
    await bob.join(room)
    page = await alices_browser.open("/account/close")
    wrong = await alices_browser.submit(page, current_password="wrong")
    assert wrong.status == 403
    page = await alices_browser.submit(page, current_password=PASSWORD, erase="1")
    assert "Your account is closed" in page.text
    assert (await who(alice.http, alice.access_token)).status_code == 401
    assert (await alices_browser.open("/account")).path == "/account/sign-in"
    again = await alices_browser.sign_in(alice.user_id)
    assert again.status == 403
    assert alice.user_id not in await bob.joined_members(room)


async def test_an_apps_keys_are_replaced_only_after_the_persons_word(
    alices_browser: Browser, alice: Actor
) -> None:
    app = await matrix_app(alices_browser.http)
    got = await app.session(alices_browser, API)
    path = "/_matrix/client/v3/keys/device_signing/upload"
    bearer = {"Authorization": f"Bearer {got['access_token']}"}

    def keys(letter: str) -> dict[str, object]:
        key = letter * 43
        return {
            "master_key": {
                "user_id": alice.user_id,
                "usage": ["master"],
                "keys": {f"ed25519:{key}": key},
            }
        }

    assert (await app.http.post(path, json=keys("A"), headers=bearer)).status_code == 200
    asked = (await app.http.post(path, json=keys("B"), headers=bearer)).json()
    assert [flow["stages"] for flow in asked["flows"]] == [["m.oauth"], ["org.matrix.cross_signing_reset"]]
    auth = {"type": "m.oauth", "session": asked["session"]}
    refused = await app.http.post(path, json={**keys("B"), "auth": auth}, headers=bearer)
    assert refused.status_code == 401
    page = await alices_browser.open(asked["params"]["m.oauth"]["url"])
    page = await alices_browser.submit(page)
    assert "Allowed" in page.text
    done = await app.http.post(path, json={**keys("B"), "auth": auth}, headers=bearer)
    assert (done.status_code, done.json()) == (200, {})
    once = (await app.http.post(path, json=keys("C"), headers=bearer)).json()
    auth = {"type": "m.oauth", "session": once["session"]}
    assert (await app.http.post(path, json={**keys("C"), "auth": auth}, headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    "sent", [b"", b"\xff\xfe", b"a=%ff", b"x" * 100_000, b"form_token=%00", b"&&&===", b"{}"]
)
async def test_no_form_makes_a_page_fail(alices_browser: Browser, sent: bytes) -> None:
    for path in (
        *PAGES[:-2],
        "/account/sign-in",
        "/account/sign-up",
        "/account/sign-out",
        "/oauth/authorize",
    ):
        answer = await alices_browser.http.post(path, content=sent)
        assert answer.status_code == 403, path
        assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "query", ["lang=%ff", "next=%00", "next=" + "x" * 9000, "action=%F0%9F%8D%B5", "a=b;c"]
)
async def test_no_query_makes_a_page_fail(alices_browser: Browser, query: str) -> None:
    for path in (*PAGES, "/account/sign-in", "/oauth/authorize"):
        answer = await alices_browser.http.get(f"{path}?{query}")
        assert answer.status_code < 500
