"""Who is or was in a room, and a room's state as its reader may see it.

Members and public rooms' visitors see today's state, from memory; whoever left sees what held when they left.
"""

from collections.abc import Iterable
from typing import Any

from teahouse.chat import store, store_access, store_history
from teahouse.chat.access import FOREVER, RoomView, enter_room
from teahouse.chat.records import StoredEvent
from teahouse.chat.service import Chat
from teahouse.chat.show import show_events
from teahouse.chat.tokens import parse_room_token
from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.ids import parse_room_id, parse_user_id
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

MOST_ROOMS = 100
MEMBERSHIPS = ("join", "invite", "knock", "leave", "ban")


async def read_state(scope: Scope, chat: Chat, room_id: str) -> list[JsonObject]:
    """Give the room's state as the caller may see it; raises Forbidden."""

    async def job(tx: Tx) -> list[JsonObject]:
        view = await enter_for_state(tx, scope, room_id)
        state = await store.state_at(tx, room_id, until_of(view))
        return await show_events(tx, scope, state, views={room_id: view}, bundled=False)

    return await chat.db.read(job)


async def read_state_event(
    scope: Scope, chat: Chat, room_id: str, event_type: str, state_key: str, *, whole: bool
) -> JsonObject:
    """Give the content of one piece of state, or the whole event; raises Forbidden and NotFound."""
    room = await chat.rooms.find(room_id)
    if room is not None and not whole and room.membership(scope.user_id) == "join":
        current = room.get(event_type, state_key)
        if current is None:
            raise NotFound("The room has no such state")
        return current.content

    async def job(tx: Tx) -> JsonObject:
        view = await enter_for_state(tx, scope, room_id)
        event = await store.state_event_at(tx, room_id, event_type, state_key, until_of(view))
        if event is None:
            raise NotFound("The room has no such state")
        if not whole:
            return event.content
        return (await show_events(tx, scope, [event], views={room_id: view}, bundled=False))[0]

    return await chat.db.read(job)


async def read_members(
    scope: Scope, chat: Chat, room_id: str, at: str | None, membership: str | None, not_membership: str | None
) -> list[JsonObject]:
    """Give the member events of a room now, or at a token; raises Forbidden, and InvalidParam for bad filters."""
    for named in (membership, not_membership):
        if named is not None and named not in MEMBERSHIPS:
            raise InvalidParam("membership must be join, invite, knock, leave or ban")
    position = FOREVER if at is None else parse_room_token(at, chat.db.doorbell.position)

    async def job(tx: Tx) -> list[JsonObject]:
        view = await enter_for_state(tx, scope, room_id)
        members = await store_history.members_at(tx, room_id, _readable_point(view, position))
        chosen = _chosen(members, membership, not_membership)
        return await show_events(tx, scope, chosen, views={room_id: view}, bundled=False)

    return await chat.db.read(job)


async def joined_members(scope: Scope, chat: Chat, room_id: str) -> JsonObject:
    """Give the profiles of those who are in the room; raises Forbidden unless the caller is."""
    room = await chat.rooms.find(room_id)
    if room is None or scope.user_id not in room.joined:
        raise Forbidden("You are not in this room")
    return {user_id: _profile(room.members[user_id].content) for user_id in room.joined}


def _profile(content: JsonObject) -> JsonObject:
    named = {"display_name": content.get("displayname"), "avatar_url": content.get("avatar_url")}
    return {key: value for key, value in named.items() if isinstance(value, str)}


async def mutual_rooms(scope: Scope, chat: Chat, user_id: str, since: str | None) -> JsonObject:
    """List the rooms that the caller and somebody else are both in; raises InvalidParam for oneself."""
    other = parse_user_id(user_id)
    if other == scope.user_id:
        raise InvalidParam("Everybody shares all rooms with themselves")
    after = "" if since is None else parse_room_id(since)

    async def job(tx: Tx) -> tuple[list[str], int]:
        return await store_access.mutual_rooms(tx, scope.user_id, other, after, MOST_ROOMS + 1)

    rooms, count = await chat.db.read(job)
    answer: JsonObject = {"joined": rooms[:MOST_ROOMS], "count": count}
    if len(rooms) > MOST_ROOMS:
        answer["next_batch"] = rooms[MOST_ROOMS - 1]
    return answer


async def enter_for_state(tx: Tx, scope: Scope, room_id: str) -> RoomView:
    """Give the caller's view of a room whose state he may read at some point; raises Forbidden."""
    view = await enter_room(tx, scope.user_id, room_id)
    if view.state_until is None:
        raise Forbidden("You are not in this room")
    return view


def until_of(view: RoomView) -> int:
    """Give the last position whose state the reader may see."""
    return view.state_until or 0


def _readable_point(view: RoomView, position: int) -> int:
    """Move a point to where the reader may look: not after the leave, not before the first thing he may see."""
    position = min(position, until_of(view))
    if view.may_see(position):
        return position
    later = [low for low, _ in view.ranges if low > position]
    return min(later[0], until_of(view)) if later else position


def _chosen(
    members: Iterable[StoredEvent], membership: str | None, not_membership: str | None
) -> list[StoredEvent]:
    if membership is None and not_membership is None:
        return list(members)
    return [
        event
        for event in members
        if (now := event.as_state().membership) == membership
        or (not_membership is not None and now != not_membership)
    ]
