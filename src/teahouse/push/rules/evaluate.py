"""A user's push rules, compiled: what does this event do for this reader?

Client-server API, "Push Rules". Pure: the rules come in, the verdict goes out. Own events never notify,
the first matching rule decides, and when none matches nothing happens. Storing and changing rules is
in `ruleset.py` and `rule_book.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from teahouse.push.rules.conditions import (
    Condition,
    EventView,
    RoomContext,
    compile_condition,
    matches_body,
    never,
    says_no_mentions,
)
from teahouse.push.rules.default_rules import LEGACY_MENTION_RULES, Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Actions:
    """What the deciding rule asks for; `tweaks` go to the push gateway as they are."""

    notify: bool = False
    highlight: bool = False
    sound: str | None = None
    tweaks: Mapping[str, Any] = field(default_factory=dict)
    listed: tuple[Any, ...] = ()


NOTHING = Actions()


def read_actions(listed: Sequence[Any]) -> Actions:
    """Read a rule's list of actions; the historical `dont_notify` and `coalesce` mean nothing."""
    kept = tuple(action for action in listed if action == "notify" or isinstance(action, Mapping))
    tweaks: dict[str, Any] = {}
    for action in kept:
        name = action.get("set_tweak") if isinstance(action, Mapping) else None
        if isinstance(name, str):
            tweaks[name] = action.get("value", True if name == "highlight" else None)
    sound = tweaks.get("sound")
    return Actions(
        notify="notify" in kept,
        highlight=tweaks.get("highlight") is True,
        sound=sound if isinstance(sound, str) else None,
        tweaks=tweaks,
        listed=kept,
    )


class CompiledRules:
    """One user's rules, ready to judge events; keep it while the rules are unchanged."""

    __slots__ = ("_after", "_before", "_rooms", "_senders", "user_id")

    def __init__(self, user_id: str, ruleset: Ruleset) -> None:
        self.user_id = user_id
        self._before = [*_conditional(ruleset["override"]), *_content(ruleset["content"])]
        self._rooms = _by_id(ruleset["room"])
        self._senders = _by_id(ruleset["sender"])
        self._after = _conditional(ruleset["underride"])

    def evaluate(self, view: EventView, context: RoomContext) -> Actions:
        """Return the actions of the most important rule that matches the event."""
        event = view.event
        sender = event.get("sender")
        if sender == self.user_id:
            return NOTHING
        found = _first(self._before, view, context)
        if found is None and self._rooms:
            found = self._rooms.get(event.get("room_id", ""))
        if found is None and self._senders:
            found = self._senders.get(sender or "")
        if found is None:
            found = _first(self._after, view, context)
        return NOTHING if found is None else found


_Compiled = tuple[tuple[Condition, ...], Actions]


def _first(rules: list[_Compiled], view: EventView, context: RoomContext) -> Actions | None:
    for conditions, actions in rules:
        for holds in conditions:
            if not holds(view, context):
                break
        else:
            return actions
    return None


def _conditional(rules: list[Rule]) -> list[_Compiled]:
    compiled = []
    for rule in rules:
        conditions = tuple(compile_condition(raw) for raw in rule.get("conditions") or ())
        if rule["enabled"] and never not in conditions:
            compiled.append((_guarded(rule, conditions), read_actions(rule["actions"])))
    return compiled


def _content(rules: list[Rule]) -> list[_Compiled]:
    return [
        (_guarded(rule, (matches_body(rule["pattern"]),)), read_actions(rule["actions"]))
        for rule in rules
        if rule["enabled"] and isinstance(rule.get("pattern"), str)
    ]


def _guarded(rule: Rule, conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return (says_no_mentions, *conditions) if rule["rule_id"] in LEGACY_MENTION_RULES else conditions


def _by_id(rules: list[Rule]) -> dict[str, Actions]:
    return {rule["rule_id"]: read_actions(rule["actions"]) for rule in rules if rule["enabled"]}
