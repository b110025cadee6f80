"""The authorisation page's side of the protocol: what an app asks for, and the answer that it gets.

A request that names no known app or none of its addresses is told to the person only, never to an address. All
other refusals go back to the app.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidRequestError

from teahouse.accounts.oauth import store
from teahouse.accounts.oauth.desk import Asked, Desk
from teahouse.accounts.oauth.protocol import Server
from teahouse.accounts.oauth.records import OAuthClient, StoredDeviceCode
from teahouse.accounts.oauth.redirects import OUT_OF_BAND, with_answer
from teahouse.accounts.oauth.scopes import Wanted, read_scope
from teahouse.accounts.tokens import hash_token
from teahouse.clock import Clock
from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Database, Tx

APPROVAL_LIFETIME_MS = 10 * 60 * 1000
LONGEST_QUERY = 8000
MOST_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Redirect:
    """The answer goes to the app, by way of the browser."""

    location: str


@dataclass(frozen=True, slots=True)
class Consent:
    """A good request: a person may now decide on it. `query` is what was asked, to the letter."""

    query: str
    client: OAuthClient
    redirect_uri: str
    wanted: Wanted
    state: str | None
    in_fragment: bool
    prompt: frozenset[str]
    force_login: bool
    login_hint: str

    def answer(self, fields: Sequence[tuple[str, str]], issuer: str) -> Redirect:
        """Address an answer to the app."""
        state = [("state", self.state)] if self.state is not None else []
        told = [*fields, *state, ("iss", issuer)]
        return Redirect(with_answer(self.redirect_uri, told, in_fragment=self.in_fragment))


@dataclass(frozen=True, slots=True)
class DeviceConsent:
    """A device without a browser that asks to be let in."""

    code: StoredDeviceCode
    client: OAuthClient
    wanted: Wanted


class Authorize:
    """Reads what apps ask for in the browser and writes what people decide."""

    def __init__(self, db: Database, clock: Clock, issuer: str) -> None:
        self._db = db
        self._clock = clock
        self._issuer = issuer

    async def read(self, query: str) -> Consent | Redirect:
        """Read a request; raises InvalidParam for one that must not be answered to any address."""
        fields, repeated = _fields(query)
        client = await self._client(fields.get("client_id", ""))
        asked = Asked("GET", fields, repeated=repeated)
        try:
            if repeated:
                raise InvalidRequestError("A parameter came more than once.")
            grant = Server(Desk(0, client=client)).get_consent_grant(asked)
            if fields.get("response_mode", "query") not in ("query", "fragment"):
                raise InvalidRequestError("Unsupported 'response_mode'", redirect_uri=grant.redirect_uri)
        except OAuth2Error as error:
            return self._refused(error, client, fields)
        except ValueError as error:
            raise InvalidParam("The request is malformed") from error
        return Consent(
            query,
            asked.client,
            grant.redirect_uri,
            read_scope(asked.scope or ""),
            fields.get("state"),
            fields.get("response_mode") == "fragment",
            frozenset(fields.get("prompt", "").split()),
            fields.get("force_login", "").lower() in ("true", "1"),
            fields.get("login_hint", ""),
        )

    async def _client(self, client_id: str) -> OAuthClient | None:
        return await self._db.read(lambda tx: store.find_client(tx, client_id))

    def _refused(self, error: OAuth2Error, client: OAuthClient | None, fields: Mapping[str, str]) -> Redirect:
        uri = fields.get("redirect_uri", "")
        # The library says where to; that it is one of the app's addresses is checked here once more.
        known = client is not None and bool(uri) and client.check_redirect_uri(uri)
        if not known or uri == OUT_OF_BAND or error.redirect_uri != uri:
            raise InvalidParam(error.description or "The request is malformed", **dict(error.get_body()))
        told = [("error", str(error.error)), ("error_description", error.description or "")]
        told += [("state", fields["state"])] if "state" in fields else []
        in_fragment = fields.get("response_mode") == "fragment"
        return Redirect(with_answer(uri, [*told, ("iss", self._issuer)], in_fragment=in_fragment))

    async def allow(self, consent: Consent, user_id: str) -> Redirect | str:
        """Give the app a code, by way of its address; the bare code when it is to be shown to the person."""
        desk = Desk(self._clock.now_ms(), client=consent.client)
        fields, _ = _fields(consent.query)
        server = Server(desk)
        asked = Asked("POST", fields)
        _, body = server.create_authorization_response(
            asked, grant_user=user_id, grant=server.get_consent_grant(asked)
        )
        new = desk.new_code
        if new is None:
            raise InvalidParam("The request is malformed", **body)
        await self._db.write(lambda tx: store.insert_code(tx, hash_token(new[0]), new[1]))
        if consent.redirect_uri == OUT_OF_BAND:
            return new[0]
        return consent.answer([("code", new[0])], self._issuer)

    def refuse(self, consent: Consent, error: str = "access_denied") -> Redirect | None:
        """Tell the app that the person said no; None when it can't be told."""
        if consent.redirect_uri == OUT_OF_BAND:
            return None
        words = str(AccessDeniedError().description) if error == "access_denied" else error
        return consent.answer([("error", error), ("error_description", words)], self._issuer)

    async def find_device(self, user_code: str) -> DeviceConsent:
        """Give the waiting device of a code as a person typed it; raises NotFound."""
        letters = "".join(one for one in user_code.upper() if one.isalnum())
        digest = hash_token(f"{letters[:4]}-{letters[4:]}")

        async def job(tx: Tx) -> DeviceConsent | None:
            code = await store.find_device_code(tx, "user_code_hash", digest, self._clock.now_ms())
            if code is None or code.is_over or code.user_id is not None:
                return None
            client = await store.find_client(tx, code.client_id)
            return None if client is None else DeviceConsent(code, client, read_scope(code.scope))

        found = await self._db.read(job)
        if found is None:
            raise NotFound("This code is unknown, used or too old")
        return found

    async def decide_device(self, device: DeviceConsent, user_id: str, *, allowed: bool) -> None:
        """Let a device in or not; raises NotFound when that was decided already."""
        digest = device.code.code_hash
        decided = await self._db.write(
            lambda tx: store.decide_device_code(tx, digest, user_id, allowed=allowed)
        )
        if not decided:
            raise NotFound("This code is unknown, used or too old")

    async def approve(self, user_id: str, action: str) -> None:
        """Let the user's apps do something guarded once, within ten minutes."""
        until = self._clock.now_ms() + APPROVAL_LIFETIME_MS
        await self._db.write(lambda tx: store.put_approval(tx, user_id, action, until))

    async def take_approval(self, user_id: str, action: str) -> bool:
        """Use up what the user allowed."""
        now = self._clock.now_ms()
        return await self._db.write(lambda tx: store.take_approval(tx, user_id, action, now))


def _fields(query: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Decode a query, and give the names that came more than once; raises InvalidParam."""
    if len(query) > LONGEST_QUERY:
        raise InvalidParam("The request is too long")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise InvalidParam("The request is not percent-encoded UTF-8, or too long") from error
    if any("\0" in text for pair in pairs for text in pair):
        raise InvalidParam("The request holds NUL")
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    fields: dict[str, Any] = {name: values[-1] for name, values in lists.items()}
    known = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge")
    return fields, {name: lists[name] for name in known if len(lists.get(name, ())) > 1}
