"""Apps registering themselves: in Mastodon's way, and in that of RFC 7591 with the Matrix specification's rules.

Nobody vouches for an app. What it claims is shown to people as a claim, and its redirect addresses are what really
says who gets the codes.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc7591 import ClientMetadataClaims, ClientRegistrationEndpoint
from authlib.oauth2.rfc7591.errors import InvalidClientMetadataError, InvalidRedirectURIError

from teahouse.accounts.oauth import store
from teahouse.accounts.oauth.protocol import AUTH_METHODS, DEVICE_CODE_GRANT, Answer
from teahouse.accounts.oauth.records import OAuthClient
from teahouse.accounts.oauth.redirects import is_below, why_no_address, why_not_of_client
from teahouse.accounts.oauth.scopes import DEFAULT_SCOPE, MATRIX, UnknownScope, read_scope
from teahouse.accounts.tokens import hash_token
from teahouse.clock import Clock
from teahouse.errors import InvalidParam
from teahouse.kernel.http import JsonObject, RateLimiter, network_of
from teahouse.kernel.storage import Database, Tx

LONGEST_NAME = 60
LONGEST_TEXT = 2000
MOST_ADDRESSES = 20
FORGET_UNUSED_MS = 30 * 24 * 60 * 60 * 1000
GRANTS = ("authorization_code", "refresh_token", DEVICE_CODE_GRANT, "client_credentials")
SHOWN = ("client_uri", "logo_uri", "tos_uri", "policy_uri")


class Apps:
    """Registers apps and finds them."""

    def __init__(self, db: Database, clock: Clock, limiter: RateLimiter, *, password_grant: bool) -> None:
        self._db = db
        self._clock = clock
        self._limiter = limiter
        self._password_grant = password_grant

    async def find(self, client_id: str) -> OAuthClient | None:
        """Give the app of an id."""
        return await self._db.read(lambda tx: store.find_client(tx, client_id))

    async def register_mastodon(
        self, name: str, redirect_uris: Sequence[str], scope: str, website: str | None, address: str
    ) -> tuple[OAuthClient, str]:
        """Register an app of the Mastodon API and give it with its secret; raises InvalidParam."""
        if not name.strip():
            raise InvalidParam("Validation failed: Application name can't be blank")
        if len(name) > LONGEST_NAME:
            raise InvalidParam(
                f"Validation failed: Application name is too long (maximum is {LONGEST_NAME} characters)"
            )
        if not redirect_uris:
            raise InvalidParam("Validation failed: Redirect URI can't be blank")
        for uri in redirect_uris[: MOST_ADDRESSES + 1]:
            reason = why_no_address(uri)
            if reason is not None:
                raise InvalidParam(f"Validation failed: Redirect URI {reason}")
        if len(redirect_uris) > MOST_ADDRESSES:
            raise InvalidParam("Validation failed: Redirect URI has too many entries")
        if website is not None and (len(website) > LONGEST_TEXT or not _is_web(website)):
            raise InvalidParam("Validation failed: Website is invalid")
        grants = ["authorization_code", "client_credentials", *(["password"] if self._password_grant else [])]
        secret = secrets.token_urlsafe(32)
        client = OAuthClient(
            client_id=secrets.token_urlsafe(32),
            number=0,
            secret_hash=hash_token(secret),
            name=name.strip(),
            website=website,
            redirect_uris=list(redirect_uris),
            grant_types=grants,
            auth_method="client_secret_post",
            scope=_mastodon_scope(scope),
            is_native=False,
            created_ts=self._clock.now_ms(),
        )
        return await self._keep(client, address), secret

    async def register_dynamic(self, metadata: JsonObject, address: str) -> Answer:
        """Register an app by RFC 7591; gives status and body, also of a refusal."""
        registration = _Registration()
        try:
            status, body, _ = registration(_Metadata(metadata))
        except OAuth2Error as error:
            return error.status_code, dict(error.get_body())
        client = registration.client
        assert client is not None  # noqa: S101
        await self._keep(client, address)
        body["client_id_issued_at"] = client.created_ts // 1000
        return status, {name: value for name, value in body.items() if value not in (None, "")}

    async def _keep(self, client: OAuthClient, address: str) -> OAuthClient:
        self._limiter.check("app_registration", network_of(address))
        now = self._clock.now_ms()

        async def job(tx: Tx) -> OAuthClient:
            await store.delete_unused_clients(tx, now - FORGET_UNUSED_MS)
            fields = {name: getattr(client, name) for name in OAuthClient.__dataclass_fields__}
            kept = OAuthClient(**fields | {"number": tx.next_position(), "created_ts": now})
            await store.insert_client(tx, kept)
            return kept

        return await self._db.write(job)


def _mastodon_scope(scope: str) -> str:
    try:
        wanted = read_scope(scope or DEFAULT_SCOPE)
    except UnknownScope as error:
        raise InvalidParam("Validation failed: Scopes doesn't match configured on the server.") from error
    if MATRIX in wanted.grants:
        raise InvalidParam("Validation failed: Scopes doesn't match configured on the server.")
    return wanted.text


def _is_web(uri: str) -> bool:
    return why_no_address(uri) is None and uri.startswith(("https://", "http://"))


class _Metadata:
    """The request in the form in which the library reads it."""

    def __init__(self, metadata: JsonObject) -> None:
        self.data = metadata
        self.payload = self
        self.headers: dict[str, str] = {}
        self.credential: Any = None


class _Claims(ClientMetadataClaims):
    """The metadata, checked as the Matrix specification wants it."""

    REGISTERED_CLAIMS = (*ClientMetadataClaims.REGISTERED_CLAIMS, "application_type")

    def validate(self, now: int | None = None, leeway: int = 0) -> None:
        """Refuse what the library and the specification refuse; leave unknown grants and responses out."""
        _check_types(self)
        self.setdefault("application_type", "web")
        self["grant_types"] = [one for one in self.get("grant_types", GRANTS[:1]) if one in GRANTS]
        self["response_types"] = [one for one in self.get("response_types", ["code"]) if one == "code"]
        # People read the name in this server's languages only, and software statements are not taken.
        super().validate(now, leeway)
        if self["token_endpoint_auth_method"] not in AUTH_METHODS:
            raise InvalidClientMetadataError("This token_endpoint_auth_method is not supported")
        if self["application_type"] not in ("web", "native"):
            raise InvalidClientMetadataError("application_type must be web or native")

    def validate_redirect_uris(self) -> None:
        """Refuse addresses by the specification's rules, which depend on the kind of app."""
        uris = self.get("redirect_uris", [])
        if not uris and "authorization_code" in self["grant_types"]:
            raise InvalidRedirectURIError("redirect_uris is missing")
        for uri in uris:
            reason = why_not_of_client(
                uri, self.get("client_uri", ""), is_native=self["application_type"] == "native"
            )
            if reason is not None:
                raise InvalidRedirectURIError(f"A redirect URI {reason}")

    def validate_client_uri(self) -> None:
        """Refuse an app without a home on the web."""
        uri = self.get("client_uri", "")
        if why_no_address(uri) is not None or not is_below(uri, uri):
            raise InvalidClientMetadataError("client_uri must be an https address without user or password")

    def _validate_uri(self, key: str, uri: str | None = None) -> None:
        given = self.get(key) if uri is None else uri
        if (
            given
            and key in SHOWN
            and (why_no_address(given) or not is_below(given, self.get("client_uri", "")))
        ):
            raise InvalidClientMetadataError(f"{key} must be an https address on the host of client_uri")

    def validate_scope(self) -> None:
        """Refuse scopes that this server lacks."""
        try:
            if self.get("scope"):
                read_scope(self["scope"])
        except UnknownScope as error:
            raise InvalidClientMetadataError("This scope is unknown") from error

    def validate_jwks(self) -> None:
        """Take no keys: apps prove themselves by a secret or not at all."""
        self.pop("jwks", None)
        self.pop("jwks_uri", None)


class _Registration(ClientRegistrationEndpoint):
    """The library's registration; open to every app."""

    def __init__(self) -> None:
        super().__init__(None, [_Claims])
        self.client: OAuthClient | None = None

    def authenticate_token(self, request: Any) -> bool:
        """Let everybody register."""
        return True

    def get_server_metadata(self) -> dict[str, Any]:
        """Give nothing: what is supported, the claims check themselves."""
        return {}

    def generate_client_id(self, request: Any) -> str:
        """Give a new id."""
        return secrets.token_urlsafe(24)

    def generate_client_secret(self, request: Any) -> str:
        """Give a secret to apps that can keep one."""
        method = request.data.get("token_endpoint_auth_method", "client_secret_basic")
        return "" if method == "none" else secrets.token_urlsafe(32)

    def save_client(
        self, client_info: dict[str, Any], client_metadata: dict[str, Any], request: Any
    ) -> OAuthClient:
        """Make the record; the caller keeps it."""
        secret = client_info["client_secret"]
        name = client_metadata.get("client_name") or client_metadata["client_uri"]
        self.client = OAuthClient(
            client_id=client_info["client_id"],
            number=0,
            secret_hash=hash_token(secret) if secret else None,
            name=name[:LONGEST_NAME],
            website=client_metadata["client_uri"],
            redirect_uris=client_metadata.get("redirect_uris", []),
            grant_types=client_metadata["grant_types"],
            auth_method=client_metadata["token_endpoint_auth_method"],
            scope="",
            is_native=client_metadata["application_type"] == "native",
            details={one: client_metadata[one] for one in SHOWN if client_metadata.get(one)},
            created_ts=client_info["client_id_issued_at"] * 1000,
        )
        return self.client


def _check_types(metadata: Any) -> None:
    for name in ("redirect_uris", "grant_types", "response_types"):
        listed = metadata.get(name)
        if listed is None:
            metadata.pop(name, None)
        elif not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise InvalidClientMetadataError(f"{name} must be a list of texts")
        elif len(listed) > MOST_ADDRESSES:
            raise InvalidClientMetadataError(f"{name} has too many entries")
    for name in (*SHOWN, "client_name", "scope", "application_type", "token_endpoint_auth_method"):
        text = metadata.get(name)
        if text is None:
            metadata.pop(name, None)
        elif not isinstance(text, str) or len(text) > LONGEST_TEXT:
            raise InvalidClientMetadataError(f"{name} must be a text")
