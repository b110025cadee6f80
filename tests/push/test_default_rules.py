"""The default rules judge events as the specification says, and the quick verdict judges the same."""

import time
import timeit
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teahouse.push.rules.conditions import EventView, RoomContext, mentions_name
from teahouse.push.rules.default_rules import KINDS, default_rules
from teahouse.push.rules.default_verdict import default_verdict
from teahouse.push.rules.evaluate import Actions, CompiledRules
from teahouse.push.rules.glob import Subject

READER, SENDER = "@reader:tea.test", "@sender:tea.test"
NAME = "Rea der"
RULES = CompiledRules(READER, default_rules(READER))


def judge(event: dict[str, Any], *, members: int = 3, power: int = 0, name: str | None = None) -> Actions:
    context = RoomContext(member_count=members, display_name=name, sender_power=power)
    return RULES.evaluate(EventView({"room_id": "!r:tea.test", "sender": SENDER, **event}), context)


def message(body: Any = "hello", **content: Any) -> dict[str, Any]:
    return {"type": "m.room.message", "content": {"msgtype": "m.text", "body": body, **content}}


def outcome(actions: Actions) -> tuple[bool, bool, str | None]:
    return actions.notify, actions.highlight, actions.sound


SILENT = (False, False, None)
HEARD = (True, False, None)
CALLED = (True, True, "default")
ALL_CALLED = (True, True, None)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (message(), HEARD),
        ({"type": "m.room.encrypted", "content": {"ciphertext": "x"}}, HEARD),
        ({"type": "m.call.invite", "content": {}}, (True, False, "ring")),
        (message(msgtype="m.notice"), SILENT),
        (message(**{"m.relates_to": {"rel_type": "m.replace", "event_id": "$a"}}), SILENT),
        ({"type": "m.reaction", "content": {"m.relates_to": {"rel_type": "m.annotation"}}}, SILENT),
        ({"type": "m.room.topic", "state_key": "", "content": {"topic": "reader"}}, SILENT),
        ({"type": "m.room.member", "state_key": SENDER, "content": {"membership": "join"}}, SILENT),
        (
            {"type": "m.room.member", "state_key": READER, "content": {"membership": "invite"}},
            (True, False, "default"),
        ),
        ({"type": "m.room.tombstone", "state_key": "", "content": {"body": "moved"}}, ALL_CALLED),
        ({"type": "m.room.tombstone", "content": {"body": "not state"}}, SILENT),
        ({"type": "m.room.server_acl", "state_key": "", "content": {"body": "reader"}}, SILENT),
        (message("reader, come"), CALLED),
        (message("readers, come"), HEARD),
        (message("reader, come", **{"m.mentions": {}}), HEARD),
        (message(**{"m.mentions": {"user_ids": [READER]}}), CALLED),
        (message(**{"m.mentions": {"user_ids": READER}}), HEARD),
        (message(msgtype="m.notice", **{"m.mentions": {"user_ids": [READER]}}), SILENT),
        ({"type": "m.reaction", "content": {"m.mentions": {"user_ids": [READER]}}}, CALLED),
        (message("@room tea is ready"), HEARD),
    ],
)
def test_a_reader_with_default_rules_hears_what_the_specification_says(
    event: dict[str, Any], expected: tuple[bool, bool, str | None]
) -> None:
    assert outcome(judge(event)) == expected


def test_the_whole_room_is_called_only_by_those_with_the_power() -> None:
    calls = [message("@room tea is ready"), message(**{"m.mentions": {"room": True}})]
    assert [outcome(judge(call, power=50)) for call in calls] == [ALL_CALLED, ALL_CALLED]
    assert [outcome(judge(call, power=49)) for call in calls] == [HEARD, HEARD]


def test_a_message_between_two_makes_a_sound() -> None:
    assert outcome(judge(message(), members=2)) == (True, False, "default")


def test_own_events_never_notify() -> None:
    assert judge({**message("reader"), "sender": READER}) == Actions()


def test_the_display_name_calls_only_where_mentions_are_not_said() -> None:
    assert outcome(judge(message("dear rea DER, tea?"), name=NAME)) == CALLED
    assert outcome(judge(message("dear rea DER, tea?", **{"m.mentions": {}}), name=NAME)) == HEARD


def test_the_defaults_are_complete_and_ordered() -> None:
    rules = default_rules(READER)
    assert tuple(rules) == KINDS
    assert [rule["rule_id"].removeprefix(".m.rule.") for rule in rules["override"]] == [
        "master",
        "suppress_notices",
        "invite_for_me",
        "member_event",
        "is_user_mention",
        "contains_display_name",
        "is_room_mention",
        "roomnotif",
        "tombstone",
        "reaction",
        "room.server_acl",
        "suppress_edits",
    ]
    assert [rule["rule_id"].removeprefix(".m.rule.") for rule in rules["underride"]] == [
        "call",
        "encrypted_room_one_to_one",
        "room_one_to_one",
        "message",
        "encrypted",
    ]
    assert [rule["pattern"] for rule in rules["content"]] == ["reader"]
    assert [rule["rule_id"] for kind in KINDS for rule in rules[kind] if not rule["enabled"]] == [
        ".m.rule.master"
    ]


words = st.sampled_from(
    ["@room", "reader", "READER!", "Rea der", "hi", "爱", "@rooms", "a@room", "_reader", ""]
)
bodies = st.lists(words, max_size=4).map(" ".join) | st.just(None) | st.just(7)
user_lists = st.lists(st.sampled_from([READER, SENDER, "@other:tea.test", 3, None]), max_size=3)
mention_sets = st.fixed_dictionaries(
    {}, optional={"user_ids": user_lists | st.just(READER), "room": st.sampled_from([True, False, 1, "true"])}
)
contents = st.fixed_dictionaries(
    {},
    optional={
        "msgtype": st.sampled_from(["m.text", "m.notice", "M.Notice", 3]),
        "body": bodies,
        "m.mentions": mention_sets | st.sampled_from([None, []]),
        "m.relates_to": st.sampled_from(
            [{"rel_type": "m.replace"}, {"rel_type": "m.thread"}, {"rel_type": None}, "m.replace"]
        ),
        "membership": st.sampled_from(["invite", "join"]),
    },
)
types = st.sampled_from(
    [
        "m.room.message",
        "M.Room.Message",
        "m.room.encrypted",
        "m.call.invite",
        "m.reaction",
        "m.sticker",
        "m.room.tombstone",
        "m.room.server_acl",
        "m.room.member",
        "m.room.topic",
        "m.poll.start",
    ]
)


@settings(max_examples=1000)
@given(
    types,
    st.sampled_from([None, "", "@other:tea.test"]),
    contents,
    st.sampled_from([0, 50]),
    st.sampled_from([2, 3]),
    st.sampled_from([None, NAME, "爱"]),
)
def test_the_quick_verdict_equals_the_full_evaluation_for_every_default_reader(
    kind: str, state_key: str | None, content: dict[str, Any], power: int, members: int, name: str | None
) -> None:
    event = {"type": kind, "content": content}
    if state_key is not None:
        event["state_key"] = state_key
    verdict = default_verdict(kind, state_key, content, SENDER, sender_may_notify_room=power >= 50)
    called = READER in verdict.mentions
    if verdict.legacy_mentions:
        called |= mentions_name(name or "", Subject(content["body"]))
    if verdict.legacy_user_names:
        called |= mentions_name("reader", Subject(content["body"]))
    actions = judge(event, members=members, power=power, name=name)
    assert (actions.notify, actions.highlight) == (
        verdict.notifies or called,
        verdict.highlights_room or called,
    )
    assert SENDER not in verdict.mentions


def test_a_plain_message_is_judged_in_three_microseconds() -> None:
    content = {"msgtype": "m.text", "body": "The water is boiling, shall we begin?", "m.mentions": {}}

    def once() -> None:
        default_verdict("m.room.message", None, content, SENDER, sender_may_notify_room=False)

    tries = (timeit.timeit(once, number=2000, timer=time.process_time) / 2000 for _ in range(30))
    assert any(seconds < 3e-6 for seconds in tries)
