"""The sliding sync endpoints, on raw routes like the classic one."""

from typing import Any

from teahouse.kernel.http import FastRequest, fast_route
from teahouse.sync.routes import renew_presence
from teahouse.sync.sliding.asking import SlidingAsk
from teahouse.sync.sliding.decode import read_stable, read_unstable
from teahouse.sync.sliding.service import SlidingSync


async def simplified_sliding_sync(request: FastRequest) -> bytes:
    """Answer a sliding sync in the form that apps send today (MSC4186 before it was accepted)."""
    newest = request.services.sync.db.doorbell.position
    return await _answer(request, *read_unstable(request, await request.json(), newest))


async def sliding_sync(request: FastRequest) -> bytes:
    """Answer a sliding sync in its accepted form (MSC4186)."""
    newest = request.services.sync.db.doorbell.position
    return await _answer(request, *read_stable(request, await request.json(), newest))


async def _answer(request: FastRequest, ask: SlidingAsk, presence: str) -> bytes:
    sync = request.services.sync
    sliding: SlidingSync = request.services.sliding
    ask.ignored = await sync.accounts.ignored_users(request.caller.user_id)
    await renew_presence(sync, request.caller.user_id, presence)
    return await sliding.answer(ask)


QUERY: dict[str, dict[str, Any]] = {
    "pos": {"type": "string"},
    "timeout": {"type": "integer", "minimum": 0},
    "set_presence": {"enum": ["online", "offline", "unavailable"]},
}
UNSTABLE = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"

ROUTES = [
    fast_route("POST", UNSTABLE, simplified_sliding_sync, QUERY, polls=True),
    fast_route("POST", "/_matrix/client/v4/sync", sliding_sync, polls=True),
]
