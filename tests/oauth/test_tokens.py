"""Codes and tokens: each code once, bound to its app and proof; refresh tokens rotate; what ends, ends at once."""

from __future__ import annotations

import asyncio

import pytest

from tests.actors import Actor
from tests.oauth.apps import API, DEVICE, App, challenge_of, mastodon_app, matrix_app, which_app, who
from tests.oauth.browser import Browser
from tests.running_server import RunningServer


async def test_a_code_shown_twice_ends_the_session_that_it_began(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    code = (await app.allowed_by(alices_browser, API)).told["code"]
    first = await app.redeem(code)
    assert (await app.redeem(code, 400))["error"] == "invalid_grant"
    assert (await who(app.http, first["access_token"])).status_code == 401
    assert (await app.refresh(first["refresh_token"], 400))["error"] == "invalid_grant"


async def test_of_twenty_at_once_one_gets_the_session(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    code = (await app.allowed_by(alices_browser, API)).told["code"]
    fields = {
        **app.identity,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        "code_verifier": app.verifier,
    }
    answers = await asyncio.gather(*(app.http.post("/oauth/token", data=fields) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 19


async def test_a_code_is_good_for_its_own_app_address_and_proof_only(alices_browser: Browser) -> None:
    app, thief = await matrix_app(alices_browser.http), await matrix_app(alices_browser.http)
    code = (await app.allowed_by(alices_browser, API)).told["code"]
    stolen = App(thief.http, thief.client_id, verifier=app.verifier)
    assert (await stolen.redeem(code, 400))["error"] == "invalid_grant"
    assert (await app.redeem(code, 400, redirect_uri="https://app.example/other"))["error"] == "invalid_grant"
    assert (await app.redeem(code, 400, code_verifier="x" * 64))["error"] == "invalid_grant"
    assert (await app.redeem(code, 400, code_verifier=""))["error"] == "invalid_request"
    assert "access_token" in await app.redeem(code)


@pytest.mark.parametrize(
    "proof",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": "v" * 64, "code_challenge_method": "plain"},
        {"code_challenge": "v" * 64, "code_challenge_method": None},
        {"code_challenge": "short", "code_challenge_method": "S256"},
    ],
)
async def test_an_app_without_a_secret_has_to_prove_itself(
    alices_browser: Browser, proof: dict[str, str | None]
) -> None:
    app = await matrix_app(alices_browser.http)
    page = await alices_browser.open("/oauth/authorize", **app.asking(API, **proof))
    assert page.told["error"] == "invalid_request"


async def test_a_proof_that_was_begun_must_be_finished_with_a_secret_too(alices_browser: Browser) -> None:
    app = await mastodon_app(alices_browser.http)
    verifier = "y" * 64
    proof = {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
    code = (await app.allowed_by(alices_browser, "read", **proof)).told["code"]
    assert (await app.redeem(code, 400))["error"] == "invalid_request"
    assert "access_token" in await app.redeem(code, code_verifier=verifier)
    plain = (await app.allowed_by(alices_browser, "read")).told["code"]
    assert (await app.redeem(plain, 400, code_verifier=verifier))["error"] == "invalid_request"


async def test_a_refresh_token_used_after_its_successor_ends_the_family(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    first = await app.session(alices_browser, API)
    second = await app.refresh(first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert (await who(app.http, second["access_token"])).status_code == 200
    assert (await who(app.http, first["access_token"])).status_code == 401
    assert (await app.refresh(first["refresh_token"], 400))["error"] == "invalid_grant"
    assert (await who(app.http, second["access_token"])).status_code == 401
    assert (await app.refresh(second["refresh_token"], 400))["error"] == "invalid_grant"


async def test_a_lost_answer_to_a_refresh_can_be_asked_for_again(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    first = await app.session(alices_browser, API)
    await app.refresh(first["refresh_token"])
    again = await app.refresh(first["refresh_token"])
    assert (await who(app.http, again["access_token"])).status_code == 200


async def test_a_refresh_token_is_its_own_apps_alone(alices_browser: Browser, alice: Actor) -> None:
    app, thief = await matrix_app(alices_browser.http), await matrix_app(alices_browser.http)
    got = await app.session(alices_browser, API)
    assert (await thief.refresh(got["refresh_token"], 400))["error"] == "invalid_grant"
    await alice.refused("POST", "/refresh", 401, "M_UNKNOWN_TOKEN", {"refresh_token": got["refresh_token"]})
    assert "access_token" in await app.refresh(got["refresh_token"])


async def test_a_session_on_a_device_that_exists_ends_the_old_one(
    alices_browser: Browser, alice: Actor
) -> None:
    app = await matrix_app(alices_browser.http)
    scope = f"{API} {DEVICE}{alice.device_id}"
    got = await app.session(alices_browser, scope)
    await alice.refused("GET", "/account/whoami", 401, "M_UNKNOWN_TOKEN")
    assert (await who(app.http, got["access_token"])).json()["device_id"] == alice.device_id


async def test_revocation_ends_an_open_poll_at_once(alices_browser: Browser, alice: Actor) -> None:
    app = await matrix_app(alices_browser.http)
    got = await app.session(alices_browser, API)
    async with Actor(alice.url, alice.user_id, got["access_token"], "") as phone:
        since = (await phone.sync())["next_batch"]
        polling = asyncio.create_task(
            phone.answer("GET", "/sync", params={"since": since, "timeout": 30_000})
        )
        ended = await app.http.post("/oauth/revoke", data={"token": got["access_token"]})
        assert ended.status_code == 200
        answer = await asyncio.wait_for(polling, 10)
        assert (answer.status_code, answer.json()["errcode"]) == (401, "M_UNKNOWN_TOKEN")


async def test_other_sessions_are_told_of_a_new_one(alices_browser: Browser, alice: Actor) -> None:
    since = (await alice.sync())["next_batch"]
    app = await matrix_app(alices_browser.http)
    await app.session(alices_browser, f"{API} {DEVICE}NEWDEVICE12")

    def noticed(answer: dict[str, object]) -> bool:
        return "NEWDEVICE12" in str(answer.get("account_data"))

    answer = await alice.sync_until(noticed, since)
    notice = answer["account_data"]["events"][0]
    assert notice["type"] == "teahouse.new_session"
    assert notice["content"]["display_name"] == "Teaspoon"


async def test_a_device_without_a_browser_is_let_in_by_its_code(
    alices_browser: Browser, alice: Actor
) -> None:
    app = await matrix_app(alices_browser.http)
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    begun = await app.http.post("/oauth/device_authorization", data={**app.identity, "scope": API})
    got = begun.json()
    waiting = {"grant_type": grant, "device_code": got["device_code"]}
    assert (await app.token(400, **waiting))["error"] == "authorization_pending"
    assert (await app.token(400, **waiting))["error"] == "slow_down"
    page = await alices_browser.open(got["verification_uri_complete"])
    assert got["user_code"] in page.text
    page = await alices_browser.submit(page)
    assert "Teaspoon" in page.text
    page = await alices_browser.submit(page, "allow")
    assert page.status == 200
    tokens = await app.token(**waiting)
    assert (await who(app.http, tokens["access_token"])).json()["user_id"] == alice.user_id
    assert "refresh_token" in tokens
    assert (await app.token(400, **waiting))["error"] in ("invalid_request", "invalid_grant")


async def test_a_device_that_was_refused_or_is_unknown_gets_nothing(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    begun = await app.http.post("/oauth/device_authorization", data={**app.identity, "scope": API})
    got = begun.json()
    page = await alices_browser.open("/oauth/device")
    wrong = await alices_browser.submit(page, user_code="BBBB-BBBB")
    assert wrong.status == 404
    typed = got["user_code"].lower().replace("-", " ")
    page = await alices_browser.submit(await alices_browser.submit(page, user_code=typed), "deny")
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    assert (await app.token(400, **grant, device_code=got["device_code"]))["error"] == "access_denied"
    other = await matrix_app(alices_browser.http)
    assert "error" in await other.token(400, **grant, device_code=got["device_code"])


async def test_passwords_are_not_taken_for_tokens_without_the_test_setting(
    server: RunningServer, alice: Actor
) -> None:
    app = await mastodon_app(alice.http)
    fields = {"grant_type": "password", "username": alice.user_id, "password": alice.password}
    assert (await app.token(400, **fields))["error"] == "unsupported_grant_type"


async def test_app_tokens_of_one_app_are_bounded(alices_browser: Browser) -> None:
    app = await mastodon_app(alices_browser.http)
    tokens = [(await app.token(grant_type="client_credentials"))["access_token"] for _ in range(52)]
    assert [(await which_app(app.http, tokens[n])).status_code for n in (0, 1, 2, 51)] == [401, 401, 200, 200]
