"""The room versions we speak (10, 11 and 12) and what differs between them.

Owns plain facts only, one frozen record per version; the code that acts on them is in `event_format`,
`power_levels` and `auth_rules`. Common to all three, and so not written here: event ids are url-safe hashes,
power levels are integers only, and `restricted` and `knock_restricted` join rules exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_KEPT_SINCE_V11: Final = frozenset(
    {
        "event_id",
        "type",
        "room_id",
        "sender",
        "state_key",
        "content",
        "hashes",
        "signatures",
        "depth",
        "prev_events",
        "auth_events",
        "origin_server_ts",
    }
)
_KEPT_UP_TO_V10: Final = _KEPT_SINCE_V11 | {"prev_state", "origin", "membership"}

_POWER_LEVEL_KEYS: Final = frozenset(
    {"ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"}
)
_CONTENT_UP_TO_V10: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "m.room.create": frozenset({"creator"}),
        "m.room.member": frozenset({"membership", "join_authorised_via_users_server"}),
        "m.room.join_rules": frozenset({"join_rule", "allow"}),
        "m.room.power_levels": _POWER_LEVEL_KEYS,
        "m.room.history_visibility": frozenset({"history_visibility"}),
    }
)
_CONTENT_SINCE_V11: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "m.room.member": frozenset({"membership", "join_authorised_via_users_server"}),
        "m.room.join_rules": frozenset({"join_rule", "allow"}),
        "m.room.power_levels": _POWER_LEVEL_KEYS | {"invite"},
        "m.room.history_visibility": frozenset({"history_visibility"}),
        "m.room.redaction": frozenset({"redacts"}),
    }
)


@dataclass(frozen=True, slots=True)
class RoomVersion:
    """What one room version demands where versions differ (specification, "Room Versions")."""

    id: str
    redaction_keeps: frozenset[str]
    """Top-level keys that survive redaction, and so are covered by the event id."""
    redaction_keeps_content: Mapping[str, frozenset[str]]
    """By event type, the keys of `content` that survive redaction; other types lose everything."""
    redaction_keeps_create: bool
    """Whether the create event keeps its whole content."""
    redaction_keeps_third_party_signed: bool
    """Whether a member event keeps `third_party_invite.signed`."""
    redacts_in_content: bool
    """Whether a redaction names its target in `content.redacts` instead of at the top level."""
    create_names_creator: bool
    """Whether the create event must have `content.creator`; later the sender is the creator."""
    room_id_is_create_hash: bool
    """Whether the room id is the create event's id with `!`: then that event has no `room_id`, and no
    event cites it in `auth_events`."""
    creators_above_all: bool
    """Whether creators (with `additional_creators`) outrank every level and may not be listed in `users`."""
    predecessor_names_event: bool
    """Whether `predecessor` in the create event names the old room's last event."""
    tombstone_level: int
    """The level for `m.room.tombstone` that a new room's power levels should set."""


_V10: Final = RoomVersion(
    id="10",
    redaction_keeps=_KEPT_UP_TO_V10,
    redaction_keeps_content=_CONTENT_UP_TO_V10,
    redaction_keeps_create=False,
    redaction_keeps_third_party_signed=False,
    redacts_in_content=False,
    create_names_creator=True,
    room_id_is_create_hash=False,
    creators_above_all=False,
    predecessor_names_event=True,
    tombstone_level=100,
)
_V11: Final = RoomVersion(
    id="11",
    redaction_keeps=_KEPT_SINCE_V11,
    redaction_keeps_content=_CONTENT_SINCE_V11,
    redaction_keeps_create=True,
    redaction_keeps_third_party_signed=True,
    redacts_in_content=True,
    create_names_creator=False,
    room_id_is_create_hash=False,
    creators_above_all=False,
    predecessor_names_event=True,
    tombstone_level=100,
)
_V12: Final = RoomVersion(
    id="12",
    redaction_keeps=_KEPT_SINCE_V11,
    redaction_keeps_content=_CONTENT_SINCE_V11,
    redaction_keeps_create=True,
    redaction_keeps_third_party_signed=True,
    redacts_in_content=True,
    create_names_creator=False,
    room_id_is_create_hash=True,
    creators_above_all=True,
    predecessor_names_event=False,
    tombstone_level=150,
)

ROOM_VERSIONS: Final[Mapping[str, RoomVersion]] = MappingProxyType({v.id: v for v in (_V10, _V11, _V12)})
