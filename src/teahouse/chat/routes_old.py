"""Endpoints of before /sync, deprecated for years and used by no app we know: refused in the protocol's words."""

from typing import Any

from litestar import get

from teahouse.errors import Unrecognized
from teahouse.kernel.http import signed_in

JsonObject = dict[str, Any]
V3 = "/_matrix/client/v3"
GONE = "This endpoint is deprecated and not served here: use /sync"


@get(V3 + "/events", guards=[signed_in])
async def get_events() -> JsonObject:
    """Refuse the old stream of events (client-server API, `GET /events`)."""
    raise Unrecognized(GONE)


@get(V3 + "/events/{event_id:str}", guards=[signed_in])
async def get_one_event() -> JsonObject:
    """Refuse the old way to one event (client-server API, `GET /events/{eventId}`)."""
    raise Unrecognized(GONE)


@get(V3 + "/initialSync", guards=[signed_in])
async def initial_sync() -> JsonObject:
    """Refuse the old initial sync (client-server API, `GET /initialSync`)."""
    raise Unrecognized(GONE)


@get(V3 + "/rooms/{room_id:str}/initialSync", guards=[signed_in])
async def room_initial_sync() -> JsonObject:
    """Refuse the old initial sync of a room (client-server API, `GET /rooms/{roomId}/initialSync`)."""
    raise Unrecognized(GONE)


ROUTES: list[Any] = [get_events, get_one_event, initial_sync, room_initial_sync]
