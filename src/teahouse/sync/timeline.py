"""The newest events of a room after a position: from memory when it reaches back, else from the database."""

from dataclasses import dataclass
from typing import Any

import orjson

from teahouse.chat import (
    Chat,
    Room,
    StoredEvent,
    events_before,
    joined_json,
    readable_events,
    show_events,
)
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.sync.room_state import reaches_back
from teahouse.sync.view import View

PAGE = 100


@dataclass(slots=True)
class RoomTimeline:
    """The events to show, oldest first; `start` is the position just before the first of them."""

    events: list[StoredEvent]
    limited: bool
    start: int


async def room_timeline(
    chat: Chat, scope: Scope, view: View, room: Room, after: int, upto: int, *, joined_position: int
) -> RoomTimeline:
    """Give the newest readable events of `room` in (after, upto] that the view's timeline filter allows."""
    limit = view.timeline_limit
    found: list[StoredEvent] = []
    start = upto
    more = False
    from_memory = [event for event in room.recent if after < event.position <= upto]
    complete = reaches_back(room, after)
    wanted = _allowed(view, await _readable(chat, scope, room, from_memory, joined_position))
    found = wanted[-limit:] if limit else []
    more = len(wanted) > len(found)
    if not more and not complete:
        before = from_memory[0].position if from_memory else upto + 1
        found, more = await _older(chat, scope, view, room, after, before, found, joined_position)
    start = found[0].position - 1 if more and found else after
    if more and not found:
        start = upto
    if not more:
        start = max(after, 0)
    return RoomTimeline(found, more, start)


async def _older(
    chat: Chat,
    scope: Scope,
    view: View,
    room: Room,
    after: int,
    before: int,
    found: list[StoredEvent],
    joined_position: int,
) -> tuple[list[StoredEvent], bool]:
    """Fill up from the database; says too whether there was more than the limit."""
    limit = view.timeline_limit
    while True:
        page = await chat.db.read(lambda tx, b=before: events_before(tx, room.room_id, b, PAGE))  # type: ignore[misc]
        page = [event for event in page if event.position > after]
        readable = await _readable(chat, scope, room, page[::-1], joined_position)
        found = [*_allowed(view, readable), *found]
        if len(found) > limit:
            return found[len(found) - limit :], True
        if len(page) < PAGE:
            return found, False
        before = page[-1].position


def _allowed(view: View, events: list[StoredEvent]) -> list[StoredEvent]:
    return [event for event in events if view.shows_in_timeline(event)] if view.filters_timeline else events


async def _readable(
    chat: Chat, scope: Scope, room: Room, events: list[StoredEvent], joined_position: int
) -> list[StoredEvent]:
    """Drop what the reader may not see; whatever came since the present stay began he may."""
    if not events or events[0].position >= joined_position:
        return events
    return await chat.db.read(lambda tx: readable_events(tx, scope.user_id, room.room_id, events))


async def timeline_json(
    chat: Chat, scope: Scope, room: Room, events: list[StoredEvent], joined_position: int
) -> list[bytes]:
    """Serialise the events for this reader: shared bytes for the plain ones, else made for him."""
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
