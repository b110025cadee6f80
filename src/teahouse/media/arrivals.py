"""Wakes who waits for an upload that was announced but has not come yet."""

import asyncio
from collections import Counter

MOST_WAITING = 500


class Arrivals:
    """One event for each media id that somebody waits for."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}
        self._waiting: Counter[str] = Counter()

    def announce(self, media_id: str) -> None:
        """Tell those who wait that the bytes are there."""
        event = self._events.get(media_id)
        if event is not None:
            event.set()

    async def wait(self, media_id: str, seconds: float) -> None:
        """Return when the bytes come, or the time is over; at once when too many wait already."""
        if len(self._waiting) >= MOST_WAITING or seconds <= 0:
            return
        event = self._events.setdefault(media_id, asyncio.Event())
        self._waiting[media_id] += 1
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting[media_id] -= 1
            if not self._waiting[media_id]:
                del self._waiting[media_id], self._events[media_id]
