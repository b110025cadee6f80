"""What is done after a write because a row asks for it: some at once, and again after a restart.

The row is the only record: whoever does the errand takes it away or settles it, in one write with what comes of it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

log = structlog.get_logger(__name__)

AT_ONCE = 8
LOOK_EVERY_S = 3600.0
AGAIN_AFTER_S = 30.0


class Errand(Protocol):
    """Something to do; no two with the same key are done at once."""

    @property
    def key(self) -> str:
        """What tells it from others."""


T = TypeVar("T", bound=Errand)
Find = Callable[[Tx, Iterable[str]], Awaitable[T | None]]


class Errands(Generic[T]):
    """Does the errands of one kind. `find` gives one that is none of those in work; `kind` is the fact that wakes."""

    def __init__(self, db: Database, kind: str, find: Find[T], do: Callable[[T], Awaitable[None]]) -> None:
        self._db = db
        self._heard = frozenset((kind, "foreign"))
        self._find = find
        self._do = do
        self._doing: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        db.doorbell.listen(self._hear)

    def start(self) -> None:
        """Begin, with what was to be done when the server last ended."""
        self._task = asyncio.create_task(self._watch(), name="errands")

    async def stop(self) -> None:
        """End; what is not done waits for the next start."""
        tasks = [*self._doing.values(), *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _hear(self, facts: Sequence[Fact]) -> None:
        if any(fact.kind in self._heard for fact in facts):
            self._wake.set()

    async def _watch(self) -> None:
        while True:
            self._wake.clear()
            wait_s = LOOK_EVERY_S
            try:
                while await self._begin_next():
                    pass
            except TeahouseError as error:
                log.warning("could not look for what is to be done", error=error.message)
                wait_s = AGAIN_AFTER_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)

    async def _begin_next(self) -> bool:
        """Begin with one more as soon as there is a slot; False when there is none to begin with."""
        await self._slots.acquire()
        errand: T | None = None
        try:
            errand = await self._db.read(lambda tx: self._find(tx, list(self._doing)))
        finally:
            if errand is None:
                self._slots.release()
        if errand is None:
            return False
        task = asyncio.create_task(self._until_done(errand), name="errand")
        self._doing[errand.key] = task
        task.add_done_callback(lambda _: self._ended(errand.key))
        return True

    def _ended(self, key: str) -> None:
        self._doing.pop(key, None)
        self._slots.release()

    async def _until_done(self, errand: T) -> None:
        while True:
            try:
                await self._do(errand)
            except TeahouseError as error:
                log.warning("something was not done, and is tried again", error=error.message)
            except Exception:
                log.exception("something was not done, and is tried again")
            else:
                return
            await asyncio.sleep(AGAIN_AFTER_S)
