"""How many unread notifications a user has in all rooms: the number on the app's icon.

Counted from the database once; then each event, receipt and own message that the dispatcher sees makes just
its room be counted again, which `counts.py` nearly always does in memory.
"""

import asyncio

from cachetools import LRUCache

from teahouse.accounts import Accounts
from teahouse.chat import Chat
from teahouse.kernel.storage import Database, Tx
from teahouse.push.rules.deviations import Counting
from teahouse.push.rules.rule_book import RuleBook
from teahouse.push.unread.counts import UnreadCounts
from teahouse.push.unread.load import Reader, load_unread
from teahouse.push.unread.store import joined_rooms

MOST_USERS = 20_000
_RULES = ""  # Stands among changed rooms for the user's rules.


class _Badge:
    __slots__ = ("by_room", "recounting", "stale")

    def __init__(self, by_room: dict[str, int]) -> None:
        self.by_room = by_room
        self.stale: set[str] = set()
        self.recounting = asyncio.Lock()


class Badges:
    """The totals of users with pushers; only the event loop's thread may touch it."""

    def __init__(
        self, db: Database, chat: Chat, accounts: Accounts, book: RuleBook, counts: UnreadCounts
    ) -> None:
        self._db = db
        self._chat = chat
        self._accounts = accounts
        self._book = book
        self._counts = counts
        self._badges: LRUCache[str, _Badge] = LRUCache(MOST_USERS)
        self._loading: dict[str, set[str]] = {}
        db.on_reset(self._badges.clear)

    def recount(self, user_id: str, room_id: str) -> None:
        """Let one room be counted again when the number is next asked for."""
        badge = self._badges.get(user_id)
        if badge is not None:
            badge.stale.add(room_id)
        if user_id in self._loading:
            self._loading[user_id].add(room_id)

    def forget(self, user_id: str) -> None:
        """Count anew when the number is next asked for: the user's rules changed."""
        self._badges.pop(user_id, None)
        if user_id in self._loading:
            self._loading[user_id].add(_RULES)

    async def total(self, user_id: str) -> int:
        """Give the number of unread notifications of a user."""
        badge = self._badges.get(user_id)
        if badge is None:
            badge = await self._load(user_id)
        async with badge.recounting:
            while badge.stale:
                room_id = badge.stale.pop()
                badge.by_room[room_id] = await self._count_one(user_id, room_id)
        return sum(badge.by_room.values())

    async def _load(self, user_id: str) -> _Badge:
        # Rooms in which something happens while the database is read are counted again afterwards.
        changed = self._loading.setdefault(user_id, set())
        try:
            badge = _Badge(await self._count_all(user_id))
        finally:
            self._loading.pop(user_id, None)
        if _RULES in changed:
            return badge
        badge.stale |= changed
        return self._badges.setdefault(user_id, badge)

    def in_room(self, user_id: str, room_id: str) -> int:
        """Give a room's part of the number that was last asked for."""
        badge = self._badges.get(user_id)
        return 0 if badge is None else badge.by_room.get(room_id, 0)

    async def _count_one(self, user_id: str, room_id: str) -> int:
        room = await self._chat.rooms.find(room_id)
        if room is None or user_id not in room.joined:
            return 0
        return (await self._counts.count(user_id, [room]))[room_id].total()[0]

    async def _count_all(self, user_id: str) -> dict[str, int]:
        ignored = await self._accounts.ignored_users(user_id)
        rules = await self._book.rules_of(user_id)
        room_ids = await self._db.read(lambda tx: joined_rooms(tx, user_id))
        judged = {}
        for room_id in room_ids:
            if rules.deviations.counting_in(room_id) is Counting.EVALUATE:
                room = await self._chat.rooms.find(room_id)
                if room is not None:
                    judged[room_id] = room

        async def job(tx: Tx) -> dict[str, int]:
            reader = Reader(user_id, rules, ignored)
            found = await load_unread(tx, reader, room_ids, judged)
            return {room_id: loaded.unread.total()[0] for room_id, loaded in found.items()}

        return await self._db.read(job)
