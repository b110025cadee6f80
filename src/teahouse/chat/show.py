"""Makes events into what one reader sees: his transaction ids, his membership then, redactions, aggregations.

Every route that shows events, and sync where an event is not plain, asks here; all lookups are made for the
whole page at once. The caller has already dropped what the reader may not see.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from teahouse.accounts import erased_among
from teahouse.chat import store
from teahouse.chat.access import RoomView, view_rooms
from teahouse.chat.bundles import Bundles, bundles_for, relations_of
from teahouse.chat.client_events import age_of, client_event, plain_json
from teahouse.chat.event_format import redact, signed_pdu
from teahouse.chat.records import StoredEvent
from teahouse.chat.room_versions import ROOM_VERSIONS
from teahouse.chat.service import Chat
from teahouse.chat.store_history import PageEvent
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]
NOBODY: frozenset[str] = frozenset()


async def show_events(
    tx: Tx,
    scope: Scope,
    events: Sequence[StoredEvent],
    *,
    views: Mapping[str, RoomView] | None = None,
    ignored: frozenset[str] = NOBODY,
    bundled: bool = True,
) -> list[JsonObject]:
    """Give the events as the caller sees them, in the same order; `views` are his views of their rooms, if known."""
    if not events:
        return []
    if views is None:
        views = await view_rooms(tx, scope.user_id, sorted({event.room_id for event in events}))
    redactions = await store.events_by_ids(
        tx, [event.redacted_by for event in events if event.redacted_by is not None]
    )
    bundles = await bundles_for(tx, views, events, ignored) if bundled else Bundles()
    erased = await _erased_senders(tx, views, [*events, *bundles.edits.values(), *bundles.latest_replies()])
    reader = _Reader(scope, views, redactions, erased)
    return [reader.show(event, relations_of(event, bundles, reader.show, scope.user_id)) for event in events]


async def federation_events(
    chat: Chat, tx: Tx, scope: Scope, events: Sequence[StoredEvent]
) -> list[JsonObject]:
    """Give the events in the form that servers exchange, hashes and signatures included, for the few who ask for it.

    What the caller may see of them is the same as ever: content and `unsigned` come from `show_events`.
    """
    shown = await show_events(tx, scope, events)
    versions = await store.versions_of(tx, {event.room_id for event in events})
    told = []
    for event, seen in zip(events, shown, strict=True):
        signed = signed_pdu(ROOM_VERSIONS[versions[event.room_id]], chat.key, orjson.loads(event.pdu))
        told.append({**signed, "content": seen["content"], "unsigned": seen["unsigned"]})
    return told


async def page_json(
    tx: Tx, scope: Scope, view: RoomView, events: Sequence[PageEvent], ignored: frozenset[str]
) -> str:
    """Give a page of one room's events as the caller sees them: plain ones as they are stored, the others made."""
    made = await _made_for(
        tx, scope, view, [event for event in events if not _is_plain(event, view)], ignored
    )
    pieces = []
    for event in events:
        known = made.get(event.event_id)
        if known is None:
            is_own = event.sender == scope.user_id and event.device_id == scope.device_id
            known = plain_json(event, view.room_id, event.txn_id if is_own else None)
        pieces.append(known)
    return f"[{','.join(pieces)}]"


def _is_plain(event: PageEvent, view: RoomView) -> bool:
    return bool(event.is_plain) and view.membership_at(event.position) == "join"


async def _made_for(
    tx: Tx, scope: Scope, view: RoomView, events: Sequence[PageEvent], ignored: frozenset[str]
) -> dict[str, str]:
    if not events:
        return {}
    found = await store.events_by_ids(tx, [event.event_id for event in events])
    shown = await show_events(tx, scope, list(found.values()), views={view.room_id: view}, ignored=ignored)
    return {each["event_id"]: orjson.dumps(each).decode() for each in shown}


async def _erased_senders(
    tx: Tx, views: Mapping[str, RoomView], events: Sequence[StoredEvent]
) -> frozenset[str]:
    """Find the senders who had all they said erased, among events that the reader was not there for."""
    missed = {e.sender for e in events if views[e.room_id].membership_at(e.position) != "join"}
    return await erased_among(tx, sorted(missed)) if missed else NOBODY


class _Reader:
    """One reader's eyes on a page of events."""

    def __init__(
        self,
        scope: Scope,
        views: Mapping[str, RoomView],
        redactions: Mapping[str, StoredEvent],
        erased: frozenset[str],
    ) -> None:
        self.scope = scope
        self.views = views
        self.redactions = redactions
        self.erased = erased

    def show(self, event: StoredEvent, relations: JsonObject) -> JsonObject:
        view = self.views[event.room_id]
        redaction = self.redactions.get(event.redacted_by) if event.redacted_by is not None else None
        if redaction is not None and not view.may_see(redaction.position):
            redaction = None
        shown = client_event(event, redaction)
        unsigned = shown.setdefault("unsigned", {})
        unsigned["membership"] = view.membership_at(event.position)
        unsigned["age"] = age_of(event)
        if not view.may_see(event.position):
            # State from before the reader's time: what held before it is none of his business.
            unsigned.pop("prev_content", None)
            unsigned.pop("replaces_state", None)
        if event.sender in self.erased and unsigned["membership"] != "join":
            shown["content"] = _erased_content(event)
            unsigned.pop("prev_content", None)
            relations = {}
        if (
            event.txn_id is not None
            and event.sender == self.scope.user_id
            and event.device_id == self.scope.device_id
        ):
            unsigned["transaction_id"] = event.txn_id
        if relations:
            unsigned["m.relations"] = relations
        return shown


def _erased_content(event: StoredEvent) -> JsonObject:
    """Give what is left of an erased person's event for those who were not there: what the room's rules need."""
    content: JsonObject = redact(ROOM_VERSIONS["11"], orjson.loads(event.pdu))["content"]
    return content
