"""One pusher's line: what waits to be delivered to it, one after another, tried again until it is too old.

Owns the order, the back-off and the end of one line. What enters it is decided in `dispatcher.py`.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from teahouse.chat import StoredEvent
from teahouse.push.delivery.gateway import AddressRefused, GatewayFailed
from teahouse.push.records import Pusher
from teahouse.push.rules.evaluate import Actions

MOST_WAITING = 200
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 3600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event to tell, and what the reader's rules ask for."""

    event: StoredEvent
    actions: Actions


@dataclass(frozen=True, slots=True)
class Door:
    """How a line reaches the world. Each gives False when the pusher is gone, and raises GatewayFailed."""

    tell_event: Callable[["Channel", Waiting], Awaitable[bool]]
    tell_count: Callable[["Channel"], Awaitable[bool]]
    slots: asyncio.Semaphore
    retry_slots: asyncio.Semaphore
    """Lines whose gateway failed wait here, so that dead gateways don't hold up the living."""


class Channel:
    """The line of one pusher."""

    def __init__(self, pusher: Pusher, door: Door, *, done: int) -> None:
        self.pusher = pusher
        self.waiting: deque[Waiting] = deque(maxlen=MOST_WAITING)
        self.count_due = False
        self.told_count: int | None = None
        self.kept = (pusher.delivered, pusher.behind)
        self.skip_upto = max(done, pusher.delivered)
        self.is_restored = bool(pusher.behind)
        self.closed = False
        self._door = door
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, waiting: Waiting) -> None:
        """Put an event at the end of the line; the oldest falls out of a full one."""
        self.waiting.append(waiting)
        self._run()

    def set_count_due(self) -> None:
        """Let the badge be told when nothing else waits."""
        self.count_due = True
        self._run()

    def place(self, dispatched: int) -> tuple[int, int]:
        """Give (delivered, behind) as it should be kept, when events up to `dispatched` were handed out."""
        if self.waiting:
            return self.waiting[0].event.position - 1, 1
        return (dispatched, 0) if self.kept[1] else self.kept

    def close(self) -> None:
        """End the line; whatever waits is lost to it."""
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def _run(self) -> None:
        if self._task is None and self._timer is None and not self.closed:
            self._task = asyncio.create_task(self._deliver_all(), name="push channel")

    def _again(self) -> None:
        self._timer = None
        self._run()

    async def _deliver_all(self) -> None:
        try:
            while (self.waiting or self.count_due) and not self.closed:
                async with self._door.retry_slots if self._failures else self._door.slots:
                    alive = await self._deliver_next()
                if not alive:
                    self.close()
                    return
                self._failures = 0
        except GatewayFailed as failure:
            self._wait(failure)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a notification could not be made")
            self._wait(GatewayFailed("internal"))
        finally:
            self._task = None

    async def _deliver_next(self) -> bool:
        if self.waiting:
            waiting = self.waiting[0]
            alive = await self._door.tell_event(self, waiting)
            # A full line may have dropped this one meanwhile.
            if self.waiting and self.waiting[0] is waiting:
                self.waiting.popleft()
            return alive
        self.count_due = False
        try:
            return await self._door.tell_count(self)
        except GatewayFailed:
            self.count_due = True
            raise

    def _wait(self, failure: GatewayFailed) -> None:
        self._failures += 1
        delay = min(FIRST_DELAY_S * 2 ** min(self._failures - 1, 20), LONGEST_DELAY_S)
        if isinstance(failure, AddressRefused):
            delay = LONGEST_DELAY_S
        delay *= 0.75 + random.random() / 2  # noqa: S311 (spreads retries, guards nothing)
        log.info("a push gateway failed", reason=str(failure), failures=self._failures, wait_s=round(delay))
        self._timer = asyncio.get_running_loop().call_later(delay, self._again)
