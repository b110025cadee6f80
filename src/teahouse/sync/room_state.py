"""A room's state at a position near its end, from memory: today's state with the later changes taken back."""

from collections.abc import Iterable

from teahouse.chat import Room, StateEvent, StoredEvent, events_by_ids, state_at, state_changes
from teahouse.kernel.storage import Database

Key = tuple[str, str]


def reaches_back(room: Room, position: int) -> bool:
    """Say whether memory holds every event of the room after `position`."""
    return position >= room.recent_floor


def first_changes_after(room: Room, position: int) -> dict[Key, StoredEvent]:
    """Give, for each key that changed after `position`, the first event that changed it."""
    changes: dict[Key, StoredEvent] = {}
    for event in room.recent:
        if event.position > position and event.state_key is not None:
            changes.setdefault((event.type, event.state_key), event)
    return changes


def newest_changes(room: Room, after: int, upto: int) -> dict[Key, StoredEvent]:
    """Give, for each key that changed in (after, upto], the newest event that did; memory must reach back."""
    changes: dict[Key, StoredEvent] = {}
    for event in room.recent:
        if after < event.position <= upto and event.state_key is not None:
            changes[(event.type, event.state_key)] = event
    return changes


async def full_state(
    db: Database, room: Room, position: int, members: set[str] | None
) -> dict[Key, StateEvent]:
    """Give the whole state at `position`; `members` bounds the member events (None: all of them)."""
    if not reaches_back(room, position):
        return await _state_from_database(db, room.room_id, position, members)
    state: dict[Key, StateEvent] = dict(room.state)
    for user_id in room.members if members is None else members:
        member = room.members.get(user_id)
        if member is not None:
            state[("m.room.member", user_id)] = member
    return await _take_back(db, room, position, state)


async def member_events(
    db: Database, room: Room, position: int, user_ids: Iterable[str]
) -> dict[Key, StateEvent]:
    """Give some users' member events at `position`; those who had none are left out."""
    if not reaches_back(room, position):
        state = await _state_from_database(db, room.room_id, position, set(user_ids))
        return {key: event for key, event in state.items() if key[0] == "m.room.member"}
    found = {("m.room.member", user): room.members[user] for user in user_ids if user in room.members}
    return await _take_back(db, room, position, found)


async def _take_back(
    db: Database, room: Room, position: int, state: dict[Key, StateEvent]
) -> dict[Key, StateEvent]:
    if room.last_position <= position:
        return state
    replaced: list[str] = []
    for key, event in first_changes_after(room, position).items():
        if state.pop(key, None) is not None and event.replaces_state is not None:
            replaced.append(event.replaces_state)
    if replaced:
        events = await db.read(lambda tx: events_by_ids(tx, replaced))
        for found in events.values():
            state[(found.type, found.state_key or "")] = found.as_state()
    return state


async def _state_from_database(
    db: Database, room_id: str, position: int, members: set[str] | None
) -> dict[Key, StateEvent]:
    events = await db.read(lambda tx: state_at(tx, room_id, position))
    return {
        (event.type, event.state_key or ""): event.as_state()
        for event in events
        if members is None or event.type != "m.room.member" or event.state_key in members
    }


async def changes_between(db: Database, room: Room, after: int, upto: int) -> dict[Key, StateEvent]:
    """Give the newest state event of each key that changed in (after, upto]."""
    if reaches_back(room, after):
        changed = newest_changes(room, after, upto)
        return {key: event.as_state() for key, event in changed.items()}
    events = await db.read(lambda tx: state_changes(tx, room.room_id, after, upto))
    return {(event.type, event.state_key or ""): event.as_state() for event in events}
