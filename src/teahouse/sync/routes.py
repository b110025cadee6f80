"""GET /_matrix/client/v3/sync, on a raw route: it carries nearly all traffic of a server."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from teahouse.chat import SyncFilter, compile_filter
from teahouse.errors import InvalidParam
from teahouse.kernel.http import FastRequest, fast_route, parse_object
from teahouse.sync.ask import Ask
from teahouse.sync.view import View, is_plain_filter

if TYPE_CHECKING:
    from teahouse.sync.service import Sync

MOST_TIMEOUT_MS = 120_000
STATE_AFTER = {
    "use_state_after": "state_after",
    "org.matrix.msc4222.use_state_after": "org.matrix.msc4222.state_after",
}

Known = tuple[SyncFilter, bool]
"""A compiled filter, and whether it is plain."""


def _known(definition: object) -> Known:
    compiled = compile_filter(definition)
    return compiled, is_plain_filter(compiled)


@dataclass(frozen=True, slots=True)
class Wish:
    """All that a query asks for; `since` only where it was written in an unusual way."""

    view: View
    timeout_s: float
    presence: str
    since: str


AMPERSAND = ord("&")
MOST_WISHES = 20_000
LONGEST_KEPT = 1024
_wishes: dict[tuple[int, bytes], Wish] = {}

_DEFAULT = _known({})
_inline: LRUCache[str, Known] = LRUCache(1000)
_stored: LRUCache[tuple[str, str], Known] = LRUCache(20_000)


async def sync(request: FastRequest) -> bytes:
    """Answer a sync (client-server API, "Syncing")."""
    service: Sync = request.services.sync
    caller = request.caller
    rest, since = split_since(request.query_string)
    ignored = await service.accounts.ignored_users(caller.user_id)
    wish = _wishes.get((caller.token_id, rest))
    if wish is None or wish.view.scope is not caller or wish.view.ignored is not ignored:
        wish = await _read_wish(request, rest, ignored)
    since = since or wish.since
    token = service.tokens.read(since, service.db.doorbell.position) if since else None
    timeout_s = wish.timeout_s
    if wish.view.full_state or token is None:
        request.services.limiter.check("initial_sync", caller.user_id)
        timeout_s = 0.0
    if service.accounts.presence.enabled:
        await renew_presence(service, caller.user_id, wish.presence)
    return await service.answer(Ask(wish.view, token, timeout_s, request.token))


def split_since(query: bytes) -> tuple[bytes, str]:
    """Take a plainly written `since` out of a query string; an unusual one stays in the rest."""
    start = query.find(b"since=")
    if start < 0 or (start and query[start - 1] != AMPERSAND) or b"since=" in query[start + 6 :]:
        return query, ""
    value, _, behind = query[start + 6 :].partition(b"&")
    if not value.isascii() or b"%" in value or b"+" in value:
        return query, ""
    return query[:start] + behind, value.decode("ascii")


async def _read_wish(request: FastRequest, rest: bytes, ignored: frozenset[str]) -> Wish:
    """Read all of a query but its since token, and keep that for the device's next poll, which asks for the same."""
    query = request.query(rest)
    compiled, is_plain = await _filter(request, query.get("filter"))
    view = View(
        request.caller,
        compiled,
        ignored,
        full_state=_flag(query, "full_state"),
        state_name=_state_name(query),
        plain_filter=is_plain,
    )
    presence = _presence(query.get("set_presence", "online"))
    wish = Wish(view, _milliseconds(query.get("timeout")) / 1000, presence, query.get("since", ""))
    if len(rest) <= LONGEST_KEPT and not wish.since:
        if len(_wishes) >= MOST_WISHES:
            _wishes.clear()
        _wishes[request.caller.token_id, rest] = wish
    return wish


async def renew_presence(service: "Sync", user_id: str, state: str) -> None:
    """Show the user as online while he syncs, or as he asks; raises InvalidParam for an unknown state."""
    if _presence(state) != "offline" and service.accounts.presence.enabled:
        await service.accounts.presence.seen(user_id, "online" if state == "online" else "unavailable")


def _presence(state: str) -> str:
    if state not in ("online", "offline", "unavailable"):
        raise InvalidParam("set_presence must be online, offline or unavailable")
    return state


async def _filter(request: FastRequest, text: str | None) -> Known:
    """Read the filter parameter: inline JSON, or the id of a stored filter."""
    if not text:
        return _DEFAULT
    if not text.startswith("{"):
        return await _stored_filter(request, text)
    known = _inline.get(text)
    if known is None:
        known = _known(parse_object(text.encode()))
        if len(text) < 4096:
            _inline[text] = known
    return known


async def _stored_filter(request: FastRequest, filter_id: str) -> Known:
    """Give a stored filter; one that was stored never changes, so its compiled form is kept."""
    user_id = request.caller.user_id
    known = _stored.get((user_id, filter_id))
    if known is None:
        known = _known(await request.services.accounts.get_filter(user_id, filter_id))
        _stored[(user_id, filter_id)] = known
    return known


def _state_name(query: dict[str, str]) -> str:
    # COMPAT(matrix-js-sdk, 43): it asks by the name from before the specification and reads only that one.
    for name, section in STATE_AFTER.items():
        if name in query and _flag(query, name):
            return section
    return "state"


def _flag(query: dict[str, str], name: str) -> bool:
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise InvalidParam(f"{name} must be true or false")
    return value == "true"


def _milliseconds(text: str | None) -> int:
    if text is None or text == "":
        return 0
    if not text.isascii() or not text.isdigit():
        raise InvalidParam("timeout must be a number of milliseconds, 0 or more")
    return min(int(text[:15]), MOST_TIMEOUT_MS)


QUERY: dict[str, dict[str, Any]] = {
    "filter": {"type": "string"},
    "since": {"type": "string"},
    "full_state": {"type": "boolean"},
    "set_presence": {"enum": ["online", "offline", "unavailable"]},
    "timeout": {"type": "integer", "minimum": 0},
    "use_state_after": {"type": "boolean"},
}

ROUTES = [fast_route("GET", "/_matrix/client/v3/sync", sync, QUERY, polls=True)]
