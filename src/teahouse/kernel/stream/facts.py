"""Facts: what slices announce to each other after a commit. A hint to look, never the only copy of data."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """Something committed at `position` of the one stream.

    `kind` names what changed; `room_id` or `user_id` whom it concerns; `body` may carry the committed record
    so that listeners in this process need not read it again. A fact may be lost with the process: whoever
    must not miss it reads the database from its own position.
    """

    position: int
    kind: str
    room_id: str | None = None
    user_id: str | None = None
    body: Any = None
