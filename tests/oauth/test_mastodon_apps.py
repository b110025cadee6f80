"""Apps of the Mastodon API: registration in every form that shipped apps use, and their way to a token."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from mastodon import Mastodon
from PIL import Image

from tests.actors import Actor
from tests.oauth.apps import OOB, App, mastodon_app, which_app, who
from tests.oauth.browser import Browser
from tests.running_server import RunningServer

IVORY = "com.tapbots.Ivory.10217:/request_token"


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"client_name": "A", "redirect_uris": OOB, "scopes": "read write"}},
        {"json": {"client_name": "A", "redirect_uris": [OOB, IVORY], "scopes": "read write", "website": ""}},
        {"data": {"client_name": "A", "redirect_uris": f"{OOB}\n{IVORY}", "scopes": "read write"}},
        {"data": {"client_name": "A", "redirect_uris[]": [OOB, IVORY], "scopes": "read write"}},
        {"params": {"client_name": "A", "redirect_uris": OOB, "scopes": "read write"}},
        {"files": {"client_name": (None, "A"), "redirect_uris": (None, OOB), "scopes": (None, "read write")}},
    ],
)
async def test_an_app_registers_in_whichever_form_it_writes(browser: Browser, sent: dict[str, Any]) -> None:
    answer = await browser.http.post("/api/v1/apps", **sent)
    got = answer.json()
    assert answer.status_code == 200, got
    assert got["redirect_uris"] in ([OOB], [OOB, IVORY])
    assert got["redirect_uri"] == "\n".join(got["redirect_uris"])
    assert (got["name"], got["website"], got["scopes"]) == ("A", None, ["read", "write"])
    assert got["id"].isdecimal()
    assert got["client_secret_expires_at"] == 0
    assert got["client_id"] != got["client_secret"]
    instance = (await browser.http.get("/api/v2/instance")).json()
    assert got["vapid_key"] == instance["configuration"]["vapid"]["public_key"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"client_name": ""}, "Validation failed: Application name can't be blank"),
        ({"client_name": "x" * 61}, "Validation failed: Application name is too long"),
        ({"redirect_uris": ""}, "Validation failed: Redirect URI can't be blank"),
        (
            {"redirect_uris": "javascript:alert(1)"},
            "Validation failed: Redirect URI is forbidden by the server.",
        ),
        ({"redirect_uris": "/callback"}, "Validation failed: Redirect URI must be an absolute URI."),
        (
            {"scopes": "read admin:write:emails"},
            "Validation failed: Scopes doesn't match configured on the server.",
        ),
        ({"scopes": "read urn:matrix:client:api:*"}, "Validation failed: Scopes doesn't match"),
        ({"website": "javascript:alert(1)"}, "Validation failed: Website is invalid"),
    ],
)
async def test_an_app_that_may_not_be_is_refused_in_mastodons_words(
    browser: Browser, changes: dict[str, str], complaint: str
) -> None:
    fields = {"client_name": "A", "redirect_uris": OOB, "scopes": "read", **changes}
    answer = await browser.http.post("/api/v1/apps", data=fields)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(complaint)


async def test_a_code_becomes_a_token_of_the_microblog_alone(alices_browser: Browser, alice: Actor) -> None:
    app = await mastodon_app(alices_browser.http)
    got = await app.session(alices_browser, "read write:statuses")
    assert (got["token_type"], got["scope"]) == ("Bearer", "read write:statuses")
    assert isinstance(got["created_at"], int)
    assert "refresh_token" not in got
    assert (await which_app(app.http, got["access_token"])).json()["name"] == "Toots"
    refused = await who(app.http, got["access_token"])
    assert (refused.status_code, refused.json()["errcode"]) == (403, "M_FORBIDDEN")
    told = await alices_browser.http.get(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {got['access_token']}"}
    )
    assert told.json()["sub"] == alice.user_id
    assert all(one["device_id"] == alice.device_id for one in (await alice.get("/devices"))["devices"])


async def test_an_app_gets_no_more_than_it_registered_for(alices_browser: Browser) -> None:
    app = await mastodon_app(alices_browser.http, "read:statuses")
    page = await alices_browser.open("/oauth/authorize", **app.asking("read", state="s"))
    assert page.told["error"] == "invalid_scope"
    assert page.told["state"] == "s"
    assert (await app.session(alices_browser, "read:statuses"))["scope"] == "read:statuses"


async def test_an_app_itself_gets_a_token_that_is_nobodys(browser: Browser) -> None:
    app = await mastodon_app(browser.http)
    got = await app.token(grant_type="client_credentials", scope="read")
    assert (await which_app(app.http, got["access_token"])).json()["name"] == "Toots"
    assert (await who(app.http, got["access_token"])).status_code == 403
    told = await browser.http.get(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {got['access_token']}"}
    )
    assert (told.status_code, told.json()) == (422, {"error": "This method requires an authenticated user"})
    assert (await app.token(400, grant_type="client_credentials", scope="admin:read"))[
        "error"
    ] == "invalid_scope"


async def test_a_wrong_secret_gives_nothing(browser: Browser) -> None:
    app = await mastodon_app(browser.http)
    wrong = App(app.http, app.client_id, "wrong")
    assert (await wrong.token(401, grant_type="client_credentials"))["error"] == "invalid_client"
    no_secret = App(app.http, app.client_id)
    assert (await no_secret.token(401, grant_type="client_credentials"))["error"] == "invalid_client"


async def test_json_and_basic_authentication_are_taken_for_tokens(browser: Browser) -> None:
    app = await mastodon_app(browser.http)
    wanted = {"grant_type": "client_credentials"}
    as_json = await browser.http.post("/oauth/token", json={**app.identity, **wanted})
    basic = (app.client_id, app.client_secret)
    as_basic = await browser.http.post("/oauth/token", data=wanted, auth=basic)
    assert (as_json.status_code, as_basic.status_code) == (200, 200)
    assert as_json.json()["scope"] == as_basic.json()["scope"] == "read"


async def test_an_out_of_band_code_is_shown_to_the_person(alices_browser: Browser) -> None:
    app = await mastodon_app(alices_browser.http, redirect_uris=OOB)
    page = await app.allowed_by(alices_browser, "read")
    assert page.status == 200
    code = page.text.partition('id="code">')[2].partition("<")[0]
    assert (await app.redeem(code))["scope"] == "read"


async def test_a_trailing_slash_and_unknown_parameters_change_nothing(alices_browser: Browser) -> None:
    app = await mastodon_app(alices_browser.http)
    page = await alices_browser.open("/oauth/authorize/", **app.asking("read", lang="zh", foo="bar"))
    assert "允许" in page.text
    assert (await alices_browser.submit(page, "allow")).elsewhere.startswith(app.redirect_uri + "?code=")


async def test_force_login_asks_for_the_password_again(alices_browser: Browser, alice: Actor) -> None:
    app = await mastodon_app(alices_browser.http)
    page = await alices_browser.open("/oauth/authorize", **app.asking("read", force_login="true"))
    assert {"user_email", "user_password"} <= page.ids
    page = await alices_browser.sign_in(alice.user_id, page=page)
    assert page.path == "/oauth/authorize"
    assert "code" in (await alices_browser.submit(page, "allow")).told


async def test_revoking_ends_the_session_and_only_the_apps_own(alices_browser: Browser) -> None:
    app, other = await mastodon_app(alices_browser.http), await mastodon_app(alices_browser.http)
    token = (await app.session(alices_browser, "read"))["access_token"]
    stranger = await app.http.post("/oauth/revoke", data={**other.identity, "token": token})
    assert (stranger.status_code, stranger.json()["error"]) == (403, "unauthorized_client")
    assert (await which_app(app.http, token)).status_code == 200
    done = await app.http.post("/oauth/revoke", data={**app.identity, "token": token})
    assert (done.status_code, done.json()) == (200, {})
    refused = await which_app(app.http, token)
    assert (refused.status_code, refused.json()) == (401, {"error": "The access token is invalid"})
    again = await app.http.post("/oauth/revoke", data={**app.identity, "token": token})
    assert (again.status_code, again.json()) == (200, {})


async def test_the_library_mastodon_py_goes_its_whole_way(
    server: RunningServer, alices_browser: Browser
) -> None:
    def register() -> Mastodon:
        client_id, secret = Mastodon.create_app(
            "Mastodon.py", api_base_url=server.url, scopes=["read", "write"]
        )
        return Mastodon(
            client_id=client_id, client_secret=secret, api_base_url=server.url, mastodon_version="4.5.0"
        )

    client = await asyncio.to_thread(register)
    address = client.auth_request_url(scopes=["read", "write"], redirect_uris=OOB, allow_http=True)
    page = await alices_browser.submit(await alices_browser.open(address), "allow")
    code = page.text.partition('id="code">')[2].partition("<")[0]

    def log_in() -> tuple[str, Any]:
        token = client.log_in(code=code, redirect_uri=OOB, scopes=["read", "write"], allow_http=True)
        return token, client.app_verify_credentials()

    token, seen = await asyncio.to_thread(log_in)
    assert seen["name"] == "Mastodon.py"
    await asyncio.to_thread(client.revoke_access_token, allow_http=True)
    assert (await which_app(alices_browser.http, token)).status_code == 401


async def test_an_app_uploads_and_changes_the_profile_as_far_as_it_was_granted(
    alices_browser: Browser,
) -> None:
    made = io.BytesIO()
    Image.new("RGB", (32, 32), "green").save(made, "PNG")
    files = {"file": ("tea.png", made.getvalue(), "image/png")}
    http, media, profile = alices_browser.http, "/api/v2/media", "/api/v1/accounts/update_credentials"
    app = await mastodon_app(http)
    whole = {"Authorization": f"Bearer {(await app.session(alices_browser, 'read write'))['access_token']}"}
    reader = {"Authorization": f"Bearer {(await app.session(alices_browser, 'read'))['access_token']}"}
    sent = (await http.post(media, files=files, headers=whole)).json()
    assert (sent["type"], sent["meta"]["original"]["width"]) == ("image", 32)
    changed = await http.patch(profile, data={"note": "by an app"}, headers=whole)
    assert changed.json()["source"]["note"] == "by an app"
    said = {"error": "This action is outside the authorized scopes"}
    assert (await http.post(media, files=files, headers=reader)).json() == said
    assert (await http.patch(profile, data={"note": "no"}, headers=reader)).json() == said
