"""What an answer tells of one room, before it is put into either form on the wire."""

from dataclasses import dataclass, field
from typing import Any


class Unchanged:
    """Stands for a field that is not told, where None would tell that there is none any more."""


UNCHANGED = Unchanged()


@dataclass(slots=True)
class RoomResult:
    """The fields in the order of the specification; None or UNCHANGED is not told.

    `state`, `timeline` and `stripped` hold events as JSON. `unread` is the count of notifications, and of
    highlights among them.
    """

    membership: str
    lists: list[str] = field(default_factory=list)
    initial: bool = False
    expanded: bool = False
    name: str | Unchanged | None = UNCHANGED
    avatar: str | Unchanged | None = UNCHANGED
    heroes: list[dict[str, Any]] | None = None
    is_dm: bool = False
    state: list[bytes] = field(default_factory=list)
    timeline: list[bytes] | None = None
    limited: bool = False
    prev_batch: str | None = None
    num_live: int = 0
    joined_count: int | None = None
    invited_count: int | None = None
    unread: tuple[int, int] | None = None
    bump_stamp: int | None = None
    stripped: list[dict[str, Any]] | None = None
