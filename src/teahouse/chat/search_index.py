"""Fills the search index behind the stream, with a cursor of its own: sending pays nothing for it.

After a crash it goes on from its cursor. A search first waits until everything that was acknowledged before it
is indexed, so people find what they have just sent.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice

import structlog

from teahouse.chat import store_search
from teahouse.chat.records import StoredEvent
from teahouse.chat.store_search import IndexRow
from teahouse.errors import Unavailable
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

log = structlog.get_logger(__name__)

BITE = 200
REST_S = 0.25
BACKLOG_REST_S = 0.03
"""The pause between bites of a long backlog: people who chat come first."""
RETRY_S = 2.0
LONGEST_WAIT_S = 3.0
MOST_TOLD = 1000
"""So many events wait in memory at most; whoever is further behind reads them from the database."""
FIRST_CLEANING_S = 3600.0
CLEANING_S = 86_400.0


class SearchIndexer:
    """The background follower; one per server."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._moved = asyncio.Condition()
        self._position = -1
        self._told: deque[StoredEvent] = deque()
        self._told_after = 0
        """`_told` holds every event after this position, as the stream told of them."""
        self._clean_at = time.monotonic() + FIRST_CLEANING_S
        db.doorbell.listen(self._on_facts)

    def start(self) -> None:
        """Begin to follow."""
        self._rely_on_database(self._db.doorbell.position)
        self._news.set()
        self._task = asyncio.create_task(self._follow(), name="search index")

    async def stop(self) -> None:
        """End the following; what is left waits for the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def caught_up(self) -> None:
        """Wait until all that is committed now is indexed, but not for long: then search shows what there is."""
        target = self._db.doorbell.position
        if self._position >= target or self._task is None:
            return
        self._hurry.set()
        self._news.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT_S), self._moved:
                await self._moved.wait_for(lambda: self._position >= target)

    def _on_facts(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.kind == "event":
                self._told.append(fact.body)
            elif fact.kind == "foreign":
                self._rely_on_database(fact.position)
            else:
                continue
            self._news.set()
        while len(self._told) > MOST_TOLD:
            self._told_after = self._told.popleft().position

    def _rely_on_database(self, upto: int) -> None:
        self._told_after = max(upto, self._told[-1].position) if self._told else upto
        self._told.clear()

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_CLEANING_S):
                    await self._news.wait()
            self._news.clear()
            try:
                await self._catch_up()
                if time.monotonic() > self._clean_at:
                    await self._clean()
            except Unavailable:
                await self._try_again_later()
            except Exception:
                log.exception("the search index could not go on")
                await self._try_again_later()
            # Many messages are indexed together, unless somebody is waiting.
            await self._rest(REST_S)
            self._hurry.clear()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()

    async def _try_again_later(self) -> None:
        self._news.set()
        await asyncio.sleep(RETRY_S)

    async def _clean(self) -> None:
        """Merge the index bit by bit, so that redacted words leave the file and not only the answers."""
        begin = True
        while await self._db.write(self._cleaning(begin=begin), frees_space=True):
            begin = False
            await asyncio.sleep(REST_S)
        self._clean_at = time.monotonic() + CLEANING_S

    def _cleaning(self, *, begin: bool) -> Callable[[Tx], Awaitable[bool]]:
        return lambda tx: store_search.clean_index(tx, self._db.dialect, begin=begin)

    async def _catch_up(self) -> None:
        while True:
            target = self._db.doorbell.position
            rows, upto, after = await self._next()
            if upto > after:
                await self._db.write(self._adding(rows, upto))
                await self._move(upto)
                await self._rest(BACKLOG_REST_S)
                continue
            await self._move(target)
            return

    async def _next(self) -> tuple[list[IndexRow], int, int]:
        """Give what to index next, how far that comes, and from where: from memory, if all of it is there."""
        after = self._position
        if after < self._told_after:
            return await self._db.read(_read_next)
        while self._told and self._told[0].position <= after:
            self._told.popleft()
        events = list(islice(self._told, BITE))
        if not events:
            return [], after, after
        # Long texts take their time, so they are split where nobody waits.
        rows = await asyncio.get_running_loop().run_in_executor(None, _rows_of, events)
        return rows, events[-1].position, after

    def _adding(self, rows: Sequence[IndexRow], upto: int) -> Callable[[Tx], Awaitable[None]]:
        return lambda tx: store_search.add_to_index(tx, self._db.dialect, rows, upto)

    async def _move(self, position: int) -> None:
        async with self._moved:
            self._position = max(self._position, position)
            self._moved.notify_all()


def _rows_of(events: Sequence[StoredEvent]) -> list[IndexRow]:
    rows = (
        store_search.index_row(e.position, e.room_id, e.type, e.content, is_state=e.state_key is not None)
        for e in events
    )
    return [row for row in rows if row is not None]


async def _read_next(tx: Tx) -> tuple[list[IndexRow], int, int]:
    after = await store_search.indexed_up_to(tx)
    rows, upto = await store_search.rows_to_index(tx, after, BITE)
    return rows, upto, after
