"""What an event says of the events that relate to it: its newest edit, its thread, who refers to it.

Owns the bundled aggregations (specification, "Aggregations of child events"), made for one reader: nothing that
he may not see is counted as newest, and edits by anybody but the sender are ignored. A few queries a page.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from teahouse.chat import store_relations
from teahouse.chat.access import FOREVER, RoomView
from teahouse.chat.records import StoredEvent
from teahouse.chat.relates import REFERENCE, REPLACE, THREAD
from teahouse.chat.store_relations import ThreadSummary
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]
Show = Callable[[StoredEvent, JsonObject], JsonObject]


@dataclass(slots=True)
class Bundles:
    """The aggregations of a page of events, by event id."""

    edits: dict[str, StoredEvent] = field(default_factory=dict)
    threads: dict[str, ThreadSummary] = field(default_factory=dict)
    written_in: set[str] = field(default_factory=set)
    references: dict[str, list[str]] = field(default_factory=dict)

    def latest_replies(self) -> list[StoredEvent]:
        """List the newest reply of each thread."""
        return [thread.latest for thread in self.threads.values()]


async def bundles_for(
    tx: Tx, views: Mapping[str, RoomView], events: Sequence[StoredEvent], ignored: frozenset[str]
) -> Bundles:
    """Collect the aggregations of the events as the reader of `views` may see them."""
    bundles = Bundles()
    by_limit: dict[int, list[StoredEvent]] = defaultdict(list)
    for event in events:
        by_limit[views[event.room_id].last_readable].append(event)
    for until, page in by_limit.items():
        await _collect(tx, views, page, until, ignored, bundles)
    return bundles


async def _collect(
    tx: Tx,
    views: Mapping[str, RoomView],
    page: Sequence[StoredEvent],
    until: int,
    ignored: frozenset[str],
    bundles: Bundles,
) -> None:
    ids = [event.event_id for event in page]
    rooms = {event.event_id: views[event.room_id] for event in page}
    view = views[page[0].room_id]
    if until == FOREVER and not ignored:
        threads = await store_relations.thread_summaries(tx, ids)
    else:
        threads = await store_relations.thread_summaries_until(tx, ids, until, sorted(ignored))
    for thread in threads:
        if rooms[thread.root_event_id].may_see(thread.latest.position):
            bundles.threads[thread.root_event_id] = thread
    if bundles.threads:
        bundles.written_in |= await store_relations.threads_with(tx, list(bundles.threads), view.user_id)
    latest = bundles.latest_replies()
    edits = await store_relations.newest_edits(tx, [*ids, *(event.event_id for event in latest)], until)
    for target_id, edit in edits.items():
        if views[edit.room_id].may_see(edit.position) and _is_whole(edit):
            bundles.edits[target_id] = edit
    for target_id, found in (await store_relations.references(tx, ids, until)).items():
        readable = [event_id for event_id, position in found if rooms[target_id].may_see(position)]
        if readable:
            bundles.references[target_id] = readable


def _is_whole(edit: StoredEvent) -> bool:
    return edit.type == "m.room.encrypted" or isinstance(edit.content.get("m.new_content"), dict)


def relations_of(event: StoredEvent, bundles: Bundles, show: Show, user_id: str) -> JsonObject:
    """Give the `m.relations` of one event; `show` turns a related event into what the reader sees."""
    relations: JsonObject = {}
    edit = bundles.edits.get(event.event_id)
    if edit is not None:
        relations[REPLACE] = show(edit, {})
    thread = bundles.threads.get(event.event_id)
    if thread is not None:
        latest_edit = bundles.edits.get(thread.latest.event_id)
        inner = {} if latest_edit is None else {REPLACE: show(latest_edit, {})}
        relations[THREAD] = {
            "latest_event": show(thread.latest, inner),
            "count": thread.count,
            "current_user_participated": event.sender == user_id or event.event_id in bundles.written_in,
        }
    references = bundles.references.get(event.event_id)
    if references:
        relations[REFERENCE] = {"chunk": [{"event_id": event_id} for event_id in references]}
    return relations
