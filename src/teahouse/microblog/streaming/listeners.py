"""Who is connected, and who hears what: in memory only, found by stream."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from teahouse.errors import LimitExceeded
from teahouse.kernel.http import Scope
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.streaming.wishes import Wish

MOST_WAITING = 256
MOST_WISHES = 100
MOST_CONNECTIONS_PER_USER = 100


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: the event's name and its payload, as text."""

    event: str
    payload: str


class Listener:
    """One connection. What it can't take in time is not kept for it: the connection ends instead."""

    def __init__(self, token: str, caller: Scope, viewer: Viewer) -> None:
        self.token = token
        self.caller = caller
        self.viewer = viewer
        self.wishes: set[Wish] = set()
        self.is_over = False
        self._waiting: asyncio.Queue[tuple[Wish, Message] | None] = asyncio.Queue()

    def tell(self, wish: Wish, message: Message) -> None:
        """Put a message in line; one that has too many waiting is ended."""
        if self.is_over:
            return
        if self._waiting.qsize() >= MOST_WAITING:
            self.end()
            return
        self._waiting.put_nowait((wish, message))

    async def next(self) -> tuple[Wish, Message] | None:
        """Wait for the next message; None when the connection must end."""
        return None if self.is_over else await self._waiting.get()

    def end(self) -> None:
        """End the connection as soon as its reader looks."""
        self.is_over = True
        self._waiting.put_nowait(None)


class Listeners:
    """All connections of this process, by stream and by account."""

    def __init__(self) -> None:
        self._all: set[Listener] = set()
        self._by_wish: dict[Wish, set[Listener]] = defaultdict(set)
        self._by_account: dict[int, set[Listener]] = defaultdict(set)
        self.is_closed = False

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Listener]:
        return iter(list(self._all))

    def enter(self, listener: Listener) -> None:
        """Add a connection; raises LimitExceeded for a user who has very many."""
        mine = self._by_account[listener.viewer.id]
        if listener.viewer.is_known and len(mine) >= MOST_CONNECTIONS_PER_USER:
            raise LimitExceeded("You have too many streams open", retry_after_ms=10_000)
        self._all.add(listener)
        mine.add(listener)
        if self.is_closed:
            listener.end()

    def leave(self, listener: Listener) -> None:
        """Take a connection out."""
        for wish in list(listener.wishes):
            self.unsubscribe(listener, wish)
        self._all.discard(listener)
        _discard(self._by_account, listener.viewer.id, listener)

    def subscribe(self, listener: Listener, wish: Wish) -> None:
        """Let a connection hear a stream too; raises LimitExceeded."""
        if len(listener.wishes) >= MOST_WISHES:
            raise LimitExceeded("This connection hears too many streams", retry_after_ms=10_000)
        listener.wishes.add(wish)
        self._by_wish[wish].add(listener)

    def unsubscribe(self, listener: Listener, wish: Wish) -> None:
        """Let a connection no longer hear a stream."""
        listener.wishes.discard(wish)
        _discard(self._by_wish, wish, listener)

    def hearing(self, wish: Wish) -> list[Listener]:
        """Give who hears a stream, whoever they are."""
        return list(self._by_wish.get(wish, ()))

    def of_account(self, account_id: int, wish: Wish) -> list[Listener]:
        """Give the connections of an account that hear a stream."""
        return [one for one in self._by_account.get(account_id, ()) if wish in one.wishes]

    def accounts_hearing(self, wish: Wish) -> set[int]:
        """Give the accounts whose connections hear a stream."""
        return {one.viewer.id for one in self._by_wish.get(wish, ())}

    def parameters(self, stream: str) -> list[str]:
        """Give the parameters with which a stream is heard, such as the lists' ids."""
        return [wish.parameter for wish in self._by_wish if wish.stream == stream]

    def end_sessions(self, token_ids: Iterable[int]) -> None:
        """End the connections of these sessions."""
        ended = frozenset(token_ids)
        for listener in list(self._all):
            if listener.caller.token_id in ended:
                listener.end()

    def close(self) -> None:
        """End all, and whoever still comes: the server stops."""
        self.is_closed = True
        for listener in list(self._all):
            listener.end()


def _discard(groups: dict[Any, set[Listener]], key: Any, listener: Listener) -> None:
    group = groups.get(key)
    if group is not None:
        group.discard(listener)
        if not group:
            del groups[key]
