"""What happens when: a list of acts in the order of their time, from the past up to now. Pure."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from teahouse.demo.cast import Character

DAY_MS = 86_400_000
Kind = Literal[
    "post", "comment", "like", "repost", "quote", "bookmark", "vote", "whisper", "say", "go_on", "react", "read",
    "publish",
]  # fmt: skip

PER_POST: Mapping[Kind, float] = {
    "comment": 0.9, "like": 4.0, "repost": 0.5, "quote": 0.12, "bookmark": 0.3, "vote": 0.4, "whisper": 0.05,
}  # fmt: skip
"""How often the other acts happen for each post."""
LETTERS_AGO = (0.8, 0.4, 0.05)
"""When the articles come, as parts of all the days."""
PER_MESSAGE: Mapping[Kind, float] = {"react": 0.25, "read": 0.15}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does at a moment; what exactly is decided when its turn comes."""

    at_ms: int
    kind: Kind
    who: int


def plan(
    cast: Sequence[Character], *, posts: int, messages: int, now_ms: int, days: int, dice: random.Random
) -> list[Act]:
    """Make the plan."""
    fames, everybody = [one.fame for one in cast], list(range(len(cast)))
    counts: dict[Kind, int] = {"post": posts}
    counts |= {kind: int(share * posts) for kind, share in PER_POST.items()}
    counts |= {kind: int(share * messages) for kind, share in PER_MESSAGE.items()}
    acts = _talks(fames, messages, now_ms, days, dice)
    for kind, count in counts.items():
        makers = dice.choices(everybody, fames if kind == "post" else None, k=count)
        acts += [Act(now_ms - _ago(days, dice, kind), kind, who) for who in makers]
    acts += [Act(now_ms - int(days * DAY_MS * ago), "publish", 0) for ago in LETTERS_AGO]
    return sorted(acts, key=lambda act: act.at_ms)


def _talks(fames: Sequence[float], messages: int, now_ms: int, days: int, dice: random.Random) -> list[Act]:
    """Let people talk: somebody begins, and the others of the room go on for a while."""
    acts: list[Act] = []
    while len(acts) < messages:
        who, at_ms = dice.choices(range(len(fames)), fames)[0], now_ms - _ago(days, dice, "say")
        acts.append(Act(at_ms, "say", who))
        for _ in range(min(dice.randint(1, 7), messages - len(acts))):
            at_ms = min(at_ms + dice.randint(8_000, 90_000), now_ms)
            acts.append(Act(at_ms, "go_on", who))
    return acts


def _ago(days: int, dice: random.Random, kind: Kind) -> int:
    """Choose how long ago: rather lately. Nobody reacts before there is something to react to."""
    latest = 60_000
    earliest = days * DAY_MS - (0 if kind in ("post", "say") else min(DAY_MS // 2, days * DAY_MS // 4))
    return latest + int((earliest - latest) * dice.random() ** 1.6)
