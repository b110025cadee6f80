"""What a scenario measures, and when that is good enough.

Owns the vocabulary of results: a measure, its unit and its goal. Refuses goals in absolute CPU time: machines
differ, so such a goal is a ratio to Synapse in the same run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound, on Teahouse's own value or on the ratio between the two servers."""

    kind: Literal["at most", "at least", "times less", "times more"]
    bound: float

    def is_met(self, ours: float, peer: float | None) -> bool | None:
        """Say whether the goal is met, or None when there is nothing to compare with."""
        if self.kind == "at most":
            return ours <= self.bound
        if self.kind == "at least":
            return ours >= self.bound
        if not peer or not ours:
            return None
        return (peer / ours if self.kind == "times less" else ours / peer) >= self.bound

    def __str__(self) -> str:
        return f"{self.kind} {self.bound:g}" if self.kind.startswith("at") else f"{self.bound:g} {self.kind}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table."""

    key: str
    label: str
    unit: str
    goal: Goal | None = None
    more_is_better: bool = False

    def ratio(self, ours: float | None, peer: float | None) -> float | None:
        """Return how many times better Teahouse is."""
        if not ours or not peer:
            return None
        return ours / peer if self.more_is_better else peer / ours


def at_most(bound: float) -> Goal:
    """Bound Teahouse's value from above."""
    return Goal("at most", bound)


def at_least(bound: float) -> Goal:
    """Bound Teahouse's value from below."""
    return Goal("at least", bound)


def times_less(factor: float) -> Goal:
    """Demand that Teahouse needs this many times less than Synapse."""
    return Goal("times less", factor)


def times_more(factor: float) -> Goal:
    """Demand that Teahouse does this many times more than Synapse."""
    return Goal("times more", factor)
