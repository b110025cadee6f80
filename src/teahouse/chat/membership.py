"""Joining, leaving, removing, banning and knocking: each membership that people change themselves.

Owns what these deeds check beyond the auth rules: that a repeated wish changes nothing, that only banned people
are unbanned, that a guest stays where guests may be, and that strangers can't tell a closed room from one that
does not exist. Inviting is in `invites`, vouching in `restricted`.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from teahouse.chat import store_rooms
from teahouse.chat.event_format import EventDraft
from teahouse.chat.profiles import member_profile
from teahouse.chat.restricted import vouch_for
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.chat.send import NO_ORIGIN, Origin
from teahouse.chat.service import Chat
from teahouse.chat.successor import take_settings_along
from teahouse.errors import Conflict, Forbidden, NotFound
from teahouse.ids import parse_user_id, server_of
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact

JsonObject = dict[str, Any]
MEANT = frozenset({
    "avatar_url", "displayname", "is_direct", "join_authorised_via_users_server", "membership", "reason",
    "third_party_invite", "third_party_signed",
})  # fmt: skip
NO_WAY_IN = "There is no such room, or it is not open to you"
_SORTED = orjson.OPT_SORT_KEYS


async def change_membership(
    chat: Chat,
    tx: Tx,
    room: RoomDraft,
    sender: str,
    target: str,
    content: Mapping[str, Any],
    origin: Origin = NO_ORIGIN,
) -> str:
    """Make a member event inside a write job and give its id; every membership of clients passes here.

    A wish for what the sender already made so changes nothing and gives the event that says it. Raises what the
    auth rules raise, but to strangers of a closed room what they would be told if there were none.
    """
    try:
        return await _change(chat, tx, room, sender, target, dict(content), origin)
    except Forbidden as refusal:
        raise (_as_told(room, sender, refusal) if sender == target else refusal) from None


async def room_to_enter(chat: Chat, tx: Tx, room_id: str) -> RoomDraft:
    """Give the draft of a room that the caller may know nothing of; raises Forbidden when there is none."""
    try:
        return await chat.rooms.draft(tx, room_id)
    except NotFound:
        raise Forbidden(NO_WAY_IN) from None


def _as_told(room: RoomDraft, user_id: str, refusal: Forbidden) -> Forbidden:
    """Give the refusal as this user may read it: its reason would tell a stranger that a closed room exists."""
    knows_of_it = room.get(MEMBER, user_id) is not None or refusal.errcode == "M_UNABLE_TO_GRANT_JOIN"
    if knows_of_it or room.content("m.room.join_rules").get("join_rule") == "public":
        return refusal
    return Forbidden(NO_WAY_IN)


async def _change(
    chat: Chat, tx: Tx, room: RoomDraft, sender: str, target: str, content: JsonObject, origin: Origin
) -> str:
    membership = content.get("membership")
    if membership == "invite" and server_of(target) != chat.server_name:
        raise Forbidden("This server can't invite users of other servers")
    if membership == "join" and sender == target:
        await vouch_for(tx, room, target, content)
    current = room.get(MEMBER, target)
    if current is not None and current.sender == sender and is_same(current.content, content):
        return current.event_id
    draft = EventDraft(room_id=room.room_id, sender=sender, type=MEMBER, content=content, state_key=target)
    event = await chat.sender.append(tx, room, draft, origin)
    return event.event_id


def is_same(before: JsonObject, after: JsonObject) -> bool:
    """Say whether two contents are the same to the letter; plain equality would take 1 for true."""
    return before == after and orjson.dumps(before, option=_SORTED) == orjson.dumps(after, option=_SORTED)


async def join_room(
    scope: Scope,
    chat: Chat,
    room_id: str,
    *,
    reason: str | None = None,
    signed: object = None,
    extra: Mapping[str, Any] | None = None,
) -> str:
    """Join a room and give its id; joining where one already is changes nothing.

    What `extra` holds besides goes into the member event, unless the specification gives it a meaning there.

    Raises Forbidden by the room's rules (specification, "Joining rooms"), and for an unknown room.
    """
    chat.limiter.check("join", scope.user_id)
    if signed is not None:
        raise Forbidden("This server takes no third-party invitations")

    async def job(tx: Tx) -> None:
        room = await room_to_enter(chat, tx, room_id)
        if room.membership(scope.user_id) == "join":
            return
        if scope.is_guest and room.content("m.room.guest_access").get("guest_access") != "can_join":
            raise _as_told(
                room,
                scope.user_id,
                Forbidden("This room takes no guests", errcode="M_GUEST_ACCESS_FORBIDDEN"),
            )
        content = {name: value for name, value in (extra or {}).items() if name not in MEANT}
        content |= _content("join", reason, await member_profile(chat, tx, scope.user_id))
        await change_membership(chat, tx, room, scope.user_id, scope.user_id, content)
        await take_settings_along(chat, tx, room, scope.user_id)

    await chat.db.write(job)
    return room_id


async def knock_on_room(scope: Scope, chat: Chat, room_id: str, reason: str | None = None) -> str:
    """Ask to be let into a room and give its id; raises Forbidden, for an unknown room too."""
    chat.limiter.check("join", scope.user_id)

    async def job(tx: Tx) -> None:
        room = await room_to_enter(chat, tx, room_id)
        content = _content("knock", reason, await member_profile(chat, tx, scope.user_id))
        await change_membership(chat, tx, room, scope.user_id, scope.user_id, content)

    await chat.db.write(job)
    return room_id


async def leave_room(scope: Scope, chat: Chat, room_id: str, reason: str | None = None) -> None:
    """Leave a room, or turn down its invite, or take a knock back; having left already is fine too.

    Raises Forbidden, in the same words, for an unknown room and for one that the caller was never in.
    """

    async def job(tx: Tx) -> None:
        room = await room_to_enter(chat, tx, room_id)
        member = room.get(MEMBER, scope.user_id)
        if member is not None and member.membership == "leave":
            return
        await change_membership(chat, tx, room, scope.user_id, scope.user_id, _content("leave", reason))

    await chat.db.write(job)


async def forget_room(scope: Scope, chat: Chat, room_id: str) -> None:
    """Hide a room that was left; raises Conflict (M_UNKNOWN) while the caller has not left it, and NotFound."""

    async def job(tx: Tx) -> None:
        membership = await store_rooms.membership_of(tx, scope.user_id, room_id)
        if membership is None:
            raise NotFound("You were never in this room")
        if membership not in ("leave", "ban"):
            raise Conflict("Leave the room before you forget it", errcode="M_UNKNOWN")
        await store_rooms.forget(tx, scope.user_id, room_id)
        tx.announce(Fact(tx.next_position(), "forgotten", room_id, scope.user_id))

    await chat.db.write(job)


async def kick_member(scope: Scope, chat: Chat, room_id: str, user_id: str, reason: str | None) -> None:
    """Remove somebody who is in the room, invited or knocking; raises Forbidden."""
    target = parse_user_id(user_id)

    async def job(tx: Tx) -> None:
        room = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        if room.membership(target) not in ("join", "invite", "knock"):
            raise Forbidden("This user is not in the room")
        await change_membership(chat, tx, room, scope.user_id, target, _content("leave", reason))

    await chat.db.write(job)


async def ban_user(scope: Scope, chat: Chat, room_id: str, user_id: str, reason: str | None) -> None:
    """Ban somebody, in the room or not; raises Forbidden."""
    target = parse_user_id(user_id)

    async def job(tx: Tx) -> None:
        room = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        await change_membership(chat, tx, room, scope.user_id, target, _content("ban", reason))

    await chat.db.write(job)


async def unban_user(scope: Scope, chat: Chat, room_id: str, user_id: str, reason: str | None) -> None:
    """Lift a ban; raises Forbidden (M_BAD_STATE when there is no ban)."""
    target = parse_user_id(user_id)

    async def job(tx: Tx) -> None:
        room = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        if room.membership(target) != "ban":
            raise Forbidden("This user is not banned", errcode="M_BAD_STATE")
        await change_membership(chat, tx, room, scope.user_id, target, _content("leave", reason))

    await chat.db.write(job)


async def joined_rooms(scope: Scope, chat: Chat) -> list[str]:
    """List the rooms that the caller is in."""
    return await chat.db.read(lambda tx: store_rooms.joined_rooms_of(tx, scope.user_id))


def _content(membership: str, reason: str | None, profile: Mapping[str, Any] | None = None) -> JsonObject:
    content: JsonObject = {"membership": membership, **(profile or {})}
    if reason is not None:
        content["reason"] = reason
    return content
