"""The trends that stand: what was found last is shown at once, and what is new is looked for meanwhile.

To look takes as long as the last day was lively; nobody who asks waits for it, but whoever is the very first. What was
found is kept, so that a start shows it too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.discovery import store_trends as store

log = structlog.get_logger(__name__)

Rank = Callable[[Tx], Awaitable[list[Any]]]
OLDEST_MS = 24 * 3_600_000
"""What was found longer ago is shown to nobody: it says nothing about today."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found, and when by the wall's clock."""

    what: list[Any]
    at_ms: int


class Standing:
    """What stands of each kind; `ranks` says how each is looked for."""

    def __init__(self, core: Core, ranks: Mapping[str, Rank]) -> None:
        self._core = core
        self._ranks = ranks
        self._found: dict[str, _Found] = {}
        self._looking: dict[str, asyncio.Task[list[Any]]] = {}

    async def load(self) -> None:
        """Know what was found before the server last ended."""
        rows = await self._core.db.read(store.kept)
        self._found = {kind: _Found(what, at_ms) for kind, at_ms, what in rows if kind in self._ranks}

    async def stop(self) -> None:
        """Look no further."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def of(self, kind: str) -> list[Any]:
        """Give what stands, and have it looked for anew when that is due. Raises Unavailable if nothing stands yet."""
        found, now = self._found.get(kind), self._core.clock.now_ms()
        refresh_ms = self._core.config.trends.refresh_s * 1000
        # A clock that was set back must not keep something for longer than a day either.
        age_ms = None if found is None else abs(now - found.at_ms)
        if found is not None and age_ms is not None and age_ms < refresh_ms:
            return found.what
        looking = self._look(kind)
        if found is None or age_ms is None or age_ms > OLDEST_MS or not refresh_ms:
            return await asyncio.shield(looking)
        return found.what

    def _look(self, kind: str) -> "asyncio.Task[list[Any]]":
        """Look for one kind; who comes while it is looked for shares the finding."""
        task = self._looking.get(kind)
        # With no time to keep a finding, one that was begun before the question would be too old.
        if task is None or task.done() or not self._core.config.trends.refresh_s:
            task = self._looking[kind] = asyncio.create_task(self._find(kind), name=f"trends: {kind}")
            task.add_done_callback(_log_failure)
        return task

    async def _find(self, kind: str) -> list[Any]:
        now = self._core.clock.now_ms()
        what = await self._core.db.read(self._ranks[kind])
        before = self._found.get(kind)
        try:
            if self._core.config.trends.refresh_s and (before is None or before.what != what):
                await self._core.db.write(lambda tx: store.keep(tx, kind, now, what))
        finally:
            self._found[kind] = _Found(what, now)
        return what


def _log_failure(task: "asyncio.Task[list[Any]]") -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, TeahouseError):
        log.warning("the trends could not be looked for", error=error.message)
    elif error is not None:
        log.error("the trends could not be looked for", exc_info=error)
