"""The newest events of a room after a position: from memory when it reaches back, else from the database."""

from dataclasses import dataclass
from typing import Any

import orjson

from teahouse.chat import (
    Chat,
    Room,
    StoredEvent,
    events_before,
    federation_events,
    joined_json,
    readable_events,
    related_among,
    show_events,
)
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.sync.room_state import reaches_back
from teahouse.sync.view import View

PAGE = 100
MOST_PAGES = 20


@dataclass(slots=True)
class RoomTimeline:
    """The events to show, oldest first; `start` is the position just before the first of them."""

    events: list[StoredEvent]
    limited: bool
    start: int


async def room_timeline(
    chat: Chat, view: View, room: Room, after: int, upto: int, *, joined_position: int
) -> RoomTimeline:
    """Give the newest readable events of `room` in (after, upto] that the view's timeline filter allows."""
    limit = view.timeline_limit
    if limit == 0 or view.filter.room.timeline.allows_nothing:
        return RoomTimeline([], room.last_position > after, upto)
    events = [event for event in room.recent if after < event.position <= upto]
    found: list[StoredEvent] = []
    complete = reaches_back(room, after)
    for _ in range(MOST_PAGES):
        readable = await _readable(chat, view, room, events, joined_position)
        found = [*await _wanted(chat, view, readable), *found]
        hidden = len(readable) < len(events)
        if len(found) > limit or hidden:
            found = found[-limit:]
            return RoomTimeline(found, True, found[0].position - 1 if found else upto)
        if complete:
            return RoomTimeline(found, False, after)
        before = events[0].position if events else upto + 1
        page = await chat.db.read(lambda tx, b=before: events_before(tx, room.room_id, b, PAGE))  # type: ignore[misc]
        events = [event for event in reversed(page) if event.position > after]
        complete = len(events) < PAGE
    return RoomTimeline(found, True, found[0].position - 1 if found else upto)


async def _readable(
    chat: Chat, view: View, room: Room, events: list[StoredEvent], joined_position: int
) -> list[StoredEvent]:
    """Keep the events after the last one that the reader may not see; all since his present stay began he may.

    A timeline with a hole would let an older state event undo a hidden newer one, so it begins after the hole.
    """
    if not events or events[0].position >= joined_position:
        return events
    user_id = view.scope.user_id
    allowed = await chat.db.read(lambda tx: readable_events(tx, user_id, room.room_id, events))
    seen = {event.position for event in allowed}
    hole = max((event.position for event in events if event.position not in seen), default=0)
    return [event for event in events if event.position > hole]


async def _wanted(chat: Chat, view: View, events: list[StoredEvent]) -> list[StoredEvent]:
    if not view.filters_timeline:
        return events
    shown = [event for event in events if view.shows_in_timeline(event)]
    if not shown or not view.filter.room.timeline.asks_relations:
        return shown
    return await chat.db.read(lambda tx: with_relations(tx, view, shown))


async def with_relations(tx: Tx, view: View, events: list[StoredEvent]) -> list[StoredEvent]:
    """Keep the events to which others relate as the timeline's filter asks, all of them if it asks nothing."""
    wanted = view.filter.room.timeline
    if not events or not wanted.asks_relations:
        return events
    related = await related_among(tx, [event.event_id for event in events], wanted)
    return [event for event in events if event.event_id in related]


async def timeline_json(
    chat: Chat, view: View, room: Room, events: list[StoredEvent], joined_position: int
) -> list[bytes]:
    """Serialise the events for this reader: shared bytes for the plain ones, else made for him."""
    scope = view.scope
    if view.as_federation:
        return list(
            map(orjson.dumps, await chat.db.read(lambda tx: federation_events(chat, tx, scope, events)))
        )
    if all(_is_plain(scope, room, event, joined_position) for event in events):
        return [joined_json(event) for event in events]

    async def job(tx: Tx) -> list[dict[str, Any]]:
        return await show_events(tx, scope, events)

    shown = await chat.db.read(job)
    for event in shown:
        event.pop("room_id", None)
    return [orjson.dumps(event) for event in shown]


def _is_plain(scope: Scope, room: Room, event: StoredEvent, joined_position: int) -> bool:
    """Say whether every member reads the same bytes of this event."""
    if event.redacted_by is not None or event.position < joined_position:
        return False
    if event.sender == scope.user_id and event.txn_id is not None and event.device_id == scope.device_id:
        return False
    return event.position > room.recent_floor and event.event_id not in room.related
