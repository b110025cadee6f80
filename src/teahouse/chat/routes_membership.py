"""Routes by which people enter rooms, leave them, and are invited, removed and banned."""

from typing import Any

import msgspec
from litestar import post

from teahouse.chat import invites, membership
from teahouse.chat.aliases import find_room
from teahouse.chat.service import Chat
from teahouse.kernel.http import FastRequest, Scope, fast_route, parse_object, signed_in

JsonObject = dict[str, Any]
_ROOM = "/_matrix/client/v3/rooms/{room_id:str}"


class JoinRequest(msgspec.Struct):
    """The body of both ways to join."""

    reason: str | None = None
    third_party_signed: JsonObject | None = None


class ReasonRequest(msgspec.Struct):
    """A body that may give a reason."""

    reason: str | None = None


class TargetRequest(msgspec.Struct):
    """A body that names a user and may give a reason."""

    user_id: str
    reason: str | None = None


class InviteRequest(msgspec.Struct):
    """The body of an invite: a user of this server, or a third-party address, which is refused."""

    user_id: str | None = None
    reason: str | None = None
    id_server: str | None = None
    id_access_token: str | None = None
    medium: str | None = None
    address: str | None = None


async def join_room(request: FastRequest) -> JsonObject:
    """Join by id or alias (client-server API, `POST /join/{roomIdOrAlias}`)."""
    chat: Chat = request.services.chat
    return await _join(request, await find_room(chat, request.path_params["room_id_or_alias"]))


async def join_room_by_id(request: FastRequest) -> JsonObject:
    """Join by id (client-server API, `POST /rooms/{roomId}/join`)."""
    return await _join(request, request.path_params["room_id"])


async def _join(request: FastRequest, room_id: str) -> JsonObject:
    body = parse_object(await request.body(), empty_is_object=True)
    data = msgspec.convert(body, JoinRequest)
    chat: Chat = request.services.chat
    joined = await membership.join_room(
        request.caller, chat, room_id, reason=data.reason, signed=data.third_party_signed, extra=body
    )
    return {"room_id": joined}


@post("/_matrix/client/v3/knock/{room_id_or_alias:str}", guards=[signed_in], status_code=200)
async def knock_room(caller: Scope, chat: Chat, room_id_or_alias: str, data: ReasonRequest) -> JsonObject:
    """Ask to be let in (client-server API, `POST /knock/{roomIdOrAlias}`)."""
    room_id = await find_room(chat, room_id_or_alias)
    return {"room_id": await membership.knock_on_room(caller, chat, room_id, data.reason)}


@post(_ROOM + "/invite", guards=[signed_in], status_code=200)
async def invite_user(caller: Scope, chat: Chat, room_id: str, data: InviteRequest) -> JsonObject:
    """Invite somebody (client-server API, `POST /rooms/{roomId}/invite`)."""
    if data.user_id is None:
        invites.refuse_third_party(data.medium, data.address)
    await invites.invite_user(caller, chat, room_id, data.user_id, data.reason)
    return {}


@post(_ROOM + "/leave", guards=[signed_in], status_code=200)
async def leave_room(caller: Scope, chat: Chat, room_id: str, data: ReasonRequest) -> JsonObject:
    """Leave, or turn an invite down (client-server API, `POST /rooms/{roomId}/leave`)."""
    await membership.leave_room(caller, chat, room_id, data.reason)
    return {}


@post(_ROOM + "/forget", guards=[signed_in], status_code=200)
async def forget_room(caller: Scope, chat: Chat, room_id: str) -> JsonObject:
    """Hide a left room (client-server API, `POST /rooms/{roomId}/forget`)."""
    await membership.forget_room(caller, chat, room_id)
    return {}


@post(_ROOM + "/kick", guards=[signed_in], status_code=200)
async def kick(caller: Scope, chat: Chat, room_id: str, data: TargetRequest) -> JsonObject:
    """Remove somebody (client-server API, `POST /rooms/{roomId}/kick`)."""
    await membership.kick_member(caller, chat, room_id, data.user_id, data.reason)
    return {}


@post(_ROOM + "/ban", guards=[signed_in], status_code=200)
async def ban(caller: Scope, chat: Chat, room_id: str, data: TargetRequest) -> JsonObject:
    """Ban somebody (client-server API, `POST /rooms/{roomId}/ban`)."""
    await membership.ban_user(caller, chat, room_id, data.user_id, data.reason)
    return {}


@post(_ROOM + "/unban", guards=[signed_in], status_code=200)
async def unban(caller: Scope, chat: Chat, room_id: str, data: TargetRequest) -> JsonObject:
    """Lift a ban (client-server API, `POST /rooms/{roomId}/unban`)."""
    await membership.unban_user(caller, chat, room_id, data.user_id, data.reason)
    return {}


ROUTES: list[Any] = [
    # Raw routes: a group that fills up joins in a rush, and these cost half of a typed one.
    fast_route("POST", "/_matrix/client/v3/join/{room_id_or_alias:str}", join_room),
    fast_route("POST", _ROOM + "/join", join_room_by_id),
    knock_room,
    invite_user,
    leave_room,
    forget_room,
    kick,
    ban,
    unban,
]
