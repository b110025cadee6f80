"""Chat: rooms and everything said in them (specification, "Rooms" and "Instant messaging").

Owns rooms, events, state, memberships, aliases, relations, receipts, typing and search. The walk of a message:
routes_messages.py (decode) > messages.py (the story) > send.py (judge, build, store) > auth_rules.py (verdict)
> store.py (rows) > kernel/stream/doorbell.py (poke after commit). Refuses to know who is waiting: sync does.
"""

from teahouse.chat import (
    routes_directory,
    routes_history,
    routes_membership,
    routes_messages,
    routes_old,
    routes_rooms,
    routes_search,
    routes_signals,
)
from teahouse.chat.access import RoomView, enter_room, readable_events, view_room, view_rooms
from teahouse.chat.client_events import joined_json, state_json, stripped_state
from teahouse.chat.event_filter import SyncFilter, compile_filter, keep_fields
from teahouse.chat.key_file import load_or_create_key
from teahouse.chat.records import EVENT_COLUMNS, StateEvent, StoredEvent
from teahouse.chat.reports import close_report, open_reports
from teahouse.chat.room import Room
from teahouse.chat.send import power_levels_of
from teahouse.chat.service import Chat
from teahouse.chat.show import federation_events, show_events
from teahouse.chat.store import (
    event_by_id,
    events_after,
    events_before,
    events_by_ids,
    state_at,
    state_changes,
    stripped_state_at,
)
from teahouse.chat.store_history import related_among
from teahouse.chat.store_rooms import encrypted_rooms_of
from teahouse.chat.tokens import room_token

ROUTES: list[object] = [
    *routes_rooms.ROUTES,
    *routes_membership.ROUTES,
    *routes_directory.ROUTES,
    *routes_messages.ROUTES,
    *routes_history.ROUTES,
    *routes_signals.ROUTES,
    *routes_search.ROUTES,
    *routes_old.ROUTES,
]

__all__ = [
    "EVENT_COLUMNS",
    "ROUTES",
    "Chat",
    "Room",
    "RoomView",
    "StateEvent",
    "StoredEvent",
    "SyncFilter",
    "close_report",
    "compile_filter",
    "encrypted_rooms_of",
    "enter_room",
    "event_by_id",
    "events_after",
    "events_before",
    "events_by_ids",
    "federation_events",
    "joined_json",
    "keep_fields",
    "load_or_create_key",
    "open_reports",
    "power_levels_of",
    "readable_events",
    "related_among",
    "room_token",
    "show_events",
    "state_at",
    "state_changes",
    "state_json",
    "stripped_state",
    "stripped_state_at",
    "view_room",
    "view_rooms",
]
