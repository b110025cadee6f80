"""Codes go to the addresses that an app registered, exactly, and pages lead nowhere else (G50)."""

from __future__ import annotations

import pytest

from teahouse.accounts.oauth.redirects import matches, why_no_address, why_not_of_client, with_answer
from teahouse.accounts.pages.visit import safe_next
from tests.actors import Actor
from tests.oauth.apps import API, CALLBACK, matrix_app, matrix_metadata
from tests.oauth.browser import Browser

NEVER = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "/callback",
    "//evil.example/",
    "callback",
    "",
    "https:",
    "https:/evil.example",
    "https:///evil.example",
    "https://app.example@evil.example/",
    "https://user:pw@app.example/",
    "https://app.example/#fragment",
    "https://app.example/\r\nSet-Cookie: a=b",
    "https://app.example/\\evil",
    "https://app.example/ space",
    "https://app.example/<script>",
    "https://[::1/",
    "https://app.example:port/",
    "https://tea\u202eelpmaxe/",
    "x" * 3000,
]


@pytest.mark.parametrize("uri", NEVER)
def test_no_app_may_have_such_an_address(uri: str) -> None:
    assert why_no_address(uri) is not None


@pytest.mark.parametrize(
    ("uri", "is_native", "good"),
    [
        ("https://app.example/callback", False, True),
        ("https://deep.app.example:5173/?query=value", False, True),
        ("https://app.example/callback", True, True),
        ("http://app.example/callback", False, False),
        ("http://localhost/", False, False),
        ("https://other.example/callback", False, False),
        ("https://notapp.example/callback", False, False),
        ("https://app.example.evil/callback", False, False),
        ("example.app:/callback", True, True),
        ("example.app.tea:callback", True, True),
        ("example.app:/callback", False, False),
        ("example.app://callback", True, False),
        ("example.apple:/callback", True, False),
        ("example:/callback", True, False),
        ("http://localhost/callback", True, True),
        ("http://127.0.0.1/callback", True, True),
        ("http://[::1]/callback", True, True),
        ("http://localhost:1234/callback", True, False),
        ("https://localhost/callback", True, False),
        ("http://app.example/callback", True, False),
        ("urn:ietf:wg:oauth:2.0:oob", True, False),
    ],
)
def test_matrix_apps_have_addresses_by_the_specifications_rules(
    uri: str, is_native: bool, good: bool
) -> None:
    assert (why_not_of_client(uri, "https://app.example/", is_native=is_native) is None) is good


@pytest.mark.parametrize(
    ("asked", "registered", "fits"),
    [
        (CALLBACK, CALLBACK, True),
        (CALLBACK + "/", CALLBACK, False),
        (CALLBACK + "?x=1", CALLBACK, False),
        (CALLBACK + "%2F..", CALLBACK, False),
        (CALLBACK.upper(), CALLBACK, False),
        ("https://app.example/callback/../evil", CALLBACK, False),
        ("http://127.0.0.1:9/cb", "http://127.0.0.1/cb", True),
        ("http://127.0.0.1:9@evil.example/cb", "http://127.0.0.1@evil.example/cb", False),
        ("http://127.0.0.1:9/other", "http://127.0.0.1/cb", False),
        ("http://app.example:9/cb", "http://app.example/cb", False),
        ("http://localhost:9/cb", "http://127.0.0.1/cb", False),
    ],
)
def test_a_match_is_exact_but_for_a_port_on_the_own_machine(asked: str, registered: str, fits: bool) -> None:
    assert matches(asked, [registered], any_port=True) is fits


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("icecubesapp://", "icecubesapp://?code=a%26b"),
        ("com.tapbots.Ivory.10217:/request_token", "com.tapbots.Ivory.10217:/request_token?code=a%26b"),
        ("https://app.example/cb?x=%2F", "https://app.example/cb?x=%2F&code=a%26b"),
    ],
)
def test_an_answer_leaves_the_address_as_it_is(uri: str, expected: str) -> None:
    assert with_answer(uri, [("code", "a&b")]) == expected


@pytest.mark.parametrize(
    "asked",
    ["https://evil.example/", "https://app.example/callback%2F", "javascript:alert(1)", "//evil.example", ""],
)
async def test_a_foreign_address_gets_no_answer_at_all(alices_browser: Browser, asked: str) -> None:
    app = await matrix_app(alices_browser.http, redirect_uris=[CALLBACK, "https://app.example/other"])
    app.redirect_uri = asked
    for scope in (API, "nonsense"):
        page = await alices_browser.open("/oauth/authorize", **app.asking(scope, state="s"))
        assert (page.status, page.elsewhere) == (400, "")
        assert "evil" not in page.answer.headers.get("content-security-policy", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ["https://evil.example/"]},
        {"redirect_uris": []},
        {"redirect_uris": "https://app.example/"},
        {"redirect_uris": [7]},
        {"client_uri": None},
        {"client_uri": "http://app.example/"},
        {"client_uri": "javascript:alert(1)"},
        {"logo_uri": "https://evil.example/logo.png"},
        {"tos_uri": "javascript:alert(1)"},
        {"application_type": "toaster"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"client_name": {"en": "Tea"}},
    ],
)
async def test_a_registration_against_the_rules_is_refused(
    browser: Browser, changes: dict[str, object]
) -> None:
    answer = await browser.http.post("/oauth/register", json=matrix_metadata(**changes))
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/%2F%2Fevil.example",
        "/account@evil.example",
        "/account//evil.example",
        "/account\r\nSet-Cookie: a=b",
        "/oauth/authorize?x=\r\nLocation: //evil",
        "/oauth/authorize/../../evil",
        "/_matrix/client/versions",
        "javascript:alert(1)",
        "",
    ],
)
async def test_a_sign_in_leads_on_to_our_own_pages_only(browser: Browser, alice: Actor, path: str) -> None:
    assert safe_next(path) == "/account"
    page = await browser.open("/account/sign-in", next=path)
    fields = [("next", path), ("username", alice.user_id), ("password", alice.password)]
    fields += [one for one in page.forms[0].fields if one[0] == "form_token"]
    page = await browser.post("/account/sign-in", fields)
    assert (page.path, page.status, page.elsewhere) == ("/account", 200, "")
