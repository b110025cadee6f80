"""In which rooms do a user's rules count differently from the default ones?

Pure. Owns the shortcuts that let nearly everybody's unread counts come from the room's own totals: a room
that is silenced, or reduced to mentions, needs no look at its events either. When in doubt the answer is
EVALUATE, which is always right.
"""

from enum import Enum

from teahouse.push.rules.default_rules import KINDS, MASTER, Rule, Ruleset, default_rules
from teahouse.push.rules.evaluate import read_actions
from teahouse.push.rules.glob import fold


class Counting(Enum):
    """How a reader's unread count in a room is found."""

    DEFAULT = "the room's totals are right for this reader"
    SILENT = "nothing in the room ever counts"
    MENTIONS_ONLY = "only what highlights counts"
    EVALUATE = "each event since the reader's marker must be judged"


class Deviations:
    """What a user's rules change, worked out once for each state of the rules."""

    __slots__ = ("_everywhere", "_mentions_only", "_silent", "_unclear")

    def __init__(self, user_id: str, ruleset: Ruleset) -> None:
        self._silent: set[str] = set()
        self._mentions_only: set[str] = set()
        self._unclear: set[str] = set()
        self._everywhere: Counting | None = None
        for kind in KINDS:
            for rule in ruleset[kind]:
                if rule["enabled"] and not rule["default"]:
                    self._take(kind, rule)
        if _differ_in_counting(default_rules(user_id), ruleset):
            self._everywhere = Counting.EVALUATE
        master = next(rule for rule in ruleset["override"] if rule["rule_id"] == MASTER)
        if master["enabled"]:
            self._silent.clear()
            notifies = read_actions(master["actions"]).notify
            self._everywhere = Counting.EVALUATE if notifies else Counting.SILENT

    def counting_in(self, room_id: str) -> Counting:
        """Say how to count for this user in this room."""
        folded = fold(room_id)
        if self._everywhere is Counting.SILENT or folded in self._silent:
            return Counting.SILENT
        if self._everywhere or folded in self._unclear:
            return Counting.EVALUATE
        return Counting.MENTIONS_ONLY if folded in self._mentions_only else Counting.DEFAULT

    def _take(self, kind: str, rule: Rule) -> None:
        notifies = read_actions(rule["actions"]).notify
        if kind == "room":
            (self._unclear if notifies else self._mentions_only).add(fold(rule["rule_id"]))
            return
        room_id, alone = _room_named_by(rule)
        if room_id is None:
            self._everywhere = Counting.EVALUATE
        elif kind == "override" and alone and not notifies and not self._is_touched(room_id):
            self._silent.add(room_id)
        else:
            self._unclear.add(room_id)

    def _is_touched(self, room_id: str) -> bool:
        """Say whether a rule above may decide before this one does."""
        return self._everywhere is not None or room_id in self._unclear


def _room_named_by(rule: Rule) -> tuple[str | None, bool]:
    """Give the only room that a rule can match, folded, and whether being that room is all it asks."""
    conditions = rule.get("conditions") or []
    for condition in conditions:
        if condition.get("kind") == "event_match" and condition.get("key") == "room_id":
            pattern = condition.get("pattern")
            if isinstance(pattern, str) and "*" not in pattern and "?" not in pattern:
                return fold(pattern), len(conditions) == 1
    return None, False


def _differ_in_counting(defaults: Ruleset, ruleset: Ruleset) -> bool:
    """Say whether a default rule is switched, or notifies or highlights otherwise than by default."""
    for kind in KINDS:
        changed = {rule["rule_id"]: rule for rule in ruleset[kind] if rule["default"]}
        for rule in defaults[kind]:
            mine = changed[rule["rule_id"]]
            if mine is not rule and rule["rule_id"] != MASTER and _counts(mine) != _counts(rule):
                return True
    return False


def _counts(rule: Rule) -> tuple[bool, bool, bool]:
    actions = read_actions(rule["actions"])
    return rule["enabled"], actions.notify, actions.highlight
