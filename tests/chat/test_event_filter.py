"""What filters let through, and which ones are refused."""

from __future__ import annotations

import time
from typing import Any

import pytest

from teahouse.chat.event_filter import compile_filter, compile_room_event_filter, keep_fields
from teahouse.chat.records import StoredEvent
from teahouse.errors import InvalidParam

ALICE, BOB = "@alice:tea", "@bob:tea"


def event(event_type: str = "m.room.message", sender: str = ALICE, **content: Any) -> StoredEvent:
    """Make an event of which only what filters look at matters."""
    return StoredEvent(1, "$e", "!r:tea", event_type, None, sender, None, None, 0, 1, "{}", _content=content)


@pytest.mark.parametrize(
    ("definition", "passes"),
    [
        ({}, True),
        ({"types": ["m.room.message"]}, True),
        ({"types": ["m.room.*"]}, True),
        ({"types": ["*.message"]}, True),
        ({"types": ["m.*.mess*"]}, True),
        ({"types": ["*"]}, True),
        ({"types": ["m.room"]}, False),
        ({"types": ["*.room"]}, False),
        ({"types": []}, False),
        ({"not_types": ["m.room.*"]}, False),
        ({"types": ["m.room.message"], "not_types": ["m.room.message"]}, False),
        ({"senders": [ALICE]}, True),
        ({"senders": [BOB]}, False),
        ({"senders": []}, False),
        ({"senders": [ALICE], "not_senders": [ALICE]}, False),
        ({"contains_url": False}, True),
        ({"contains_url": True}, False),
    ],
)
def test_an_event_passes_by_type_sender_and_url(definition: dict[str, Any], passes: bool) -> None:
    wanted = compile_room_event_filter(definition)
    assert wanted.allows(event()) is passes
    assert wanted.allows_everything is (definition == {})


def test_an_event_with_a_url_is_told_from_one_without() -> None:
    picture = event(url="mxc://tea/leaf")
    assert compile_room_event_filter({"contains_url": True}).allows(picture)
    assert not compile_room_event_filter({"contains_url": False}).allows(picture)


def test_a_wildcard_does_not_use_one_character_twice() -> None:
    wanted = compile_room_event_filter({"types": ["ab*ba"]})
    assert not wanted.allows(event("aba"))
    assert wanted.allows(event("abba"))


def test_rooms_are_chosen_and_left_out() -> None:
    room = compile_filter({"room": {"rooms": ["!a:tea", "!b:tea"], "not_rooms": ["!b:tea"]}}).room
    assert [room.allows_room(f"!{name}:tea") for name in "abc"] == [True, False, False]


def test_a_whole_filter_is_read_with_its_defaults() -> None:
    wanted = compile_filter(
        {
            "room": {"timeline": {"limit": 3}, "state": {"lazy_load_members": True}, "include_leave": True},
            "event_fields": ["content.body", r"a\.b.c"],
        }
    )
    assert wanted.room.timeline.limit == 3
    assert wanted.room.state.lazy_load_members
    assert wanted.room.include_leave
    assert wanted.presence.allows_everything
    assert wanted.event_fields == (("content", "body"), ("a.b", "c"))
    shown = keep_fields({"content": {"body": 1, "x": 2}, "a.b": {"c": 4}, "type": "t"}, wanted.event_fields)
    assert shown == {"content": {"body": 1}, "a.b": {"c": 4}}


@pytest.mark.parametrize(
    "definition",
    [
        [],
        "everything",
        {"room": []},
        {"room": {"rooms": ["not a room"]}},
        {"room": {"timeline": {"senders": ["nobody"]}}},
        {"room": {"timeline": {"types": "m.room.message"}}},
        {"room": {"timeline": {"types": [1]}}},
        {"room": {"timeline": {"limit": "10"}}},
        {"room": {"timeline": {"limit": True}}},
        {"room": {"timeline": {"limit": -1}}},
        {"room": {"state": {"lazy_load_members": "yes"}}},
        {"room": {"timeline": {"contains_url": 1}}},
        {"presence": {"types": ["m"] * 1001}},
        {"event_format": "xml"},
        {"event_fields": {}},
    ],
)
def test_a_malformed_filter_is_refused(definition: object) -> None:
    with pytest.raises(InvalidParam):
        compile_filter(definition)


def test_the_worst_pattern_takes_no_time() -> None:
    """G54: matching is linear, so that no filter can hold the server up."""
    wanted = compile_room_event_filter({"types": ["*a" * 30_000 + "b"]})
    started = time.process_time()
    assert not wanted.allows(event("a" * 65_536))
    assert time.process_time() - started < 0.5
