"""Judges stored events by a reader's rules: builds what the pure rules look at from a room in memory."""

from collections.abc import Mapping
from typing import Any

from teahouse.chat import Room, StoredEvent, power_levels_of
from teahouse.push.rules.conditions import EventView, RoomContext
from teahouse.push.rules.evaluate import Actions, CompiledRules


def view_of(event: StoredEvent) -> EventView:
    """Give an event as rules look at it; share the view among the event's readers."""
    shown: dict[str, Any] = {
        "type": event.type,
        "room_id": event.room_id,
        "sender": event.sender,
        "event_id": event.event_id,
        "content": event.content,
        "origin_server_ts": event.origin_server_ts,
    }
    if event.state_key is not None:
        shown["state_key"] = event.state_key
    return EventView(shown)


class Judge:
    """One room as it is now, for judging its events; make it anew rather than keep it."""

    __slots__ = ("_notifications", "_power", "_room")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._power = power_levels_of(room)
        found = room.content("m.room.power_levels").get("notifications")
        self._notifications: Mapping[str, Any] = found if isinstance(found, dict) else {}

    def actions(self, rules: CompiledRules, view: EventView) -> Actions:
        """Give what the reader's rules make of the event."""
        member = self._room.get("m.room.member", rules.user_id)
        name = member.content.get("displayname") if member is not None else None
        context = RoomContext(
            member_count=len(self._room.joined),
            display_name=name if isinstance(name, str) else None,
            sender_power=self._power.user_level(view.event["sender"]),
            notification_levels=self._notifications,
        )
        return rules.evaluate(view, context)
