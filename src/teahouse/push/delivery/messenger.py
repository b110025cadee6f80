"""Tells one event, or one badge, to one pusher, as things are at that moment.

What was redacted, read or hidden since it entered the line is not told, and a pusher that is gone neither.
"""

from collections.abc import Callable

import structlog

from teahouse.accounts import is_locked
from teahouse.chat import Chat, StoredEvent, event_by_id, readable_events
from teahouse.clock import Clock
from teahouse.kernel.storage import Database, Tx
from teahouse.push import store
from teahouse.push.delivery.channel import Channel, Waiting
from teahouse.push.delivery.ways import Ways
from teahouse.push.records import Pusher
from teahouse.push.unread.badges import Badges

OLDEST_MS = 24 * 60 * 60 * 1000

log = structlog.get_logger(__name__)


class Messenger:
    """Between the lines and the ways to apps."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        chat: Chat,
        badges: Badges,
        ways: Ways,
        forget: Callable[[Pusher], None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._chat = chat
        self._badges = badges
        self._ways = ways
        self._forget = forget

    async def tell_event(self, channel: Channel, waiting: Waiting) -> bool:
        """Deliver one event; False when the pusher is gone, GatewayFailed when it must be tried again."""
        pusher = channel.pusher
        event_id = waiting.event.event_id
        is_known, event = await self._db.read(lambda tx: _still_wanted(tx, pusher, event_id))
        if not is_known:
            self._forget(pusher)
            return False
        if event is None or event.origin_server_ts < self._clock.now_ms() - OLDEST_MS:
            return True
        room = await self._chat.rooms.get(event.room_id)
        unread = await self._badges.total(pusher.user_id)
        is_invite = event.state_key == pusher.user_id
        if not is_invite and not self._badges.in_room(pusher.user_id, event.room_id):
            return True
        alive = await self._ways.tell_event(pusher, event, room, waiting.actions, unread)
        channel.told_count = unread
        return alive or await self._end(pusher)

    async def tell_count(self, channel: Channel) -> bool:
        """Deliver the badge; False when the pusher is gone, GatewayFailed when it must be tried again."""
        pusher = channel.pusher
        if await self._db.read(lambda tx: store.find_pusher(tx, pusher.key)) is None:
            self._forget(pusher)
            return False
        unread = await self._badges.total(pusher.user_id)
        if unread == channel.told_count:
            return True
        alive = await self._ways.tell_count(pusher, unread, told=channel.told_count)
        channel.told_count = unread
        return alive or await self._end(pusher)

    async def _end(self, pusher: Pusher) -> bool:
        log.info("a pushkey was rejected", app_id=pusher.app_id)
        self._forget(pusher)
        await self._db.write(lambda tx: store.delete_pusher(tx, pusher.key), frees_space=True)
        return False


async def _still_wanted(tx: Tx, pusher: Pusher, event_id: str) -> tuple[bool, StoredEvent | None]:
    """Say whether the pusher still exists, and give the event if its owner may read it and it wasn't redacted.

    Who is locked may read nothing: it may be somebody else who has the phone.
    """
    if await store.find_pusher(tx, pusher.key) is None:
        return False, None
    event = await event_by_id(tx, event_id)
    if event is None or event.redacted_by is not None or await is_locked(tx, pusher.user_id):
        return True, None
    if event.type == "m.room.member" and event.state_key == pusher.user_id:
        return True, event
    readable = await readable_events(tx, pusher.user_id, event.room_id, [event])
    return True, event if readable else None
