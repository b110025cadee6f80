"""The shortcuts of counting give what judging each event gives."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from teahouse.push.rules.conditions import EventView, RoomContext
from teahouse.push.rules.default_rules import KINDS, default_rules
from teahouse.push.rules.deviations import Counting, Deviations
from teahouse.push.rules.evaluate import CompiledRules
from teahouse.push.rules.ruleset import (
    NO_CHANGES,
    RuleChanges,
    effective_rules,
    put_rule,
    set_actions,
    set_enabled,
)

READER, ROOM, OTHER = "@reader:tea.test", "!Room:tea.test", "!other:tea.test"
DEFAULT_IDS = [(kind, rule["rule_id"]) for kind in KINDS for rule in default_rules(READER)[kind]]

actions = st.sampled_from([[], ["notify"], ["notify", {"set_tweak": "highlight"}]])
conditions = st.sampled_from(
    [
        {"kind": "event_match", "key": "room_id", "pattern": ROOM},
        {"kind": "event_match", "key": "room_id", "pattern": ROOM.lower()},
        {"kind": "event_match", "key": "room_id", "pattern": OTHER},
        {"kind": "event_match", "key": "room_id", "pattern": "!*"},
        {"kind": "event_match", "key": "content.body", "pattern": "tea"},
        {"kind": "room_member_count", "is": "2"},
    ]
)
puts = st.tuples(
    st.just("put"),
    st.sampled_from(["override", "underride", "room", "content", "sender"]),
    st.lists(conditions, max_size=2),
    actions,
)
switches = st.tuples(st.just("switch"), st.sampled_from(DEFAULT_IDS), st.booleans())
redirects = st.tuples(st.just("redirect"), st.sampled_from(DEFAULT_IDS), actions)
RULE_IDS = {"room": ROOM, "sender": "@sender:tea.test"}


def apply(changes: RuleChanges, number: int, change: Any) -> RuleChanges:
    if change[0] == "switch":
        return set_enabled(READER, changes, change[1][0], change[1][1], change[2])
    if change[0] == "redirect":
        return set_actions(READER, changes, change[1][0], change[1][1], change[2])
    _, kind, asked, wanted = change
    body = {"actions": wanted, "conditions": asked, "pattern": "tea"}
    return put_rule(changes, kind, RULE_IDS.get(kind, f"own{number}"), body)


events = st.builds(
    lambda kind, body, mentions, msgtype: {
        "type": kind,
        "sender": "@sender:tea.test",
        "content": {"body": body, "msgtype": msgtype, **mentions},
    },
    st.sampled_from(["m.room.message", "m.sticker", "m.reaction"]),
    st.sampled_from(["tea", "reader", "coffee"]),
    st.sampled_from([{}, {"m.mentions": {}}, {"m.mentions": {"user_ids": [READER]}}]),
    st.sampled_from(["m.text", "m.notice"]),
)


@settings(max_examples=600)
@given(st.lists(puts | switches | redirects, max_size=3), events, st.sampled_from([ROOM, OTHER]))
def test_a_shortcut_is_taken_only_where_it_is_right(changed: list[Any], event: Any, room_id: str) -> None:
    changes = NO_CHANGES
    for number, change in enumerate(changed):
        changes = apply(changes, number, change)
    ruleset = effective_rules(READER, changes)
    view, context = EventView({**event, "room_id": room_id}), RoomContext(member_count=2)
    mine = CompiledRules(READER, ruleset).evaluate(view, context)
    default = CompiledRules(READER, default_rules(READER)).evaluate(view, context)
    counted = (int(mine.notify), int(mine.notify and mine.highlight))
    expected = {
        Counting.DEFAULT: (int(default.notify), int(default.highlight)),
        Counting.SILENT: (0, 0),
        Counting.MENTIONS_ONLY: (int(default.highlight), int(default.highlight)),
        Counting.EVALUATE: counted,
    }
    assert counted == expected[Deviations(READER, ruleset).counting_in(room_id)]


def test_muting_a_room_the_way_apps_do_needs_no_look_at_its_events() -> None:
    mute = {"actions": [], "conditions": [{"kind": "event_match", "key": "room_id", "pattern": ROOM}]}
    changes = put_rule(NO_CHANGES, "override", ROOM, mute)
    changes = put_rule(changes, "room", OTHER, {"actions": []})
    deviations = Deviations(READER, effective_rules(READER, changes))
    assert deviations.counting_in(ROOM) is Counting.SILENT
    assert deviations.counting_in(OTHER) is Counting.MENTIONS_ONLY
    assert deviations.counting_in("!third:tea.test") is Counting.DEFAULT
