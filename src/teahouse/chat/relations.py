"""Events by how they relate: the children of an event, and the threads of a room.

What a reader may not see is neither listed nor counted; redacted events relate to nothing.
"""

from dataclasses import dataclass
from typing import Any

from teahouse.chat import store, store_relations
from teahouse.chat.access import FOREVER, RoomView, enter_room
from teahouse.chat.history import visible_event
from teahouse.chat.records import StoredEvent
from teahouse.chat.service import Chat
from teahouse.chat.show import show_events
from teahouse.chat.store_relations import RECURSION_DEPTH, Children
from teahouse.chat.tokens import parse_room_token, room_token
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

MOST_CHILDREN = 200
DEFAULT_CHILDREN = 50
MOST_THREADS = 100
DEFAULT_THREADS = 20


@dataclass(frozen=True, slots=True)
class ChildrenPage:
    """Which page of an event's children to list; `recurse` takes those of its children too."""

    forwards: bool
    since: str | None
    until: str | None
    limit: int | None
    recurse: bool | None


@dataclass(frozen=True, slots=True)
class ChildrenRequest:
    """Which events that relate to `event_id` to list, and which page of them."""

    room_id: str
    event_id: str
    rel_type: str | None
    event_type: str | None
    page: ChildrenPage


async def read_children(scope: Scope, chat: Chat, asked: ChildrenRequest) -> JsonObject:
    """List the events that relate to one, as `GET /relations` answers; raises NotFound and InvalidParam."""
    limit = min(asked.page.limit if asked.page.limit is not None else DEFAULT_CHILDREN, MOST_CHILDREN)
    newest = chat.db.doorbell.position
    since = None if asked.page.since is None else parse_room_token(asked.page.since, newest)
    until = None if asked.page.until is None else parse_room_token(asked.page.until, newest)
    if asked.page.forwards:
        low, high = (since or 0) + 1, FOREVER if until is None else until
    else:
        low, high = (until or 0) + 1, FOREVER if since is None else since
    ignored = await chat.accounts.ignored_users(scope.user_id)

    async def job(tx: Tx) -> JsonObject:
        view, _ = await visible_event(tx, scope, asked.room_id, asked.event_id)
        events = await _children(tx, view, asked, ignored, low, high, limit + 1)
        shown_page = events[:limit]
        shown = await show_events(tx, scope, shown_page, views={view.room_id: view}, ignored=ignored)
        answer: JsonObject = {"chunk": shown}
        if len(events) > limit:
            following = events[limit].position
            answer["next_batch"] = room_token(following - 1 if asked.page.forwards else following)
        if asked.page.since is not None:
            answer["prev_batch"] = asked.page.since
        if asked.page.recurse is not None:
            answer["recursion_depth"] = RECURSION_DEPTH if asked.page.recurse else 1
        return answer

    return await chat.db.read(job)


async def _children(
    tx: Tx, view: RoomView, asked: ChildrenRequest, ignored: frozenset[str], low: int, high: int, limit: int
) -> list[StoredEvent]:
    found: list[StoredEvent] = []
    depth = RECURSION_DEPTH if asked.page.recurse else 1
    pieces = view.clip(low, high)
    for begin, end in pieces if asked.page.forwards else reversed(pieces):
        start, stop = begin, end
        while len(found) < limit and start <= stop:
            wanted = Children(
                asked.event_id, asked.rel_type, asked.event_type, start, stop, asked.page.forwards, depth
            )
            events = await store_relations.children_of(tx, wanted, MOST_CHILDREN + 1)
            found += [event for event in events if event.sender not in ignored]
            if len(events) <= MOST_CHILDREN:
                break
            last = events[-1].position
            start, stop = (last + 1, stop) if asked.page.forwards else (start, last - 1)
    return found[:limit]


async def read_threads(
    scope: Scope, chat: Chat, room_id: str, since: str | None, limit: int | None, *, participated: bool
) -> JsonObject:
    """List a room's threads by their newest reply, as `GET /threads` answers; raises Forbidden, InvalidParam."""
    limit = min(limit if limit is not None else DEFAULT_THREADS, MOST_THREADS)
    before = FOREVER if since is None else parse_room_token(since, chat.db.doorbell.position)
    ignored = await chat.accounts.ignored_users(scope.user_id)

    async def job(tx: Tx) -> JsonObject:
        view = await enter_room(tx, scope.user_id, room_id)
        threads = await _threads(tx, view, before, limit + 1, participated=participated)
        page = threads[:limit]
        found = await store.events_by_ids(tx, [root_id for root_id, _ in page])
        roots = [found[root_id] for root_id, _ in page if root_id in found]
        # A root that may not be read is left out; its place in the paging stays.
        readable = [root for root in roots if view.may_see(root.position)]
        shown = await show_events(tx, scope, readable, views={room_id: view}, ignored=ignored)
        answer: JsonObject = {
            "chunk": [_emptied(event) if event["sender"] in ignored else event for event in shown]
        }
        if len(threads) > limit:
            answer["next_batch"] = room_token(threads[limit][1])
        return answer

    return await chat.db.read(job)


async def _threads(
    tx: Tx, view: RoomView, before: int, limit: int, *, participated: bool
) -> list[tuple[str, int]]:
    if view.last_readable == FOREVER:
        participant = view.user_id if participated else None
        return await store_relations.threads_of_room(tx, view.room_id, before, limit, participant)
    until = view.last_readable
    threads = await store_relations.threads_of_room_until(tx, view.room_id, until)
    threads = [thread for thread in threads if thread[1] <= before]
    if participated:
        written_in = await store_relations.threads_with(tx, [root for root, _ in threads], view.user_id)
        threads = [thread for thread in threads if thread[0] in written_in]
    return threads[:limit]


def _emptied(event: JsonObject) -> JsonObject:
    """Show an ignored person's thread root without its words, so that the thread itself stays."""
    return {**event, "content": {}}
