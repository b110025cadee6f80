"""What sync says of rooms that the user is not in: invites, knocks, and rooms that he left."""

from typing import Any

import orjson

from teahouse.chat import (
    Chat,
    StoredEvent,
    events_before,
    federation_events,
    readable_events,
    room_token,
    show_events,
    state_changes,
    stripped_state,
    stripped_state_at,
)
from teahouse.kernel.storage import Tx
from teahouse.sync.sessions import Membership
from teahouse.sync.timeline import with_relations
from teahouse.sync.view import View

PAGE = 100
MOST_PAGES = 20


async def invite_states(chat: Chat, rooms: dict[str, Membership], user_id: str) -> dict[str, list[Any]]:
    """Give the stripped state of rooms as it was when the user was invited or knocked, by room."""

    async def job(tx: Tx) -> dict[str, list[Any]]:
        found = {}
        for room_id, member in rooms.items():
            events = await stripped_state_at(tx, room_id, member.position, (user_id, member.sender))
            found[room_id] = [stripped_state(event) for event in events]
        return found

    return await chat.db.read(job) if rooms else {}


async def left_room_json(
    chat: Chat, view: View, room_id: str, member: Membership, after: int | None
) -> bytes:
    """Give a left room's section: what the user may still read in (after, the moment he left]."""
    since = after or 0

    async def job(tx: Tx) -> bytes:
        events, limited = await left_timeline(tx, chat, view, room_id, since, member.position)
        start = events[0].position - 1 if limited and events else since
        point = member.position if view.state_after else start
        shown = {event.event_id for event in events}
        state: list[StoredEvent] = []
        if member.joined_position is not None:
            changed = await state_changes(tx, room_id, since, point)
            state = [event for event in changed if event.event_id not in shown or view.state_after]
            state = await readable_events(tx, view.scope.user_id, room_id, state)
        state = [event for event in state if view.filter.room.state.allows(event)]
        section = {
            "timeline": {
                "events": await _shown(chat, tx, view, events),
                "limited": limited,
                "prev_batch": room_token(start),
            },
            view.state_name: {"events": await _shown(chat, tx, view, state)},
            "account_data": {"events": []},
        }
        return orjson.dumps(section)

    return await chat.db.read(job)


async def left_timeline(
    tx: Tx, chat: Chat, view: View, room_id: str, after: int, upto: int
) -> tuple[list[StoredEvent], bool]:
    """Give the newest events in (after, upto] that the reader may see, and whether there are more of them."""
    limit = view.timeline_limit
    found: list[StoredEvent] = []
    before = upto + 1
    for _ in range(MOST_PAGES):
        page = await events_before(tx, room_id, before, PAGE)
        recent = [event for event in reversed(page) if event.position > after]
        readable = await readable_events(tx, view.scope.user_id, room_id, recent)
        shown = [event for event in readable if view.shows_in_timeline(event)]
        found = [*await with_relations(tx, view, shown), *found]
        if len(found) > limit:
            return found[len(found) - limit :] if limit else [], True
        if len(page) < PAGE or page[-1].position <= after:
            return found, False
        before = page[-1].position
    return found, True


async def _shown(chat: Chat, tx: Tx, view: View, events: list[StoredEvent]) -> list[dict[str, Any]]:
    if view.as_federation:
        return await federation_events(chat, tx, view.scope, events)
    shown = await show_events(tx, view.scope, events)
    for event in shown:
        event.pop("room_id", None)
    return shown
