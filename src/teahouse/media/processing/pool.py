"""Owns the workers: how many there are, who waits for one, and in which order.

People take turns: whoever asks for two hundred thumbnails waits for his own, not everybody for his. Workers start when
they are needed, do many jobs, and end when nothing has come for a while.
"""

import asyncio
import contextlib
import os
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from functools import partial

from teahouse.decoding import Answer, Failure, Job, Kind
from teahouse.errors import LimitExceeded
from teahouse.media.processing.sources import Source
from teahouse.media.processing.worker import Worker, WorkerLost

MOST_WAITING = 2000
MOST_WAITING_OF_ONE = 400
JOBS_OF_ONE_WORKER = 200
IDLE_S = 20.0
RESTING_BESIDE = 2
"""So many more may rest: with three kinds of files in turn, none has to be started anew for each."""


@dataclass
class _Ticket:
    kind: Kind
    job: Job
    source: Source
    done: asyncio.Future[Answer]


class Pool:
    """A bounded set of workers; 0 for as many as the machine has processors, four at most."""

    def __init__(self, workers: int = 0) -> None:
        self._most = workers or max(1, min(os.cpu_count() or 1, 4))
        self._queues: OrderedDict[str, deque[_Ticket]] = OrderedDict()
        self._idle: dict[Worker, float] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._moving = 0
        self._reaper: asyncio.Task[None] | None = None
        self._is_closed = False

    async def run(self, kind: Kind, job: Job, source: Source, owner: str) -> Answer:
        """Have a job done when its owner's turn comes; a file that no worker survives is a Failure, too.

        Raises LimitExceeded when too much waits already, and OSError from the source.
        """
        mine = self._queues.get(owner, ())
        if self._is_closed or len(mine) >= MOST_WAITING_OF_ONE or self._waiting() >= MOST_WAITING:
            raise LimitExceeded("Too many files are waiting to be processed", retry_after_ms=5000)
        ticket = _Ticket(kind, job, source, asyncio.get_running_loop().create_future())
        self._queues.setdefault(owner, deque()).append(ticket)
        self._start_next()
        return await ticket.done

    async def close(self) -> None:
        """End every worker; who still waits is told to come again."""
        self._is_closed = True
        for queue in self._queues.values():
            for ticket in queue:
                _settle(ticket, LimitExceeded("The server is going down", retry_after_ms=5000))
        self._queues.clear()
        tasks = [*self._running, *([self._reaper] if self._reaper is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._idle))
        self._idle.clear()

    def _waiting(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def _start_next(self) -> None:
        while len(self._running) < self._most and (ticket := self._next_ticket()) is not None:
            self._moving += ticket.kind == "moving"
            task = asyncio.create_task(self._serve(ticket))
            self._running.add(task)
            task.add_done_callback(partial(self._ended, ticket))

    def _next_ticket(self) -> _Ticket | None:
        """Take the next job of whoever's turn it is. Films take long, so they leave a worker to pictures."""
        may_move = self._moving < max(1, self._most - 1)
        for owner in list(self._queues):
            queue = self._queues[owner]
            while queue and queue[0].done.done():
                queue.popleft()
            if not queue:
                del self._queues[owner]
                continue
            at = next((at for at, ticket in enumerate(queue) if may_move or ticket.kind != "moving"), None)
            if at is None:
                continue
            ticket = queue[at]
            del queue[at]
            self._queues.move_to_end(owner)
            return ticket
        return None

    def _ended(self, ticket: _Ticket, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._moving -= ticket.kind == "moving"
        # A task that was cancelled before it began has told nobody.
        _settle(ticket, LimitExceeded("The server is going down", retry_after_ms=5000))
        if not self._is_closed:
            self._start_next()

    async def _serve(self, ticket: _Ticket) -> None:
        try:
            answer = await self._work(ticket)
        except WorkerLost as lost:
            _settle(ticket, lost.failure)
        except Exception as error:
            # Whatever it is belongs to who asked; the pool goes on.
            _settle(ticket, error)
        else:
            _settle(ticket, answer)

    async def _work(self, ticket: _Ticket) -> Answer:
        """Have the job done. One that is lost with a used worker is tried on a new one: it need not be to blame."""
        while True:
            worker: Worker | None = await self._a_worker(ticket.kind)
            assert worker is not None  # noqa: S101
            try:
                answer = await worker.do(ticket.job, ticket.source)
                is_last = isinstance(answer, Failure) and answer.is_last
                if not is_last and worker.jobs_done < JOBS_OF_ONE_WORKER:
                    self._rest(worker)
                    worker = None
                return answer
            except WorkerLost as lost:
                if lost.is_proven or (worker is not None and worker.jobs_done == 1):
                    raise
            finally:
                if worker is not None:
                    await worker.stop()

    async def _a_worker(self, kind: Kind) -> Worker:
        """Take a resting worker, or start one; one of another kind makes room for it, if there are many."""
        for worker in [worker for worker in self._idle if worker.kind == kind]:
            del self._idle[worker]
            if worker.is_alive:
                return worker
            await worker.stop()
        if len(self._idle) + len(self._running) > self._most + RESTING_BESIDE:
            other = next(iter(self._idle))
            del self._idle[other]
            await other.stop()
        return await Worker.start(kind)

    def _rest(self, worker: Worker) -> None:
        self._idle[worker] = time.monotonic()
        if self._reaper is None or self._reaper.done():
            self._reaper = asyncio.create_task(self._send_home())

    async def _send_home(self) -> None:
        """End workers that nobody has needed for a while."""
        while self._idle:
            await asyncio.sleep(IDLE_S / 2)
            now = time.monotonic()
            for worker in [worker for worker, since in self._idle.items() if now - since >= IDLE_S]:
                if self._idle.pop(worker, None) is not None:
                    await worker.stop()


def _settle(ticket: _Ticket, outcome: Answer | BaseException) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        if isinstance(outcome, BaseException):
            ticket.done.set_exception(outcome)
        else:
            ticket.done.set_result(outcome)
