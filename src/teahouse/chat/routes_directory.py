"""Routes by which rooms are found: aliases, the public directory, summaries and spaces."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post, put
from litestar.params import QueryParameter

from teahouse.chat import aliases, directory, spaces, summary
from teahouse.chat.service import Chat
from teahouse.errors import InvalidParam
from teahouse.ids import parse_room_alias, parse_room_id
from teahouse.kernel.http import Scope, maybe_signed_in, open_to_all, signed_in

JsonObject = dict[str, Any]
_ALIAS = "/_matrix/client/v3/directory/room/{room_alias:str}"
_VISIBILITY = "/_matrix/client/v3/directory/list/room/{room_id:str}"
_PUBLIC_ROOMS = "/_matrix/client/v3/publicRooms"
_SUMMARY_PATHS = [
    "/_matrix/client/v1/room_summary/{room_id_or_alias:str}",
    "/_matrix/client/unstable/im.nheko.summary/summary/{room_id_or_alias:str}",
    "/_matrix/client/unstable/im.nheko.summary/rooms/{room_id_or_alias:str}/summary",
]


class AliasRequest(msgspec.Struct):
    """The body of `PUT /directory/room/{roomAlias}`."""

    room_id: str


class VisibilityRequest(msgspec.Struct):
    """The body of `PUT /directory/list/room/{roomId}`."""

    visibility: Literal["public", "private"] = "public"


class RoomsFilter(msgspec.Struct):
    """What `POST /publicRooms` looks for."""

    generic_search_term: str | None = None
    room_types: list[str | None] | None = None


class PublicRoomsRequest(msgspec.Struct):
    """The body of `POST /publicRooms`."""

    limit: int | None = None
    since: str | None = None
    filter: RoomsFilter | None = None
    include_all_networks: bool = False
    third_party_instance_id: str | None = None


@get(_ALIAS, guards=[open_to_all])
async def get_room_id_by_alias(chat: Chat, room_alias: str) -> JsonObject:
    """Find a room by its alias (client-server API, `GET /directory/room/{roomAlias}`)."""
    room_id = await aliases.find_room(chat, parse_room_alias(room_alias))
    return {"room_id": room_id, "servers": [chat.server_name]}


@put(_ALIAS, guards=[signed_in])
async def set_room_alias(caller: Scope, chat: Chat, room_alias: str, data: AliasRequest) -> JsonObject:
    """Name a room (client-server API, `PUT /directory/room/{roomAlias}`)."""
    await aliases.set_alias(caller, chat, room_alias, data.room_id)
    return {}


@delete(_ALIAS, guards=[signed_in], status_code=200)
async def delete_room_alias(caller: Scope, chat: Chat, room_alias: str) -> JsonObject:
    """Take a name away (client-server API, `DELETE /directory/room/{roomAlias}`)."""
    await aliases.delete_alias(caller, chat, room_alias)
    return {}


@get("/_matrix/client/v3/rooms/{room_id:str}/aliases", guards=[signed_in])
async def get_local_aliases(caller: Scope, chat: Chat, room_id: str) -> JsonObject:
    """List a room's names (client-server API, `GET /rooms/{roomId}/aliases`)."""
    return {"aliases": await aliases.aliases_of(caller, chat, parse_room_id(room_id))}


@get(_VISIBILITY, guards=[open_to_all])
async def get_room_visibility_on_directory(chat: Chat, room_id: str) -> JsonObject:
    """Say whether a room is published (client-server API, `GET /directory/list/room/{roomId}`)."""
    return {"visibility": await directory.visibility_of(chat, room_id)}


@put(_VISIBILITY, guards=[signed_in])
async def set_room_visibility_on_directory(
    caller: Scope, chat: Chat, room_id: str, data: VisibilityRequest
) -> JsonObject:
    """Publish a room or hide it (client-server API, `PUT /directory/list/room/{roomId}`)."""
    await directory.set_visibility(caller, chat, room_id, data.visibility)
    return {}


@get(_PUBLIC_ROOMS, guards=[maybe_signed_in])
async def get_public_rooms(
    maybe_caller: Scope | None,
    chat: Chat,
    limit: int | None = None,
    since: str | None = None,
    server: str | None = None,
) -> JsonObject:
    """List the published rooms (client-server API, `GET /publicRooms`)."""
    chat.limiter.check("directory_search", maybe_caller.user_id if maybe_caller else "")
    return await directory.public_rooms(chat, limit=limit, since=since, server=server)


@post(_PUBLIC_ROOMS, guards=[signed_in], status_code=200)
async def query_public_rooms(
    caller: Scope, chat: Chat, data: PublicRoomsRequest, server: str | None = None
) -> JsonObject:
    """Search the published rooms (client-server API, `POST /publicRooms`)."""
    chat.limiter.check("directory_search", caller.user_id)
    if data.third_party_instance_id is not None:
        if data.include_all_networks:
            raise InvalidParam("third_party_instance_id and include_all_networks exclude each other")
        return {"chunk": [], "total_room_count_estimate": 0}
    wanted = data.filter or RoomsFilter()
    return await directory.public_rooms(
        chat,
        limit=data.limit,
        since=data.since,
        server=server,
        search=wanted.generic_search_term,
        room_types=wanted.room_types,
    )


@get("/_matrix/client/v1/rooms/{room_id:str}/hierarchy", guards=[signed_in])
async def get_space_hierarchy(
    caller: Scope,
    chat: Chat,
    room_id: str,
    suggested_only: bool = False,
    limit: int | None = None,
    max_depth: int | None = None,
    start: Annotated[str | None, QueryParameter(name="from")] = None,
) -> JsonObject:
    """Walk through a space (client-server API, `GET /rooms/{roomId}/hierarchy`)."""
    walk = spaces.Walk(room_id, suggested_only, max_depth)
    return await spaces.hierarchy(caller, chat, walk, limit=limit, token=start)


@get(_SUMMARY_PATHS, guards=[maybe_signed_in])
async def get_room_summary(maybe_caller: Scope | None, chat: Chat, room_id_or_alias: str) -> JsonObject:
    """Summarise a room (client-server API, `GET /room_summary/{roomIdOrAlias}`)."""
    return await summary.room_summary(maybe_caller, chat, room_id_or_alias)


ROUTES: list[Any] = [
    get_room_id_by_alias,
    set_room_alias,
    delete_room_alias,
    get_local_aliases,
    get_room_visibility_on_directory,
    set_room_visibility_on_directory,
    get_public_rooms,
    query_public_rooms,
    get_space_hierarchy,
    get_room_summary,
]
