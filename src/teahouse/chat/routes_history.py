"""Routes that read a room: history, one event, context, state, members, relations, threads, an event by time."""

import re
from typing import Annotated, Any

from litestar import get
from litestar.di import Provide
from litestar.params import QueryParameter

from teahouse.chat import history, members, relations
from teahouse.chat.event_filter import RoomEventFilter, compile_room_event_filter
from teahouse.chat.history import PageRequest
from teahouse.chat.relations import ChildrenPage, ChildrenRequest
from teahouse.chat.service import Chat
from teahouse.errors import InvalidParam, MissingParam
from teahouse.kernel.http import FastRequest, Scope, fast_route, parse_object, signed_in

JsonObject = dict[str, Any]
ROOM = "/_matrix/client/v3/rooms/{room_id:str}"
ROOM_V1 = "/_matrix/client/v1/rooms/{room_id:str}"

Since = Annotated[str | None, QueryParameter(name="from")]
Until = Annotated[str | None, QueryParameter(name="to")]
Filter = Annotated[str | None, QueryParameter(name="filter")]
Way = Annotated[str, QueryParameter(name="dir")]


async def get_room_events(request: FastRequest) -> bytes:
    """Give a page of a room's history (client-server API, `GET /rooms/{roomId}/messages`)."""
    query = request.query()
    if "dir" not in query:
        raise MissingParam("The parameter 'dir' is missing")
    page = PageRequest(
        room_id=request.path_params["room_id"],
        forwards=_forwards(query["dir"]),
        since=query.get("from") or None,
        until=query.get("to") or None,
        limit=_limit(_integer(query.get("limit")), 10),
        wanted=_filter(query.get("filter")),
    )
    return await history.read_page(request.caller, request.services.chat, page)


MESSAGES_QUERY: dict[str, JsonObject] = {
    "dir": {"enum": ["b", "f"]},
    "from": {"type": "string"},
    "to": {"type": "string"},
    "limit": {"type": "integer", "minimum": 0},
    "filter": {"type": "string"},
}


@get(ROOM + "/event/{event_id:str}", guards=[signed_in])
async def get_one_room_event(caller: Scope, chat: Chat, room_id: str, event_id: str) -> JsonObject:
    """Give one event (client-server API, `GET /rooms/{roomId}/event/{eventId}`)."""
    return await history.read_event(caller, chat, room_id, event_id)


@get(ROOM + "/context/{event_id:str}", guards=[signed_in])
async def get_event_context(
    caller: Scope,
    chat: Chat,
    room_id: str,
    event_id: str,
    limit: int | None = None,
    wanted: Filter = None,
) -> JsonObject:
    """Give an event and what surrounds it (client-server API, `GET /rooms/{roomId}/context/{eventId}`)."""
    most = min(_limit(limit, 10), history.MOST_EVENTS)
    return await history.read_context(caller, chat, room_id, event_id, most, _filter(wanted))


@get(ROOM_V1 + "/timestamp_to_event", guards=[signed_in])
async def get_event_by_timestamp(caller: Scope, chat: Chat, room_id: str, ts: int, way: Way) -> JsonObject:
    """Give the event nearest to a time (client-server API, `GET /rooms/{roomId}/timestamp_to_event`)."""
    if not -(2**53) < ts < 2**53:
        raise InvalidParam("ts must lie within -(2^53-1) and 2^53-1")
    return await history.event_at_time(caller, chat, room_id, ts, forwards=_forwards(way))


@get(ROOM + "/state", guards=[signed_in])
async def get_room_state(caller: Scope, chat: Chat, room_id: str) -> list[JsonObject]:
    """Give a room's state (client-server API, `GET /rooms/{roomId}/state`)."""
    return await members.read_state(caller, chat, room_id)


@get([ROOM + "/state/{event_type:str}", ROOM + "/state/{event_type:str}/{state_key:str}"], guards=[signed_in])
async def get_room_state_with_key(
    caller: Scope,
    chat: Chat,
    room_id: str,
    event_type: str,
    state_key: str | None = None,
    shape: Annotated[str | None, QueryParameter(name="format")] = None,
) -> JsonObject:
    """Give one piece of state (client-server API, `GET /rooms/{roomId}/state/{eventType}/{stateKey}`)."""
    if shape not in (None, "content", "event"):
        raise InvalidParam("format must be 'content' or 'event'")
    return await members.read_state_event(
        caller, chat, room_id, event_type, state_key or "", whole=shape == "event"
    )


@get(ROOM + "/members", guards=[signed_in])
async def get_members_by_room(
    caller: Scope,
    chat: Chat,
    room_id: str,
    at: str | None = None,
    membership: str | None = None,
    not_membership: str | None = None,
) -> JsonObject:
    """List a room's members (client-server API, `GET /rooms/{roomId}/members`)."""
    chunk = await members.read_members(caller, chat, room_id, at or None, membership, not_membership)
    return {"chunk": chunk}


@get(ROOM + "/joined_members", guards=[signed_in])
async def get_joined_members_by_room(caller: Scope, chat: Chat, room_id: str) -> JsonObject:
    """Give who is in a room (client-server API, `GET /rooms/{roomId}/joined_members`)."""
    return {"joined": await members.joined_members(caller, chat, room_id)}


@get("/_matrix/client/v1/mutual_rooms", guards=[signed_in])
async def get_mutual_rooms(caller: Scope, chat: Chat, user_id: str, since: Since = None) -> JsonObject:
    """List the rooms one shares with somebody (client-server API, `GET /mutual_rooms`)."""
    return await members.mutual_rooms(caller, chat, user_id, since or None)


def give_children_page(
    way: Annotated[str | None, QueryParameter(name="dir")] = None,
    since: Since = None,
    until: Until = None,
    limit: int | None = None,
    recurse: bool | None = None,
) -> ChildrenPage:
    """Read which page of an event's children is asked for; raises InvalidParam."""
    return ChildrenPage(_forwards(way or "b"), since or None, until or None, _limit(limit, None), recurse)


@get(
    [
        ROOM_V1 + "/relations/{event_id:str}",
        ROOM_V1 + "/relations/{event_id:str}/{rel_type:str}",
        ROOM_V1 + "/relations/{event_id:str}/{rel_type:str}/{event_type:str}",
    ],
    guards=[signed_in],
    dependencies={"page": Provide(give_children_page, sync_to_thread=False)},
)
async def get_relating_events(
    caller: Scope,
    chat: Chat,
    room_id: str,
    event_id: str,
    page: ChildrenPage,
    rel_type: str | None = None,
    event_type: str | None = None,
) -> JsonObject:
    """List the events that relate to one (client-server API, `GET /rooms/{roomId}/relations/{eventId}`)."""
    asked = ChildrenRequest(room_id, event_id, rel_type, event_type, page)
    return await relations.read_children(caller, chat, asked)


@get(ROOM_V1 + "/threads", guards=[signed_in])
async def get_thread_roots(
    caller: Scope,
    chat: Chat,
    room_id: str,
    include: str = "all",
    limit: int | None = None,
    since: Since = None,
) -> JsonObject:
    """List a room's threads (client-server API, `GET /rooms/{roomId}/threads`)."""
    if include not in ("all", "participated"):
        raise InvalidParam("include must be 'all' or 'participated'")
    if limit is not None and limit < 1:
        raise InvalidParam("limit must be above 0")
    return await relations.read_threads(
        caller, chat, room_id, since or None, limit, participated=include == "participated"
    )


def _forwards(way: str) -> bool:
    if way not in ("b", "f"):
        raise InvalidParam("dir must be 'b' or 'f'")
    return way == "f"


def _integer(text: str | None) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise InvalidParam("limit must be a number")
    return int(text)


def _limit(limit: int | None, default: Any) -> Any:
    if limit is None:
        return default
    if limit < 0:
        raise InvalidParam("limit must not be below 0")
    return limit


def _filter(text: str | None) -> RoomEventFilter:
    if not text:
        return RoomEventFilter()
    return compile_room_event_filter(parse_object(text.encode()))


ROUTES: list[Any] = [
    fast_route("GET", ROOM + "/messages", get_room_events, MESSAGES_QUERY),
    get_one_room_event,
    get_event_context,
    get_event_by_timestamp,
    get_room_state,
    get_room_state_with_key,
    get_members_by_room,
    get_joined_members_by_room,
    get_mutual_rooms,
    get_relating_events,
    get_thread_roots,
]
