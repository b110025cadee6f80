"""Wakes those whose time to wait is up, many with one timer of the loop: most polls are answered long before."""

import asyncio

SLOT_S = 0.25
"""How much later than asked a long wait may end."""
SHORT_S = 2.0
"""Waits up to this end on time, each by a timer of its own."""

Waiter = asyncio.Future[None]


class Alarms:
    """Waiters by the quarter of a second in which each gives up."""

    def __init__(self) -> None:
        self._slots: dict[int, set[Waiter]] = {}
        self._is_ticking = False

    async def wait(self, waiter: Waiter, seconds: float) -> None:
        """Return once somebody has set the waiter's result, or after so long."""
        loop = asyncio.get_running_loop()
        if seconds <= SHORT_S:
            timer = loop.call_later(seconds, _ring, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
            return
        slot = int((loop.time() + seconds) / SLOT_S) + 1
        waiters = self._slots.get(slot)
        if waiters is None:
            waiters = self._slots[slot] = set()
        waiters.add(waiter)
        if not self._is_ticking:
            self._is_ticking = True
            loop.call_later(SLOT_S, self._tick)
        try:
            await waiter
        finally:
            waiters.discard(waiter)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = int(loop.time() / SLOT_S)
        for slot in [slot for slot in self._slots if slot <= now]:
            for waiter in self._slots.pop(slot):
                _ring(waiter)
        self._is_ticking = bool(self._slots)
        if self._is_ticking:
            loop.call_later(SLOT_S, self._tick)


def _ring(waiter: Waiter) -> None:
    if not waiter.done():
        waiter.set_result(None)
