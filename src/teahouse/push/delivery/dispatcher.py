"""Takes committed events to the pushers of those whom they notify.

It follows the stream behind everybody's back: sending never waits for it. Events are handed to the lines of
the pushers (`channel.py`) in order; how far that came, and which lines still hold something, is kept every
other second, so after a crash some notifications come twice (gateways know them by event id) and none is
missing. What is older than a day is not worth waking anybody for.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence

import structlog

from teahouse.accounts import Accounts
from teahouse.chat import Chat, Room, StoredEvent
from teahouse.clock import Clock
from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from teahouse.push import store, store_events
from teahouse.push.delivery.channel import Channel, Door, Waiting
from teahouse.push.delivery.messenger import OLDEST_MS, Messenger
from teahouse.push.delivery.ways import Ways
from teahouse.push.records import PUSHERS_CHANGED, RULES_CHANGED, Pusher
from teahouse.push.rules.deviations import Counting
from teahouse.push.rules.rule_book import RuleBook
from teahouse.push.unread.badges import Badges
from teahouse.push.unread.judging import Judge, view_of

KEEP_EVERY_S = 2.0
COUNT_DELAY_S = 0.5
MOST_AT_ONCE = 64
MOST_RETRIES_AT_ONCE = 16
PAGE = 500
MOST_QUEUED = 10_000

log = structlog.get_logger(__name__)


class Delivery:
    """The dispatcher of notifications; one per server."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        accounts: Accounts,
        chat: Chat,
        book: RuleBook,
        badges: Badges,
        ways: Ways,
    ) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._chat = chat
        self._book = book
        self._badges = badges
        self._ways = ways
        self._channels: dict[str, dict[tuple[str, str, str], Channel]] = {}
        messenger = Messenger(db, clock, chat, badges, ways, self._forget)
        self._door = Door(
            messenger.tell_event,
            messenger.tell_count,
            asyncio.Semaphore(MOST_AT_ONCE),
            asyncio.Semaphore(MOST_RETRIES_AT_ONCE),
        )
        self._facts: list[Fact] = []
        self._poked = asyncio.Event()
        self._gap = False
        self._is_needed = False
        self._dispatched = 0
        self._kept_position = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up where the last run ended, and follow the stream from there."""
        found, kept = await self._db.read(_everything)
        self._kept_position = kept
        # The place is kept only while there are pushers: what came before all of them concerns none.
        begun = [pusher.delivered for pusher in found if not pusher.behind]
        self._dispatched = max(kept, min(begun, default=0))
        if not found:
            self._dispatched = max(kept, self._db.doorbell.position)
        for pusher in found:
            self._open(pusher)
        self._db.doorbell.listen(self._on_facts)
        self._gap = self._is_needed = bool(found)
        self._poked.set()
        self._ways.open()
        self._tasks = [
            asyncio.create_task(self._follow(), name="push dispatcher"),
            asyncio.create_task(self._keep_places(), name="push places"),
        ]

    async def stop(self) -> None:
        """Stop delivering and keep how far it came."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for channel in self._all_channels():
            channel.close()
        try:
            await self._keep()
        except TeahouseError as error:
            # The database is away: the next start tells the last seconds' events again.
            log.warning("the places of pushers could not be kept", error=str(error))
        await self._ways.close()

    def _on_facts(self, facts: Sequence[Fact]) -> None:
        # From the moment a first pusher is set, before its line is made, nothing may be missed.
        self._is_needed = self._is_needed or any(fact.kind == PUSHERS_CHANGED for fact in facts)
        if not self._is_needed:
            return
        for fact in facts:
            if fact.kind == "foreign" or len(self._facts) > MOST_QUEUED:
                self._gap = True
            elif fact.kind in ("event", "receipt", PUSHERS_CHANGED, RULES_CHANGED):
                self._facts.append(fact)
        self._poked.set()

    async def _follow(self) -> None:
        while True:
            await self._poked.wait()
            self._poked.clear()
            try:
                if self._gap:
                    await self._catch_up()
                facts, self._facts = self._facts, []
                for fact in facts:
                    await self._take(fact)
                if not self._channels and not self._facts:
                    self._is_needed = False
                    self._dispatched = max(self._dispatched, self._db.doorbell.position)
            except Exception:
                log.exception("notifications could not be dispatched")
                self._gap = True
                await asyncio.sleep(1)
                self._poked.set()

    async def _catch_up(self) -> None:
        """Read from the database what no fact told: after a start, a failure or another process's write."""
        self._gap = False
        upto = self._db.doorbell.position
        await self._reload_all()
        for channel in list(self._all_channels()):
            if channel.is_restored:
                await self._refill(channel)
        while self._dispatched < upto:
            since, oldest = self._dispatched, self._clock.now_ms() - OLDEST_MS
            events = await self._db.read(
                lambda tx, s=since, o=oldest: store_events.events_following(tx, s, o, PAGE)  # type: ignore[misc]
            )
            for event in events:
                await self._dispatch(event)
            if len(events) < PAGE:
                self._dispatched = max(self._dispatched, upto)

    async def _refill(self, channel: Channel) -> None:
        """Put what a line still held when the last run ended back into it."""
        user_id, after = channel.pusher.user_id, channel.pusher.delivered
        upto, oldest = self._dispatched, self._clock.now_ms() - OLDEST_MS
        events = await self._db.read(
            lambda tx: store_events.events_heard_by(tx, user_id, after, upto, oldest, 2 * PAGE)
        )
        for event in events:
            room = await self._chat.rooms.find(event.room_id)
            if room is not None:
                await self._offer(_Said(event, room), user_id, [channel], again=True)
        channel.is_restored = False

    async def _take(self, fact: Fact) -> None:
        user_id = fact.user_id or ""
        if fact.kind == "event":
            await self._dispatch(fact.body)
        elif fact.kind == PUSHERS_CHANGED:
            await self._reload(user_id)
        elif user_id in self._channels and fact.kind == RULES_CHANGED:
            self._badges.forget(user_id)
        elif user_id in self._channels and fact.room_id is not None:
            self._recount(user_id, fact.room_id)

    async def _dispatch(self, event: StoredEvent) -> None:
        """Hand one event to the lines of everybody it notifies."""
        if event.position <= self._dispatched:
            return
        if self._channels:
            try:
                room = await self._chat.rooms.find(event.room_id)
                if room is not None:
                    await self._dispatch_in(room, event)
            except TeahouseError:
                raise  # The database is away: this event is taken again.
            except Exception:
                log.exception("an event could not be judged", event_id=event.event_id)
        self._dispatched = event.position

    async def _dispatch_in(self, room: Room, event: StoredEvent) -> None:
        readers = self._channels.keys() & room.joined
        if event.type == "m.room.member" and event.state_key in self._channels:
            readers.add(event.state_key)
            self._recount(event.state_key, event.room_id)
        if event.sender in readers:
            readers.discard(event.sender)
            self._recount(event.sender, event.room_id)
        said = _Said(event, room)
        for number, user_id in enumerate(readers, 1):
            await self._offer(said, user_id, list(self._channels.get(user_id, {}).values()))
            if number % 50 == 0:
                await asyncio.sleep(0)

    async def _offer(
        self, said: "_Said", user_id: str, channels: Iterable[Channel], *, again: bool = False
    ) -> None:
        """Judge an event for one reader and put it into the lines if it notifies."""
        event = said.event
        known = self._book.peek(user_id)
        rules = known if known is not None else await self._book.rules_of(user_id)
        counting = rules.deviations.counting_in(event.room_id)
        if event.state_key != user_id and not _may_notify(counting, event, user_id):
            return
        actions = said.judge.actions(rules.compiled, said.view)
        if not actions.notify or event.sender in await self._accounts.ignored_users(user_id):
            return
        self._badges.recount(user_id, event.room_id)
        for channel in channels:
            if again or event.position > channel.skip_upto:
                channel.add(Waiting(event, actions))

    def _recount(self, user_id: str, room_id: str) -> None:
        """Count a room of a user again, and tell the badge once things are quiet."""
        self._badges.recount(user_id, room_id)
        for channel in self._channels.get(user_id, {}).values():
            if not channel.count_due:
                asyncio.get_running_loop().call_later(COUNT_DELAY_S, channel.set_count_due)

    def _all_channels(self) -> Iterable[Channel]:
        return [channel for channels in self._channels.values() for channel in channels.values()]

    def _open(self, pusher: Pusher) -> None:
        channel = Channel(pusher, self._door, done=self._dispatched if pusher.behind else 0)
        self._channels.setdefault(pusher.user_id, {})[pusher.key] = channel

    def _forget(self, pusher: Pusher) -> None:
        channels = self._channels.get(pusher.user_id, {})
        channel = channels.pop(pusher.key, None)
        if channel is not None:
            channel.close()
        if not channels:
            self._channels.pop(pusher.user_id, None)

    async def _reload(self, user_id: str) -> None:
        found = await self._db.read(lambda tx: store.pushers_of(tx, user_id))
        self._align(user_id, [pusher for pusher in found if pusher.activated])

    async def _reload_all(self) -> None:
        found, _ = await self._db.read(_everything)
        by_user: dict[str, list[Pusher]] = {user_id: [] for user_id in self._channels}
        for pusher in found:
            by_user.setdefault(pusher.user_id, []).append(pusher)
        for user_id, wanted in by_user.items():
            self._align(user_id, wanted)

    def _align(self, user_id: str, wanted: Sequence[Pusher]) -> None:
        """Make the lines of a user those of the stored pushers; a line whose pusher goes on keeps its queue."""
        keys = {pusher.key for pusher in wanted}
        for key, channel in list(self._channels.get(user_id, {}).items()):
            if key not in keys:
                self._forget(channel.pusher)
        for pusher in wanted:
            known = self._channels.get(user_id, {}).get(pusher.key)
            if known is None:
                if not self._channels:
                    # While there was no pusher nobody followed the stream.
                    self._dispatched = max(self._dispatched, pusher.delivered)
                self._open(pusher)
            else:
                known.pusher = pusher

    async def _keep_places(self) -> None:
        while True:
            await asyncio.sleep(KEEP_EVERY_S)
            try:
                await self._keep()
            except Exception as error:
                log.warning("the places of pushers could not be kept", error=str(error))

    async def _keep(self) -> None:
        """Keep how far the events were handed out, and which lines still hold some."""
        position = self._dispatched
        places = {channel: channel.place(position) for channel in self._all_channels()}
        moved = {channel: place for channel, place in places.items() if place != channel.kept}
        if position == self._kept_position and not moved:
            return
        rows = [(*place, *channel.pusher.key) for channel, place in moved.items()]

        async def job(tx: Tx) -> None:
            await store.mark_delivered(tx, rows)
            await store.set_dispatched(tx, position)

        await self._db.write(job)
        self._kept_position = position
        for channel, place in moved.items():
            channel.kept = place


class _Said:
    """An event with what judging it for many readers shares."""

    __slots__ = ("event", "judge", "view")

    def __init__(self, event: StoredEvent, room: Room) -> None:
        self.event = event
        self.judge = Judge(room)
        self.view = view_of(event)


def _may_notify(counting: Counting, event: StoredEvent, user_id: str) -> bool:
    """Say whether it is worth judging the event for this reader."""
    if counting is Counting.DEFAULT and event.mentioned is not None:
        return bool(event.notifies) or user_id in event.mentioned
    return counting is not Counting.SILENT


async def _everything(tx: Tx) -> tuple[list[Pusher], int]:
    found = [pusher for pusher in await store.all_pushers(tx) if pusher.activated]
    return found, await store.dispatched_position(tx)
