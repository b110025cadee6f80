"""What the store of OAuth hands out, in the shape in which the library asks for it."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from teahouse.accounts.oauth.redirects import matches
from teahouse.accounts.oauth.scopes import DEFAULT_SCOPE, UnknownScope, is_within, read_scope
from teahouse.accounts.tokens import hash_token


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """An app: how it may sign people in, and what they are shown of it."""

    client_id: str
    number: int
    secret_hash: str | None
    name: str
    website: str | None
    redirect_uris: Sequence[str]
    grant_types: Sequence[str]
    auth_method: str
    scope: str
    """What the app may ask for; empty for an app of the Matrix API, which says so only when it asks."""
    is_native: bool
    details: dict[str, Any] = field(default_factory=dict)
    created_ts: int = 0

    def get_client_id(self) -> str:
        """Give the id, as the library asks for it."""
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """Give the address of apps that have a single one."""
        return self.redirect_uris[0] if len(self.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Give the scope that the app gets for what it asks; None when it asks for what it may not have."""
        asked = scope or (DEFAULT_SCOPE if self.scope else "")
        try:
            wanted = read_scope(asked)
        except UnknownScope:
            return None
        if self.scope and not is_within(wanted.grants, self.scope.split()):
            return None
        return wanted.text

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether answers may go to the address."""
        return matches(redirect_uri, self.redirect_uris, any_port=self.is_native)

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether the secret is the app's, in constant time."""
        known = self.secret_hash or ""
        return bool(known) and hmac.compare_digest(known, hash_token(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Tell whether the app may prove itself in this way; one with a secret may send it either way."""
        return (method == "none") == (self.auth_method == "none")

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether the app may ask for this at the authorisation page: for codes only."""
        return response_type == "code" and self.check_grant_type("authorization_code")

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether the app may come for tokens in this way."""
        return grant_type in self.grant_types


@dataclass(frozen=True, slots=True)
class StoredCode:
    """An authorisation code as it is kept, without the code."""

    client_id: str
    user_id: str
    redirect_uri: str | None
    scope: str
    code_challenge: str | None
    expires_ts: int
    device_id: str | None
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str | None:
        """Give the address that the app named when it asked for the code."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Give what the person allowed."""
        return self.scope


@dataclass(frozen=True, slots=True)
class StoredDeviceCode:
    """The sign-in of a device without a browser, on its way; `is_over` was decided when it was read."""

    code_hash: str
    client_id: str
    scope: str
    user_id: str | None
    allowed: bool
    polled_ts: int
    is_over: bool

    def get_client_id(self) -> str:
        """Give the app that asked."""
        return self.client_id

    def get_scope(self) -> str:
        """Give what it asked for."""
        return self.scope

    def get_user_code(self) -> str:
        """Give what names the sign-in; the code that people type is not kept."""
        return self.code_hash

    def is_expired(self) -> bool:
        """Tell whether nobody decided in time."""
        return self.is_over


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session of an app, found by one of its tokens; an app's own token has neither user nor device."""

    user_id: str
    device_id: str
    client_id: str | None
    scope: str
    spent: bool = False

    def check_client(self, client: OAuthClient) -> bool:
        """Tell whether the session is that app's."""
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        """Give what the session may do."""
        return self.scope
