"""What the functions of chat work with: the database, the rooms in memory, the one maker of events."""

from collections.abc import Awaitable, Callable

from teahouse.accounts import Accounts
from teahouse.chat import directory_entries
from teahouse.chat.member_updates import MemberUpdates
from teahouse.chat.room_cache import RoomCache
from teahouse.chat.search_index import SearchIndexer
from teahouse.chat.send import Judge, Sender
from teahouse.chat.settling import Settling
from teahouse.chat.typing import Typing
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.signing import SigningKey
from teahouse.kernel.storage import Database, Tx

SuccessionHook = Callable[[Tx, str, str, str], Awaitable[None]]


class Chat:
    """The chat slice as one object, made once in app.py and given to its routes as `chat`."""

    def __init__(
        self,
        db: Database,
        config: Config,
        clock: Clock,
        limiter: RateLimiter,
        accounts: Accounts,
        *,
        key: SigningKey,
        judge: Judge,
    ) -> None:
        self.db = db
        self.config = config
        self.clock = clock
        self.limiter = limiter
        self.accounts = accounts
        self.server_name = config.server_name
        self.key = key
        self.rooms = RoomCache(db)
        self.settling = Settling(db)
        self.sender = Sender(self.rooms, self.settling, key, clock, judge)
        self.sender.on_append.append(directory_entries.follow_event)
        self.typing = Typing(db.doorbell)
        self.search_index = SearchIndexer(db)
        self.on_succession: list[SuccessionHook] = []
        """Awaited in the write in which somebody comes from a room (the third argument) into its successor."""
        self.member_updates = MemberUpdates(db, self.rooms, self.sender, accounts)

    async def start(self) -> None:
        """Begin the work in the background."""
        self.settling.start()
        self.member_updates.start()
        self.search_index.start()

    async def stop(self) -> None:
        """End the work in the background."""
        self.typing.stop()
        await self.search_index.stop()
        await self.member_updates.stop()
        await self.settling.stop()
