"""Counts what a reader has not read in some rooms, from the database, with a fixed number of queries.

Client-server API, "Receiving notifications" and "Threading: Unread notifications". The reader's marker is the
newest of the own read receipts, the own last message and the join; the main timeline and each thread have
their own. Rooms in which the reader's rules count like the default ones are done by subtraction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from teahouse.chat import Room, StoredEvent, events_before
from teahouse.kernel.storage import Tx
from teahouse.push.rules.deviations import Counting
from teahouse.push.rules.rule_book import UserRules
from teahouse.push.unread import store
from teahouse.push.unread.judging import Judge, view_of

MOST_JUDGED = 10_000
MAIN = "main"

Count = tuple[int, int]


class Unread(NamedTuple):
    """Notifying and highlighted events of the main timeline, and of each thread that has any, by its root."""

    notify: int
    highlight: int
    threads: Mapping[str, Count]

    def total(self) -> Count:
        """Give the counts of the main timeline and the threads together, for clients that know no threads."""
        if not self.threads:
            return self.notify, self.highlight
        notify = self.notify + sum(count[0] for count in self.threads.values())
        return notify, self.highlight + sum(count[1] for count in self.threads.values())


NOTHING_UNREAD = Unread(0, 0, {})


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose unread events are counted, by which rules, and whom they ignore."""

    user_id: str
    rules: UserRules
    ignored: frozenset[str]


@dataclass(slots=True)
class Loaded:
    """A count that holds at `position` of the room; `main_mark` is how far the main timeline is read."""

    position: int
    counting: Counting
    main_mark: int = 0
    unread: Unread = NOTHING_UNREAD


@dataclass(slots=True)
class _Marks:
    totals: store.RoomTotals
    unthreaded: int
    main: int
    threads: dict[str, int] = field(default_factory=dict)

    def of_thread(self, root: str) -> int:
        return max(self.unthreaded, self.threads.get(root, 0))


async def load_unread(
    tx: Tx, reader: Reader, room_ids: Iterable[str], rooms: Mapping[str, Room]
) -> dict[str, Loaded]:
    """Count for each of the rooms; those that the reader never was in are left out.

    `rooms` must hold the rooms in which the reader's rules make it necessary to judge each event.
    """
    totals = await store.totals_of(tx, reader.user_id, room_ids)
    found: dict[str, Loaded] = {}
    for room_id, total in totals.items():
        found[room_id] = Loaded(total.last_position, reader.rules.deviations.counting_in(room_id))
    heard = {
        room_id: totals[room_id]
        for room_id, loaded in found.items()
        if loaded.counting is not Counting.SILENT
    }
    if not heard:
        return found
    marks = await _marks(tx, reader.user_id, heard)
    roots = await _unread_threads(tx, marks)
    mentions = await _mentions(tx, reader, marks)
    main = await _main_counts(tx, reader, marks, mentions)
    threads = await _thread_counts(tx, reader, marks, roots, mentions)
    for room_id, mark in marks.items():
        loaded = found[room_id]
        loaded.main_mark = mark.main
        if loaded.counting is Counting.EVALUATE:
            loaded.unread = await _judged(tx, reader, rooms[room_id], mark, roots.get(room_id, ()))
        else:
            loaded.unread = _as_unread(loaded.counting, main[room_id], threads.get(room_id, {}))
    return found


async def _marks(tx: Tx, user_id: str, totals: Mapping[str, store.RoomTotals]) -> dict[str, _Marks]:
    own = await store.own_last_events(tx, user_id, totals)
    marks = {
        room_id: _Marks(total, total.joined_position, max(total.joined_position, own.get(room_id, 0)))
        for room_id, total in totals.items()
    }
    for room_id, thread_id, position in await store.read_marks(tx, user_id, totals):
        mark = marks[room_id]
        if thread_id == store.UNTHREADED:
            mark.unthreaded = max(mark.unthreaded, position)
            mark.main = max(mark.main, position)
        elif thread_id == MAIN:
            mark.main = max(mark.main, position)
        else:
            mark.threads[thread_id] = max(mark.threads.get(thread_id, 0), position)
    return marks


async def _unread_threads(tx: Tx, marks: Mapping[str, _Marks]) -> dict[str, list[str]]:
    oldest = min(mark.unthreaded for mark in marks.values())
    roots: dict[str, list[str]] = {}
    for thread in await store.threads_after(tx, marks, oldest):
        if thread.last_position > marks[thread.room_id].of_thread(thread.root):
            roots.setdefault(thread.room_id, []).append(thread.root)
    return roots


async def _mentions(tx: Tx, reader: Reader, marks: Mapping[str, _Marks]) -> list[store.Mention]:
    oldest = min(mark.unthreaded for mark in marks.values())
    found = await store.mentions_after(tx, reader.user_id, marks, oldest)
    return [mention for mention in found if mention.sender not in reader.ignored]


async def _main_counts(
    tx: Tx, reader: Reader, marks: Mapping[str, _Marks], mentions: list[store.Mention]
) -> dict[str, Count]:
    base = await store.totals_at(tx, {mark.main for mark in marks.values()})
    counts: dict[str, Count] = {}
    for room_id, mark in marks.items():
        notify, highlight = base.get(mark.main, (0, 0))
        counts[room_id] = (mark.totals.notify - notify, mark.totals.highlight - highlight)
    for mention in mentions:
        if mention.thread_root is None and mention.position > marks[mention.room_id].main:
            notify, highlight = counts[mention.room_id]
            counts[mention.room_id] = (notify + mention.extra, highlight + 1)
    if reader.ignored:
        main = {room_id: mark.main for room_id, mark in marks.items()}
        for event in await store.notifying_events_of(tx, main, reader.ignored):
            notify, highlight = counts[event.room_id]
            counts[event.room_id] = (notify - 1, highlight - event.highlights)
    return counts


async def _thread_counts(
    tx: Tx,
    reader: Reader,
    marks: Mapping[str, _Marks],
    roots: Mapping[str, list[str]],
    mentions: list[store.Mention],
) -> dict[str, dict[str, Count]]:
    oldest = {root: marks[room_id].of_thread(root) for room_id, found in roots.items() for root in found}
    if not oldest:
        return {}
    events = {
        event.position: event
        for event in await store.thread_events_after(tx, reader.user_id, oldest, min(oldest.values()))
    }
    for mention in mentions:
        if mention.thread_root in oldest:
            events[mention.position] = store.CountedEvent(
                mention.room_id, mention.position, mention.thread_root, mention.sender, 1, 1
            )
    counts: dict[str, dict[str, Count]] = {}
    for position in sorted(events):
        event = events[position]
        root = event.thread_root or ""
        if position <= oldest[root]:
            continue
        in_room = counts.setdefault(event.room_id, {})
        if event.sender == reader.user_id:
            in_room.pop(root, None)
        elif event.sender not in reader.ignored:
            notify, highlight = in_room.get(root, (0, 0))
            in_room[root] = (notify + event.notifies, highlight + event.highlights)
    return counts


async def _judged(tx: Tx, reader: Reader, room: Room, marks: _Marks, roots: Sequence[str]) -> Unread:
    """Count by judging each event since the oldest marker that matters, at most MOST_JUDGED of them."""
    oldest = min([marks.main, *(marks.of_thread(root) for root in roots)])
    events = await events_before(tx, room.room_id, marks.totals.last_position + 1, MOST_JUDGED)
    judge = Judge(room)
    main: Count = (0, 0)
    threads: dict[str, Count] = {}
    for event in reversed(events):
        root = event.thread_root
        mark = marks.main if root is None else marks.of_thread(root)
        if event.position <= oldest or event.position <= mark:
            continue
        if root is None:
            main = _after(reader, judge, event, main)
        else:
            threads[root] = _after(reader, judge, event, threads.get(root, (0, 0)))
    return _as_unread(Counting.EVALUATE, main, threads)


def _after(reader: Reader, judge: Judge, event: StoredEvent, count: Count) -> Count:
    if event.sender == reader.user_id:
        return (0, 0) if event.state_key is None else count
    if event.sender in reader.ignored:
        return count
    actions = judge.actions(reader.rules.compiled, view_of(event))
    notify = int(actions.notify)
    return count[0] + notify, count[1] + (notify and int(actions.highlight))


def _as_unread(counting: Counting, main: Count, threads: Mapping[str, Count]) -> Unread:
    if counting is Counting.MENTIONS_ONLY:
        main = (main[1], main[1])
        threads = {root: (count[1], count[1]) for root, count in threads.items()}
    kept = {root: count for root, count in threads.items() if count != (0, 0)}
    return Unread(main[0], main[1], kept)
