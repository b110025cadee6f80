"""What the functions of chat work with: the database, the rooms in memory, the one maker of events."""

from teahouse.accounts import Accounts
from teahouse.chat import directory_entries
from teahouse.chat.room_cache import RoomCache
from teahouse.chat.send import Judge, Sender
from teahouse.chat.signing_key import SigningKey
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.storage import Database


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
        self.rooms = RoomCache(db)
        self.sender = Sender(self.rooms, key, clock, judge)
        self.sender.on_append.append(directory_entries.follow_event)
