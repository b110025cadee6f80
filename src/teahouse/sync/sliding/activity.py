"""The order of a connected user's rooms by their newest event, and what list filters ask of them.

Made once with one query; from then on it follows the log of the user's session, a step for each event. It may
be dropped at any time.
"""

from collections import OrderedDict
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from teahouse.accounts import Accounts
from teahouse.kernel.storage import Database
from teahouse.sync.sessions import ACCOUNT_DATA, EVENT, MEMBERSHIP, Membership, Session
from teahouse.sync.sliding import store_sliding as store
from teahouse.sync.sliding.asking import ListFilter

PENDING = ("invite", "knock")


def is_listed(member: Membership | None, user_id: str) -> bool:
    """Say whether a room belongs to the lists: not those that the user left himself or never was in (MSC4186)."""
    if member is None:
        return False
    if member.membership == "join" or member.membership in PENDING:
        return True
    return member.joined_position is not None and member.sender != user_id


class Activity:
    """A user's rooms, newest last. `version` grows with whatever may change what a filter lets through."""

    def __init__(self, user_id: str, rooms: list[tuple[str, str]], position: int) -> None:
        self.user_id = user_id
        self.position = position
        self.version = 0
        self.matched: dict[object, frozenset[str]] = {}
        """By filter (and what else it depends on): the rooms that it lets through, as of `version`."""
        self.types: dict[str, str] | None = None
        self.encrypted: frozenset[str] | None = None
        self.tags: dict[str, frozenset[str]] | None = None
        self.pending = {room_id for room_id, membership in rooms if membership in PENDING}
        """The rooms to which the user is invited, or on which he knocked."""
        self._rooms: OrderedDict[str, None] = OrderedDict.fromkeys(room_id for room_id, _ in rooms)

    def __len__(self) -> int:
        return len(self._rooms)

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._rooms

    def newest_first(self) -> Iterator[str]:
        """Give the rooms, the one that changed last first."""
        return reversed(self._rooms)

    def follow(self, session: Session) -> bool:
        """Take in what the session's log says; False when it doesn't reach back."""
        log = session.changes_after(self.position)
        if log is None:
            return False
        for change in log:
            self.position = change.position
            if change.kind == EVENT and change.room_id is not None and change.room_id in self._rooms:
                self._rooms.move_to_end(change.room_id)
                if change.body == "":
                    self._outdate()
            elif change.kind == MEMBERSHIP and change.room_id is not None:
                self._move(change.room_id, session.rooms.get(change.room_id))
            elif change.kind == ACCOUNT_DATA:
                self._outdate()
        return True

    def _move(self, room_id: str, member: Membership | None) -> None:
        self.pending.discard(room_id)
        if member is not None and member.membership in PENDING:
            self.pending.add(room_id)
        if is_listed(member, self.user_id):
            self._rooms[room_id] = None
            self._rooms.move_to_end(room_id)
        else:
            self._rooms.pop(room_id, None)
        self._outdate()

    def _outdate(self) -> None:
        self.version += 1
        self.matched.clear()
        self.types = self.encrypted = self.tags = None


class Activities:
    """The orders of all connected users; one is forgotten with its session."""

    def __init__(self, db: Database, accounts: Accounts) -> None:
        self._db = db
        self._accounts = accounts
        self._known: WeakKeyDictionary[Session, Activity] = WeakKeyDictionary()

    def peek(self, session: Session) -> Activity | None:
        """Give the order if it is known and up to date."""
        known = self._known.get(session)
        return known if known is not None and known.follow(session) else None

    async def get(self, session: Session) -> Activity:
        """Give the order of a session's rooms, up to the newest event."""
        known = self.peek(session)
        while known is None:
            rooms, position = await self._db.read(lambda tx: store.rooms_by_activity(tx, session.user_id))
            self._known[session] = Activity(session.user_id, rooms, position)
            known = self.peek(session)
        return known

    async def load_for(self, activity: Activity, wanted: ListFilter) -> None:
        """Read what the filter asks of all rooms, if it isn't known."""
        user_id, version = activity.user_id, activity.version
        if activity.types is None and (wanted.room_types is not None or wanted.not_room_types is not None):
            types = await self._db.read(lambda tx: store.room_types(tx, user_id))
            if version == activity.version:
                activity.types = types
        if activity.encrypted is None and wanted.is_encrypted is not None:
            encrypted = await self._db.read(lambda tx: store.encrypted_rooms(tx, user_id))
            if version == activity.version:
                activity.encrypted = encrypted
        if activity.tags is None and (wanted.tags is not None or wanted.not_tags is not None):
            tags = await self._db.read(lambda tx: self._accounts.tags_in(tx, user_id))
            if version == activity.version:
                activity.tags = tags
