"""What apps ask without a browser: tokens, their end, and codes for devices that have no browser.

Each request is one write: read what the library may ask for, let it decide, write its decisions. Its refusals are
answers, not errors of ours, so that what a refusal writes (the end of a copied session) stays written.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from teahouse.accounts.login import Login, named_user
from teahouse.accounts.new_sessions import NewSessions
from teahouse.accounts.oauth import store
from teahouse.accounts.oauth.desk import Asked, Desk, Fields, NewSession
from teahouse.accounts.oauth.protocol import Answer, Server
from teahouse.accounts.oauth.records import StoredDeviceCode, StoredSession
from teahouse.accounts.oauth.scopes import DEVICE, MATRIX, read_scope
from teahouse.accounts.records import Issued, NewDevice
from teahouse.accounts.tokens import Tokens, hash_token
from teahouse.clock import Clock
from teahouse.errors import Forbidden
from teahouse.ids import ServerName, new_access_token
from teahouse.kernel.http import AccountLocked
from teahouse.kernel.storage import Database, Tx

KEEP_SPENT_MS = 24 * 60 * 60 * 1000
"""How long a spent code is known, to end its session when somebody shows it again."""
MOST_APP_TOKENS = 50


class TokenEndpoint:
    """Gives and ends tokens."""

    def __init__(  # noqa: PLR0913 (each is one part that it stands on)
        self,
        db: Database,
        clock: Clock,
        server_name: ServerName,
        tokens: Tokens,
        new_sessions: NewSessions,
        login: Login,
        verification_uri: str,
        end_session: Callable[[Tx, str, str], Any],
        *,
        password_grant: bool,
    ) -> None:
        self._db = db
        self._clock = clock
        self._server_name = server_name
        self._tokens = tokens
        self._new_sessions = new_sessions
        self._login = login
        self._verification_uri = verification_uri
        self._end_session = end_session
        self._password_grant = password_grant

    async def token(self, fields: Fields, authorization: str, address: str) -> Answer:
        """Answer a request for tokens: status and body, also of a refusal."""
        password_user = await self._check_password(fields, address)

        async def job(tx: Tx) -> Answer:
            desk = await self._desk(tx, fields, authorization)
            desk.password_user = password_user
            server = Server(desk, password_grant=self._password_grant)
            status, body = _decided(
                lambda: server.create_token_response(Asked("POST", fields, authorization))
            )
            await self._note(tx, desk, fields)
            if desk.new_session is not None and status == 200:
                new = await self._narrowed(tx, desk.new_session)
                if not isinstance(new, NewSession):
                    return new
                answer = await self._begin(tx, desk, new, fields)
                return (200, body | answer) if answer is not None else _GONE
            return status, body

        return await self._db.write(job)

    async def revoke(self, fields: Fields, authorization: str) -> Answer:
        """End the session of a token, whichever of its tokens it is; unknown ones are ended already."""

        async def job(tx: Tx) -> Answer:
            desk = await self._desk(tx, fields, authorization)
            asked = dict(fields)
            found = await self._session_of(tx, fields.get("token", ""))
            token_id, desk.session = found or (0, None)
            if desk.client is None and "client_id" not in fields and desk.session is not None:
                # COMPAT(Matrix apps): they may leave the id out, since the token alone lets them sign out too.
                desk.client = await store.find_client(tx, desk.session.client_id or "")
                asked["client_id"] = desk.client.client_id if desk.client is not None else ""
            server = Server(desk)
            status, body = _decided(
                lambda: server.create_endpoint_response("revocation", Asked("POST", asked, authorization))
            )
            if desk.revoked and desk.session is not None:
                await self._end(tx, token_id, desk.session)
            return status, body

        return await self._db.write(job)

    async def begin_device(self, fields: Fields, authorization: str) -> Answer:
        """Give a device without a browser its codes."""

        async def job(tx: Tx) -> Answer:
            desk = await self._desk(tx, fields, authorization)
            desk.verification_uri = self._verification_uri
            server = Server(desk)
            status, body = _decided(
                lambda: server.create_endpoint_response(
                    "device_authorization", Asked("POST", fields, authorization)
                )
            )
            new = desk.new_device_code
            if new:
                code = StoredDeviceCode(
                    hash_token(new["device_code"]), new["client_id"], new["scope"], None, False, 0, False
                )
                expires_ts = desk.now_ms + new["expires_in"] * 1000
                await store.insert_device_code(tx, code, hash_token(new["user_code"]), expires_ts)
            return status, body

        return await self._db.write(job)

    async def _check_password(self, fields: Fields, address: str) -> str | None:
        if not self._password_grant or fields.get("grant_type") != "password":
            return None
        username = fields.get("username", "")
        if not username.startswith("@"):
            # Test suites sign in with the address that they signed up with; nothing is kept of one but the name.
            username = username.partition("@")[0]
        named = named_user({"type": "m.id.user", "user": username}, None, self._server_name)
        try:
            return (await self._login.check_password(named, fields.get("password", ""), address)).user_id
        except Forbidden:
            return None

    async def _desk(self, tx: Tx, fields: Fields, authorization: str) -> Desk:
        """Lay out everything that the library may ask for."""
        desk = Desk(self._clock.now_ms())
        client_id = _basic_client(authorization) or fields.get("client_id", "")
        desk.client = await store.find_client(tx, client_id) if client_id else None
        if fields.get("code"):
            desk.code = await store.find_code(tx, hash_token(fields["code"]))
        if fields.get("refresh_token"):
            digest = hash_token(fields["refresh_token"])
            desk.session = await store.find_session(tx, "refresh_tokens", digest)
        if fields.get("device_code"):
            digest = hash_token(fields["device_code"])
            desk.device_code = await store.find_device_code(tx, "code_hash", digest, desk.now_ms)
        return desk

    async def _note(self, tx: Tx, desk: Desk, fields: Fields) -> None:
        """Write what follows from the request itself, whether it was granted or refused."""
        if desk.polled and desk.device_code is not None:
            await store.poll_device_code(tx, desk.device_code.code_hash, desk.now_ms)
        if fields.get("grant_type") == "authorization_code" and desk.code is not None and desk.code.device_id:
            # The code was shown twice: one of the two stole it, and nobody knows which.
            await self._end_session(tx, desk.code.user_id, desk.code.device_id)
        session = desk.session
        if session is not None and session.spent and fields.get("grant_type") == "refresh_token":
            await self._end_session(tx, session.user_id, session.device_id)

    async def _narrowed(self, tx: Tx, new: NewSession) -> NewSession | Answer:
        """Leave out what the person has no right to give, so that it can't wake up with a later role.

        Gives the refusal where nothing is left, or where the person is locked.
        """
        user = await self._new_sessions.active_user(tx, new.user_id) if new.user_id else None
        # Refreshing goes on: a refusal would make apps forget the person, who may be let in again (decision 44).
        if user is not None and user.locked_reason is not None and new.grant_type != "refresh_token":
            return 400, {
                "error": "invalid_grant",
                "error_description": AccountLocked(user.locked_reason).message,
            }
        if user is None or user.is_admin or new.grant_type == "refresh_token":
            return new
        wanted = read_scope(new.scope).without_admin()
        return replace(new, scope=wanted.text) if wanted.grants else _NOT_YOURS

    async def _begin(self, tx: Tx, desk: Desk, new: NewSession, fields: Fields) -> dict[str, Any] | None:
        client = desk.client
        assert client is not None  # noqa: S101
        await store.mark_client_used(tx, client.client_id)
        await store.delete_codes(tx, desk.now_ms - KEEP_SPENT_MS)
        if new.grant_type == "refresh_token":
            refreshed = await self._tokens.refresh_in(tx, fields["refresh_token"], client.client_id)
            return None if refreshed is None else _answer(refreshed, new.scope, desk.now_ms)
        wanted = read_scope(new.scope)
        if not new.user_id:
            return await self._begin_of_app(tx, desk, client.client_id, wanted.stored)
        if await self._new_sessions.active_user(tx, new.user_id) is None:
            return None
        device = NewDevice(
            wanted.device_id, client.name, new.refreshable, grants=wanted.stored, client_id=client.client_id
        )
        issued = await self._new_sessions.begin(tx, new.user_id, device)
        if new.grant_type == "authorization_code":
            await store.spend_code(tx, hash_token(fields["code"]), issued.device_id)
        elif desk.device_code is not None:
            await store.delete_device_code(tx, desk.device_code.code_hash)
        scope = new.scope
        if MATRIX in wanted.grants and wanted.device_id is None:
            scope = f"{scope} {DEVICE}{issued.device_id}"
        return _answer(issued, scope, desk.now_ms)

    async def _begin_of_app(self, tx: Tx, desk: Desk, client_id: str, grants: str) -> dict[str, Any]:
        token = new_access_token()
        await store.insert_app_token(
            tx, tx.next_position(), hash_token(token), client_id, grants, desk.now_ms
        )
        for surplus in await store.surplus_app_tokens(tx, client_id, MOST_APP_TOKENS):
            await self._end_app_token(tx, surplus)
        return {"access_token": token, "scope": grants, "created_at": desk.now_ms // 1000}

    async def _end_app_token(self, tx: Tx, token_id: int) -> None:
        await store.delete_app_token(tx, token_id)
        self._tokens.announce_end(tx, "", [token_id])

    async def _session_of(self, tx: Tx, token: str) -> tuple[int, StoredSession] | None:
        digest = hash_token(token)
        for table in ("access_tokens", "refresh_tokens"):
            session = await store.find_session(tx, table, digest)
            if session is not None and session.client_id is not None:
                return 0, session
        return await store.find_app_token(tx, digest)

    async def _end(self, tx: Tx, token_id: int, session: StoredSession) -> None:
        if session.user_id:
            await self._end_session(tx, session.user_id, session.device_id)
        else:
            await self._end_app_token(tx, token_id)


_NOT_YOURS = 400, {"error": "invalid_scope", "error_description": "Only administrators can allow this."}
_GONE = 400, {"error": "invalid_grant", "error_description": "The account or the session ended."}


def _decided(decide: Callable[[], Any]) -> Answer:
    """Let the library decide; it refuses to put some texts into its errors, which is a refusal too."""
    try:
        status, body = decide()
    except ValueError:
        return 400, {"error": "invalid_request", "error_description": "The request is malformed."}
    # The library says 400 where the app named itself in the body; Mastodon's apps expect 401 everywhere.
    return (401 if body.get("error") == "invalid_client" else status), dict(body)


def _answer(issued: Issued, scope: str, now_ms: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "access_token": issued.access_token,
        "scope": scope,
        "created_at": now_ms // 1000,
    }
    if issued.refresh_token is not None and issued.expires_in_ms is not None:
        answer |= {"refresh_token": issued.refresh_token, "expires_in": issued.expires_in_ms // 1000}
    return answer


def _basic_client(authorization: str) -> str:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
