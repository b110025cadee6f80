"""The one door of reading: may this person read this room, this event, this state?

Owns history visibility (client-server API, "Room history visibility"): every answer follows the state *at* the
event, never the state of today. What a reader may see is worked out once as ranges of positions; every route,
sync, search and push ask the same `RoomView`, so the live path and the history path can't differ.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from teahouse.chat import store_access
from teahouse.chat.records import StoredEvent
from teahouse.chat.room import Room
from teahouse.errors import Forbidden
from teahouse.kernel.storage import Tx

FOREVER: Final = 2**62
"""The position after every event."""

Range = tuple[int, int]
Step = tuple[int, str]
"""From this position on, this membership or this visibility held."""

_VIEWS: Final = "views"
_MOST_VIEWS: Final = 256
_MODES: Final = ("joined", "invited", "shared", "world_readable")


@dataclass(frozen=True, slots=True)
class RoomView:
    """What one person may read of one room.

    `ranges` holds the readable positions, both ends included. `state_until` is the last position whose state
    may be read: FOREVER for members and public rooms, the leave for those who left, None for strangers.
    """

    room_id: str
    user_id: str
    steps: tuple[Step, ...]
    ranges: tuple[Range, ...]
    state_until: int | None
    may_enter: bool

    @property
    def membership(self) -> str:
        """The person's membership now."""
        return self.steps[-1][1] if self.steps else "leave"

    def membership_at(self, position: int) -> str:
        """Give the person's membership at a position, with the event at that position applied."""
        at = bisect_right(self.steps, position, key=lambda step: step[0])
        return self.steps[at - 1][1] if at else "leave"

    def may_see(self, position: int) -> bool:
        """Say whether the event at a position may be read."""
        at = bisect_right(self.ranges, position, key=lambda piece: piece[0])
        return at > 0 and position <= self.ranges[at - 1][1]

    @property
    def last_readable(self) -> int:
        """The last position that may be read; 0 when there is none."""
        return self.ranges[-1][1] if self.ranges else 0

    def clip(self, low: int, high: int) -> list[Range]:
        """Give the readable parts of the positions from `low` to `high`, both included, in order."""
        parts = ((max(low, start), min(high, end)) for start, end in self.ranges)
        return [(start, end) for start, end in parts if start <= end]


def known_view(room: Room | None, user_id: str) -> RoomView | None:
    """Give a member's view of a room in memory if it was worked out since the room's state last changed."""
    views: dict[str, RoomView] = {} if room is None else room.derived.get(_VIEWS, {})
    return views.get(user_id)


def keep_view(room: Room | None, view: RoomView, state_version: int) -> None:
    """Remember a member's view that was read while the room's state had this version."""
    if room is None or room.state_version != state_version or view.membership != "join":
        return
    views = room.derived.setdefault(_VIEWS, {})
    if len(views) >= _MOST_VIEWS:
        views.clear()
    views[view.user_id] = view


async def view_room(tx: Tx, user_id: str, room_id: str) -> RoomView:
    """Give what a person may read of a room; nothing at all of a room that doesn't exist."""
    return (await view_rooms(tx, user_id, [room_id]))[room_id]


async def view_rooms(tx: Tx, user_id: str, room_ids: Sequence[str]) -> dict[str, RoomView]:
    """Give what a person may read of each of the rooms."""
    memberships = await store_access.membership_steps(tx, user_id, room_ids)
    visibilities = await store_access.visibility_steps(tx, room_ids)
    forgotten = await store_access.forgotten_rooms(tx, user_id, room_ids)
    return {
        room_id: _view(
            room_id,
            user_id,
            # A forgotten room is as if one had never been there.
            [] if room_id in forgotten else memberships.get(room_id, []),
            visibilities.get(room_id, []),
        )
        for room_id in room_ids
    }


async def enter_room(tx: Tx, user_id: str, room_id: str) -> RoomView:
    """Give what a person may read of a room; raises Forbidden, in the same words if there is no such room."""
    view = await view_room(tx, user_id, room_id)
    if not view.may_enter:
        raise Forbidden("You are not in this room")
    return view


async def readable_events(
    tx: Tx, user_id: str, room_id: str, events: Iterable[StoredEvent]
) -> list[StoredEvent]:
    """Give those of a room's events that a person may read, in the same order."""
    view = await view_room(tx, user_id, room_id)
    return [event for event in events if view.may_see(event.position)]


def _view(room_id: str, user_id: str, memberships: list[Step], visibilities: list[Step]) -> RoomView:
    ranges = readable_ranges(memberships, visibilities)
    now = memberships[-1][1] if memberships else "leave"
    is_open = bool(visibilities) and visibilities[-1][1] == "world_readable"
    until = FOREVER if now == "join" or is_open else _end_of_last_stay(memberships)
    # Whoever is only invited enters if the room shows its history from the invite on.
    may_enter = until is not None or (now == "invite" and bool(ranges) and ranges[-1][1] == FOREVER)
    return RoomView(room_id, user_id, tuple(memberships), ranges, until, may_enter)


def _end_of_last_stay(memberships: list[Step]) -> int | None:
    """Give where the last stay in the room ended, or None for whoever never was in it."""
    end = None
    for (_, before), (position, after) in pairwise(memberships):
        if before == "join" and after != "join":
            end = position
    return end


def readable_ranges(memberships: Sequence[Step], visibilities: Sequence[Step]) -> tuple[Range, ...]:
    """Work out the readable positions from a person's memberships and a room's visibilities, oldest first.

    An event that changes either is readable if it is by what held before or by what holds after it. So is, alone,
    the event by which an invite or a knock of one's own ended: else it would not be seen to end.
    """
    last_join = max((position for position, membership in memberships if membership == "join"), default=0)
    edges = sorted(
        {0, *(position for position, _ in memberships), *(position for position, _ in visibilities)}
    )
    ranges: list[Range] = []
    membership, visibility = iter(memberships), iter(visibilities)
    next_membership, next_visibility = next(membership, None), next(visibility, None)
    member, mode = "leave", "shared"
    for start, end in pairwise([*edges, FOREVER]):
        before = member
        if next_membership is not None and next_membership[0] <= start:
            member, next_membership = next_membership[1], next(membership, None)
        if next_visibility is not None and next_visibility[0] <= start:
            mode, next_visibility = next_visibility[1], next(visibility, None)
        if _is_readable(member, mode, joins_later=last_join > start):
            _add(ranges, start, end)
        elif before in ("invite", "knock") and member in ("leave", "ban"):
            _add(ranges, start, start)
    return tuple(ranges)


def _add(ranges: list[Range], start: int, end: int) -> None:
    """Put a range behind the others, or make the last one longer where they touch."""
    if ranges and ranges[-1][1] >= start:
        ranges[-1] = (ranges[-1][0], end)
    else:
        ranges.append((start, end))


def _is_readable(membership: str, visibility: str, *, joins_later: bool) -> bool:
    if membership == "join" or visibility == "world_readable":
        return True
    if visibility == "invited":
        return membership == "invite"
    # Whatever is not one of the four modes counts as the default one.
    return joins_later and (visibility == "shared" or visibility not in _MODES)
