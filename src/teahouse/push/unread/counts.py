"""Unread and highlight counts by reader and room, kept in memory and advanced event by event.

`peek` is asked for every delivery of every message, so it touches only memory; what it doesn't know `load`
reads. An entry holds the count at a position of the room; the room's newest events, which are in memory
too, carry it forward. Receipts, changed rules and memberships end an entry or move it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from teahouse.accounts import Accounts
from teahouse.chat import Room, StoredEvent
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact
from teahouse.push.records import RULES_CHANGED
from teahouse.push.rules.conditions import EventView
from teahouse.push.rules.deviations import Counting
from teahouse.push.rules.rule_book import RuleBook
from teahouse.push.unread.judging import Judge, view_of
from teahouse.push.unread.load import (
    MAIN,
    NOTHING_UNREAD,
    Count,
    Loaded,
    Reader,
    Unread,
    load_unread,
)

MOST_ENTRIES = 400_000
PeekRoom = Callable[[str], Room | None]


class _Readings:
    """What is in memory of one reader."""

    __slots__ = ("entries", "reader")

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.entries: dict[str, Loaded] = {}


class UnreadCounts:
    """The counts of all readers; only the event loop's thread may touch it."""

    def __init__(self, db: Database, book: RuleBook, accounts: Accounts, peek_room: PeekRoom) -> None:
        self._db = db
        self._book = book
        self._accounts = accounts
        self._peek_room = peek_room
        self._readers: OrderedDict[str, _Readings] = OrderedDict()
        self._size = 0
        # Who is being loaded, and for which of these something changed meanwhile.
        self._loading: dict[str, int] = {}
        self._changed: set[str] = set()
        self._view: tuple[int, EventView] | None = None
        db.on_reset(self.forget_all)
        db.doorbell.listen(self._on_facts)

    def peek(self, user_id: str, room: Room) -> Unread | None:
        """Give the reader's count at the room's newest event, or None when the database must be asked."""
        readings = self._readers.get(user_id)
        entry = readings.entries.get(room.room_id) if readings is not None else None
        if readings is None or entry is None:
            return None
        if entry.position < room.last_position and not self._advance(readings.reader, entry, room):
            self._drop(readings, room.room_id)
            return None
        self._readers.move_to_end(user_id)
        return entry.unread

    async def load(self, user_id: str, rooms: Sequence[Room]) -> None:
        """Read the reader's counts in these rooms into memory."""
        for _ in range(3):
            ignored = await self._accounts.ignored_users(user_id)
            self._loading[user_id] = self._loading.get(user_id, 0) + 1
            try:
                reader, found = await self._db.read(lambda tx: self._read(tx, user_id, ignored, rooms))  # noqa: B023
                unchanged = user_id not in self._changed
            finally:
                self._loading[user_id] -= 1
                if not self._loading[user_id]:
                    del self._loading[user_id]
                    self._changed.discard(user_id)
            if unchanged:
                break
            await asyncio.sleep(0)
        self._keep(reader, found)

    async def count(self, user_id: str, rooms: Sequence[Room]) -> dict[str, Unread]:
        """Give the reader's counts in these rooms, from memory where it knows them."""
        missing = [room for room in rooms if self.peek(user_id, room) is None]
        if missing:
            await self.load(user_id, missing)
        return {room.room_id: self.peek(user_id, room) or NOTHING_UNREAD for room in rooms}

    def forget_all(self) -> None:
        """Empty the memory, for when it may differ from the database."""
        self._readers.clear()
        self._size = 0
        self._changed.update(self._loading)

    async def _read(
        self, tx: Tx, user_id: str, ignored: frozenset[str], rooms: Sequence[Room]
    ) -> tuple[Reader, dict[str, Loaded]]:
        reader = Reader(user_id, await self._book.load(tx, user_id), ignored)
        by_id = {room.room_id: room for room in rooms}
        return reader, await load_unread(tx, reader, by_id, by_id)

    def _keep(self, reader: Reader, found: dict[str, Loaded]) -> None:
        readings = self._readers.get(reader.user_id)
        if readings is None:
            readings = self._readers[reader.user_id] = _Readings(reader)
        elif readings.reader.rules is not reader.rules or readings.reader.ignored != reader.ignored:
            self._size -= len(readings.entries)
            readings.entries.clear()
            readings.reader = reader
        self._readers.move_to_end(reader.user_id)
        self._size -= len(readings.entries)
        readings.entries.update(found)
        self._size += len(readings.entries)
        while self._size > MOST_ENTRIES and len(self._readers) > 1:
            _, gone = self._readers.popitem(last=False)
            self._size -= len(gone.entries)

    def _drop(self, readings: _Readings, room_id: str) -> None:
        if readings.entries.pop(room_id, None) is not None:
            self._size -= 1

    def _drop_reader(self, user_id: str) -> None:
        readings = self._readers.pop(user_id, None)
        if readings is not None:
            self._size -= len(readings.entries)

    def _advance(self, reader: Reader, entry: Loaded, room: Room) -> bool:
        """Count the room's events after the entry's position; False when memory doesn't know enough."""
        if entry.position < room.recent_floor:
            return False
        if self._advance_by_one(reader, entry, room):
            return True
        newer: list[StoredEvent] = []
        for event in reversed(room.recent):
            if event.position <= entry.position:
                break
            if event.mentioned is None:
                return False
            newer.append(event)
        if entry.counting is not Counting.SILENT:
            self._take(reader, entry, room, reversed(newer))
        entry.position = room.last_position
        return True

    def _advance_by_one(self, reader: Reader, entry: Loaded, room: Room) -> bool:
        """Do what nearly every delivery needs: one more plain event, for a reader with default rules."""
        recent = room.recent
        event = recent[-1]
        if entry.counting is not Counting.DEFAULT or event.mentioned is None or event.thread_root is not None:
            return False
        if reader.ignored or event.sender == reader.user_id or reader.user_id in event.mentioned:
            return False
        if len(recent) > 1 and recent[-2].position > entry.position:
            return False
        if event.notifies:
            notify, highlight, threads = entry.unread
            entry.unread = Unread(notify + 1, highlight + event.highlights_room, threads)
        entry.position = event.position
        return True

    def _take(self, reader: Reader, entry: Loaded, room: Room, events: Iterable[StoredEvent]) -> None:
        notify, highlight, threads = entry.unread
        for event in events:
            root = event.thread_root
            if event.sender == reader.user_id:
                if event.state_key is not None and not event.highlights_room:
                    continue
                if root is None:
                    notify = highlight = 0
                    entry.main_mark = event.position
                elif root in threads:
                    threads = {key: count for key, count in threads.items() if key != root}
                continue
            more, called = self._counted(reader, entry.counting, room, event)
            if root is None:
                notify, highlight = notify + more, highlight + called
            elif more or called:
                before = threads.get(root, (0, 0))
                threads = {**threads, root: (before[0] + more, before[1] + called)}
        entry.unread = Unread(notify, highlight, threads)

    def _counted(self, reader: Reader, counting: Counting, room: Room, event: StoredEvent) -> Count:
        if event.sender in reader.ignored:
            return 0, 0
        if counting is Counting.EVALUATE:
            actions = Judge(room).actions(reader.rules.compiled, self._view_of(event))
            return int(actions.notify), int(actions.notify and actions.highlight)
        if event.mentioned and reader.user_id in event.mentioned:
            return 1, 1
        if counting is Counting.MENTIONS_ONLY:
            return event.highlights_room, event.highlights_room
        return event.notifies, event.highlights_room

    def _view_of(self, event: StoredEvent) -> EventView:
        if self._view is None or self._view[0] != event.position:
            self._view = (event.position, view_of(event))
        return self._view[1]

    def _on_facts(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.kind == "event":
                event: StoredEvent = fact.body
                if event.type == "m.room.member" and event.state_key is not None:
                    self._end(event.state_key, event.room_id)
            elif fact.kind == "receipt" and fact.user_id is not None and fact.room_id is not None:
                self._on_receipt(fact.user_id, fact.room_id, fact)
            elif fact.user_id is not None and (
                fact.kind == RULES_CHANGED or (fact.kind == "account_data" and not fact.room_id)
            ):
                self._note_change(fact.user_id)
                self._drop_reader(fact.user_id)

    def _end(self, user_id: str, room_id: str) -> None:
        self._note_change(user_id)
        readings = self._readers.get(user_id)
        if readings is not None:
            self._drop(readings, room_id)

    def _note_change(self, user_id: str) -> None:
        if user_id in self._loading:
            self._changed.add(user_id)

    def _on_receipt(self, user_id: str, room_id: str, fact: Fact) -> None:
        """Move the reader's marker without asking the database where memory reaches far enough."""
        self._note_change(user_id)
        readings = self._readers.get(user_id)
        entry = readings.entries.get(room_id) if readings is not None else None
        if readings is None or entry is None:
            return
        room = self._peek_room(room_id)
        if room is None or not self._move(readings.reader, entry, room, fact):
            self._drop(readings, room_id)

    def _move(self, reader: Reader, entry: Loaded, room: Room, fact: Fact) -> bool:
        if entry.position < room.last_position and not self._advance(reader, entry, room):
            return False
        mark: int = fact.body.event_position
        thread_id: str | None = fact.body.thread_id
        threads = entry.unread.threads
        if thread_id is not None and thread_id != MAIN:
            if mark < entry.position and thread_id in threads:
                return False
            kept = {root: count for root, count in threads.items() if root != thread_id}
            entry.unread = entry.unread._replace(threads=kept)
            return True
        if thread_id is None and threads:
            if mark < entry.position:
                return False
            entry.unread = entry.unread._replace(threads={})
        return mark <= entry.main_mark or self._read_main(reader, entry, room, mark)

    def _read_main(self, reader: Reader, entry: Loaded, room: Room, mark: int) -> bool:
        """Count the main timeline from a new marker on; False when memory doesn't reach back to it."""
        if mark < room.recent_floor:
            return False
        later = [event for event in room.recent if event.position > mark and event.thread_root is None]
        if any(event.mentioned is None for event in later):
            return False
        entry.main_mark = mark
        entry.unread = Unread(0, 0, entry.unread.threads)
        if entry.counting is not Counting.SILENT:
            self._take(reader, entry, room, later)
        return True
