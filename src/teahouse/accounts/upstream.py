"""Signing in through an outside OpenID Connect provider, as one that the operator named.

The provider says who somebody is by `issuer` and `sub`; which user that means is kept. A name that the provider gives
never takes over an account that exists. What is on its way is kept in memory, for ten minutes, and bound to the browser
that began it. Authlib makes the requests and checks the ID token; refusals of the provider are never trusted further.
"""

import secrets
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpcore
import orjson
import structlog
from authlib.oauth2.auth import encode_client_secret_basic
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from teahouse.accounts import store_browsers as store
from teahouse.accounts import store_users
from teahouse.accounts.profiles import Profiles
from teahouse.accounts.register import Register
from teahouse.clock import Clock
from teahouse.config import Upstream as UpstreamSettings
from teahouse.errors import Conflict, Forbidden, InvalidParam
from teahouse.kernel.storage import Database, Tx

log = structlog.get_logger(__name__)

LIFETIME_S = 600.0
KNOWN_FOR_S = 3600.0
MOST_WAITING = 10_000
MOST_BYTES = 1024 * 1024
LEEWAY_S = 120
ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "RS384", "RS512", "EdDSA"]
_TIMEOUT = {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}


class ProviderFailed(Forbidden):
    """The provider refused, could not be reached, or gave an answer that proves nothing."""


class NobodyHere(Forbidden):
    """The provider knows the person, this server does not, and makes no accounts for its people."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in on its way to the provider and back."""

    browser: str
    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody whom the provider knows and who has yet to choose a name here."""

    browser: str
    subject: str
    display_name: str
    suggested: str
    next: str


class Upstream:
    """The one outside provider."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: UpstreamSettings,
        public_url: str,
        register: Register,
        profiles: Profiles,
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._callback = f"{public_url.rstrip('/')}/account/upstream/callback"
        self._register = register
        self._profiles = profiles
        self._waiting: TTLCache[str, Waiting] = TTLCache(MOST_WAITING, LIFETIME_S, clock.monotonic)
        self._newcomers: TTLCache[str, Newcomer] = TTLCache(MOST_WAITING, LIFETIME_S, clock.monotonic)
        self._documents: TTLCache[str, dict[str, Any]] = TTLCache(8, KNOWN_FOR_S, clock.monotonic)
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def begin(self, browser: str, next_page: str) -> str:
        """Give the provider's address to send a browser to; raises ProviderFailed."""
        metadata = await self._metadata()
        state = secrets.token_urlsafe(32)
        waiting = Waiting(browser, secrets.token_urlsafe(32), secrets.token_urlsafe(48), next_page)
        self._waiting[state] = waiting
        address: str = prepare_grant_uri(
            _text(metadata, "authorization_endpoint"),
            self._settings.client_id,
            "code",
            redirect_uri=self._callback,
            scope=self._settings.scope,
            state=state,
            nonce=waiting.nonce,
            code_challenge=create_s256_code_challenge(waiting.verifier),
            code_challenge_method="S256",
        )
        return address

    async def finish(self, browser: str, state: str, code: str) -> tuple[str, str] | tuple[str, Newcomer]:
        """Take the provider's answer: give user and next page, or a ticket with which to choose a name.

        Raises ProviderFailed and NobodyHere.
        """
        waiting = self._waiting.pop(state, None)
        if waiting is None or waiting.browser != browser or not code:
            raise ProviderFailed("This sign-in was not begun in this browser, or too long ago")
        claims = await self._claims(code, waiting)
        subject = _text(claims, "sub")
        issuer = self._issuer
        user_id = await self._db.read(lambda tx: self._linked(tx, issuer, subject))
        if user_id is not None:
            return user_id, waiting.next
        if not self._settings.sign_up:
            raise NobodyHere("There is no account for you here")
        newcomer = Newcomer(
            browser,
            subject,
            str(claims.get(self._settings.display_name_claim) or "")[:200],
            str(claims.get(self._settings.localpart_claim) or "").partition("@")[0].lower()[:100],
            waiting.next,
        )
        try:
            return await self._make(newcomer, newcomer.suggested), waiting.next
        except (Conflict, InvalidParam):
            ticket = secrets.token_urlsafe(32)
            self._newcomers[ticket] = newcomer
            return ticket, newcomer

    async def choose_name(self, browser: str, ticket: str, name: str) -> tuple[str, str]:
        """Make the account of a newcomer under a chosen name; gives user and next page.

        Raises ProviderFailed for a ticket that is unknown or another browser's, Conflict and InvalidParam.
        """
        newcomer = self._newcomers.get(ticket)
        if newcomer is None or newcomer.browser != browser:
            raise ProviderFailed("This sign-in was not begun in this browser, or too long ago")
        user_id = await self._make(newcomer, name)
        self._newcomers.pop(ticket, None)
        return user_id, newcomer.next

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()

    @property
    def _issuer(self) -> str:
        return self._settings.issuer or ""

    async def _linked(self, tx: Tx, issuer: str, subject: str) -> str | None:
        user_id = await store.find_link(tx, issuer, subject)
        user = None if user_id is None else await store_users.find_user(tx, user_id)
        if user is not None and not user.is_active:
            raise ProviderFailed("This account was closed")
        return user_id

    async def _make(self, newcomer: Newcomer, name: str) -> str:
        if not name:
            raise InvalidParam("There is no name")
        user_id = self._register.user_id_for(name)
        await self._register.check_free(user_id)

        async def link(tx: Tx) -> None:
            now = self._clock.now_ms()
            if not await store.insert_link(tx, self._issuer, newcomer.subject, user_id, now):
                raise ProviderFailed("You have an account here already; sign in again")

        await self._register.register(user_id, None, None, None, also=link)
        if newcomer.display_name:
            await self._profiles.set_field(user_id, "displayname", newcomer.display_name)
        return user_id

    async def _claims(self, code: str, waiting: Waiting) -> dict[str, Any]:
        """Change the code into the person's claims, checked; raises ProviderFailed."""
        metadata = await self._metadata()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": self._settings.client_id,
            "code_verifier": waiting.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        secret = self._settings.client_secret
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret is not None and "client_secret_basic" in methods:
            basic = encode_client_secret_basic(
                _Credentials(self._settings.client_id, str(secret)), "POST", "", {}, ""
            )
            headers["Authorization"] = basic[1]["Authorization"]
        elif secret is not None:
            fields["client_secret"] = str(secret)
        tokens = await self._fetch(_text(metadata, "token_endpoint"), headers, urlencode(fields).encode())
        claims = await self._check(_text(tokens, "id_token"), waiting.nonce)
        if self._settings.localpart_claim not in claims and "userinfo_endpoint" in metadata:
            bearer = {"Authorization": f"Bearer {_text(tokens, 'access_token')}"}
            told = await self._fetch(_text(metadata, "userinfo_endpoint"), bearer)
            # Whose claims these are has to be said again: the token may be another's.
            claims = told | claims if told.get("sub") == claims["sub"] else claims
        return claims

    async def _check(self, id_token: str, nonce: str) -> dict[str, Any]:
        metadata = await self._metadata()
        try:
            keys = KeySet.import_key_set(await self._document(_text(metadata, "jwks_uri")))  # type: ignore[arg-type]
            decoded = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
            options: Any = {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
                "nonce": {"essential": True, "value": nonce},
            }
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options,
                {"nonce": nonce, "client_id": self._settings.client_id},
            )
            claims.validate(now=int(time.time()), leeway=LEEWAY_S)
        except (JoseError, ValueError) as error:
            # A key may be new: ask for the keys again at the next try.
            self._documents.clear()
            log.warning("the upstream provider's ID token proves nothing", error=type(error).__name__)
            raise ProviderFailed("The provider's ID token is wrong") from error
        return dict(claims)

    async def _metadata(self) -> dict[str, Any]:
        if not self._issuer:
            raise ProviderFailed("There is no outside provider")
        metadata = await self._document(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != self._issuer:
            raise ProviderFailed("The provider calls itself by another name than upstream.issuer")
        return metadata

    async def _document(self, url: str) -> dict[str, Any]:
        known = self._documents.get(url)
        if known is None:
            known = self._documents[url] = await self._fetch(url, {})
        return known

    async def _fetch(self, url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
        if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ProviderFailed("The provider names an address without TLS")
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(ssl.create_default_context(), max_connections=16)
        method = "GET" if body is None else "POST"
        sent = [("Accept", "application/json"), ("User-Agent", "Teahouse"), *headers.items()]
        try:
            async with self._pool.stream(
                method, url, headers=sent, content=body, extensions={"timeout": _TIMEOUT}
            ) as answer:
                parts, size = [], 0
                async for part in answer.aiter_stream():
                    size += len(part)
                    if size > MOST_BYTES:
                        raise ProviderFailed("The provider's answer is too large")
                    parts.append(part)
            decoded = orjson.loads(b"".join(parts))
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            ValueError,
        ) as error:
            log.warning("the upstream provider failed", url=url, error=type(error).__name__)
            raise ProviderFailed("The provider can't be reached, or does not speak JSON") from error
        if answer.status != 200 or not isinstance(decoded, dict):
            log.warning("the upstream provider refused", url=url, status=answer.status)
            raise ProviderFailed("The provider refused")
        return decoded


@dataclass(frozen=True, slots=True)
class _Credentials:
    client_id: str
    client_secret: str


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ProviderFailed(f"The provider's answer lacks {name}")
    return value
