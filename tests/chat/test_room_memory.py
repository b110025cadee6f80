"""A room in memory knows what it takes, whatever was put into it and taken out again."""

from __future__ import annotations

import json

from teahouse.chat.records import StoredEvent
from teahouse.chat.room import RECENT_EVENTS, Room
from teahouse.chat.room_versions import ROOM_VERSIONS


def event(number: int, size: int, state_key: str | None = None, kind: str = "org.example.x") -> StoredEvent:
    """Make an event whose text has about `size` characters."""
    pdu = json.dumps({"content": {"membership": "join", "body": "x" * size}})
    return StoredEvent(number, f"${number}", "!r", kind, state_key, "@a:x", None, None, 0, number, pdu)


def weighed(room: Room) -> int:
    """Weigh everything anew."""
    state = [*room.state.values(), *room.members.values()]
    return sum(1 + one.held // 1024 for one in state) + sum(1 + len(one.pdu) // 1024 for one in room.recent)


def test_state_weighs_what_it_takes_parsed_and_not_what_it_takes_as_text() -> None:
    pdu = json.dumps({"content": {"a": [[]] * 15_000}}, separators=(",", ":"))
    room = Room("!r", ROOM_VERSIONS["12"], "@a:x", "", 0, 0, 0, 0)
    room.put_state(StoredEvent(1, "$1", "!r", "org.example.x", "", "@a:x", None, None, 0, 1, pdu).as_state())
    assert room.weight > 900
    assert room.state_size < 46_000


def test_the_weight_of_a_room_follows_what_is_in_it() -> None:
    room = Room("!r", ROOM_VERSIONS["12"], "@a:x", "", 0, 0, 0, 0)
    for number in range(RECENT_EVENTS * 2):
        room.apply(event(number, 60_000))
    full = room.weight
    assert full == weighed(room) == RECENT_EVENTS * (1 + 60_000 // 1024)
    room.replace_recent(event(RECENT_EVENTS * 2 - 1, 10))
    assert room.weight == weighed(room) < full
    for number, key in enumerate("abca", 1000):
        room.apply(event(number, 30_000 - number * 10, key))
        room.apply(event(number, 20_000, f"@{key}:x", "m.room.member"))
    assert room.weight == weighed(room)
    assert room.state_size == sum(one.size for one in room.state.values())
    for number in range(2000, 2000 + RECENT_EVENTS):
        room.apply(event(number, 1, "a"))
    assert room.weight == weighed(room)
    assert room.state_size < 2 * 31_000
