"""What a send leaves for later: its transaction id's row, and the note of where its sender spoke last (decision 12).

Both are already in the event's own row, so nothing is owed to the disk; they are entered behind the stream, many
together, which costs a tenth of entering each. Until then the transaction ids are known from memory, and after a
restart or a reset from the events that come after the cursor.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import structlog

from teahouse.chat import store
from teahouse.chat.records import StoredEvent
from teahouse.chat.store_settling import Unsettled, UnsettledRow, settle, unsettled_rows
from teahouse.kernel.storage import Database, Tx

log = structlog.get_logger(__name__)

BITE = 250
REST_S = 3.0
"""How long the events of a quiet time wait, so that they are entered together."""
BACKLOG_REST_S = 0.01
RETRY_S = 2.0
MOST_WAITING = 50_000
"""So many events are read into memory after a restart at most; with more, they are settled first."""
_ENTERED_AT_ONCE = "m.room.redaction"
"""Redactions come by two paths, which their rows don't tell apart, so their transaction ids wait for nothing."""


def path_of(*parts: str) -> str:
    """Give the path under which a transaction id, its last part, makes one event and no more."""
    return "/".join(map(_segment, parts))


def _segment(text: str) -> str:
    return text.replace("%", "%25").replace("/", "%2F") if "/" in text or "%" in text else text


class Settling:
    """Knows the unsettled events and settles them in the background; one per server."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._task: asyncio.Task[None] | None = None
        self._enough = asyncio.Event()
        self._waiting: deque[Unsettled] | None = None
        """Every unsettled event in order, or None while that isn't known."""
        self._sent: dict[tuple[str, str, str], str] = {}
        db.on_reset(self._forget)

    def start(self) -> None:
        """Begin to settle."""
        self._task = asyncio.create_task(self._follow(), name="settling")

    async def stop(self) -> None:
        """End the settling; what is left waits for the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def sent_event_id(self, tx: Tx, user_id: str, device_id: str, path: str) -> str | None:
        """Give the event that this device already made with this path, inside a write job."""
        if self._waiting is None:
            await self._load(tx)
        known = self._sent.get((user_id, device_id, path))
        return known or await store.sent_event_id(tx, user_id, device_id, path)

    async def add(self, tx: Tx, event: StoredEvent, path: str | None) -> None:
        """Take in an event that was just stored, inside its write job."""
        if event.type == _ENTERED_AT_ONCE and path is not None:
            await store.insert_sent(
                tx, event.sender, event.device_id or "", path, event.event_id, event.origin_server_ts
            )
            path = None
        if self._waiting is None:
            return  # Whoever asks next reads it from the database.
        is_main = event.thread_root is None
        self._keep(
            Unsettled(
                event.position, event.sender, event.room_id, event.device_id, path, event.event_id,
                event.origin_server_ts, is_main and (event.state_key is None or event.highlights_room == 1),
                is_main and event.notifies == 1,
            )
        )  # fmt: skip
        tx.on_rollback(self._take_back)
        if len(self._waiting) >= BITE:
            self._enough.set()

    def _keep(self, event: Unsettled) -> None:
        assert self._waiting is not None  # noqa: S101
        self._waiting.append(event)
        if event.path is not None and event.device_id is not None:
            self._sent[(event.sender, event.device_id, event.path)] = event.event_id

    def _take_back(self) -> None:
        if self._waiting:
            self._drop(self._waiting.pop())

    def _drop(self, event: Unsettled) -> None:
        if event.path is not None and event.device_id is not None:
            self._sent.pop((event.sender, event.device_id, event.path), None)

    def _forget(self) -> None:
        self._waiting = None
        self._sent.clear()

    async def _load(self, tx: Tx) -> None:
        """Read what is unsettled; the job that asks has stored nothing yet."""
        tx.on_rollback(self._forget)
        rows = await unsettled_rows(tx, MOST_WAITING)
        while len(rows) == MOST_WAITING:
            await settle(tx, list(map(_as_unsettled, rows)))
            rows = await unsettled_rows(tx, MOST_WAITING)
        self._waiting = deque()
        for row in rows:
            self._keep(_as_unsettled(row))

    async def _follow(self) -> None:
        while True:
            if self._waiting is None or self._waiting:
                try:
                    while await self._db.write(self._settle_some):
                        await asyncio.sleep(BACKLOG_REST_S)
                except Exception as error:
                    # Nothing is lost by waiting; a database that is away is told of by those who miss it.
                    log.warning("sent messages could not be settled yet", error=repr(error))
                    await asyncio.sleep(RETRY_S)
            self._enough.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REST_S):
                    await self._enough.wait()

    async def _settle_some(self, tx: Tx) -> bool:
        """Settle the oldest unsettled events; says whether there are many more."""
        if self._waiting is None:
            await self._load(tx)
        waiting = self._waiting
        assert waiting is not None  # noqa: S101
        some = [waiting[number] for number in range(min(BITE, len(waiting)))]
        if some:
            await settle(tx, some)
            tx.after_commit(self._settled(waiting, len(some)))
        return len(waiting) >= 2 * BITE

    def _settled(self, waiting: deque[Unsettled], count: int) -> Callable[[], None]:
        def forget() -> None:
            if self._waiting is waiting:
                for _ in range(count):
                    self._drop(waiting.popleft())

        return forget


def _as_unsettled(row: UnsettledRow) -> Unsettled:
    has_path = row.txn_id is not None and row.type != _ENTERED_AT_ONCE
    path = path_of("send", row.room_id, row.type, row.txn_id or "") if has_path else None
    is_main = row.thread_root is None
    return Unsettled(
        row.position, row.sender, row.room_id, row.device_id, path, row.event_id, row.sent_ts,
        is_main and (row.state_key is None or row.highlights_room == 1), is_main and row.notifies == 1,
    )  # fmt: skip
