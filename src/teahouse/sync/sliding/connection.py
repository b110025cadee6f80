"""Connections: what an app was told on each, in memory and bounded.

An answer may be lost, so what it tells is a *draft* beside the connection until the app comes with the position
that the answer gave; if it comes with the position before, the same is told again. A connection that was dropped
to make room is answered M_UNKNOWN_POS, and the app begins anew.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from teahouse.sync.sliding.wishes import RoomWish

LIVE = -1
"""Told up to the connection's own position; any other number is the position up to which was told."""
MOST_CONNECTIONS_OF_DEVICE = 8
MOST_RECORDS = 400_000
BASE_WEIGHT = 20
MOST_MEMBERS = 300


class Told(NamedTuple):
    """What a connection was told of one room."""

    wish: RoomWish
    depth: int
    """How many of the newest events the app has without a gap."""
    membership: str
    events: int = LIVE
    receipts: int = 0
    account_data: int = 0
    members: frozenset[str] = frozenset()
    """Whose member events it has (lazy loading)."""
    bump: int = 0
    unread: tuple[int, int] = (0, 0)
    is_dm: bool = False


@dataclass(slots=True)
class Draft:
    """What an answer tells, and what a connection has been told once the answer arrived."""

    position: int
    account_data: int = 0
    device_lists: int | None = None
    typing: int = 0
    typists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dms: frozenset[str] = frozenset()
    shape: object = None
    subscriptions: object = None
    matched: tuple[tuple[object, bool], ...] = ()
    """By list: the rooms that its filter let through, and whether it showed all of them."""
    rooms: dict[str, Told | None] = field(default_factory=dict)
    """What changes of the rooms; None for a room that is the app's no more."""


class Connection:
    """One loop of requests: a position after the other."""

    def __init__(self, user_id: str, device_id: str, conn_id: str) -> None:
        self.key = (user_id, device_id, conn_id)
        self.nonce = secrets.token_hex(6)
        self.number = 0
        self.state = Draft(0)
        self.draft: Draft | None = None
        self.rooms: dict[str, Told] = {}
        self.owner: object = None
        """Who answers now: an app sends one request at a time, so a newer one ends the older."""

    @property
    def is_new(self) -> bool:
        """Say whether no answer of this connection is known to have arrived."""
        return self.number == 0

    @property
    def weight(self) -> int:
        """How much memory this takes, in rooms."""
        return BASE_WEIGHT + len(self.rooms) + (len(self.draft.rooms) if self.draft else 0)

    def begin_draft(self, position: int) -> Draft:
        """Give a draft that tells nothing new yet, up to a position."""
        before = self.state
        return Draft(
            position, before.account_data, before.device_lists, before.typing, before.typists, before.dms,
            before.shape, before.subscriptions, before.matched,
        )  # fmt: skip

    def resume(self, pos: str) -> bool:
        """Go on from a position that the app has; False when it is none of the two that it may have."""
        if self.draft is not None and pos == self._pos(self.number + 1, self.draft.position):
            self._arrived(self.draft)
            return True
        return not self.is_new and pos == self._pos(self.number, self.state.position)

    def answered(self, draft: Draft) -> str:
        """Keep what an answer tells, and give the position that the app gets with it."""
        self.draft = draft
        return self._pos(self.number + 1, draft.position)

    def _arrived(self, draft: Draft) -> None:
        for room_id, told in draft.rooms.items():
            if told is None:
                self.rooms.pop(room_id, None)
            else:
                self.rooms[room_id] = told
        draft.rooms = {}
        self.state, self.draft = draft, None
        self.number += 1

    def _pos(self, number: int, position: int) -> str:
        return f"t{position}.{self.nonce}{number}"


class Connections:
    """The connections of all devices, the one that was used longest ago out first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, str], Connection] = OrderedDict()
        self._weights: dict[tuple[str, str, str], int] = {}
        self._weight = 0
        self._of_device: dict[tuple[str, str], dict[str, None]] = {}

    def find(self, user_id: str, device_id: str, conn_id: str, pos: str) -> Connection | None:
        """Give the connection that goes on from a position, or None."""
        connection = self._known.get((user_id, device_id, conn_id))
        if connection is None or not connection.resume(pos):
            return None
        self._known.move_to_end(connection.key)
        return connection

    def keep(self, connection: Connection) -> None:
        """Take in a connection that was just answered; those used longest ago make room for it."""
        user_id, device_id, conn_id = connection.key
        of_device = self._of_device.setdefault((user_id, device_id), {})
        of_device.pop(conn_id, None)
        of_device[conn_id] = None
        self._known[connection.key] = connection
        self._known.move_to_end(connection.key)
        self._weight += connection.weight - self._weights.get(connection.key, 0)
        self._weights[connection.key] = connection.weight
        if len(of_device) > MOST_CONNECTIONS_OF_DEVICE:
            self._drop((user_id, device_id, next(iter(of_device))))
        while self._weight > MOST_RECORDS and len(self._known) > 1:
            self._drop(next(iter(self._known)))

    def _drop(self, key: tuple[str, str, str]) -> None:
        del self._known[key]
        self._weight -= self._weights.pop(key)
        of_device = self._of_device[key[:2]]
        del of_device[key[2]]
        if not of_device:
            del self._of_device[key[:2]]


def kept_members(before: frozenset[str], gone: set[str], told: set[str]) -> frozenset[str]:
    """Give whose member events the app has now; of very many only those just told are remembered."""
    if told <= before and before.isdisjoint(gone):
        return before
    now = (before - gone) | told
    return now if len(now) <= MOST_MEMBERS else frozenset(told)
