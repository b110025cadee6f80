"""Filters of clients, compiled once (specification, "Filtering").

Owns the reading and checking of every filter and the question whether an event passes. Matching is linear in the
text whatever the pattern, and each list is bounded. Storing filters belongs to accounts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from teahouse.errors import InvalidParam
from teahouse.ids import is_room_id, is_user_id

MOST_ENTRIES: Final = 1000
MOST_PATTERNS: Final = 100
"""Entries with a star: each is tried on each event, while plain ones are looked up."""
MOST_LIMIT: Final = 1000
DEFAULT_LIMIT: Final = 10


class FilteredEvent(Protocol):
    """What a filter looks at."""

    @property
    def type(self) -> str:
        """The event's type."""

    @property
    def sender(self) -> str:
        """Who sent it."""


class FilteredRoomEvent(FilteredEvent, Protocol):
    """What a room event's filter looks at besides."""

    @property
    def content(self) -> dict[str, Any]:
        """The event's content."""


@dataclass(frozen=True, slots=True)
class TypePatterns:
    """A set of event types in which `*` stands for any run of characters."""

    exact: frozenset[str]
    wild: tuple[tuple[str, ...], ...] = ()

    def match(self, event_type: str) -> bool:
        """Say whether the type is in the set."""
        return event_type in self.exact or any(_matches(parts, event_type) for parts in self.wild)


def _matches(parts: tuple[str, ...], text: str) -> bool:
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to show, by type and sender; None stands for all."""

    limit: int = DEFAULT_LIMIT
    types: TypePatterns | None = None
    not_types: TypePatterns | None = None
    senders: frozenset[str] | None = None
    not_senders: frozenset[str] | None = None

    @property
    def allows_everything(self) -> bool:
        """Say whether every event passes."""
        return _names_nothing(self)

    @property
    def allows_nothing(self) -> bool:
        """Say whether no event can pass, so that nobody needs to look."""
        no_type = self.types is not None and not self.types.exact and not self.types.wild
        return no_type or (self.senders is not None and not self.senders)

    def allows_type(self, event_type: str) -> bool:
        """Say whether an event of this type may pass."""
        if self.not_types is not None and self.not_types.match(event_type):
            return False
        return self.types is None or self.types.match(event_type)

    def allows_sender(self, user_id: str) -> bool:
        """Say whether an event of this sender may pass."""
        if self.not_senders is not None and user_id in self.not_senders:
            return False
        return self.senders is None or user_id in self.senders

    def allows_event(self, event: FilteredEvent) -> bool:
        """Say whether an event passes by type and sender."""
        return self.allows_type(event.type) and self.allows_sender(event.sender)


def _names_nothing(wanted: EventFilter) -> bool:
    named = (wanted.types, wanted.not_types, wanted.senders, wanted.not_senders)
    return all(entry is None for entry in named)


@dataclass(frozen=True, slots=True)
class RoomEventFilter(EventFilter):
    """Which events of rooms to show; also in which rooms, and how members are loaded."""

    rooms: frozenset[str] | None = None
    not_rooms: frozenset[str] | None = None
    contains_url: bool | None = None
    lazy_load_members: bool = False
    include_redundant_members: bool = False
    unread_thread_notifications: bool = False
    related_by_senders: frozenset[str] | None = None
    related_by_rel_types: frozenset[str] | None = None

    @property
    def allows_everything(self) -> bool:
        """Say whether every event of an allowed room passes."""
        return self.contains_url is None and not self.asks_relations and _names_nothing(self)

    @property
    def asks_relations(self) -> bool:
        """Say whether others must relate to an event, by these people or in these ways; the stores look that up."""
        return self.related_by_senders is not None or self.related_by_rel_types is not None

    def allows_room(self, room_id: str) -> bool:
        """Say whether events of this room may pass."""
        if self.not_rooms is not None and room_id in self.not_rooms:
            return False
        return self.rooms is None or room_id in self.rooms

    def allows(self, event: FilteredRoomEvent) -> bool:
        """Say whether an event passes as itself; `allows_room` asks for its room, a store for what relates to it."""
        if self.contains_url is not None and self.contains_url is not isinstance(
            event.content.get("url"), str
        ):
            return False
        return self.allows_event(event)


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """What to show of rooms in a sync."""

    rooms: frozenset[str] | None = None
    not_rooms: frozenset[str] | None = None
    include_leave: bool = False
    timeline: RoomEventFilter = field(default_factory=RoomEventFilter)
    state: RoomEventFilter = field(default_factory=RoomEventFilter)
    ephemeral: RoomEventFilter = field(default_factory=RoomEventFilter)
    account_data: RoomEventFilter = field(default_factory=RoomEventFilter)

    def allows_room(self, room_id: str) -> bool:
        """Say whether the room is shown at all."""
        if self.not_rooms is not None and room_id in self.not_rooms:
            return False
        return self.rooms is None or room_id in self.rooms


@dataclass(frozen=True, slots=True)
class SyncFilter:
    """A whole filter of /sync."""

    room: RoomFilter = field(default_factory=RoomFilter)
    presence: EventFilter = field(default_factory=EventFilter)
    account_data: EventFilter = field(default_factory=EventFilter)
    event_fields: tuple[tuple[str, ...], ...] | None = None
    event_format: str = "client"


def compile_filter(definition: object) -> SyncFilter:
    """Read a filter of /sync; raises InvalidParam for whatever is of the wrong form."""
    whole = _object(definition, "The filter")
    room = _object(whole.get("room"), "room")
    event_format = whole.get("event_format", "client")
    if event_format not in ("client", "federation"):
        raise InvalidParam("event_format must be 'client' or 'federation'")
    fields = _strings(whole, "event_fields")
    return SyncFilter(
        room=RoomFilter(
            rooms=_ids(room, "rooms", is_room_id),
            not_rooms=_ids(room, "not_rooms", is_room_id),
            include_leave=_flag(room, "include_leave"),
            timeline=compile_room_event_filter(room.get("timeline"), "timeline"),
            state=compile_room_event_filter(room.get("state"), "state"),
            ephemeral=compile_room_event_filter(room.get("ephemeral"), "ephemeral"),
            account_data=compile_room_event_filter(room.get("account_data"), "account_data"),
        ),
        presence=EventFilter(**_event_fields(whole.get("presence"), "presence")),
        account_data=EventFilter(**_event_fields(whole.get("account_data"), "account_data")),
        event_fields=None if fields is None else tuple(map(_path, fields)),
        event_format=event_format,
    )


def compile_room_event_filter(definition: object, name: str = "The filter") -> RoomEventFilter:
    """Read a filter of room events, as /messages takes it; raises InvalidParam."""
    value = _object(definition, name)
    contains_url = value.get("contains_url")
    if contains_url is not None and not isinstance(contains_url, bool):
        raise InvalidParam("contains_url must be true or false")
    return RoomEventFilter(
        **_event_fields(value, name),
        rooms=_ids(value, "rooms", is_room_id),
        not_rooms=_ids(value, "not_rooms", is_room_id),
        contains_url=contains_url,
        lazy_load_members=_flag(value, "lazy_load_members"),
        include_redundant_members=_flag(value, "include_redundant_members"),
        unread_thread_notifications=_flag(value, "unread_thread_notifications"),
        related_by_senders=_ids(value, "related_by_senders", is_user_id) or None,
        related_by_rel_types=frozenset(_strings(value, "related_by_rel_types") or ()) or None,
    )


def keep_fields(event: Mapping[str, Any], fields: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    """Give an event with only the fields that a filter's `event_fields` names; absent ones are left out."""
    kept: dict[str, Any] = {}
    for path in fields:
        value: Any = event
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                break
            value = value[key]
        else:
            place = kept
            for key in path[:-1]:
                inner = place.get(key)
                place[key] = place = dict(inner) if isinstance(inner, dict) else {}
            place[path[-1]] = value
    return kept


def _event_fields(definition: object, name: str) -> dict[str, Any]:
    value = _object(definition, name)
    return {
        "limit": _limit(value),
        "types": _types(value, "types"),
        "not_types": _types(value, "not_types"),
        "senders": _ids(value, "senders", is_user_id),
        "not_senders": _ids(value, "not_senders", is_user_id),
    }


def _object(value: object, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidParam(f"{name} must be an object")
    return value


def _limit(value: Mapping[str, Any]) -> int:
    limit = value.get("limit")
    if limit is None:
        return DEFAULT_LIMIT
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise InvalidParam("limit must be a number above 0")
    return min(limit, MOST_LIMIT)


def _strings(value: Mapping[str, Any], key: str) -> list[str] | None:
    listed = value.get(key)
    if listed is None:
        return None
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise InvalidParam(f"{key} must be a list of strings")
    if len(listed) > MOST_ENTRIES:
        raise InvalidParam(f"{key} may have at most {MOST_ENTRIES} entries")
    return listed


def _ids(value: Mapping[str, Any], key: str, is_id: Callable[[object], bool]) -> frozenset[str] | None:
    listed = _strings(value, key)
    if listed is None:
        return None
    if not all(map(is_id, listed)):
        raise InvalidParam(f"{key} holds something that is not an id")
    return frozenset(listed)


def _types(value: Mapping[str, Any], key: str) -> TypePatterns | None:
    listed = _strings(value, key)
    if listed is None:
        return None
    wild = {entry for entry in listed if "*" in entry}
    if len(wild) > MOST_PATTERNS:
        raise InvalidParam(f"{key} may have at most {MOST_PATTERNS} entries with a *")
    return TypePatterns(
        frozenset(listed) - wild,
        tuple(tuple(_without_empty_middle(entry.split("*"))) for entry in sorted(wild)),
    )


def _without_empty_middle(parts: list[str]) -> list[str]:
    return [parts[0], *filter(None, parts[1:-1]), parts[-1]]


def _flag(value: Mapping[str, Any], key: str) -> bool:
    flag = value.get(key, False)
    if not isinstance(flag, bool):
        raise InvalidParam(f"{key} must be true or false")
    return flag


def _path(dotted: str) -> tuple[str, ...]:
    """Split a dotted path; a backslash keeps the dot (or backslash) behind it (appendices, "Dot-separated")."""
    keys, key, escaped = [], "", False
    for character in dotted:
        if escaped:
            key += character if character in ".\\" else "\\" + character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ".":
            keys.append(key)
            key = ""
        else:
            key += character
    keys.append(key + "\\" * escaped)
    return tuple(keys)
