"""Turns stored events into what clients read (specification, "Room event format").

An event is serialised once; what differs by reader (transaction id, own membership, bundled relations) is
spliced into its `unsigned` afterwards.
"""

from typing import Any

import orjson

from teahouse.chat.records import StateEvent, StoredEvent

JsonObject = dict[str, Any]


def client_event(event: StoredEvent, redaction: StoredEvent | None = None) -> JsonObject:
    """Give an event as a client sees it, without what differs by reader. A new dict each time."""
    shown: JsonObject = {
        "type": event.type,
        "room_id": event.room_id,
        "sender": event.sender,
        "content": event.content,
        "event_id": event.event_id,
        "origin_server_ts": event.origin_server_ts,
    }
    if event.state_key is not None:
        shown["state_key"] = event.state_key
    if event.redacts is not None and event.redacted_by is None:
        # Older clients look at the top level, newer ones in the content; both find it.
        shown["redacts"] = event.redacts
        shown["content"] = {**event.content, "redacts": event.redacts}
    unsigned: JsonObject = {}
    if event.replaces_state is not None:
        unsigned["replaces_state"] = event.replaces_state
        if event.prev_content is not None:
            unsigned["prev_content"] = orjson.loads(event.prev_content)
    if redaction is not None:
        unsigned["redacted_because"] = client_event(redaction)
    if unsigned:
        shown["unsigned"] = unsigned
    return shown


def client_json(event: StoredEvent, redaction: StoredEvent | None = None) -> bytes:
    """Give an event as clients see it, serialised once for all readers."""
    if event.client_json is None:
        event.client_json = orjson.dumps(client_event(event, redaction))
    return event.client_json


def with_unsigned(event: bytes, extra: JsonObject) -> bytes:
    """Splice further fields into the `unsigned` of a serialised event."""
    if not extra:
        return event
    value = orjson.loads(event)
    value["unsigned"] = {**value.get("unsigned", {}), **extra}
    return orjson.dumps(value)


def sync_event(event: bytes) -> bytes:
    """Take `room_id` out of a serialised event: inside a room's sync answer it is not repeated."""
    value = orjson.loads(event)
    value.pop("room_id", None)
    return orjson.dumps(value)


def stripped_state(event: StateEvent) -> JsonObject:
    """Give a state event in the stripped form that invited and knocking people see."""
    return {
        "type": event.type,
        "state_key": event.state_key,
        "sender": event.sender,
        "content": event.content,
    }
