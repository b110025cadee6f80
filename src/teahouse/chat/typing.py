"""Who is typing where: in memory only, ended by timers, told to sync by a serial of its own.

Nothing of it is stored, so it takes no position of the stream; a serial that starts with the time outlives restarts.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from teahouse.kernel.stream import Doorbell, Fact

LONGEST_MS = 120_000
MOST_ROOMS = 50_000


class Typing:
    """The typing users of all rooms; only the event loop's thread may touch it."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._rooms: dict[str, dict[str, asyncio.TimerHandle]] = {}
        # The serial at which each room last changed, newest last.
        self._changed: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0
        self.serial = time.time_ns() // 1_000_000
        """Grows with every change, also over a restart as long as the clock does."""
        doorbell.listen(self._on_facts)

    def set(self, room_id: str, user_id: str, timeout_ms: int | None) -> None:
        """Let a user be typing for so long at most, or stop with None."""
        users = self._rooms.setdefault(room_id, {})
        timer = users.pop(user_id, None)
        if timer is not None:
            timer.cancel()
        if timeout_ms is not None:
            seconds = min(timeout_ms, LONGEST_MS) / 1000
            loop = asyncio.get_running_loop()
            users[user_id] = loop.call_later(seconds, self.set, room_id, user_id, None)
        if not users:
            del self._rooms[room_id]
        if (timer is None) is not (timeout_ms is None):
            self._note(room_id)

    def users(self, room_id: str) -> list[str]:
        """List who is typing in a room."""
        return list(self._rooms.get(room_id, ()))

    def changed_after(self, serial: int) -> Iterable[str]:
        """List the rooms that changed after a serial; of a serial too old to know, those with people typing."""
        if serial > self.serial or serial < self._forgotten:
            return list(self._rooms)
        found = []
        for room_id, changed in reversed(self._changed.items()):
            if changed <= serial:
                break
            found.append(room_id)
        return found

    def stop(self) -> None:
        """End all timers."""
        for users in self._rooms.values():
            for timer in users.values():
                timer.cancel()
        self._rooms.clear()

    def _on_facts(self, facts: Sequence[Fact]) -> None:
        """Let nobody go on typing who has left the room."""
        for fact in facts:
            if fact.kind == "event" and fact.room_id in self._rooms and fact.body.type == "m.room.member":
                gone = fact.body.state_key
                if gone in self._rooms[fact.room_id] and fact.body.as_state().membership != "join":
                    self.set(fact.room_id, gone, None)

    def _note(self, room_id: str) -> None:
        self.serial += 1
        self._changed[room_id] = self.serial
        self._changed.move_to_end(room_id)
        if len(self._changed) > MOST_ROOMS:
            _, self._forgotten = self._changed.popitem(last=False)
        # Typing has no position: ringing with 0 wakes the listeners and moves nothing.
        self._doorbell.ring(0, [Fact(0, "typing", room_id)])
