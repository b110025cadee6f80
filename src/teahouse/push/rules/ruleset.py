"""A user's changes to the default push rules: what may be changed, and the rules that result.

Client-server API, "Push Rules: API". Pure: each function takes the stored changes and gives new ones.
Refuses what would cost others: ids, patterns, rules and their number are bounded. Server-default rules
can be switched and given other actions, but neither replaced nor deleted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from teahouse.errors import Conflict, InvalidParam, MissingParam, NotFound, TooLarge
from teahouse.push.rules.default_rules import KINDS, MASTER, Rule, Ruleset, default_rules

MAX_RULES = 1_000
MAX_RULE_BYTES = 4_096
MAX_TOTAL_BYTES = 262_144
MAX_RULE_ID_BYTES = 255
MAX_PATTERN_CHARACTERS = 1_024
MAX_CONDITIONS = 32
MAX_ACTIONS = 32

_KNOWN_ACTIONS = ("notify", "dont_notify", "coalesce")
"""The last two mean nothing any more, but the apps that set them look for them."""


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """What a user changed: own rules by kind, and switches and actions of default rules by kind and id."""

    own: Mapping[str, list[Rule]] = field(default_factory=dict)
    enabled: Mapping[str, bool] = field(default_factory=dict)
    actions: Mapping[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: str | None) -> "RuleChanges":
        """Read what `written` gave; nothing stored means nothing changed."""
        return cls(**orjson.loads(stored)) if stored else NO_CHANGES

    def written(self) -> str:
        """Give the text to store; raise TooLarge when it is more than a user may keep."""
        text = orjson.dumps({"own": self.own, "enabled": self.enabled, "actions": self.actions})
        if len(text) > MAX_TOTAL_BYTES:
            raise TooLarge(f"All push rules together may have at most {MAX_TOTAL_BYTES} bytes")
        return text.decode()


NO_CHANGES = RuleChanges()


def effective_rules(user_id: str, changes: RuleChanges) -> Ruleset:
    """Return all rules of the user by kind, most important first, as clients get them."""
    defaults = default_rules(user_id)
    if changes is NO_CHANGES:
        return defaults
    result: Ruleset = {}
    for kind in KINDS:
        changed = [_changed(kind, rule, changes) for rule in defaults[kind]]
        own = list(changes.own.get(kind, ()))
        # The master switch stands above the user's own rules, all other defaults below them.
        first = [rule for rule in changed if rule["rule_id"] == MASTER]
        result[kind] = [*first, *own, *changed[len(first) :]]
    return result


def find_rule(user_id: str, changes: RuleChanges, kind: str, rule_id: str) -> Rule:
    """Return one rule; raise InvalidParam for an unknown kind and NotFound for an unknown rule."""
    for rule in effective_rules(user_id, changes)[_known_kind(kind)]:
        if rule["rule_id"] == rule_id:
            return rule
    raise NotFound("There is no such push rule")


def put_rule(
    changes: RuleChanges,
    kind: str,
    rule_id: str,
    body: Mapping[str, Any],
    *,
    before: str | None = None,
    after: str | None = None,
) -> RuleChanges:
    """Add a rule as the user's most important of its kind, or replace it, and put it where asked."""
    _check_new_id(rule_id)
    rule = _new_rule(_known_kind(kind), rule_id, body)
    own = list(changes.own.get(kind, ()))
    place = next((index for index, known in enumerate(own) if known["rule_id"] == rule_id), None)
    if place is None:
        if sum(map(len, changes.own.values())) >= MAX_RULES:
            raise InvalidParam(f"A user may have at most {MAX_RULES} push rules")
        place = 0
    else:
        rule["enabled"] = own.pop(place)["enabled"]
    if before is not None:
        place = _place_of(own, before)
    elif after is not None:
        place = _place_of(own, after) + 1
    own.insert(place, rule)
    return RuleChanges({**changes.own, kind: own}, changes.enabled, changes.actions)


def delete_rule(changes: RuleChanges, kind: str, rule_id: str) -> RuleChanges:
    """Take one of the user's own rules away; raise NotFound when there is none with this id."""
    own = list(changes.own.get(_known_kind(kind), ()))
    kept = [rule for rule in own if rule["rule_id"] != rule_id]
    if len(kept) == len(own):
        raise NotFound("There is no such push rule of yours")
    return RuleChanges({**changes.own, kind: kept}, changes.enabled, changes.actions)


def follow_room(changes: RuleChanges, old_id: str, new_id: str) -> RuleChanges:
    """Give the new room the rules that name the old one, except where it has rules of its own already."""
    own = dict(changes.own)
    for kind, rules in changes.own.items():
        taken = {rule["rule_id"] for rule in rules}
        moved = [_moved(rule, old_id, new_id) for rule in rules if rule["rule_id"] == old_id]
        own[kind] = [*(rule for rule in moved if rule["rule_id"] not in taken), *rules]
    if sum(map(len, own.values())) > MAX_RULES:
        return changes
    return RuleChanges(own, changes.enabled, changes.actions)


def _moved(rule: Rule, old_id: str, new_id: str) -> Rule:
    moved = {**rule, "rule_id": new_id}
    if "conditions" in rule:
        # An app that mutes a room overrides all else where the room's id is this one.
        moved["conditions"] = [
            {**condition, "pattern": new_id} if condition.get("pattern") == old_id else condition
            for condition in rule["conditions"]
        ]
    return moved


def set_enabled(user_id: str, changes: RuleChanges, kind: str, rule_id: str, enabled: object) -> RuleChanges:
    """Switch a rule, default or own, on or off; raise NotFound when there is none with this id."""
    if not isinstance(enabled, bool):
        raise InvalidParam("'enabled' must be true or false")
    rule = find_rule(user_id, changes, kind, rule_id)
    if rule["default"]:
        return RuleChanges(changes.own, {**changes.enabled, f"{kind}/{rule_id}": enabled}, changes.actions)
    return _with_own(changes, kind, {**rule, "enabled": enabled})


def set_actions(user_id: str, changes: RuleChanges, kind: str, rule_id: str, actions: object) -> RuleChanges:
    """Give a rule, default or own, other actions; raise NotFound when there is none with this id."""
    checked = _checked_actions(actions)
    rule = find_rule(user_id, changes, kind, rule_id)
    if rule["default"]:
        return RuleChanges(changes.own, changes.enabled, {**changes.actions, f"{kind}/{rule_id}": checked})
    return _with_own(changes, kind, _within_size({**rule, "actions": checked}))


def _changed(kind: str, rule: Rule, changes: RuleChanges) -> Rule:
    key = f"{kind}/{rule['rule_id']}"
    if key not in changes.enabled and key not in changes.actions:
        return rule
    return {
        **rule,
        "enabled": changes.enabled.get(key, rule["enabled"]),
        "actions": changes.actions.get(key, rule["actions"]),
    }


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        raise InvalidParam(f"Unknown kind of push rule; the kinds are {', '.join(KINDS)}")
    return kind


def _check_new_id(rule_id: str) -> None:
    if rule_id.startswith("."):
        raise InvalidParam("Rule ids that start with a dot belong to the server")
    if not rule_id or "/" in rule_id or "\\" in rule_id:
        raise InvalidParam("A rule id must not be empty and must hold neither / nor \\")
    if len(rule_id.encode()) > MAX_RULE_ID_BYTES:
        raise InvalidParam(f"A rule id may have at most {MAX_RULE_ID_BYTES} bytes")


def _new_rule(kind: str, rule_id: str, body: Mapping[str, Any]) -> Rule:
    if "actions" not in body:
        raise MissingParam("A push rule needs 'actions'")
    rule: Rule = {"rule_id": rule_id, "default": False, "enabled": True}
    rule["actions"] = _checked_actions(body["actions"])
    if kind in ("override", "underride"):
        rule["conditions"] = _checked_conditions(body.get("conditions") or [])
    elif kind == "content":
        rule["pattern"] = _checked_pattern(body.get("pattern"))
    return _within_size(rule)


def _checked_actions(actions: object) -> list[Any]:
    if not isinstance(actions, list) or len(actions) > MAX_ACTIONS:
        raise InvalidParam(f"'actions' must be a list of at most {MAX_ACTIONS}")
    for action in actions:
        tweak = action.get("set_tweak") if isinstance(action, dict) else None
        if action not in _KNOWN_ACTIONS and not isinstance(tweak, str):
            raise InvalidParam("An action is either \"notify\" or an object with 'set_tweak'")
    return actions


def _checked_conditions(conditions: object) -> list[Any]:
    if not isinstance(conditions, list) or len(conditions) > MAX_CONDITIONS:
        raise InvalidParam(f"'conditions' must be a list of at most {MAX_CONDITIONS}")
    for condition in conditions:
        if not isinstance(condition, dict) or not isinstance(condition.get("kind"), str):
            raise InvalidParam("A condition is an object with a 'kind'")
        if "pattern" in condition:
            _checked_pattern(condition["pattern"])
    return conditions


def _checked_pattern(pattern: object) -> str:
    if pattern is None:
        raise MissingParam("A content rule needs a 'pattern'")
    if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN_CHARACTERS:
        raise InvalidParam(f"'pattern' must be a text of at most {MAX_PATTERN_CHARACTERS} characters")
    return pattern


def _within_size(rule: Rule) -> Rule:
    if len(orjson.dumps(rule)) > MAX_RULE_BYTES:
        raise TooLarge(f"A push rule may have at most {MAX_RULE_BYTES} bytes")
    return rule


def _place_of(own: list[Rule], rule_id: str) -> int:
    for index, rule in enumerate(own):
        if rule["rule_id"] == rule_id:
            return index
    raise Conflict(f"before/after: there is no rule {rule_id!r} of yours in this kind")


def _with_own(changes: RuleChanges, kind: str, rule: Rule) -> RuleChanges:
    own = [rule if known["rule_id"] == rule["rule_id"] else known for known in changes.own[kind]]
    return RuleChanges({**changes.own, kind: own}, changes.enabled, changes.actions)
