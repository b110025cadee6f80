"""Routes that make rooms, replace them, and list one's own."""

from typing import Any

from litestar import get, post

from teahouse.chat import create_room as creation
from teahouse.chat import membership, upgrade
from teahouse.chat.create_room import CreateRoomRequest
from teahouse.chat.service import Chat
from teahouse.chat.upgrade import UpgradeRequest
from teahouse.kernel.http import Scope, signed_in

JsonObject = dict[str, Any]


@post("/_matrix/client/v3/createRoom", guards=[signed_in], status_code=200)
async def create_room(caller: Scope, chat: Chat, data: CreateRoomRequest) -> JsonObject:
    """Make a room (client-server API, `POST /createRoom`)."""
    return {"room_id": await creation.create_room(caller, chat, data)}


@get("/_matrix/client/v3/joined_rooms", guards=[signed_in])
async def get_joined_rooms(caller: Scope, chat: Chat) -> JsonObject:
    """List the rooms one is in (client-server API, `GET /joined_rooms`)."""
    return {"joined_rooms": await membership.joined_rooms(caller, chat)}


@post("/_matrix/client/v3/rooms/{room_id:str}/upgrade", guards=[signed_in], status_code=200)
async def upgrade_room(caller: Scope, chat: Chat, room_id: str, data: UpgradeRequest) -> JsonObject:
    """Replace a room by one of another version (client-server API, `POST /rooms/{roomId}/upgrade`)."""
    return {"replacement_room": await upgrade.upgrade_room(caller, chat, room_id, data)}


ROUTES: list[Any] = [create_room, get_joined_rooms, upgrade_room]
