"""One transaction as a job sees it, the same on both databases."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import orjson

from teahouse.kernel.stream import Fact

Row = tuple[Any, ...]


def json_list(values: Iterable[str]) -> str:
    """Give the parameter for `IN (SELECT value FROM json_each(?))`, the shared way to pass a list of texts."""
    return orjson.dumps(list(values)).decode()


class Tx(ABC):
    """Statements, and in writes also positions, facts and after-commit work."""

    def __init__(self) -> None:
        self.position = 0
        self.facts: list[Fact] = []
        self.callbacks: list[Callable[[], None]] = []
        self.undo: list[Callable[[], None]] = []
        self.staged: dict[Any, Any] = {}
        self._last_writes: dict[str, Callable[[], Awaitable[None]]] = {}
        self.has_changed = False
        """Whether the running job has sent a statement that may change something."""

    @abstractmethod
    async def execute(self, sql: str, *params: Any) -> int:
        """Run one statement and give the number of rows it changed."""

    @abstractmethod
    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once for each row of parameters."""

    @abstractmethod
    async def fetch_all(self, sql: str, *params: Any) -> list[Row]:
        """Run one query and give all its rows."""

    async def fetch_one(self, sql: str, *params: Any) -> Row | None:
        """Run one query and give its first row, or None."""
        rows = await self.fetch_all(sql, *params)
        return rows[0] if rows else None

    async def fetch_value(self, sql: str, *params: Any) -> Any:
        """Run one query and give the first column of its first row, or None."""
        row = await self.fetch_one(sql, *params)
        return row[0] if row else None

    def next_position(self) -> int:
        """Take the next position of the stream; only inside a write job."""
        self.position += 1
        return self.position

    def announce(self, fact: Fact) -> None:
        """Ring the doorbell with `fact` once this job is committed."""
        self.facts.append(fact)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` on the loop's thread once this job is committed, before its facts are announced."""
        self.callbacks.append(callback)

    def on_rollback(self, callback: Callable[[], None]) -> None:
        """Call `callback` when this job is rolled back while others of its batch go on."""
        self.undo.append(callback)

    def before_commit(self, name: str, write: Callable[[], Awaitable[None]]) -> None:
        """Await `write` once at the end of the batch, for rows that many of its jobs would write again and again.

        It runs whichever jobs fail meanwhile, so it must write what holds then; until then the rows are out of date.
        """
        self._last_writes.setdefault(name, write)

    async def finish(self) -> None:
        """Write what waited for the end of the batch."""
        for write in self._last_writes.values():
            await write()

    def begin_job(self) -> int:
        """Forget what the last job asked for, and give the position to return to when the next one fails."""
        self.facts, self.callbacks, self.undo = [], [], []
        self.has_changed = False
        return self.position

    def undo_job(self, position: int) -> None:
        """Take the failed job's positions and memory changes back."""
        self.position = position
        for callback in reversed(self.undo):
            callback()
        self.facts, self.callbacks, self.undo = [], [], []
