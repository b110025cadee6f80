"""Presence: who is online, in memory only. Switched off it takes every wish and tells that all are offline."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from cachetools import LRUCache

from teahouse.clock import Clock
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

State = Literal["online", "offline", "unavailable"]
ACTIVE_S = 60.0
IDLE_AFTER_S = 5 * 60.0
GONE_AFTER_S = 30 * 60.0


@dataclass(frozen=True, slots=True)
class _Shown:
    state: State
    status_msg: str | None
    active_at: float
    position: int


class Presence:
    """The newest state of each user; one that is not renewed fades to unavailable, then to offline."""

    def __init__(self, db: Database, clock: Clock, *, enabled: bool) -> None:
        self.enabled = enabled
        self._db = db
        self._clock = clock
        self._shown: LRUCache[str, _Shown] = LRUCache(100_000)

    async def set(self, user_id: str, state: State, status_msg: str | None = None) -> None:
        """Show the user's state and announce it when it differs; nothing happens while presence is off."""
        if not self.enabled:
            return
        now = self._clock.monotonic()
        before = self._shown.get(user_id)
        faded = before is not None and now - before.active_at > IDLE_AFTER_S
        if before is not None and not faded and (before.state, before.status_msg) == (state, status_msg):
            self._shown[user_id] = _Shown(state, status_msg, now, before.position)
            return

        async def job(tx: Tx) -> None:
            position = tx.next_position()
            shown = _Shown(state, status_msg, now, position)
            # In memory before anybody is woken: who looks too early would never look again.
            tx.after_commit(lambda: self._shown.__setitem__(user_id, shown))
            tx.announce(Fact(position, "presence", user_id=user_id, body=_content(shown, now)))

        await self._db.write(job)

    async def seen(self, user_id: str, state: State) -> None:
        """Renew the state, as a sync does, without touching the status message."""
        before = self._shown.get(user_id)
        await self.set(user_id, state, before.status_msg if before else None)

    def get(self, user_id: str) -> dict[str, Any]:
        """Give the user's presence as the API words it."""
        shown = self._shown.get(user_id) if self.enabled else None
        return {"presence": "offline"} if shown is None else _content(shown, self._clock.monotonic())

    def since(self, position: int) -> dict[str, dict[str, Any]]:
        """Give the presence of everybody whose state changed after the position, by user id."""
        now = self._clock.monotonic()
        return {user: _content(one, now) for user, one in self._shown.items() if one.position > position}

    def known_of(self, user_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Give the presence of those of the users who have shown any, by user id."""
        now = self._clock.monotonic()
        shown = ((user_id, self._shown.get(user_id)) for user_id in user_ids)
        return {user_id: _content(one, now) for user_id, one in shown if one is not None}


def _content(shown: _Shown, now: float) -> dict[str, Any]:
    idle_s = now - shown.active_at
    state = shown.state
    if state != "offline" and idle_s > IDLE_AFTER_S:
        state = "offline" if idle_s > GONE_AFTER_S else "unavailable"
    content: dict[str, Any] = {"presence": state, "last_active_ago": int(idle_s * 1000)}
    if state == "online":
        content["currently_active"] = idle_s < ACTIVE_S
    if shown.status_msg is not None:
        content["status_msg"] = shown.status_msg
    return content
