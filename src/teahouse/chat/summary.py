"""Summaries of single rooms, and who may see a room from outside (specification, "Room summary" and "Spaces")."""

from typing import Any

from teahouse.chat import store_rooms
from teahouse.chat.aliases import find_room
from teahouse.chat.restricted import RESTRICTED, allowed_rooms
from teahouse.chat.room import Room
from teahouse.chat.room_fields import is_world_readable, join_rule, summary_of
from teahouse.chat.service import Chat
from teahouse.errors import NotFound
from teahouse.kernel.http import Scope

JsonObject = dict[str, Any]

_OPEN_RULES = ("public", "knock", "knock_restricted")


async def may_see(chat: Chat, room: Room, user_id: str | None) -> bool:
    """Say whether somebody may see the room from outside: who is in it, may enter it, knock, or read it."""
    if is_world_readable(room):
        return True
    rule = join_rule(room)
    if user_id is None:
        return rule in _OPEN_RULES
    membership = room.membership(user_id)
    if membership in ("join", "invite"):
        return True
    if membership == "ban":
        return False
    if rule in _OPEN_RULES:
        return True
    if rule not in RESTRICTED:
        return False
    allowed = allowed_rooms(room.content("m.room.join_rules"))
    return await chat.db.read(lambda tx: store_rooms.is_in_any(tx, user_id, allowed))


async def room_summary(scope: Scope | None, chat: Chat, id_or_alias: str) -> JsonObject:
    """Summarise a room for a caller, signed in or not; raises NotFound also for what the caller may not see."""
    room = await chat.rooms.find(await find_room(chat, id_or_alias))
    user_id = scope.user_id if scope else None
    if room is None or not await may_see(chat, room, user_id):
        raise NotFound("There is no such room")
    summary = summary_of(room)
    if user_id is not None and user_id in room.members:
        summary["membership"] = room.membership(user_id)
    return summary
