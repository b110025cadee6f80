"""A user's lists as they stand now: which rooms each shows, and how many it has."""

from collections.abc import Iterable, Iterator
from itertools import islice

from teahouse.chat import Chat
from teahouse.sync.sessions import Session
from teahouse.sync.sliding.activity import Activities, Activity
from teahouse.sync.sliding.asking import NO_FILTER, ListAsk, ListFilter, SlidingAsk
from teahouse.sync.sliding.filters import Facts, let_through
from teahouse.sync.sliding.wishes import RoomWish

SPACE_CHILD = "m.space.child"


class ShownList:
    """One list: with a filter `matched` holds what it lets through, None when it lets through all.

    A list that shows all its rooms isn't walked to know whether it shows one.
    """

    def __init__(
        self,
        name: str,
        ask: ListAsk,
        rooms: "Activity | None",
        matched: frozenset[str] | None,
        hidden: set[str],
    ) -> None:
        self.name = name
        self.wish: RoomWish = ask.wish
        self.matched = matched
        self._activity = rooms
        self._hidden = hidden
        self.count = (len(matched) if matched is not None else len(rooms or ())) - self._hidden_here()
        self.is_whole = _covers(ask.ranges, self.count)
        self._shown = None if self.is_whole else set(places_of(self._all(), ask.ranges or ()))

    def _hidden_here(self) -> int:
        if not self._hidden or self._activity is None:
            return 0
        matched = self.matched
        return sum(
            room_id in self._activity and (matched is None or room_id in matched) for room_id in self._hidden
        )

    def _all(self) -> Iterator[str]:
        rooms = self._activity.newest_first() if self._activity is not None else iter(())
        matched, hidden = self.matched, self._hidden
        if matched is None and not hidden:
            return rooms
        return (
            room_id for room_id in rooms if room_id not in hidden and (matched is None or room_id in matched)
        )

    def shows(self, room_id: str) -> bool:
        """Say whether the list shows this room."""
        if self._shown is not None:
            return room_id in self._shown
        if self._activity is None or room_id not in self._activity or room_id in self._hidden:
            return False
        return self.matched is None or room_id in self.matched

    def rooms(self) -> Iterable[str]:
        """Give the rooms that the list shows, newest first as far as it is known."""
        return self._all() if self._shown is None else self._shown


class FirstList(ShownList):
    """A list of which only the newest rooms are known: those that it shows."""

    def __init__(self, name: str, ask: ListAsk, newest: list[str], count: int) -> None:
        super().__init__(name, ask, None, None, set())
        self.count = count
        self.is_whole = _covers(ask.ranges, count)
        self._shown = set(places_of(iter(newest), ask.ranges or ()))


def _covers(ranges: tuple[tuple[int, int], ...] | None, count: int) -> bool:
    return ranges is None or any(begin == 0 and end >= count - 1 for begin, end in ranges)


def places_of(rooms: Iterator[str], ranges: Iterable[tuple[int, int]]) -> Iterator[str]:
    """Give what stands at the places of the ranges, which may overlap, walking no further than they reach."""
    at = 0
    for begin, end in sorted(ranges):
        start = max(begin, at)
        if end >= start:
            yield from islice(rooms, start - at, end + 1 - at)
            at = end + 1


async def shown_lists(
    chat: Chat, activities: Activities, ask: SlidingAsk, session: Session, dms: frozenset[str]
) -> list[ShownList]:
    """Work the lists of a request out."""
    activity = await activities.get(session)
    hidden = _hidden(ask, session, activity) if ask.ignored else set()
    found = []
    for name, one in ask.lists.items():
        matched = None
        if one.filter != NO_FILTER:
            matched = await _matched(chat, activities, activity, session, one.filter, dms)
        found.append(ShownList(name, one, activity, matched, hidden))
    return found


def _hidden(ask: SlidingAsk, session: Session, activity: Activity) -> set[str]:
    """Give the rooms into which only people invite whom the user ignores."""
    return {
        room_id
        for room_id in activity.pending
        if (member := session.rooms.get(room_id)) is not None and member.sender in ask.ignored
    }


async def _matched(
    chat: Chat,
    activities: Activities,
    activity: Activity,
    session: Session,
    wanted: ListFilter,
    dms: frozenset[str],
) -> frozenset[str]:
    children = await _children(chat, session, wanted.spaces) if wanted.spaces is not None else frozenset()
    key = (wanted, dms if wanted.is_dm is not None else None, children)
    known = activity.matched.get(key)
    while known is None:
        version = activity.version
        await activities.load_for(activity, wanted)
        if version == activity.version:
            facts = Facts(
                session.rooms, dms, activity.types or {}, activity.encrypted or frozenset(),
                activity.tags or {}, children,
            )  # fmt: skip
            known = activity.matched[key] = let_through(wanted, facts, activity.newest_first())
    return known


async def _children(chat: Chat, session: Session, spaces: Iterable[str]) -> frozenset[str]:
    """Give the rooms that joined spaces name as theirs."""
    found: set[str] = set()
    for space_id in spaces:
        member = session.rooms.get(space_id)
        if member is None or member.membership != "join":
            continue
        room = chat.rooms.peek(space_id) or await chat.rooms.get(space_id)
        found |= {
            key
            for (kind, key), event in room.state.items()
            if kind == SPACE_CHILD and event.content.get("via")
        }
    return frozenset(found)
