"""User-interactive authentication: stages, sessions, and what they are bound to.

A session belongs to one user (or nobody, for registration), one route and one body; it is used up by the
request that completes it. Only a hash of its id is stored, and the id keys the mac that pins the body, so that
a copy of the database allows neither to go on with a session nor to guess the passwords in its body.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from teahouse.accounts import store_uia as store
from teahouse.accounts import store_users
from teahouse.accounts.guessing import GuessLimits
from teahouse.accounts.login import Login, named_user
from teahouse.accounts.store_uia import UiaSession
from teahouse.clock import Clock
from teahouse.errors import BadJson, Forbidden, InteractiveAuth, MissingParam
from teahouse.ids import ServerName
from teahouse.kernel.http import JsonObject
from teahouse.kernel.storage import Database, Tx

DUMMY = "m.login.dummy"
OAUTH = "m.oauth"
# COMPAT(apps that know the stage by the proposal's name)
RESET_KEYS = "org.matrix.cross_signing_reset"
PASSWORD = "m.login.password"  # noqa: S105 (the name of a stage)
REGISTRATION_TOKEN = "m.login.registration_token"  # noqa: S105
LIFETIME_MS = 30 * 60 * 1000

_MOST_SESSION_CHARS = 200


@dataclass(frozen=True, slots=True)
class UiaRequest:
    """A request that needs stages: which route, whose, with which body (without `auth`), by which flows.

    `user_id` is empty when nobody is signed in. Fields named in `secret_fields` are never stored.
    """

    route: str
    body: JsonObject
    auth: Any
    flows: Sequence[Sequence[str]]
    user_id: str = ""
    address: str = ""
    secret_fields: frozenset[str] = frozenset({"password", "new_password"})
    params: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passed:
    """All stages are done: the pinned body, and the registration token that one stage took."""

    body: JsonObject
    registration_token: str | None = None


@dataclass(frozen=True, slots=True)
class _Progress:
    """A session as one request sees it; without an id it was not begun yet."""

    request: UiaRequest
    session_id: str | None = None
    completed: list[str] = field(default_factory=list)
    registration_token: str | None = None


class Uia:
    """Lets a request through when one of its flows is complete, else says what is missing."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        server_name: ServerName,
        login: Login,
        guesses: GuessLimits,
        take_approval: Callable[[str, str], Awaitable[bool]],
    ) -> None:
        self._db = db
        self._clock = clock
        self._server_name = server_name
        self._login = login
        self._guesses = guesses
        self._take_approval = take_approval
        self._stages: dict[str, Callable[[UiaRequest], Awaitable[str | None]]] = {
            DUMMY: _dummy,
            PASSWORD: self._password,
            REGISTRATION_TOKEN: self._registration_token,
            OAUTH: self._approved,
            RESET_KEYS: self._approved,
        }

    async def require(self, request: UiaRequest) -> Passed:
        """Give the request's body once all stages of one flow are completed.

        Raises InteractiveAuth with what is left to do, Forbidden for a session of another user, route or body,
        LimitExceeded for too many wrong tries.
        """
        if request.auth is not None and not isinstance(request.auth, dict):
            raise BadJson("auth must be an object")
        auth: JsonObject = request.auth or {}
        progress = await self._find(request, auth.get("session"))
        if progress is None:
            raise await self._challenge(_Progress(request), error="This session is unknown or expired")
        stage = auth.get("type")
        if stage is None:
            raise await self._challenge(progress)
        progress = await self._try_stage(progress, stage)
        return await self._finish(progress)

    async def _try_stage(self, progress: _Progress, stage: Any) -> _Progress:
        request = progress.request
        if not isinstance(stage, str) or all(stage not in flow for flow in request.flows):
            raise await self._challenge(progress, error="This stage is not offered", errcode="M_UNRECOGNIZED")
        if stage in progress.completed:
            return progress
        try:
            taken = await self._stages[stage](request)
        except Forbidden as error:
            raise await self._challenge(progress, error=error.message, errcode=error.errcode) from error
        return replace(
            progress,
            completed=[*progress.completed, stage],
            registration_token=taken or progress.registration_token,
        )

    async def _finish(self, progress: _Progress) -> Passed:
        if not any(set(flow) <= set(progress.completed) for flow in progress.request.flows):
            raise await self._challenge(progress)
        session_id = progress.session_id
        if session_id is not None and not await self._db.write(
            lambda tx: store.delete_session(tx, _hash(session_id))
        ):
            raise Forbidden("This session was used already")
        return Passed(progress.request.body, progress.registration_token)

    async def _find(self, request: UiaRequest, session_id: Any) -> _Progress | None:
        """Give the progress of the named session; None when it is unknown."""
        if session_id is None:
            return _Progress(request)
        if not isinstance(session_id, str) or len(session_id) > _MOST_SESSION_CHARS:
            raise BadJson("auth.session must be a short text")
        found = await self._db.read(
            lambda tx: store.find_session(tx, _hash(session_id), self._clock.now_ms())
        )
        if found is None:
            return None
        if (found.user_id, found.route) != (request.user_id, request.route):
            raise Forbidden("This session was begun for another request")
        if not request.body and found.body != "{}":
            # COMPAT(old clients): later stages may send nothing but auth; secrets have to be sent again.
            request = replace(request, body=orjson.loads(found.body))
        elif not self._is_pinned(found, session_id, request):
            raise Forbidden("The request changed since this session began")
        return _Progress(request, session_id, found.completed, found.registration_token)

    def _is_pinned(self, found: UiaSession, session_id: str, request: UiaRequest) -> bool:
        if not request.user_id and hmac.compare_digest(found.body_mac, _mac(session_id, {})):
            return True  # COMPAT(Element): an empty first request only asks which flows registration has.
        return hmac.compare_digest(found.body_mac, _mac(session_id, request.body))

    async def _challenge(
        self, progress: _Progress, *, error: str | None = None, errcode: str = "M_UNKNOWN"
    ) -> InteractiveAuth:
        """Keep the progress and give the 401 that says what is left."""
        session_id = await self._keep(progress)
        fields: dict[str, Any] = {
            "flows": [{"stages": list(flow)} for flow in progress.request.flows],
            "params": progress.request.params,
            "session": session_id,
            "completed": progress.completed,
        }
        challenge = InteractiveAuth("More authentication is needed", **fields)
        if error is not None:
            challenge.fields |= {"errcode": errcode, "error": error}
        return challenge

    async def _keep(self, progress: _Progress) -> str:
        request = progress.request
        known = progress.session_id
        if known is not None:
            await self._db.write(
                lambda tx: store.update_session(
                    tx, _hash(known), progress.completed, progress.registration_token
                )
            )
            return known
        session_id = secrets.token_urlsafe(24)
        shown = {name: value for name, value in request.body.items() if name not in request.secret_fields}
        session = UiaSession(
            request.user_id,
            request.route,
            _canonical(shown).decode(),
            _mac(session_id, request.body),
            progress.completed,
            progress.registration_token,
        )
        now = self._clock.now_ms()
        await self._db.write(
            lambda tx: store.insert_session(tx, _hash(session_id), session, now + LIFETIME_MS, now)
        )
        return session_id

    async def _password(self, request: UiaRequest) -> None:
        password = request.auth.get("password")
        if not isinstance(password, str):
            raise MissingParam("auth lacks the password")
        named = named_user(request.auth.get("identifier"), request.auth.get("user"), self._server_name)
        if named != request.user_id:
            raise Forbidden("The stage must name the user who is signed in")
        await self._login.check_password(named, password, request.address)

    async def _approved(self, request: UiaRequest) -> None:
        """The person allowed it on the account pages, a moment ago and for once."""
        if not await self._take_approval(request.user_id, RESET_KEYS):
            raise Forbidden("Approve this on the account page first, then try again")

    async def _registration_token(self, request: UiaRequest) -> str:
        token = request.auth.get("token")
        if not isinstance(token, str):
            raise MissingParam("auth lacks the registration token")
        now = self._clock.now_ms()

        async def job(tx: Tx) -> bool:
            found = await store_users.find_registration_token(tx, token, now)
            return found is not None and found.is_valid(now)

        self._guesses.begin("registration token " + request.address, request.address)
        if not await self._db.read(job):
            raise Forbidden("The registration token is unknown, used up or expired")
        self._guesses.succeeded("registration token " + request.address, request.address)
        return token


async def _dummy(_: UiaRequest) -> None:
    return None


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _canonical(body: JsonObject) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def _mac(session_id: str, body: JsonObject) -> str:
    return hmac.new(session_id.encode(), _canonical(body), hashlib.sha256).hexdigest()
