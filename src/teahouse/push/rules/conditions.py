"""The conditions of push rules, each compiled once into a function of the event and the room.

Client-server API, "Conditions". What isn't understood (an unknown kind, a missing or wrong parameter)
never matches, and so its rule sleeps; nothing here raises for what a user wrote.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from teahouse.push.rules.glob import Glob, Subject, fold, mark_word_edges

BODY = ("content", "body")
DEFAULT_NOTIFICATION_LEVEL = 50

_ABSENT = object()
_SCALARS = (str, int, bool, type(None))
_LARGEST = 2**53 - 1
_COUNT = re.compile(r"(==|<=|>=|<|>)?([0-9]{1,18})", re.ASCII)
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "": operator.eq,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_ESCAPED = re.compile(r"\\([\\.])|(\.)")


@dataclass(frozen=True, slots=True)
class RoomContext:
    """What the conditions need to know about the room and the reader, at the time of the event."""

    member_count: int
    display_name: str | None = None
    sender_power: float = 0
    notification_levels: Mapping[str, Any] = field(default_factory=dict)

    def sender_may_notify(self, key: str) -> bool:
        """Say whether the sender has the power to trigger notifications of this type."""
        level = self.notification_levels.get(key, DEFAULT_NOTIFICATION_LEVEL)
        if not isinstance(level, int) or isinstance(level, bool):
            level = DEFAULT_NOTIFICATION_LEVEL
        return self.sender_power >= level


class EventView:
    """An event as rules look at it; readers of the same event share what was worked out."""

    __slots__ = ("_subjects", "event")

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event
        self._subjects: dict[tuple[str, ...], Subject | None] = {}

    def value(self, path: tuple[str, ...]) -> Any:
        """Return the property at the path, or a mark of absence that equals nothing."""
        found: Any = self.event
        for name in path:
            if not isinstance(found, dict) or name not in found:
                return _ABSENT
            found = found[name]
        return found

    def subject(self, path: tuple[str, ...]) -> Subject | None:
        """Return the text at the path ready to be matched; None unless it is a string."""
        try:
            return self._subjects[path]
        except KeyError:
            value = self.value(path)
            subject = self._subjects[path] = Subject(value) if isinstance(value, str) else None
            return subject


Condition = Callable[[EventView, RoomContext], bool]


def parse_path(key: str) -> tuple[str, ...]:
    r"""Split a dot-separated property path; `\.` and `\\` stand for the characters themselves."""
    names, name, place = [], "", 0
    for found in _ESCAPED.finditer(key):
        name += key[place : found.start()]
        if found[1]:
            name += found[1]
        else:
            names.append(name)
            name = ""
        place = found.end()
    return (*names, name + key[place:])


def compile_condition(raw: object) -> Condition:
    """Compile one condition of an override or underride rule."""
    if not isinstance(raw, Mapping):
        return never
    make = _MAKERS.get(raw.get("kind", "")) if isinstance(raw.get("kind"), str) else None
    return make(raw) if make else never


def never(_view: EventView, _context: RoomContext) -> bool:
    """Match nothing: what an unknown condition does."""
    return False


def says_no_mentions(view: EventView, _context: RoomContext) -> bool:
    """Hold for events without `m.mentions`, the only ones that legacy mention rules may match."""
    content = view.event.get("content")
    return not (isinstance(content, dict) and "m.mentions" in content)


def matches_body(pattern: str) -> Condition:
    """Compile a glob on `content.body` between word boundaries, as content rules have it."""
    glob = Glob(pattern)

    def check(view: EventView, _context: RoomContext) -> bool:
        subject = view.subject(BODY)
        return subject is not None and glob.matches_words(subject)

    return check


def mentions_name(name: str, subject: Subject) -> bool:
    """Say whether the text holds the name, as it is written, between word boundaries."""
    needle = fold(name.strip())
    return bool(needle) and needle in subject.text and mark_word_edges(needle) in subject.marked


def _event_match(raw: Mapping[str, Any]) -> Condition:
    key, pattern = raw.get("key"), raw.get("pattern")
    if not isinstance(key, str) or not isinstance(pattern, str):
        return never
    path = parse_path(key)
    if path == BODY:
        return matches_body(pattern)
    if "*" not in pattern and "?" not in pattern:
        return _equals_folded(path, fold(pattern))
    glob = Glob(pattern)

    def check(view: EventView, _context: RoomContext) -> bool:
        subject = view.subject(path)
        return subject is not None and glob.matches_whole(subject)

    return check


def _equals_folded(path: tuple[str, ...], folded: str) -> Condition:
    def check(view: EventView, _context: RoomContext) -> bool:
        subject = view.subject(path)
        return subject is not None and subject.text == folded

    return check


def _scalar(raw: Mapping[str, Any]) -> object:
    value = raw.get("value", _ABSENT)
    if type(value) not in _SCALARS or (isinstance(value, int) and abs(value) > _LARGEST):
        return _ABSENT
    return value


def _property_is(raw: Mapping[str, Any]) -> Condition:
    key, value = raw.get("key"), _scalar(raw)
    if not isinstance(key, str) or value is _ABSENT:
        return never
    path, kind = parse_path(key), type(value)

    def check(view: EventView, _context: RoomContext) -> bool:
        found = view.value(path)
        return type(found) is kind and bool(found == value)

    return check


def _property_contains(raw: Mapping[str, Any]) -> Condition:
    key, value = raw.get("key"), _scalar(raw)
    if not isinstance(key, str) or value is _ABSENT:
        return never
    path, kind = parse_path(key), type(value)

    def check(view: EventView, _context: RoomContext) -> bool:
        found = view.value(path)
        return isinstance(found, list) and any(type(item) is kind and item == value for item in found)

    return check


def _contains_display_name(_raw: Mapping[str, Any]) -> Condition:
    def check(view: EventView, context: RoomContext) -> bool:
        if not context.display_name:
            return False
        subject = view.subject(BODY)
        return subject is not None and mentions_name(context.display_name, subject)

    return check


def _room_member_count(raw: Mapping[str, Any]) -> Condition:
    wanted = raw.get("is")
    found = _COUNT.fullmatch(wanted) if isinstance(wanted, str) else None
    if found is None:
        return never
    compare, count = _COMPARE[found[1] or ""], int(found[2])
    return lambda _view, context: compare(context.member_count, count)


def _sender_notification_permission(raw: Mapping[str, Any]) -> Condition:
    key = raw.get("key")
    if not isinstance(key, str):
        return never
    return lambda _view, context: context.sender_may_notify(key)


_MAKERS: dict[str, Callable[[Mapping[str, Any]], Condition]] = {
    "event_match": _event_match,
    "event_property_is": _property_is,
    "event_property_contains": _property_contains,
    "contains_display_name": _contains_display_name,
    "room_member_count": _room_member_count,
    "sender_notification_permission": _sender_notification_permission,
}
