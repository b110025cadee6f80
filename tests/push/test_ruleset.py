"""Changing push rules: order, bounds, and what belongs to the server."""

from typing import Any

import pytest

from teahouse.errors import Conflict, InvalidParam, MissingParam, NotFound, TeahouseError, TooLarge
from teahouse.push.rules.ruleset import (
    MAX_PATTERN_CHARACTERS,
    MAX_RULE_ID_BYTES,
    MAX_RULES,
    NO_CHANGES,
    RuleChanges,
    delete_rule,
    effective_rules,
    find_rule,
    put_rule,
    set_actions,
    set_enabled,
)

READER = "@reader:tea.test"


def with_words(*words: str) -> RuleChanges:
    changes = NO_CHANGES
    for word in words:
        changes = put_rule(changes, "content", word, {"actions": ["notify"], "pattern": word})
    return changes


def order(changes: RuleChanges) -> list[str]:
    return [rule["rule_id"] for rule in effective_rules(READER, changes)["content"]][:-1]


def test_a_new_rule_becomes_the_most_important_of_the_users_own() -> None:
    assert order(with_words("tea", "milk", "sugar")) == ["sugar", "milk", "tea"]


def test_before_is_more_important_and_after_less() -> None:
    changes = with_words("tea", "milk")
    body = {"actions": [], "pattern": "x"}
    assert order(put_rule(changes, "content", "x", body, before="tea")) == ["milk", "x", "tea"]
    assert order(put_rule(changes, "content", "x", body, after="tea")) == ["milk", "tea", "x"]
    assert order(put_rule(changes, "content", "x", body, before="milk", after="tea")) == ["x", "milk", "tea"]
    assert order(put_rule(changes, "content", "tea", body, before="milk")) == ["tea", "milk"]
    for reference in (".m.rule.contains_user_name", "nowhere", "x"):
        with pytest.raises(Conflict, match="before/after"):
            put_rule(changes, "content", "x", body, before=reference)


def test_replacing_a_rule_keeps_its_place_and_its_switch() -> None:
    changes = set_enabled(READER, with_words("tea", "milk"), "content", "tea", False)
    changes = put_rule(changes, "content", "tea", {"actions": [], "pattern": "matcha"})
    assert order(changes) == ["milk", "tea"]
    assert find_rule(READER, changes, "content", "tea") == {
        "rule_id": "tea",
        "default": False,
        "enabled": False,
        "actions": [],
        "pattern": "matcha",
    }


def test_default_rules_can_be_switched_and_redirected_but_not_replaced_or_deleted() -> None:
    rule_id = ".m.rule.message"
    changes = set_enabled(READER, NO_CHANGES, "underride", rule_id, False)
    changes = set_actions(READER, changes, "underride", rule_id, ["notify", "dont_notify"])
    rule = find_rule(READER, RuleChanges.read(changes.written()), "underride", rule_id)
    assert (rule["enabled"], rule["actions"], rule["default"]) == (False, ["notify", "dont_notify"], True)
    assert find_rule(READER, NO_CHANGES, "underride", rule_id)["enabled"] is True
    with pytest.raises(InvalidParam, match="dot"):
        put_rule(changes, "underride", rule_id, {"actions": []})
    with pytest.raises(NotFound):
        delete_rule(changes, "underride", rule_id)


def test_the_master_switch_stands_above_own_rules_and_other_defaults_below() -> None:
    changes = put_rule(NO_CHANGES, "override", "mine", {"actions": []})
    ids = [rule["rule_id"] for rule in effective_rules(READER, changes)["override"]]
    assert ids[:3] == [".m.rule.master", "mine", ".m.rule.suppress_notices"]


def test_a_deleted_rule_is_gone() -> None:
    changes = delete_rule(with_words("tea"), "content", "tea")
    assert order(changes) == []
    with pytest.raises(NotFound):
        find_rule(READER, changes, "content", "tea")


@pytest.mark.parametrize(
    ("kind", "rule_id", "body", "error"),
    [
        ("content", "x", {"pattern": "x"}, MissingParam),
        ("content", "x", {"actions": ["notify"]}, MissingParam),
        ("content", "x", {"actions": ["notify"], "pattern": 3}, InvalidParam),
        ("content", "x", {"actions": "notify", "pattern": "x"}, InvalidParam),
        ("content", "x", {"actions": ["shout"], "pattern": "x"}, InvalidParam),
        ("content", "x", {"actions": [{"value": 1}], "pattern": "x"}, InvalidParam),
        ("content", "x", {"actions": [3], "pattern": "x"}, InvalidParam),
        ("override", "x", {"actions": [], "conditions": "all"}, InvalidParam),
        ("override", "x", {"actions": [], "conditions": [{"key": "type"}]}, InvalidParam),
        ("override", "x", {"actions": [], "conditions": [["x"]]}, InvalidParam),
        ("override", "a/b", {"actions": []}, InvalidParam),
        ("override", "a\\b", {"actions": []}, InvalidParam),
        ("override", ".mine", {"actions": []}, InvalidParam),
        ("override", "", {"actions": []}, InvalidParam),
        ("device", "x", {"actions": []}, InvalidParam),
        ("override", "x", {"actions": [{"set_tweak": "x", "value": "y" * 5000}]}, TooLarge),
    ],
)
def test_a_malformed_rule_is_refused(kind: str, rule_id: str, body: Any, error: type[TeahouseError]) -> None:
    with pytest.raises(error):
        put_rule(NO_CHANGES, kind, rule_id, body)


def test_g26_ids_patterns_and_the_number_of_rules_are_bounded() -> None:
    body: dict[str, Any] = {"actions": [], "pattern": "x" * MAX_PATTERN_CHARACTERS}
    put_rule(NO_CHANGES, "content", "i" * MAX_RULE_ID_BYTES, body)
    with pytest.raises(InvalidParam):
        put_rule(NO_CHANGES, "content", "i" * (MAX_RULE_ID_BYTES + 1), body)
    with pytest.raises(InvalidParam):
        put_rule(NO_CHANGES, "content", "i", {**body, "pattern": body["pattern"] + "x"})
    full = with_words(*(f"w{number}" for number in range(MAX_RULES)))
    assert RuleChanges.read(full.written()) == full
    with pytest.raises(InvalidParam, match="at most"):
        put_rule(full, "room", "!r:tea.test", {"actions": []})
    put_rule(full, "content", "w1", {"actions": [], "pattern": "replaced"})
    long = RuleChanges({"content": [{"rule_id": "x", "pattern": "y" * 300_000}]})
    with pytest.raises(TooLarge):
        long.written()
