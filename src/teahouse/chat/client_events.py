"""Turns stored events into what clients read (specification, "Room event format").

An event that members get by sync is serialised once for all of them; what differs by reader (transaction id, own
membership, bundled relations) goes through `client_event` and is made for that reader.
"""

from functools import lru_cache
from typing import Any

import orjson

from teahouse.chat.records import StateEvent, StoredEvent
from teahouse.chat.store_history import PageEvent
from teahouse.clock import SYSTEM_CLOCK

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


def age_of(event: StoredEvent | PageEvent) -> int:
    """Give how long ago the event was sent, in ms: what apps trust that doubt their device's clock."""
    return max(0, SYSTEM_CLOCK.now_ms() - event.origin_server_ts)


def joined_json(event: StoredEvent) -> bytes:
    """Give an event as sync shows it to members: no room id, `unsigned.membership` join. All but the age once.

    Only for events that are not redacted: a redacted one needs its redaction at hand.
    """
    if event.client_json is None:
        shown = client_event(event)
        del shown["room_id"]
        shown.setdefault("unsigned", {})["membership"] = "join"
        # `unsigned` stands at the end, so that the age fits in behind it.
        event.client_json = orjson.dumps(shown)[:-2]
    return b'%b,"age":%d}}' % (event.client_json, age_of(event))


def plain_json(event: PageEvent, room_id: str, txn_id: str | None) -> str:
    """Give an event to somebody who was in the room then, straight from its stored form.

    Only for plain events; `txn_id` is what the reader's own device called it.
    """
    own = "" if txn_id is None else f',"transaction_id":{orjson.dumps(txn_id).decode()}'
    state_key = "" if event.state_key is None else f'"state_key":{orjson.dumps(event.state_key).decode()},'
    return (
        f'{{"type":{_quoted(event.type)},"room_id":{_quoted(room_id)},"sender":{_quoted(event.sender)},'
        f'"content":{content_text(event.pdu)},"event_id":"{event.event_id}",'
        f'"origin_server_ts":{event.origin_server_ts},{state_key}'
        f'"unsigned":{{"membership":"join","age":{age_of(event)}{own}}}}}'
    )


def content_text(pdu: str) -> str:
    """Cut the content out of an event that `event_format` wrote.

    Canonical JSON sorts the keys, so the content stands behind the auth events, whose ids hold no quotes, and
    before the depth; a `"depth":` within a text has its quotes escaped, and what else follows holds none.
    """
    return pdu[pdu.index('],"content":') + 12 : pdu.rindex(',"depth":')]


@lru_cache(4096)
def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def state_json(event: StateEvent) -> bytes:
    """Give a state event as the state sections of sync show it, serialised once."""
    if event.client_json is None:
        event.client_json = orjson.dumps(
            {
                "type": event.type,
                "state_key": event.state_key,
                "sender": event.sender,
                "content": event.content,
                "event_id": event.event_id,
                "origin_server_ts": event.origin_server_ts,
            }
        )
    return event.client_json


def stripped_state(event: StateEvent) -> JsonObject:
    """Give a state event in the stripped form that invited and knocking people see."""
    return {
        "type": event.type,
        "state_key": event.state_key,
        "sender": event.sender,
        "content": event.content,
    }
