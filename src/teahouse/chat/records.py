"""Typed rows of chat: an event as stored, and the state event that a room keeps in memory."""

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(slots=True, eq=False)
class StateEvent:
    """The newest state event of one key, as the auth rules and readers see it."""

    event_id: str
    position: int
    type: str
    state_key: str
    sender: str
    content: dict[str, Any]
    origin_server_ts: int = 0
    redacted_by: str | None = None
    client_json: bytes | None = field(default=None, repr=False)
    size: int = 0
    """Characters of the event as stored; 0 where nobody asks."""
    held: int = 0
    """Bytes that it takes parsed, roughly: an empty list is two characters and sixty bytes."""

    @property
    def membership(self) -> str:
        """The membership of a member event; `leave` for anything odd."""
        value = self.content.get("membership")
        return value if isinstance(value, str) else "leave"


@dataclass(slots=True, eq=False)
class StoredEvent:
    """One event of a room with what the server knows of it. Frozen by convention.

    `notify_total` and its kin are the room's (or thread's) running counts up to and with this event;
    `client_json` caches the event as a joined reader's sync shows it; `mentioned` is known only where it was sent.
    """

    position: int
    event_id: str
    room_id: str
    type: str
    state_key: str | None
    sender: str
    device_id: str | None
    txn_id: str | None
    origin_server_ts: int
    depth: int
    pdu: str
    redacted_by: str | None = None
    redacts: str | None = None
    rel_type: str | None = None
    relates_to: str | None = None
    rel_key: str | None = None
    thread_root: str | None = None
    contains_url: int = 0
    notifies: int = 0
    highlights_room: int = 0
    notify_total: int = 0
    highlight_total: int = 0
    thread_notify_total: int = 0
    thread_highlight_total: int = 0
    replaces_state: str | None = None
    prev_content: str | None = None
    _content: dict[str, Any] | None = None
    client_json: bytes | None = field(default=None, repr=False)
    mentioned: frozenset[str] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """The content, parsed once; treat it as frozen."""
        if self._content is None:
            content = orjson.loads(self.pdu).get("content")
            self._content = content if isinstance(content, dict) else {}
        return self._content

    def as_state(self) -> StateEvent:
        """Give the state event of this event; only for events with a state key."""
        return StateEvent(
            self.event_id, self.position, self.type, self.state_key or "", self.sender, self.content,
            self.origin_server_ts, self.redacted_by, size=len(self.pdu), held=_held(self.pdu),
        )  # fmt: skip


def _held(pdu: str) -> int:
    return len(pdu) + 60 * (pdu.count("[") + pdu.count("{")) + 40 * pdu.count(",")


EVENT_COLUMNS = (
    "position, event_id, room_id, type, state_key, sender, device_id, txn_id, origin_server_ts, depth, pdu, "
    "redacted_by, redacts, rel_type, relates_to, rel_key, thread_root, contains_url, notifies, "
    "highlights_room, notify_total, highlight_total, thread_notify_total, thread_highlight_total, "
    "replaces_state, prev_content"
)
"""The columns of `events` in the order of StoredEvent's fields: `StoredEvent(*row)`."""
