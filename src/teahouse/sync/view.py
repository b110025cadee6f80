"""What a client asked for: its filter and options in the few yes-or-no forms that building an answer needs."""

from typing import NamedTuple

import orjson

from teahouse.chat import StoredEvent, SyncFilter, keep_fields
from teahouse.kernel.http import Scope


class View(NamedTuple):
    """One reader's view: his filter, ignored users and options."""

    scope: Scope
    filter: SyncFilter
    ignored: frozenset[str]
    full_state: bool
    state_name: str
    """What the client calls the state it asked for: `state_after`, under either of its names, or `state`."""
    plain_filter: bool = False
    """Whether the filter leaves nothing out and changes nothing: see `is_plain_filter`."""

    @property
    def state_after(self) -> bool:
        """Say whether the state is wanted as it is after the timeline, not before it."""
        return self.state_name != "state"

    @property
    def is_plain(self) -> bool:
        """Say whether nothing of this view leaves events out or changes how they look."""
        return self.plain_filter and not self.ignored and not self.full_state

    @property
    def timeline_limit(self) -> int:
        return self.filter.room.timeline.limit

    @property
    def filters_timeline(self) -> bool:
        """Say whether any event may be left out of timelines."""
        wanted = self.filter.room.timeline
        by_room = wanted.rooms is not None or wanted.not_rooms is not None
        return bool(self.ignored) or by_room or not wanted.allows_everything

    def shows_in_timeline(self, event: StoredEvent) -> bool:
        """Say whether the reader wants this event in a timeline; ignored people's state still shows."""
        if event.sender in self.ignored and event.state_key is None:
            return False
        wanted = self.filter.room.timeline
        return wanted.allows_room(event.room_id) and wanted.allows(event)

    @property
    def as_federation(self) -> bool:
        """Say whether events are wanted in the form that servers exchange."""
        return self.filter.event_format == "federation"

    @property
    def lazy(self) -> bool:
        return self.filter.room.state.lazy_load_members

    @property
    def redundant(self) -> bool:
        return self.filter.room.state.include_redundant_members

    def trim(self, events: list[bytes]) -> list[bytes]:
        """Keep only the fields that the filter's `event_fields` names, if it names any."""
        fields = self.filter.event_fields
        if fields is None:
            return events
        return [orjson.dumps(keep_fields(orjson.loads(event), fields)) for event in events]


def is_plain_filter(definition: SyncFilter) -> bool:
    """Say whether a filter shows every event of every joined room whole; limits and lazy members aside."""
    room, line = definition.room, definition.room.timeline
    by_room = (room.rooms, room.not_rooms, line.rooms, line.not_rooms) != (None, None, None, None)
    as_ever = definition.event_fields is None and definition.event_format == "client"
    return as_ever and not by_room and line.allows_everything and line.limit > 0
