"""Builds what sync says of one joined room, as bytes: most readers of a message share most of them."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from teahouse.chat import (
    Chat,
    Room,
    StateEvent,
    StoredEvent,
    events_by_ids,
    federation_events,
    room_token,
    state_json,
)
from teahouse.kernel.storage import Tx
from teahouse.push import Unread
from teahouse.sync.room_state import Key, changes_between, full_state, member_events
from teahouse.sync.sessions import Membership
from teahouse.sync.timeline import RoomTimeline, room_timeline, timeline_json
from teahouse.sync.view import View

HEROES = 5
SUMMARY_TYPES = ("m.room.member", "m.room.name", "m.room.canonical_alias")


@dataclass(slots=True)
class RoomUpdate:
    """What a request knows of one joined room before it is built: `after` is None for a whole room."""

    room: Room
    member: Membership
    after: int | None
    events: bool = True
    ephemeral: list[dict[str, Any]] = field(default_factory=list)
    account_data: list[dict[str, Any]] = field(default_factory=list)
    unread: Unread | None = None


async def joined_room_json(
    chat: Chat, view: View, update: RoomUpdate, upto: int, sent: set[str] | None
) -> bytes | None:
    """Give the room's section, or None when nothing of it is to be told.

    `sent` holds the members that this device already got in the room (lazy loading); it is added to.
    """
    room, joined = update.room, update.member.joined_position or 0
    after = update.after if update.after is not None else 0
    line = RoomTimeline([], False, after)
    state: dict[Key, StateEvent] = {}
    if update.events:
        line = await room_timeline(chat, view, room, after, upto, joined_position=joined)
        state = await _state(chat, view, update, line, upto, sent)
    quiet = not line.events and not state and not line.limited
    silent = quiet and not update.ephemeral and not update.account_data and update.unread is None
    if update.after is not None and silent:
        return None
    events = await timeline_json(chat, view, room, line.events, joined)
    return _encode(view, update, line, events, state, await _state_json(chat, view, state))


async def _state_json(chat: Chat, view: View, state: dict[Key, StateEvent]) -> list[bytes]:
    if not view.as_federation:
        return [state_json(event) for event in state.values()]

    async def job(tx: Tx) -> list[dict[str, Any]]:
        events = await events_by_ids(tx, [event.event_id for event in state.values()])
        return await federation_events(chat, tx, view.scope, list(events.values()))

    return list(map(orjson.dumps, await chat.db.read(job)))


async def _state(
    chat: Chat, view: View, update: RoomUpdate, line: RoomTimeline, upto: int, sent: set[str] | None
) -> dict[Key, StateEvent]:
    room, db = update.room, chat.db
    point = upto if view.state_after else line.start
    senders = {event.sender for event in line.events}
    if update.after is None or view.full_state:
        wanted = senders | {view.scope.user_id, *heroes_of(room, view.scope.user_id)} if view.lazy else None
        state = await full_state(db, room, point, wanted)
        if sent is not None and wanted is not None:
            sent |= wanted
    else:
        state = await changes_between(db, room, update.after, point) if point > update.after else {}
    if not view.state_after and view.filters_timeline:
        shown = {event.event_id for event in line.events}
        changed = await changes_between(db, room, line.start, upto)
        state.update({key: event for key, event in changed.items() if event.event_id not in shown})
    if view.lazy and sent is not None and update.after is not None and not view.full_state:
        known = sent | senders
        state = {key: event for key, event in state.items() if key[0] != "m.room.member" or key[1] in known}
        missing = senders if view.redundant else senders - sent
        if missing:
            state = {**await member_events(db, room, point, missing), **state}
            sent |= missing
    return _filtered(view, state)


def _filtered(view: View, state: dict[Key, StateEvent]) -> dict[Key, StateEvent]:
    wanted = view.filter.room.state
    if wanted.allows_everything:
        return state
    return {key: event for key, event in state.items() if wanted.allows(event)}


def _encode(
    view: View,
    update: RoomUpdate,
    line: RoomTimeline,
    events: list[bytes],
    state: dict[Key, StateEvent],
    states: list[bytes],
) -> bytes:
    parts = [
        b'{"timeline":{"events":[',
        b",".join(view.trim(events)),
        b'],"limited":true,' if line.limited else b'],"limited":false,',
        b'"prev_batch":"%b"},' % room_token(line.start).encode(),
        b'"%b":{"events":[' % view.state_name.encode(),
        b",".join(view.trim(states)),
        b"]}",
    ]
    if update.ephemeral:
        parts.append(b',"ephemeral":' + orjson.dumps({"events": update.ephemeral}))
    else:
        parts.append(b',"ephemeral":{"events":[]}')
    if update.account_data:
        parts.append(b',"account_data":' + orjson.dumps({"events": update.account_data}))
    else:
        parts.append(b',"account_data":{"events":[]}')
    if update.after is None or _changes_summary(line.events, state):
        parts.append(b',"summary":' + summary_json(update.room, view.scope.user_id))
    if update.unread is not None:
        parts.append(
            unread_json(update.unread, threads=view.filter.room.timeline.unread_thread_notifications)
        )
    parts.append(b"}")
    return b"".join(parts)


def _changes_summary(events: list[StoredEvent], state: dict[Key, StateEvent]) -> bool:
    return any(event.type in SUMMARY_TYPES and event.state_key is not None for event in events) or any(
        key[0] in SUMMARY_TYPES for key in state
    )


def heroes_of(room: Room, user_id: str) -> list[str]:
    """Give up to five others by whom an unnamed room can be called: joined or invited, else those who left."""
    if _text(room, "m.room.name", "name") or _text(room, "m.room.canonical_alias", "alias"):
        return []
    here: list[str] = []
    for member_id, event in room.members.items():
        if member_id != user_id and event.membership in ("join", "invite"):
            here.append(member_id)
            if len(here) == HEROES:
                return here
    if here:
        return here
    gone = (m for m, event in room.members.items() if m != user_id and event.membership in ("leave", "ban"))
    return [member_id for _, member_id in zip(range(HEROES), gone, strict=False)]


def _text(room: Room, event_type: str, key: str) -> bool:
    value = room.content(event_type).get(key)
    return isinstance(value, str) and bool(value)


def summary_json(room: Room, user_id: str) -> bytes:
    """Give the room's summary: counts, and heroes when it has no name."""
    summary: dict[str, Any] = {
        "m.joined_member_count": len(room.joined),
        "m.invited_member_count": room.invited_count,
        "m.heroes": heroes_of(room, user_id),
    }
    return orjson.dumps(summary)


def unread_json(unread: Unread, *, threads: bool) -> bytes:
    """Give the unread counts: with `threads`, each thread's apart; else all of them in one."""
    notify, highlight = unread.notify, unread.highlight
    if not threads:
        notify += sum(count for count, _ in unread.threads.values())
        highlight += sum(count for _, count in unread.threads.values())
    text = b',"unread_notifications":{"notification_count":%d,"highlight_count":%d}' % (notify, highlight)
    if threads:
        by_thread = {
            root: {"notification_count": count, "highlight_count": loud}
            for root, (count, loud) in unread.threads.items()
        }
        text += b',"unread_thread_notifications":' + orjson.dumps(by_thread)
    return text
