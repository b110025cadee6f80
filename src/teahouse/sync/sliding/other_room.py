"""What is told of rooms that the user is not in: invites, knocks, and rooms that he left or was removed from."""

from typing import Any

import orjson

from teahouse.chat import (
    Chat,
    StoredEvent,
    events_by_ids,
    readable_events,
    room_token,
    show_events,
    state_changes,
    state_json,
)
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.sync.other_rooms import invite_states, left_timeline
from teahouse.sync.sessions import Membership
from teahouse.sync.sliding.connection import Told
from teahouse.sync.sliding.joined_room import view_of
from teahouse.sync.sliding.room_result import RoomResult
from teahouse.sync.sliding.wishes import MEMBER, RoomWish


async def pending_results(
    chat: Chat, user_id: str, rooms: dict[str, Membership], dms: frozenset[str]
) -> dict[str, RoomResult]:
    """Give what to tell of rooms to which the user is invited, or on which he knocked."""
    states = await invite_states(chat, rooms, user_id)
    return {
        room_id: RoomResult(
            member.membership, initial=True, stripped=states[room_id], bump_stamp=member.position,
            is_dm=room_id in dms,
        )
        for room_id, member in rooms.items()
    }  # fmt: skip


async def left_result(
    chat: Chat,
    scope: Scope,
    ignored: frozenset[str],
    room: tuple[str, Membership, RoomWish],
    told: Told | None,
    after: int,
    live_after: int | None,
) -> RoomResult:
    """Give what to tell of a room that the user has left: what he may read of it after a position, and that he left.

    Whoever was only invited is told of his own membership and nothing else; so is who has forgotten the room.
    """
    room_id, member, wish = room
    was_in = member.joined_position is not None and (told is None or told.membership == "join")
    view = view_of(scope, ignored, wish.limit)

    async def job(tx: Tx) -> RoomResult:
        found = RoomResult(member.membership, initial=told is None, bump_stamp=member.position)
        own = (await events_by_ids(tx, [member.event_id])).get(member.event_id)
        if was_in:
            since = after if told is not None else 0
            changed = await state_changes(tx, room_id, since, member.position)
            state = await readable_events(tx, scope.user_id, room_id, changed)
            wanted = [event for event in state if wish.wants(event.type, event.state_key or "")]
            found.state = await _shown(tx, scope, [event for event in wanted if not _same(event, own)])
            events, limited = (
                await left_timeline(tx, chat, view, room_id, since, member.position)
                if wish.limit
                else ([], False)
            )
            start = events[0].position - 1 if limited and events else since
            found.timeline = await _shown(tx, scope, events)
            found.limited, found.prev_batch = limited, room_token(start)
            found.num_live = 0 if live_after is None else sum(e.position > live_after for e in events)
        if own is not None:
            # Without it an app would take the room for a joined one.
            found.state.append(state_json(own.as_state()))
        return found

    return await chat.db.read(job)


def _same(event: StoredEvent, own: StoredEvent | None) -> bool:
    return own is not None and (event.type, event.state_key) == (MEMBER, own.state_key)


async def _shown(tx: Tx, scope: Scope, events: list[StoredEvent]) -> list[bytes]:
    shown: list[dict[str, Any]] = await show_events(tx, scope, events)
    for event in shown:
        event.pop("room_id", None)
    return [orjson.dumps(event) for event in shown]
