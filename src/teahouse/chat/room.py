"""A room in memory: its current state, its members and its newest events, and the draft of a batch of writes.

`Room` shows only what is committed. `RoomDraft` lies over it while a batch is written: later jobs of the batch
see the earlier ones, a job that fails takes its own part back, and nothing reaches `Room` before the commit.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from teahouse.chat.records import StateEvent, StoredEvent
from teahouse.chat.room_versions import RoomVersion

RECENT_EVENTS = 64
MEMBER = "m.room.member"
BUMP_TYPES = frozenset(
    {
        "m.room.create", "m.room.message", "m.room.encrypted", "m.sticker", "m.call.invite", "m.poll.start",
        "org.matrix.msc3381.poll.start", "m.beacon_info", "org.matrix.msc3672.beacon_info",
    }
)  # fmt: skip
"""The events that move a room up in a list of rooms (MSC4186): what people say, not what is arranged."""


@dataclass(eq=False)
class Room:
    """A room as committed up to `last_position`."""

    room_id: str
    version: RoomVersion
    creator: str
    last_event_id: str
    last_position: int
    depth: int
    notify_total: int
    highlight_total: int
    bump_position: int = 0
    """The position of the newest event of BUMP_TYPES."""
    state: dict[tuple[str, str], StateEvent] = field(default_factory=dict)
    members: dict[str, StateEvent] = field(default_factory=dict)
    joined: set[str] = field(default_factory=set)
    invited_count: int = 0
    recent: deque[StoredEvent] = field(default_factory=deque)
    recent_floor: int = 0
    """`recent` holds every event of the room after this position."""
    related: set[str] = field(default_factory=set)
    """The events in `recent` to which a later event relates."""
    shared: dict[tuple[int, int, str], tuple[float, bytes, bytes]] = field(default_factory=dict)
    """Answers about the newest events that many readers share, with when they were made; emptied by the next event."""
    state_version: int = 0
    """Grows with each state event; caches of derived things compare it."""
    derived: dict[str, Any] = field(default_factory=dict)
    """Things computed from the current state, by name; emptied when the state changes."""
    state_size: int = 0
    """Characters of the current state without the members."""
    weight: int = 0
    """What all of it takes in memory, in KiB and roughly."""

    def get(self, event_type: str, state_key: str) -> StateEvent | None:
        """Give the current state event of a key, or None."""
        if event_type == MEMBER:
            return self.members.get(state_key)
        return self.state.get((event_type, state_key))

    def membership(self, user_id: str) -> str:
        """Give a user's membership now; `leave` for somebody who never was here."""
        member = self.members.get(user_id)
        return member.membership if member else "leave"

    def content(self, event_type: str, state_key: str = "") -> dict[str, Any]:
        """Give the content of a current state event; `{}` when there is none."""
        event = self.get(event_type, state_key)
        return event.content if event else {}

    def put_state(self, event: StateEvent) -> None:
        """Make `event` the current one of its key."""
        self.state_version += 1
        self.derived.clear()
        current = self.get(event.type, event.state_key)
        self.weight += _held(event) - (_held(current) if current is not None else 0)
        if event.type != MEMBER:
            self.state_size += event.size - (current.size if current is not None else 0)
            self.state[(event.type, event.state_key)] = event
            return
        before = self.membership(event.state_key)
        after = event.membership
        self.members[event.state_key] = event
        self.invited_count += (after == "invite") - (before == "invite")
        if after == "join":
            self.joined.add(event.state_key)
        else:
            self.joined.discard(event.state_key)

    def apply(self, event: StoredEvent) -> None:
        """Take in an event that was just committed."""
        self.last_event_id, self.last_position, self.depth = event.event_id, event.position, event.depth
        self.notify_total, self.highlight_total = event.notify_total, event.highlight_total
        if event.type in BUMP_TYPES:
            self.bump_position = event.position
        self.remember(event)
        self.shared.clear()
        if event.state_key is not None:
            self.put_state(event.as_state())

    def remember(self, event: StoredEvent) -> None:
        """Put an event at the end of `recent`; the oldest goes when there are too many."""
        self.recent.append(event)
        self.weight += _shown(event)
        if event.relates_to is not None:
            self.related.add(event.relates_to)
        while len(self.recent) > RECENT_EVENTS:
            oldest = self.recent.popleft()
            self.weight -= _shown(oldest)
            self.recent_floor = oldest.position
            self.related.discard(oldest.event_id)

    def recent_event(self, event_id: str) -> StoredEvent | None:
        """Give one of the newest events by its id, or None."""
        return next((event for event in reversed(self.recent) if event.event_id == event_id), None)

    def replace_recent(self, event: StoredEvent) -> None:
        """Let `event` stand where an event of its id stood among the newest.

        The old object is left as it was: somebody may be in the middle of showing it.
        """
        for index in reversed(range(len(self.recent))):
            if self.recent[index].event_id == event.event_id:
                self.weight += _shown(event) - _shown(self.recent[index])
                self.recent[index] = event
                self.shared.clear()
                return


def _held(event: StateEvent) -> int:
    return 1 + event.held // 1024


def _shown(event: StoredEvent) -> int:
    return 1 + len(event.pdu) // 1024


class RoomDraft:
    """What a batch of writes has made of a room so far; the auth rules judge against it."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.room_id = room.room_id
        self.version = room.version
        self.last_event_id = room.last_event_id
        self.last_position = room.last_position
        self.depth = room.depth
        self.bump_position = room.bump_position
        self.notify_total = room.notify_total
        self.highlight_total = room.highlight_total
        self.changed: dict[tuple[str, str], StateEvent] = {}

    def get(self, event_type: str, state_key: str) -> StateEvent | None:
        """Give the state event of a key as this draft has it, or None."""
        return self.changed.get((event_type, state_key)) or self.room.get(event_type, state_key)

    def membership(self, user_id: str) -> str:
        """Give a user's membership as this draft has it."""
        member = self.get(MEMBER, user_id)
        return member.membership if member else "leave"

    def content(self, event_type: str, state_key: str = "") -> dict[str, Any]:
        """Give the content of a state event as this draft has it; `{}` when there is none."""
        event = self.get(event_type, state_key)
        return event.content if event else {}

    def joined_count(self) -> int:
        """Count the joined members as this draft has them."""
        count = len(self.room.joined)
        for (event_type, user_id), event in self.changed.items():
            if event_type == MEMBER:
                count += (event.membership == "join") - (user_id in self.room.joined)
        return count

    def append(self, event: StoredEvent) -> None:
        """Put an event at the end."""
        self.last_event_id, self.last_position, self.depth = event.event_id, event.position, event.depth
        self.notify_total, self.highlight_total = event.notify_total, event.highlight_total
        if event.type in BUMP_TYPES:
            self.bump_position = event.position
        if event.state_key is not None:
            self.changed[(event.type, event.state_key)] = event.as_state()

    def snapshot(self) -> tuple[Any, ...]:
        """Remember where the draft stands, for `restore`."""
        return (
            self.last_event_id, self.last_position, self.depth, self.notify_total, self.highlight_total,
            self.bump_position, dict(self.changed),
        )  # fmt: skip

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Go back to a remembered stand."""
        (
            self.last_event_id, self.last_position, self.depth, self.notify_total, self.highlight_total,
            self.bump_position, self.changed,
        ) = snapshot  # fmt: skip
