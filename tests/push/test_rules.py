"""Push rules of users' own: conditions, order, actions, and what is not understood."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teahouse.push.rules.conditions import EventView, RoomContext, compile_condition, parse_path
from teahouse.push.rules.default_rules import Ruleset
from teahouse.push.rules.evaluate import NOTHING, Actions, CompiledRules, read_actions

READER = "@reader:tea.test"
EVENT = {
    "type": "m.room.message",
    "sender": "@sender:tea.test",
    "room_id": "!r:tea.test",
    "content": {
        "body": "An example event.",
        "topic": "Lunch plans",
        "n": 3,
        "yes": True,
        "nothing": None,
        "list": ["a", 1, None, {"x": 1}],
        "m.dotted": {"rel.type": "x", "back\\slash": "y"},
        "float": 1.0,
    },
}
ROOM = RoomContext(
    member_count=4, display_name="Exa", sender_power=30, notification_levels={"room": 30, "odd": "x"}
)


def holds(condition: Any) -> bool:
    return compile_condition(condition)(EventView(EVENT), ROOM)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("content.body", ("content", "body")),
        (r"content.m\.relates_to.rel_type", ("content", "m.relates_to", "rel_type")),
        (r"content.m\\foo", ("content", "m\\foo")),
        (r"content.\x", ("content", "\\x")),
        (r"a\\.b", ("a\\", "b")),
        ("", ("",)),
        ("a.", ("a", "")),
    ],
)
def test_property_paths_are_split_at_unescaped_dots(key: str, path: tuple[str, ...]) -> None:
    assert parse_path(key) == path


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"kind": "event_match", "key": "content.topic", "pattern": "lunc?*"}, True),
        ({"kind": "event_match", "key": "content.topic", "pattern": "plans"}, False),
        ({"kind": "event_match", "key": "content.body", "pattern": "ex*ple"}, True),
        ({"kind": "event_match", "key": "content.n", "pattern": "*"}, False),
        ({"kind": "event_match", "key": "content.absent", "pattern": "*"}, False),
        ({"kind": "event_match", "key": "state_key", "pattern": ""}, False),
        ({"kind": "event_match", "key": "room_id", "pattern": "!R:tea.test"}, True),
        ({"kind": "event_match", "key": r"content.m\.dotted.rel\.type", "pattern": "X"}, True),
        ({"kind": "event_match", "key": "content.m.dotted.rel.type", "pattern": "X"}, False),
        ({"kind": "event_match", "key": "type"}, False),
        ({"kind": "event_property_is", "key": "content.n", "value": 3}, True),
        ({"kind": "event_property_is", "key": "content.n", "value": "3"}, False),
        ({"kind": "event_property_is", "key": "content.yes", "value": True}, True),
        ({"kind": "event_property_is", "key": "content.yes", "value": 1}, False),
        ({"kind": "event_property_is", "key": "content.nothing", "value": None}, True),
        ({"kind": "event_property_is", "key": "content.absent", "value": None}, False),
        ({"kind": "event_property_is", "key": "content.absent"}, False),
        ({"kind": "event_property_is", "key": "content.float", "value": 1}, False),
        ({"kind": "event_property_is", "key": "content.list", "value": ["a"]}, False),
        ({"kind": "event_property_contains", "key": "content.list", "value": "a"}, True),
        ({"kind": "event_property_contains", "key": "content.list", "value": 1}, True),
        ({"kind": "event_property_contains", "key": "content.list", "value": True}, False),
        ({"kind": "event_property_contains", "key": "content.list", "value": None}, True),
        ({"kind": "event_property_contains", "key": "content.body", "value": "An"}, False),
        ({"kind": "contains_display_name"}, False),
        ({"kind": "room_member_count", "is": "4"}, True),
        ({"kind": "room_member_count", "is": "==4"}, True),
        ({"kind": "room_member_count", "is": ">3"}, True),
        ({"kind": "room_member_count", "is": "<4"}, False),
        ({"kind": "room_member_count", "is": "<=4"}, True),
        ({"kind": "room_member_count", "is": ">=5"}, False),
        ({"kind": "room_member_count", "is": "four"}, False),
        ({"kind": "room_member_count", "is": 4}, False),
        ({"kind": "sender_notification_permission", "key": "room"}, True),
        ({"kind": "sender_notification_permission", "key": "other"}, False),
        ({"kind": "sender_notification_permission", "key": "odd"}, False),
        ({"kind": "sender_notification_permission"}, False),
        ({"kind": "a_kind_of_tomorrow"}, False),
        ({"kind": ["event_match"]}, False),
        ({}, False),
        ("event_match", False),
        (None, False),
    ],
)
def test_a_condition_holds_only_for_what_it_says(condition: Any, expected: bool) -> None:
    assert holds(condition) is expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(
    [
        "event_match",
        "event_property_is",
        "event_property_contains",
        "contains_display_name",
        "room_member_count",
        "sender_notification_permission",
        "x",
    ]
)


@given(st.dictionaries(st.sampled_from(["key", "pattern", "is", "value"]), json_values), kinds, json_values)
def test_no_condition_and_no_event_can_break_the_evaluator(
    raw: dict[str, Any], kind: str, content: Any
) -> None:
    event = {"type": "x", "sender": "@s:x", "room_id": "!r:x", "content": content}
    assert compile_condition({**raw, "kind": kind})(EventView(event), ROOM) in (True, False)


def rule(rule_id: str, actions: list[Any], **more: Any) -> dict[str, Any]:
    return {"rule_id": rule_id, "default": False, "enabled": True, "actions": actions, **more}


def ruleset(**kinds: list[dict[str, Any]]) -> Ruleset:
    return {kind: kinds.get(kind, []) for kind in ("override", "content", "room", "sender", "underride")}


def judge(**kinds: list[dict[str, Any]]) -> Actions:
    return CompiledRules(READER, ruleset(**kinds)).evaluate(EventView(EVENT), ROOM)


def test_kinds_are_asked_in_the_specified_order() -> None:
    kinds = {
        "override": [rule("o", [{"set_tweak": "sound", "value": "o"}], conditions=[])],
        "content": [rule("c", [{"set_tweak": "sound", "value": "c"}], pattern="example")],
        "room": [rule("!r:tea.test", [{"set_tweak": "sound", "value": "r"}])],
        "sender": [rule("@sender:tea.test", [{"set_tweak": "sound", "value": "s"}])],
        "underride": [rule("u", [{"set_tweak": "sound", "value": "u"}], conditions=[])],
    }
    heard = []
    for kind in list(kinds):
        heard.append(judge(**kinds).sound)
        del kinds[kind]
    assert heard == ["o", "c", "r", "s", "u"]
    assert judge() is NOTHING


def test_the_first_matching_rule_of_a_kind_decides_and_disabled_ones_never_match() -> None:
    first = rule("a", ["notify"], pattern="example")
    second = rule("b", [], pattern="event")
    assert judge(content=[first, second]).notify
    assert not judge(content=[second, first]).notify
    assert not judge(content=[{**first, "enabled": False}, second]).notify


def test_all_conditions_of_a_rule_must_hold() -> None:
    yes = {"kind": "room_member_count", "is": "4"}
    no = {"kind": "room_member_count", "is": "5"}
    assert judge(override=[rule("a", ["notify"], conditions=[yes, yes])]).notify
    assert not judge(override=[rule("a", ["notify"], conditions=[yes, no])]).notify
    assert not judge(override=[rule("a", ["notify"], conditions=[yes, {"kind": "unknown"}])]).notify


def test_actions_say_notify_highlight_and_sound_and_old_ones_nothing() -> None:
    loud = read_actions(["notify", {"set_tweak": "highlight"}, {"set_tweak": "sound", "value": "bell"}])
    assert (loud.notify, loud.highlight, loud.sound) == (True, True, "bell")
    assert not read_actions(["notify", {"set_tweak": "highlight", "value": False}]).highlight
    old = read_actions(["dont_notify", "coalesce"])
    assert (old.notify, old.listed) == (False, ())
    assert read_actions(["notify", {"set_tweak": "light", "value": 3}]).tweaks == {"light": 3}
