"""Aliases: human names of rooms on this server, and who may give and take them.

Owns the directory of aliases and the check of `m.room.canonical_alias` (specification, "Room aliases").
"""

from teahouse.chat import store_rooms
from teahouse.chat.service import Chat
from teahouse.errors import Conflict, InvalidParam, NotFound
from teahouse.ids import RoomAlias, is_room_alias, parse_room_alias, parse_room_id, server_of
from teahouse.kernel.storage import Tx


def local_alias(chat: Chat, localpart: str) -> RoomAlias:
    """Give the alias of this name on this server; raises InvalidParam when it can't be one."""
    alias = f"#{localpart}:{chat.server_name}"
    if not localpart or ":" in localpart or any(c.isspace() for c in localpart) or not is_room_alias(alias):
        raise InvalidParam("A room alias may hold neither spaces nor colons and at most 255 bytes")
    return alias


async def claim_alias(chat: Chat, tx: Tx, alias: str, room_id: str, user_id: str) -> None:
    """Let an alias name a room inside a write job; raises Conflict (M_ROOM_IN_USE) when it is taken."""
    if not await store_rooms.insert_alias(tx, alias, room_id, user_id, chat.clock.now_ms()):
        raise Conflict("This room alias is taken", errcode="M_ROOM_IN_USE")


async def find_room(chat: Chat, id_or_alias: str) -> str:
    """Give the room that an id or alias names; raises InvalidParam for neither and NotFound for no alias of ours.

    An id is taken as it is: whether the room exists shows later.
    """
    if not id_or_alias.startswith("#"):
        return parse_room_id(id_or_alias)
    alias = parse_room_alias(id_or_alias)
    if server_of(alias) != chat.server_name:
        raise NotFound("This server can't look up aliases of other servers")
    room_id = await chat.db.read(lambda tx: store_rooms.room_of_alias(tx, alias))
    if room_id is None:
        raise NotFound("No room has this alias")
    return room_id
