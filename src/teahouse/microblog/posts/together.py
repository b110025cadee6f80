"""What many people ask of one thing at the same moment is written as one job, with one statement for all of them.

A post that goes round gets dozens of likes while the disk works on the last ones. As jobs of their own each would ask
the database the same dozen questions, one after the other, and the last would wait for all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Database, Tx

I = TypeVar("I")  # noqa: E741
R = TypeVar("R")
Run = Callable[[Tx, int, Sequence[I]], Awaitable[Sequence[R | TeahouseError]]]

MOST_TOGETHER = 50
"""So many are in one job at most: a job must be short, since everybody's requests wait for it."""


class _Party(Generic[I, R]):
    """Those who wait for the same job."""

    def __init__(self) -> None:
        self.items: list[I] = []
        self.answers: list[asyncio.Future[R]] = []


class Together(Generic[I, R]):
    """Gathers what is asked of a key until its job runs, then lets `run` answer all of it.

    `run(tx, key, items)` gives a result or an error for each item, in order; it must raise nothing once it has changed
    something. It may run twice with the same items, if their batch has to be written again.
    """

    def __init__(self, db: Database, run: "Run[I, R]") -> None:
        self._db = db
        self._run = run
        self._open: dict[int, _Party[I, R]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, key: int, item: I) -> R:
        """Give what became of one item, after the commit; raises what `run` gave for it, and Unavailable."""
        party = self._open.get(key)
        if party is None or len(party.items) >= MOST_TOGETHER:
            party = self._open[key] = _Party()
            task = asyncio.create_task(self._write(key, party), name="writes together")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        party.items.append(item)
        party.answers.append(answer)
        return await answer

    async def _write(self, key: int, party: _Party[I, R]) -> None:
        async def job(tx: Tx) -> Sequence[R | TeahouseError]:
            self._close(key, party)
            return await self._run(tx, key, party.items)

        try:
            results: Sequence[R | BaseException] = await self._db.write(job, checks_first=True)
        except BaseException as error:
            results = [error] * len(party.items)
            if not isinstance(error, Exception):
                raise
        finally:
            self._close(key, party)
            _answer(party, results)

    def _close(self, key: int, party: _Party[I, R]) -> None:
        """Let nobody join any more."""
        if self._open.get(key) is party:
            del self._open[key]


def _answer(party: _Party[I, R], results: "Sequence[R | BaseException]") -> None:
    for answer, result in zip(party.answers, results, strict=True):
        if answer.done():
            continue
        if isinstance(result, asyncio.CancelledError):
            answer.cancel()
        elif isinstance(result, BaseException):
            answer.set_exception(result)
        else:
            answer.set_result(result)
