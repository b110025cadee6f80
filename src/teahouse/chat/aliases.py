"""Aliases: human names of rooms on this server, and who may give and take them.

Owns the directory of aliases and the check of `m.room.canonical_alias` (specification, "Room aliases").
"""

from collections.abc import Mapping
from typing import Any

from teahouse.chat import store_rooms
from teahouse.chat.event_format import EventDraft
from teahouse.chat.power_levels import PowerLevels
from teahouse.chat.room import RoomDraft
from teahouse.chat.room_cache import NOT_IN_ROOM
from teahouse.chat.service import Chat
from teahouse.errors import Conflict, Forbidden, InvalidParam, NotFound
from teahouse.ids import RoomAlias, is_room_alias, parse_room_alias, parse_room_id, server_of
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

CANONICAL = "m.room.canonical_alias"
MOST_ALIASES = 200


def local_alias(chat: Chat, localpart: str) -> RoomAlias:
    """Give the alias of this name on this server; raises InvalidParam when it can't be one."""
    alias = f"#{localpart}:{chat.server_name}"
    if not localpart or ":" in localpart or not is_room_alias(alias) or _has_space(alias):
        raise InvalidParam("A room alias may hold neither spaces nor colons and at most 255 bytes")
    return alias


def _has_space(text: str) -> bool:
    return any(character.isspace() for character in text)


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


async def set_alias(scope: Scope, chat: Chat, alias: str, room_id: str) -> None:
    """Give a room the caller is in one more alias; raises Conflict (409) for a taken one, Forbidden."""
    chat.limiter.check("message", scope.user_id)
    parsed = parse_room_alias(alias)
    if server_of(parsed) != chat.server_name or _has_space(parsed):
        raise InvalidParam(f"An alias made here must look like #name:{chat.server_name}, without spaces")
    room_id = parse_room_id(room_id)

    async def job(tx: Tx) -> None:
        await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        if len(await store_rooms.aliases_of(tx, room_id)) >= MOST_ALIASES:
            raise InvalidParam(f"A room may have at most {MOST_ALIASES} aliases")
        if not await store_rooms.insert_alias(tx, parsed, room_id, scope.user_id, chat.clock.now_ms()):
            raise Conflict("This room alias is taken", status=409)

    await chat.db.write(job)


async def delete_alias(scope: Scope, chat: Chat, alias: str) -> None:
    """Take an alias away: for who made it, members who may name the room, and server administrators.

    The room's canonical alias follows when the caller may change it. Raises NotFound and Forbidden.
    """
    parsed = parse_room_alias(alias)

    async def job(tx: Tx) -> None:
        found = await store_rooms.find_alias(tx, parsed)
        if found is None:
            raise NotFound("No room has this alias")
        room_id, creator = found
        room = await chat.rooms.draft(tx, room_id)
        may_name = _may_name(room, scope.user_id)
        if not may_name and not scope.is_admin and creator != scope.user_id:
            raise Forbidden("Only who made an alias, or who may name the room, can take it away")
        await store_rooms.delete_alias(tx, parsed)
        named = without_alias(room.content(CANONICAL), parsed)
        if may_name and named is not None:
            draft = EventDraft(
                room_id=room_id, sender=scope.user_id, type=CANONICAL, content=named, state_key=""
            )
            await chat.sender.append(tx, room, draft)

    await chat.db.write(job, frees_space=True)


def _may_name(room: RoomDraft, user_id: str) -> bool:
    levels = PowerLevels(room.version, room)
    is_strong = levels.user_level(user_id) >= levels.required(CANONICAL, True)
    return is_strong and room.membership(user_id) == "join"


def without_alias(content: Mapping[str, Any], alias: str) -> JsonObject | None:
    """Give the canonical alias's content without this alias, or None when it does not name it."""
    changed = dict(content)
    if changed.get("alias") == alias:
        del changed["alias"]
    listed = changed.get("alt_aliases")
    if isinstance(listed, list) and alias in listed:
        changed["alt_aliases"] = [other for other in listed if other != alias]
    return None if changed == content else changed


async def aliases_of(scope: Scope, chat: Chat, room_id: str) -> list[str]:
    """List a room's aliases for whoever is in it, and for all where the room is world-readable."""
    room = await chat.rooms.find(room_id)
    visibility = room.content("m.room.history_visibility").get("history_visibility") if room else None
    if room is None or (room.membership(scope.user_id) != "join" and visibility != "world_readable"):
        raise Forbidden(NOT_IN_ROOM)
    return await chat.db.read(lambda tx: store_rooms.aliases_of(tx, room_id))


async def check_canonical_alias(tx: Tx, room: RoomDraft, content: Mapping[str, Any]) -> None:
    """Raise unless every alias that this content adds to the room's canonical ones names the room.

    InvalidParam for what is no alias, and with M_BAD_ALIAS for one that names another room or none.
    """
    before = _named(room.content(CANONICAL))
    added = [alias for alias in _named(content) if alias not in before]
    for alias in added:
        if not is_room_alias(alias):
            raise InvalidParam("alias and alt_aliases must be room aliases")
    if len(added) > 100:
        raise InvalidParam("Too many aliases at once")
    for alias in added:
        if await store_rooms.room_of_alias(tx, alias) != room.room_id:
            raise InvalidParam(f"{alias} is no alias of this room", errcode="M_BAD_ALIAS")


def _named(content: Mapping[str, Any]) -> list[Any]:
    alias, others = content.get("alias"), content.get("alt_aliases")
    named = [] if alias is None or alias == "" else [alias]
    if others is None:
        return named
    return [*named, *others] if isinstance(others, list) else [*named, others]
