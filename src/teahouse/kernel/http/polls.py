"""Long polls whose clients left: nobody tells the application, so it asks, but only about those that wait long.

Most polls of a busy person are answered within seconds and cost nothing here; one that waits longer is asked
for its client's going once, and ended with it. A flood of polls that are cut off leaves nothing behind (G19).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

ASK_AFTER_S = 3.0
LOOK_EVERY_S = 1.0


def _always() -> bool:
    return True


class _Poll:
    __slots__ = ("gone", "heard", "is_whole", "receive", "since", "task")

    def __init__(self, task: "asyncio.Task[Any] | None", receive: Any, is_whole: Callable[[], bool]) -> None:
        self.task: asyncio.Task[Any] | None = task
        self.receive = receive
        self.is_whole = is_whole
        self.since = time.monotonic()
        self.heard: Any = None
        self.gone = False


class Polls:
    """The long polls of a server."""

    def __init__(self) -> None:
        self._young: dict[_Poll, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.count = 0

    async def run(
        self, receive: Any, answering: Awaitable[None], is_whole: Callable[[], bool] = _always
    ) -> bool:
        """Answer a poll; False when its client left first. `receive` must be the server's own.

        `is_whole` says whether the request's body is in: only then nobody else listens, and the client can be
        asked for.
        """
        poll = _Poll(asyncio.current_task(), receive, is_whole)
        self.count += 1
        self._young[poll] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)
        try:
            await answering
        except asyncio.CancelledError:
            if not poll.gone:
                raise
        finally:
            self.count -= 1
            poll.task = None
            self._young.pop(poll, None)
            if poll.heard is not None:
                poll.heard.cancel()
            # The server's awaitable holds its callback and is unknown to the collector of cycles.
            poll.heard = poll.receive = None
            poll.is_whole = _always
        return not poll.gone

    def _look(self) -> None:
        """Ask for the clients of those polls that are no longer young; they are in order of age."""
        before = time.monotonic() - ASK_AFTER_S
        old = []
        for poll in self._young:
            if poll.since > before:
                break
            old.append(poll)
        for poll in old:
            del self._young[poll]
            if poll.is_whole():
                self._ask(poll)
            else:
                poll.since = time.monotonic()
                self._young[poll] = None
        self._timer = None
        if self._young:
            self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)

    def _ask(self, poll: _Poll) -> None:
        # The server's awaitable takes a callback, so no task is needed to wait for it.
        poll.heard = poll.receive()
        poll.heard.add_done_callback(lambda heard: self._hear(poll, heard))

    def _hear(self, poll: _Poll, heard: Any) -> None:
        if poll.task is None or heard.cancelled() or heard.exception() is not None:
            return
        if heard.result()["type"] == "http.disconnect":
            poll.gone = True
            poll.task.cancel()
        else:
            self._ask(poll)  # It was a body, which a poll has no use for.
