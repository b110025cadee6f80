"""Apps of the Matrix specification: discovery, registration, sessions on the whole API, refresh and revocation."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from tests.actors import Actor
from tests.oauth.apps import API, CALLBACK, DEVICE, App, matrix_app, matrix_metadata, who
from tests.oauth.browser import Browser
from tests.running_server import RunningServer

UNSTABLE = "urn:matrix:org.matrix.msc2967.client:"
BOTH_PATHS = ("/_matrix/client/v1/auth_metadata", "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata")


async def test_the_metadata_holds_what_apps_of_both_protocols_demand(browser: Browser) -> None:
    documents = [
        (await browser.http.get(path)).json()
        for path in (*BOTH_PATHS, "/.well-known/oauth-authorization-server")
    ]
    first = documents[0]
    assert documents == [first] * 3
    checked = AuthorizationServerMetadata(first)
    checked.validate_response_types_supported()
    checked.validate_grant_types_supported()
    checked.validate_code_challenge_methods_supported()
    for endpoint in ("authorization", "token", "revocation", "registration", "device_authorization"):
        assert first[f"{endpoint}_endpoint"].startswith(f"{browser.url}/oauth/")
    assert first["response_types_supported"] == ["code"]
    assert {"query", "fragment"} <= set(first["response_modes_supported"])
    assert {"authorization_code", "refresh_token"} <= set(first["grant_types_supported"])
    assert first["code_challenge_methods_supported"] == ["S256"]
    assert "create" in first["prompt_values_supported"]
    assert "org.matrix.cross_signing_reset" in first["account_management_actions_supported"]
    assert {"read", "write", "follow", "push", "read:statuses", API} <= set(first["scopes_supported"])


async def test_a_registration_is_answered_with_what_was_kept(browser: Browser) -> None:
    grants = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"]
    sent = matrix_metadata(
        **{
            "client_name#fr": "Cuiller",
            "contacts": ["a@app.example"],
            "logo_uri": "https://app.example/l.png",
        },
        grant_types=grants,
        response_types=["code", "id_token"],
    )
    answer = await browser.http.post("/oauth/register", json=sent)
    got = answer.json()
    assert answer.status_code == 201
    assert got["grant_types"] == ["authorization_code", "refresh_token"]
    assert got["response_types"] == ["code"]
    assert got["redirect_uris"] == [CALLBACK]
    assert got["client_name"] == "Teaspoon"
    assert "client_secret" not in got
    assert isinstance(got["client_id_issued_at"], int)


@pytest.mark.parametrize(
    "sent", [b"[]", b'"teaspoon"', b"null", b"{", b'{"client_name":"a","client_name":"b"}']
)
async def test_a_registration_that_is_no_document_is_refused_in_oauths_words(
    browser: Browser, sent: bytes
) -> None:
    answer = await browser.http.post(
        "/oauth/register", content=sent, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client_metadata"
    assert answer.json()["error_description"]


async def test_an_app_that_can_keep_a_secret_gets_one(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http, token_endpoint_auth_method="client_secret_post")
    assert app.client_secret
    page = await app.allowed_by(alices_browser, API)
    no_secret = App(app.http, app.client_id, verifier=app.verifier)
    assert (await no_secret.redeem(page.told["code"], 401))["error"] == "invalid_client"
    assert "access_token" in await app.redeem(page.told["code"])


@pytest.mark.parametrize("prefix", ["urn:matrix:client:", UNSTABLE])
async def test_a_session_opens_the_matrix_api_on_the_device_that_was_named(
    alices_browser: Browser, alice: Actor, prefix: str
) -> None:
    app = await matrix_app(alices_browser.http)
    scope = f"openid {prefix}api:* {prefix}device:KETTLE1234"
    got = await app.session(alices_browser, scope)
    assert got["scope"] == f"{prefix}api:* {prefix}device:KETTLE1234"
    assert got["token_type"] == "Bearer"
    assert 0 < got["expires_in"] <= 3600
    phone = Actor(alice.url, alice.user_id, got["access_token"], "KETTLE1234")
    assert await phone.whoami() == {
        "user_id": alice.user_id, "device_id": "KETTLE1234", "is_guest": False,
    }  # fmt: skip
    room = await phone.create_room()
    assert await phone.send_text(room, "hello")
    named = {one["device_id"]: one["display_name"] for one in (await alice.get("/devices"))["devices"][1:]}
    assert named == {"KETTLE1234": "Teaspoon"}
    refused = await alice.http.get(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {got['access_token']}"}
    )
    assert refused.status_code == 403, "a session for chat alone does not open the microblog"
    await phone.log_out()
    assert (await who(app.http, got["access_token"])).status_code == 401
    assert (await app.refresh(got["refresh_token"], 400))["error"] == "invalid_grant"
    await phone.close()


async def test_without_a_device_in_the_scope_the_answer_names_one(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    got = await app.session(alices_browser, API)
    device_id = (await who(app.http, got["access_token"])).json()["device_id"]
    assert got["scope"] == f"{API} {DEVICE}{device_id}"


async def test_one_session_may_open_both_apis(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    got = await app.session(alices_browser, f"{API} read write follow push")
    bearer = {"Authorization": f"Bearer {got['access_token']}"}
    assert (await who(app.http, got["access_token"])).status_code == 200
    assert (await app.http.get("/oauth/userinfo", headers=bearer)).status_code == 200


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "openid",
        "urn:matrix:client:api:guest",
        f"{DEVICE}ALONE12345",
        f"{API} {DEVICE}ONE1234567 {DEVICE}TWO1234567",
        f"{API} {DEVICE}a/b",
        f"{API} {DEVICE}",
        f"{API} read:everything",
        f"{API} admin:read:trends",
    ],
)
async def test_a_scope_that_does_not_exist_is_refused_to_the_app(alices_browser: Browser, scope: str) -> None:
    app = await matrix_app(alices_browser.http)
    page = await alices_browser.open("/oauth/authorize", **app.asking(scope, state="a b"))
    assert page.elsewhere.startswith(CALLBACK + "?")
    assert (page.told["error"], page.told["state"]) == ("invalid_scope", "a b")


async def test_the_answer_comes_in_the_fragment_when_the_app_wants_it_there(alices_browser: Browser) -> None:
    app = await matrix_app(alices_browser.http)
    page = await app.allowed_by(alices_browser, API, response_mode="fragment", state="x")
    assert page.elsewhere.startswith(f"{CALLBACK}#code=")
    assert page.told["state"] == "x"
    assert page.told["iss"] == f"{alices_browser.url}/"
    assert "access_token" in await app.redeem(page.told["code"])
    denied = await alices_browser.submit(
        await alices_browser.open(
            "/oauth/authorize", **app.asking(API, response_mode="fragment", prompt="consent")
        ),
        "deny",
    )
    assert denied.elsewhere.startswith(f"{CALLBACK}#error=access_denied")


async def test_a_new_person_signs_up_on_the_way_to_the_app(browser: Browser) -> None:
    app = await matrix_app(browser.http)
    page = await browser.open("/oauth/authorize", **app.asking(API, prompt="create", state="s"))
    assert page.path == "/account/sign-up"
    page = await browser.sign_up(f"new-{app.client_id[:6].lower().replace('_', '-')}", page)
    assert page.path == "/oauth/authorize"
    told = (await browser.submit(page, "allow")).told
    assert told["state"] == "s"
    got = await app.redeem(told["code"])
    assert (await who(app.http, got["access_token"])).json()["user_id"].startswith("@new-")


async def test_prompt_none_never_shows_a_page(browser: Browser, alices_browser: Browser) -> None:
    app = await matrix_app(browser.http)
    page = await browser.open("/oauth/authorize", **app.asking(API, prompt="none"))
    assert page.told["error"] == "login_required"
    page = await alices_browser.open("/oauth/authorize", **app.asking(API, prompt="none"))
    assert page.told["error"] == "consent_required"


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("native", "http://127.0.0.1/callback"),
        ("native", "http://[::1]/callback"),
        ("native", "http://localhost/callback"),
    ],
)
async def test_a_program_on_the_own_machine_may_choose_its_port(
    alices_browser: Browser, kind: str, uri: str
) -> None:
    app = await matrix_app(alices_browser.http, application_type=kind, redirect_uris=[uri])
    app.redirect_uri = uri.replace("/callback", ":43210/callback")
    page = await app.allowed_by(alices_browser, API)
    assert page.elsewhere.startswith(f"{app.redirect_uri}?code=")
    assert "access_token" in await app.redeem(page.told["code"])


async def test_a_phones_own_scheme_is_used_to_the_letter(alices_browser: Browser) -> None:
    uri = "example.app.spoon:/callback?x=1"
    app = await matrix_app(alices_browser.http, application_type="native", redirect_uris=[uri])
    page = await alices_browser.open("/oauth/authorize", **app.asking(API))
    assert "form-action 'self' example.app.spoon:" in page.answer.headers["content-security-policy"]
    page = await alices_browser.submit(page, "allow")
    assert page.elsewhere.startswith(uri + "&code=")


async def test_an_unmodified_client_library_goes_its_whole_way(
    server: RunningServer, browser: Browser
) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        metadata: dict[str, Any] = (await http.get(BOTH_PATHS[0])).json()
        registered = await http.post(metadata["registration_endpoint"], json=matrix_metadata())
    verifier = "w" * 60
    client = AsyncOAuth2Client(
        registered.json()["client_id"],
        redirect_uri=CALLBACK,
        scope=f"{API} {DEVICE}LIBRARY1234",
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
        token_endpoint=metadata["token_endpoint"],
    )
    async with client:
        address, state = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=verifier, prompt="create"
        )
        assert create_s256_code_challenge(verifier) in address
        page = await browser.sign_up(f"library-{state[:8].lower()}", await browser.open(address))
        page = await browser.submit(page, "allow")
        token = await client.fetch_token(
            metadata["token_endpoint"], authorization_response=page.elsewhere, code_verifier=verifier
        )
        me = await client.get(f"{server.url}/_matrix/client/v3/account/whoami")
        assert me.json()["device_id"] == "LIBRARY1234"
        fresh = await client.refresh_token(metadata["token_endpoint"], token["refresh_token"])
        assert fresh["access_token"] != token["access_token"]
        me = await client.get(f"{server.url}/_matrix/client/v3/account/whoami")
        assert me.status_code == 200
        ended = await client.revoke_token(
            metadata["revocation_endpoint"],
            fresh["refresh_token"],
            "refresh_token",
            body=f"client_id={client.client_id}",
        )
        assert ended.status_code == 200
        me = await client.get(f"{server.url}/_matrix/client/v3/account/whoami")
        assert me.status_code == 401
