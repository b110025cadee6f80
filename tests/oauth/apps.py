"""Apps as the tests need them: registered in either way, asking, and changing codes into tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from tests.oauth.browser import Browser, Page

Json = dict[str, Any]
CALLBACK = "https://app.example/callback"
OOB = "urn:ietf:wg:oauth:2.0:oob"
API = "urn:matrix:client:api:*"
DEVICE = "urn:matrix:client:device:"


def challenge_of(verifier: str) -> str:
    """Give the S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def matrix_metadata(**changes: Any) -> Json:
    """Give the registration of an app of the Matrix specification, with changes; None leaves a field out."""
    metadata = {
        "client_name": "Teaspoon",
        "client_uri": "https://app.example/",
        "redirect_uris": [CALLBACK],
        "response_types": ["code"],
        "grant_types": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "token_endpoint_auth_method": "none",
        "application_type": "web",
        **changes,
    }
    return {name: value for name, value in metadata.items() if value is not None}


@dataclass
class App:
    """An app that is registered."""

    http: httpx.AsyncClient
    client_id: str
    client_secret: str = ""
    redirect_uri: str = CALLBACK
    verifier: str = ""

    @property
    def identity(self) -> Json:
        """What the app says of itself with each request."""
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        return {"client_id": self.client_id, **secret}

    def asking(self, scope: str | None, **more: Any) -> Json:
        """Give the parameters with which the app sends a person to the server; with PKCE if it has a verifier."""
        proof = (
            {"code_challenge": challenge_of(self.verifier), "code_challenge_method": "S256"}
            if self.verifier
            else {}
        )
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": scope,
            **proof,
            **more,
        }
        return {name: value for name, value in asked.items() if value is not None}

    async def allowed_by(self, browser: Browser, scope: str | None, **more: Any) -> Page:
        """Let the person in the browser allow the app, and give where that leads."""
        page = await browser.open("/oauth/authorize", **self.asking(scope, **more))
        if page.elsewhere:  # Allowed before.
            return page
        return await browser.submit(page, "allow")

    async def token(self, expect: int = 200, **fields: Any) -> Json:
        """Ask for tokens."""
        answer = await self.http.post("/oauth/token", data={**self.identity, **fields})
        assert answer.status_code == expect, answer.text
        assert answer.headers["cache-control"] == "private, no-store"
        return dict(answer.json())

    async def redeem(self, code: str, expect: int = 200, **more: Any) -> Json:
        """Change a code into tokens."""
        proof = {"code_verifier": self.verifier} if self.verifier else {}
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return await self.token(expect, **{**fields, **proof, **more})

    async def session(self, browser: Browser, scope: str | None) -> Json:
        """Go the whole way: the person allows, the app gets its tokens."""
        return await self.redeem((await self.allowed_by(browser, scope)).told["code"])

    async def refresh(self, token: str, expect: int = 200) -> Json:
        """Change a refresh token into new tokens."""
        return await self.token(expect, grant_type="refresh_token", refresh_token=token)


async def matrix_app(http: httpx.AsyncClient, **changes: Any) -> App:
    """Register an app of the Matrix specification, which can keep no secret."""
    answer = await http.post("/oauth/register", json=matrix_metadata(**changes))
    assert answer.status_code == 201, answer.text
    got = answer.json()
    return App(
        http,
        got["client_id"],
        got.get("client_secret", ""),
        got["redirect_uris"][0],
        verifier=secrets.token_urlsafe(48),
    )


async def mastodon_app(http: httpx.AsyncClient, scopes: str = "read write", **changes: Any) -> App:
    """Register an app of the Mastodon API, which has a secret."""
    fields = {"client_name": "Toots", "redirect_uris": CALLBACK, "scopes": scopes, **changes}
    answer = await http.post("/api/v1/apps", data=fields)
    assert answer.status_code == 200, answer.text
    got = answer.json()
    return App(http, got["client_id"], got["client_secret"], got["redirect_uris"][0])


async def who(http: httpx.AsyncClient, token: str) -> httpx.Response:
    """Ask the Matrix API whose token it is."""
    return await http.get("/_matrix/client/v3/account/whoami", headers={"Authorization": f"Bearer {token}"})


async def which_app(http: httpx.AsyncClient, token: str) -> httpx.Response:
    """Ask the Mastodon API which app's token it is."""
    return await http.get("/api/v1/apps/verify_credentials", headers={"Authorization": f"Bearer {token}"})
