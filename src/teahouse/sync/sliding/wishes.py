"""What a client wants to see of a room: how many events, and which state (MSC4186, "Room config"). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

MEMBER = "m.room.member"
Key = tuple[str, str]
Pattern = tuple[str | None, str | None]
"""An event type and a state key; None matches all."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StateRule:
    """Which state one list or subscription wants.

    With `lazy` a pattern for all types leaves the members out: they come as the timeline names them.
    """

    include: frozenset[Pattern] = frozenset()
    exclude: frozenset[Pattern] = frozenset()
    lazy: bool = False

    def wants(self, event_type: str, state_key: str) -> bool:
        """Say whether a state event of this key is wanted."""
        exclude, include = self.exclude, self.include
        if exclude and any(pattern in exclude for pattern in _patterns(event_type, state_key)):
            return False
        if (event_type, state_key) in include or (event_type, None) in include:
            return True
        if self.lazy and event_type == MEMBER:
            return False
        return (None, None) in include or (None, state_key) in include

    def named_members(self) -> set[str] | None:
        """Give the users whose member events the patterns may match, None when that is all."""
        named: set[str] = set()
        for event_type, state_key in self.include:
            if event_type == MEMBER or (event_type is None and not self.lazy):
                if state_key is None:
                    return None
                named.add(state_key)
        return named


def _patterns(event_type: str, state_key: str) -> tuple[Pattern, ...]:
    return (event_type, state_key), (event_type, None), (None, state_key), (None, None)


@dataclass(frozen=True, slots=True)
class RoomWish:
    """Everything wanted of one room: a room that several lists show is wanted as all of them want it."""

    limit: int
    rules: frozenset[StateRule]

    @property
    def lazy(self) -> bool:
        """Say whether members are told as the timeline names them."""
        return any(rule.lazy for rule in self.rules)

    def wants(self, event_type: str, state_key: str) -> bool:
        """Say whether a state event of this key is wanted."""
        return any(rule.wants(event_type, state_key) for rule in self.rules)

    def pick(self, state: Mapping[Key, T]) -> dict[Key, T]:
        """Keep of the state what is wanted."""
        return {key: event for key, event in state.items() if self.wants(*key)}

    def named_members(self) -> set[str] | None:
        """Give the users whose member events may be wanted whoever speaks, None when that is all."""
        named: set[str] = set()
        for rule in self.rules:
            more = rule.named_members()
            if more is None:
                return None
            named |= more
        return named

    def exceeds(self, before: "RoomWish", depth: int) -> bool:
        """Say whether this wants more than what was told by the wish before, with its newest `depth` events."""
        return self.limit > depth or not self.rules <= before.rules


def merged(wishes: Iterable[RoomWish]) -> RoomWish | None:
    """Give the wish that wants whatever any of these wants, None for no wish at all."""
    whole: RoomWish | None = None
    for wish in wishes:
        if whole is None or wish == whole:
            whole = wish
        else:
            whole = RoomWish(max(whole.limit, wish.limit), whole.rules | wish.rules)
    return whole
