"""The list of events that a user was notified of (client-server API, "Listing Notifications").

Nothing is stored for it: the newest events of the user's rooms are judged anew by today's rules, a bounded
number for each request. A token names a position; what is newer was looked at already.
"""

import re
from dataclasses import dataclass
from typing import Any

from teahouse.accounts import Accounts
from teahouse.chat import Chat, StoredEvent, readable_events, show_events
from teahouse.errors import InvalidParam
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.push.rules.evaluate import Actions
from teahouse.push.rules.rule_book import RuleBook, UserRules
from teahouse.push.store_events import newest_of_rooms
from teahouse.push.unread import store as store_unread
from teahouse.push.unread.judging import Judge, view_of
from teahouse.push.unread.load import MAIN

DEFAULT_LIMIT = 20
MOST = 100
MOST_ROOMS = 100
EVENTS_A_ROOM = 50
MOST_PASSES = 5
NEWEST = 2**62

_TOKEN = re.compile(r"n([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which notifications are wanted: below a position, so many, perhaps only highlights."""

    before: int
    limit: int
    only_highlights: bool


def read_wish(token: str | None, limit: int | None, only: str | None) -> Wish:
    """Read the query of a request; raises InvalidParam."""
    found = _TOKEN.fullmatch(token) if token is not None else None
    if token is not None and found is None:
        raise InvalidParam("This 'from' token was not given by this server")
    if limit is not None and limit < 1:
        raise InvalidParam("'limit' must be at least 1")
    before = int(found[1]) if found is not None else NEWEST
    return Wish(before, min(limit or DEFAULT_LIMIT, MOST), only == "highlight")


class Notifications:
    """Lists what a user was notified of."""

    def __init__(self, db: Database, chat: Chat, accounts: Accounts, book: RuleBook) -> None:
        self._db = db
        self._chat = chat
        self._accounts = accounts
        self._book = book

    async def page(self, caller: Scope, wish: Wish) -> dict[str, Any]:
        """Give the newest notifications below the wished position, and the token for more."""
        found: list[tuple[StoredEvent, Actions]] = []
        before: int | None = wish.before
        for _ in range(MOST_PASSES):
            if before is None or len(found) >= wish.limit:
                break
            events, before = await self._candidates(caller, before)
            found += await self._judged(caller, events, wish)
        if len(found) > wish.limit:
            found = found[: wish.limit]
            before = found[-1][0].position
        answer: dict[str, Any] = {"notifications": await self._shown(caller, found)}
        return answer if before is None else {**answer, "next_token": f"n{before}"}

    async def _candidates(self, caller: Scope, before: int) -> tuple[list[StoredEvent], int | None]:
        """Give events newest first, all that there are down to the position given with them."""

        async def job(tx: Tx) -> tuple[list[StoredEvent], int]:
            rooms = await store_unread.joined_rooms(tx, caller.user_id)
            chosen = list(rooms)[:MOST_ROOMS]
            # Below this position some room may have events that were not read.
            floor = rooms[list(rooms)[MOST_ROOMS]] + 1 if len(rooms) > MOST_ROOMS else 0
            readable: list[StoredEvent] = []
            for room_id, events in (await newest_of_rooms(tx, chosen, before, EVENTS_A_ROOM)).items():
                if len(events) == EVENTS_A_ROOM:
                    floor = max(floor, events[-1].position)
                others = [event for event in events if event.sender != caller.user_id]
                readable += await readable_events(tx, caller.user_id, room_id, others)
            return readable, floor

        events, floor = await self._db.read(job)
        kept = [event for event in events if event.position >= floor]
        kept.sort(key=lambda event: -event.position)
        return kept, floor if 0 < floor < before else None

    async def _judged(
        self, caller: Scope, events: list[StoredEvent], wish: Wish
    ) -> list[tuple[StoredEvent, Actions]]:
        rules: UserRules = await self._book.rules_of(caller.user_id)
        ignored = await self._accounts.ignored_users(caller.user_id)
        judges: dict[str, Judge] = {}
        found = []
        for event in events:
            if event.sender in ignored or event.redacted_by is not None:
                continue
            if event.room_id not in judges:
                judges[event.room_id] = Judge(await self._chat.rooms.get(event.room_id))
            actions = judges[event.room_id].actions(rules.compiled, view_of(event))
            if actions.notify and (actions.highlight or not wish.only_highlights):
                found.append((event, actions))
        return found

    async def _shown(self, caller: Scope, found: list[tuple[StoredEvent, Actions]]) -> list[dict[str, Any]]:
        room_ids = {event.room_id for event, _ in found}

        async def job(tx: Tx) -> tuple[list[dict[str, Any]], list[store_unread.ReadMark]]:
            shown = await show_events(tx, caller, [event for event, _ in found])
            return shown, await store_unread.read_marks(tx, caller.user_id, room_ids)

        shown, marks = await self._db.read(job)
        read_upto: dict[tuple[str, str], int] = {}
        for room_id, thread_id, position in marks:
            read_upto[room_id, thread_id] = max(read_upto.get((room_id, thread_id), 0), position)
        listed = []
        for (event, actions), client_event in zip(found, shown, strict=True):
            client_event.pop("room_id", None)
            thread = read_upto.get((event.room_id, event.thread_root or MAIN), 0)
            whole = read_upto.get((event.room_id, store_unread.UNTHREADED), 0)
            listed.append(
                {
                    "actions": list(actions.listed),
                    "event": client_event,
                    "read": event.position <= max(thread, whole),
                    "room_id": event.room_id,
                    "ts": event.origin_server_ts,
                }
            )
        return listed
