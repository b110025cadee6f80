"""A room's past: pages of it in both directions, one event, an event with its surroundings, an event by time.

Owns paging: a page follows the stream's positions, so all readers agree on the order; a page that filters empty
goes on to the next until the room's beginning, or until a bound of work, and then says where to go on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import orjson

from teahouse.chat import store, store_history
from teahouse.chat.access import FOREVER, RoomView, enter_room, keep_view, known_view, view_room
from teahouse.chat.event_filter import RoomEventFilter
from teahouse.chat.records import StoredEvent
from teahouse.chat.service import Chat
from teahouse.chat.show import page_json, show_events
from teahouse.chat.store_history import PageEvent, Stretch, events_of
from teahouse.chat.tokens import parse_room_token, room_token
from teahouse.errors import NotFound
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

MOST_EVENTS = 1000
MOST_READ = 10_000
"""How many events one request may look at before it answers with what it has."""
BITE = 500


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a room's history to give: from one place towards another, at most `limit` events."""

    room_id: str
    forwards: bool
    since: str | None = None
    until: str | None = None
    limit: int = 10
    wanted: RoomEventFilter = field(default_factory=RoomEventFilter)


class Placed(Protocol):
    """What a place in a room's history needs to be known by."""

    @property
    def position(self) -> int: ...
    @property
    def type(self) -> str: ...


E = TypeVar("E", bound=Placed)
Reader = Callable[[Tx, Stretch, int], Awaitable[list[E]]]


@dataclass(slots=True)
class Found(Generic[E]):
    """Events in the direction of reading; `next_position` is where to go on, None at the end of what may be read."""

    events: list[E]
    next_position: int | None


async def read_page(scope: Scope, chat: Chat, page: PageRequest) -> bytes:
    """Give a page of history as `GET /messages` answers it; raises Forbidden, and InvalidParam for bad tokens."""
    newest = chat.db.doorbell.position
    start = _position(page.since, newest, 0 if page.forwards else newest)
    stop = _position(page.until, newest, FOREVER if page.forwards else 0)
    low, high = (start + 1, min(stop, newest)) if page.forwards else (stop + 1, start)
    ignored = await chat.accounts.ignored_users(scope.user_id)
    room = chat.rooms.peek(page.room_id)
    version = room.state_version if room is not None else 0
    known = known_view(room, scope.user_id)

    async def job(tx: Tx) -> tuple[RoomView, str]:
        view = known or await enter_room(tx, scope.user_id, page.room_id)
        stretch = Stretch(page.room_id, low, high, page.forwards, page.wanted, ignored)
        found = await collect(tx, view, stretch, page.limit, store_history.page_of)
        chunk = await page_json(tx, scope, view, found.events, ignored)
        answer = f'{{"start":"{room_token(start)}","chunk":{chunk}'
        if found.next_position is not None:
            answer += f',"end":"{room_token(found.next_position)}"'
        elif page.forwards and found.events:
            # The room goes on growing here, so there is always a place to ask again from.
            answer += f',"end":"{room_token(found.events[-1].position)}"'
        if page.wanted.lazy_load_members:
            state = await _senders(tx, scope, view, found.events)
            answer += f',"state":{orjson.dumps(state).decode()}'
        return view, answer + "}"

    view, text = await chat.db.read(job)
    if known is None:
        keep_view(room, view, version)
    return text.encode()


async def collect(tx: Tx, view: RoomView, stretch: Stretch, limit: int, read: Reader[E]) -> Found[E]:
    """Collect the readable events of a stretch that its filter wants, at most `limit` of them."""
    limit = min(limit, MOST_EVENTS)
    found: list[E] = []
    pieces = view.clip(stretch.low, stretch.high) if stretch.wanted.allows_room(view.room_id) else []
    seen = 0
    for low, high in pieces if stretch.forwards else reversed(pieces):
        begin, end = low, high
        while begin <= end:
            bite = BITE if _has_patterns(stretch.wanted) else min(BITE, limit - len(found) + 1)
            piece = Stretch(stretch.room_id, begin, end, stretch.forwards, stretch.wanted, stretch.ignored)
            events = await read(tx, piece, bite)
            for event in events:
                if not stretch.wanted.allows_type(event.type):
                    continue
                if len(found) == limit:
                    return Found(found, _before(event, stretch.forwards))
                found.append(event)
            if len(events) < bite:
                break
            seen += len(events)
            last = events[-1].position
            if seen >= MOST_READ:
                return Found(found, last if stretch.forwards else last - 1)
            begin, end = (last + 1, end) if stretch.forwards else (begin, last - 1)
    return Found(found, None)


def _has_patterns(wanted: RoomEventFilter) -> bool:
    return any(types is not None and types.wild for types in (wanted.types, wanted.not_types))


def _before(event: Placed, forwards: bool) -> int:
    """Give the place from which reading goes on with this event."""
    return event.position - 1 if forwards else event.position


def _position(token: str | None, newest: int, default: int) -> int:
    return default if token is None else parse_room_token(token, newest)


async def _senders(tx: Tx, scope: Scope, view: RoomView, events: Sequence[PageEvent]) -> list[JsonObject]:
    """Give the member events of the events' senders as they stood at the newest of them."""
    if not events:
        return []
    newest = max(event.position for event in events)
    senders = sorted({event.sender for event in events})
    members = await store_history.members_at(tx, view.room_id, newest, senders)
    return await show_events(tx, scope, members, views={view.room_id: view}, bundled=False)


async def read_event(scope: Scope, chat: Chat, room_id: str, event_id: str) -> JsonObject:
    """Give one event; raises NotFound for what is not there and for what the caller may not see alike."""
    ignored = await chat.accounts.ignored_users(scope.user_id)

    async def job(tx: Tx) -> JsonObject:
        view, event = await visible_event(tx, scope, room_id, event_id)
        shown = await show_events(tx, scope, [event], views={room_id: view}, ignored=ignored)
        return shown[0]

    return await chat.db.read(job)


async def visible_event(tx: Tx, scope: Scope, room_id: str, event_id: str) -> tuple[RoomView, StoredEvent]:
    """Give an event of a room that the caller may see, and his view of the room; raises NotFound."""
    event = await store.event_by_id(tx, event_id)
    view = await view_room(tx, scope.user_id, room_id)
    if event is None or event.room_id != room_id or not view.may_see(event.position):
        raise NotFound("There is no such event, or you may not see it")
    return view, event


async def read_context(
    scope: Scope, chat: Chat, room_id: str, event_id: str, limit: int, wanted: RoomEventFilter
) -> JsonObject:
    """Give an event with what was said around it and the state then, as `GET /context` answers; raises NotFound."""
    ignored = await chat.accounts.ignored_users(scope.user_id)

    async def job(tx: Tx) -> JsonObject:
        view, event = await visible_event(tx, scope, room_id, event_id)
        views = {room_id: view}
        around = await surroundings(tx, view, event, Around(limit // 2, limit - limit // 2, wanted, ignored))
        events = [*around.before, event, *around.after]
        shown = await show_events(tx, scope, events, views=views, ignored=ignored)
        split = len(around.before)
        return {
            "start": room_token(around.start),
            "end": room_token(around.end),
            "event": shown[split],
            "events_before": shown[:split],
            "events_after": shown[split + 1 :],
            "state": await _state_around(tx, scope, view, events, wanted),
        }

    return await chat.db.read(job)


@dataclass(frozen=True, slots=True)
class Around:
    """How much to show around an event, and what to leave out of it."""

    before: int
    after: int
    wanted: RoomEventFilter = field(default_factory=RoomEventFilter)
    ignored: frozenset[str] = frozenset()


@dataclass(slots=True)
class Surroundings:
    """What came before an event (newest first) and after it, with the places to page on from."""

    before: list[StoredEvent]
    after: list[StoredEvent]
    start: int
    end: int


async def surroundings(tx: Tx, view: RoomView, event: StoredEvent, around: Around) -> Surroundings:
    """Collect what the reader may see around an event."""
    room_id, at = event.room_id, event.position
    earlier = Stretch(room_id, 0, at - 1, False, around.wanted, around.ignored)
    later = Stretch(room_id, at + 1, FOREVER, True, around.wanted, around.ignored)
    before = (await collect(tx, view, earlier, around.before, events_of)).events if around.before else []
    after = (await collect(tx, view, later, around.after, events_of)).events if around.after else []
    start = before[-1].position - 1 if before else at - 1
    return Surroundings(before, after, start, after[-1].position if after else at)


async def _state_around(
    tx: Tx, scope: Scope, view: RoomView, events: list[StoredEvent], wanted: RoomEventFilter
) -> list[JsonObject]:
    position = max(event.position for event in events)
    if wanted.lazy_load_members:
        state = [
            event
            for event in await store.state_at(tx, view.room_id, position)
            if event.type != "m.room.member"
        ]
        senders = sorted({event.sender for event in events})
        state += await store_history.members_at(tx, view.room_id, position, senders)
    else:
        state = await store.state_at(tx, view.room_id, position)
    return await show_events(tx, scope, state, views={view.room_id: view}, bundled=False)


async def event_at_time(scope: Scope, chat: Chat, room_id: str, ts: int, *, forwards: bool) -> JsonObject:
    """Give the readable event nearest to a time in one direction; raises Forbidden and NotFound."""

    async def job(tx: Tx) -> JsonObject:
        view = await enter_room(tx, scope.user_id, room_id)
        found = [
            await store_history.nearest_in_time(tx, room_id, low, high, ts, forwards=forwards)
            for low, high in view.ranges
        ]
        best = [(event[1], event[2], event[0]) for event in found if event is not None]
        if not best:
            raise NotFound("There is no event before or after that time that you may see")
        time, _, event_id = min(best) if forwards else max(best)
        return {"event_id": event_id, "origin_server_ts": time}

    return await chat.db.read(job)
