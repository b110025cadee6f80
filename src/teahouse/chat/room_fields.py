"""What a room looks like from outside: name, topic, size, rules. For the directory, spaces and summaries.

Owns the fields and their careful reading: what is not of the right form counts as absent. Pure.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from teahouse.chat.restricted import allowed_rooms
from teahouse.chat.room import Room
from teahouse.chat.room_versions import RoomVersion
from teahouse.ids import is_room_alias

JsonObject = dict[str, Any]


class StateHolder(Protocol):
    """A room or its draft, as far as a summary asks."""

    room_id: str
    version: RoomVersion

    def content(self, event_type: str, state_key: str = "", /) -> JsonObject:
        """Give the content of a current state event; `{}` when there is none."""


def public_fields(room: StateHolder) -> JsonObject:
    """Give what the directory shows of a room, without the count of its members. Odd state counts as absent."""
    shown: JsonObject = {
        "room_id": room.room_id,
        "world_readable": is_world_readable(room),
        "guest_can_join": room.content("m.room.guest_access").get("guest_access") == "can_join",
        "join_rule": join_rule(room),
    }
    optional = {
        "name": room.content("m.room.name").get("name"),
        "topic": _topic(room.content("m.room.topic")),
        "canonical_alias": _alias(room.content("m.room.canonical_alias").get("alias")),
        "avatar_url": room.content("m.room.avatar").get("url"),
        "room_type": room_type(room),
    }
    return shown | {key: value for key, value in optional.items() if isinstance(value, str) and value}


def summary_of(room: Room) -> JsonObject:
    """Give the whole summary of a room, made once for each state of it; a new dict each time."""
    summary = room.derived.get("summary")
    if summary is None:
        summary = public_fields(room) | {"room_version": room.version.id}
        algorithm = room.content("m.room.encryption").get("algorithm")
        if isinstance(algorithm, str):
            summary["encryption"] = algorithm
        allowed = allowed_rooms(room.content("m.room.join_rules"))
        if allowed:
            summary["allowed_room_ids"] = allowed
        room.derived["summary"] = summary
    return {**summary, "num_joined_members": len(room.joined)}


def is_world_readable(room: StateHolder) -> bool:
    """Say whether anybody may read the room."""
    visibility = room.content("m.room.history_visibility").get("history_visibility")
    return visibility == "world_readable"


def join_rule(room: StateHolder) -> str:
    """Give the room's join rule; `invite` when none is set."""
    rule = room.content("m.room.join_rules").get("join_rule")
    return rule if isinstance(rule, str) else "invite"


def room_type(room: StateHolder) -> str | None:
    """Give the room's type, such as `m.space`; None for an ordinary room."""
    kind = room.content("m.room.create").get("type")
    return kind if isinstance(kind, str) else None


def _alias(alias: object) -> str | None:
    return alias if is_room_alias(alias) else None


def _topic(content: Mapping[str, Any]) -> object:
    """Give the plain text of a topic: of its rich form if that has one, else the old field."""
    rich = content.get("m.topic")
    texts = rich.get("m.text") if isinstance(rich, Mapping) else None
    for text in texts if isinstance(texts, list) else ():
        if isinstance(text, Mapping) and text.get("mimetype", "text/plain") == "text/plain":
            return text.get("body")
    return content.get("topic")
