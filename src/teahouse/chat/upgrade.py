"""Upgrading a room: a successor of another version, a tombstone, and all that moves over.

Owns what is copied and in which order (specification, "Room upgrades"): state that describes the room, its
children if it is a space, bans, aliases and the directory's entry. The members follow by themselves.
"""

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from teahouse.chat import store_rooms
from teahouse.chat.aliases import CANONICAL
from teahouse.chat.auth_rules import check_event_auth
from teahouse.chat.create_room import State, append_state, begin_room, known_version, new_room_id
from teahouse.chat.directory_entries import publish, unpublish
from teahouse.chat.event_format import EventDraft
from teahouse.chat.power_levels import PowerLevels, creators_of
from teahouse.chat.profiles import member_profile
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.chat.room_versions import RoomVersion
from teahouse.chat.service import Chat
from teahouse.chat.successor import take_settings_along
from teahouse.errors import Forbidden, InvalidParam
from teahouse.ids import is_user_id
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

LEVELS = "m.room.power_levels"
TOMBSTONE = "m.room.tombstone"
_EVENTS_A_JOB = 40
_MOVED = (
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
    "m.room.name",
    "m.room.topic",
    "m.room.avatar",
    "m.room.encryption",
    "m.room.server_acl",
    "m.room.related_groups",
    "m.room.policy",
)
_MOVED_BY_KEY = ("m.space.child", "m.space.parent")


class UpgradeRequest(msgspec.Struct):
    """The body of `POST /rooms/{roomId}/upgrade`."""

    new_version: str
    additional_creators: list[str] = []


async def upgrade_room(scope: Scope, chat: Chat, room_id: str, request: UpgradeRequest) -> str:
    """Replace a room by a successor and give that one's id.

    Raises InvalidParam (M_UNSUPPORTED_ROOM_VERSION and others), NotFound, and Forbidden for whoever may not send
    the tombstone; nothing is changed then.
    """
    chat.limiter.check("room_creation", scope.user_id)
    version = known_version(chat, request.new_version)
    if not all(is_user_id(user_id) for user_id in request.additional_creators):
        raise InvalidParam("additional_creators must be a list of user ids")
    creators = [user for user in dict.fromkeys(request.additional_creators) if user != scope.user_id]

    async def job(tx: Tx) -> tuple[str, list[State]]:
        old = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        _check_may_upgrade(old, scope.user_id)
        new = await _begin_successor(chat, tx, old, version, scope.user_id, creators)
        profile = await member_profile(chat, tx, scope.user_id)
        levels, final_levels = _moved_levels(old, new, scope.user_id)
        first: list[State] = [
            (MEMBER, scope.user_id, {"membership": "join", **profile}),
            (LEVELS, "", levels),
            *_moved_state(old),
        ]
        await append_state(chat, tx, new, scope.user_id, first)
        await _move_names(chat, tx, old, new, scope.user_id)
        later: list[State] = [*_moved_by_key(old), *_bans(old, new, scope.user_id)]
        if final_levels is not None:
            later.append((LEVELS, "", final_levels))
        await append_state(chat, tx, new, scope.user_id, later[:_EVENTS_A_JOB])
        await _close(chat, tx, old, scope.user_id)
        await take_settings_along(chat, tx, new, scope.user_id)
        return new.room_id, later[_EVENTS_A_JOB:]

    new_id, later = await chat.db.write(job)
    await _append_later(chat, new_id, scope.user_id, later)
    return new_id


def _check_may_upgrade(old: RoomDraft, user_id: str) -> None:
    draft = EventDraft(
        room_id=old.room_id, sender=user_id, type=TOMBSTONE, content={}, state_key="",
        prev_events=(old.last_event_id,),
    )  # fmt: skip
    check_event_auth(old.version, draft, old)


async def _begin_successor(
    chat: Chat, tx: Tx, old: RoomDraft, version: RoomVersion, user_id: str, creators: Sequence[str]
) -> RoomDraft:
    """Make the new room, which names the old one, and the tombstone, which names the new one.

    Up to version 11 the create event names the tombstone, so that comes first; from 12 on the new room has its id
    only from its create event.
    """
    create = old.content("m.room.create")
    content: JsonObject = {key: create[key] for key in ("type", "m.federate") if key in create}
    content["room_version"] = version.id
    if version.create_names_creator:
        content["creator"] = user_id
    if version.creators_above_all and creators:
        content["additional_creators"] = list(creators)
    content["predecessor"] = {"room_id": old.room_id}
    if not version.predecessor_names_event:
        new = await begin_room(chat, tx, version, user_id, content)
        await _append_tombstone(chat, tx, old, user_id, new.room_id)
        return new
    new_id = new_room_id(chat)
    content["predecessor"]["event_id"] = await _append_tombstone(chat, tx, old, user_id, new_id)
    return await begin_room(chat, tx, version, user_id, content, room_id=new_id)


async def _append_tombstone(chat: Chat, tx: Tx, old: RoomDraft, user_id: str, new_id: str) -> str:
    content = {"body": "This room has been replaced", "replacement_room": new_id}
    draft = EventDraft(room_id=old.room_id, sender=user_id, type=TOMBSTONE, content=content, state_key="")
    return (await chat.sender.append(tx, old, draft)).event_id


def _moved_levels(old: RoomDraft, new: RoomDraft, user_id: str) -> tuple[JsonObject, JsonObject | None]:
    """Give the new room's first power levels and, where the upgrader must first have more, those to end with."""
    content = old.content(LEVELS)
    users, events = dict(content.get("users", {})), dict(content.get("events", {}))
    if old.version.creators_above_all:
        # There they stood above every level; here only a number can say so.
        top = max([100, *users.values(), *events.values()])
        users |= dict.fromkeys(creators_of(old.version, old.get("m.room.create", "")), top)
    if new.version.creators_above_all:
        for creator in creators_of(new.version, new.get("m.room.create", "")):
            users.pop(creator, None)
        floor = max(new.version.tombstone_level, content.get("state_default", 50) + 1)
        events[TOMBSTONE] = max(events.get(TOMBSTONE, 0), floor)
        return {**content, "users": users, "events": events}, None
    final = {**content, "users": users, "events": events}
    needed = max([100, *events.values(), *(final.get(key, 50) for key in ("state_default", "ban", "kick"))])
    if users.get(user_id, final.get("users_default", 0)) >= needed:
        return final, None
    return {**final, "users": {**users, user_id: needed}}, final


def _moved_state(old: RoomDraft) -> list[State]:
    moved = [(kind, old.get(kind, "")) for kind in _MOVED]
    return [(kind, "", event.content) for kind, event in moved if event is not None]


def _moved_by_key(old: RoomDraft) -> list[State]:
    """List what a space holds, and what holds the room; entries that were taken back have no servers."""
    events = {**old.room.state, **old.changed}
    return [
        (kind, key, event.content)
        for (kind, key), event in events.items()
        if kind in _MOVED_BY_KEY and event.content.get("via")
    ]


def _bans(old: RoomDraft, new: RoomDraft, user_id: str) -> list[State]:
    """List the bans; whoever has as much power as the upgrader can't be banned, and so can't be here either."""
    levels = PowerLevels(new.version, new)
    mine = levels.user_level(user_id)
    members = {
        **old.room.members,
        **{key: event for (kind, key), event in old.changed.items() if kind == MEMBER},
    }
    return [
        (MEMBER, banned, event.content)
        for banned, event in members.items()
        if event.membership == "ban" and levels.user_level(banned) < mine
    ]


async def _move_names(chat: Chat, tx: Tx, old: RoomDraft, new: RoomDraft, user_id: str) -> None:
    """Let the aliases and the directory lead to the new room."""
    await store_rooms.move_aliases(tx, old.room_id, new.room_id)
    canonical = await _still_true(tx, new.room_id, old.content(CANONICAL))
    if canonical:
        await append_state(chat, tx, new, user_id, [(CANONICAL, "", canonical)])
        with contextlib.suppress(Forbidden):
            await append_state(chat, tx, old, user_id, [(CANONICAL, "", {})])
    if await store_rooms.is_public(tx, old.room_id):
        await unpublish(tx, old.room_id)
        await publish(tx, new)


async def _still_true(tx: Tx, room_id: str, canonical: JsonObject) -> JsonObject:
    """Give a canonical alias's content without the aliases that do not lead to the room."""
    true = await store_rooms.aliases_of(tx, room_id)
    kept: JsonObject = {}
    if canonical.get("alias") in true:
        kept["alias"] = canonical["alias"]
    others = canonical.get("alt_aliases")
    if isinstance(others, list) and any(alias in true for alias in others):
        kept["alt_aliases"] = [alias for alias in others if alias in true]
    return kept


async def _close(chat: Chat, tx: Tx, old: RoomDraft, user_id: str) -> None:
    """Let only moderators speak and invite in the old room, as far as the upgrader may decide that."""
    content = old.content(LEVELS)
    quiet = max(50, content.get("users_default", 0) + 1)
    closed = {key: max(quiet, content.get(key, 0)) for key in ("events_default", "invite")}
    with contextlib.suppress(Forbidden, InvalidParam):
        await append_state(chat, tx, old, user_id, [(LEVELS, "", {**content, **closed})])


async def _append_later(chat: Chat, room_id: str, user_id: str, events: Sequence[State]) -> None:
    for start in range(0, len(events), _EVENTS_A_JOB):
        chunk = events[start : start + _EVENTS_A_JOB]

        async def job(tx: Tx, chunk: Sequence[State] = chunk) -> None:
            await append_state(chat, tx, await chat.rooms.draft(tx, room_id), user_id, chunk)

        await chat.db.write(job)
