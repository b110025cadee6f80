"""A sliding sync request, decoded: the same for both forms on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from teahouse.kernel.http import Scope
from teahouse.sync.sliding.wishes import RoomWish

Names = frozenset[str]
EVERYTHING: Names = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which rooms a list shows; None asks nothing. All that is asked must hold."""

    is_dm: bool | None = None
    spaces: Names | None = None
    is_encrypted: bool | None = None
    is_invited: bool | None = None
    room_types: frozenset[str | None] | None = None
    not_room_types: frozenset[str | None] | None = None
    tags: Names | None = None
    not_tags: Names | None = None


NO_FILTER = ListFilter()


@dataclass(frozen=True, slots=True)
class ListAsk:
    """A list: its filter, and the ranges of places in it that are shown, both ends included; None for all."""

    ranges: tuple[tuple[int, int], ...] | None
    wish: RoomWish
    filter: ListFilter = NO_FILTER

    @property
    def last_place(self) -> int | None:
        """The last place that is asked for, -1 for none, None for no end."""
        return None if self.ranges is None else max((end for _, end in self.ranges), default=-1)


@dataclass(frozen=True, slots=True)
class Scoped:
    """An extension that is told of the rooms in some lists, and of some subscribed rooms; `*` names all."""

    lists: Names = EVERYTHING
    rooms: Names = EVERYTHING

    def covers(self, room_id: str, lists: list[str], is_subscribed: bool) -> bool:
        """Say whether it is told of a room that these lists show."""
        if lists and ("*" in self.lists or not self.lists.isdisjoint(lists)):
            return True
        return is_subscribed and ("*" in self.rooms or room_id in self.rooms)


@dataclass(frozen=True, slots=True)
class ToDeviceAsk:
    """Messages to the device: those up to `since` arrived."""

    since: int
    limit: int


@dataclass(slots=True)
class SlidingAsk:
    """One request. `pos` is None for a new connection; `is_stable` tells the form of the answer."""

    scope: Scope
    token: str
    is_stable: bool
    conn_id: str
    pos: str | None
    timeout_s: float
    lists: Mapping[str, ListAsk]
    subscriptions: Mapping[str, RoomWish]
    account_data: Scoped | None = None
    receipts: Scoped | None = None
    typing: Scoped | None = None
    to_device: ToDeviceAsk | None = None
    e2ee: bool = False
    ignored: frozenset[str] = field(default=frozenset())
    txn_id: str = ""
    """What the app calls this request; the older form of the answer says it again."""

    @property
    def is_for_keys(self) -> bool:
        """Say whether messages to devices are asked for and no room, as Element X does on its second connection."""
        return self.to_device is not None and not self.lists and not self.subscriptions

    @property
    def shape(self) -> tuple[object, ...]:
        """Give what decides which rooms lists tell of: as long as it stays, only changes need be looked at."""
        return self.lists, self.account_data, self.receipts, self.typing
