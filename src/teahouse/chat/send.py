"""The one way an event gets into a room: judged, built, stored and counted in one write job.

The verdict and the building happen inside the write, under the stream's lock, against the room's draft: two
writers can't both pass a check that only one of them should.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from msgspec.structs import replace

from teahouse.chat import store, store_threads
from teahouse.chat.auth_rules import auth_event_keys, check_event_auth
from teahouse.chat.event_format import EventDraft, build_pdu, room_id_of_create
from teahouse.chat.mentions import names_of
from teahouse.chat.power_levels import PowerLevels
from teahouse.chat.records import StoredEvent
from teahouse.chat.relates import ANNOTATION, THREAD, Relation, relation_of
from teahouse.chat.room import MEMBER, Room, RoomDraft
from teahouse.chat.room_cache import RoomCache
from teahouse.chat.room_versions import RoomVersion
from teahouse.chat.settling import Settling
from teahouse.clock import Clock
from teahouse.errors import Conflict, InvalidParam
from teahouse.ids import EventId
from teahouse.kernel.signing import SigningKey
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact


class DefaultVerdict(Protocol):
    """What the default push rules say of an event, as `push` gives it."""

    @property
    def notifies(self) -> bool: ...
    @property
    def highlights_room(self) -> bool: ...
    @property
    def mentions(self) -> frozenset[str]: ...
    @property
    def legacy_mentions(self) -> bool: ...
    @property
    def legacy_user_names(self) -> bool: ...


Judge = Callable[..., DefaultVerdict]
AppendHook = Callable[[Tx, RoomDraft, StoredEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from: the device and the path with its transaction id, if it has one."""

    device_id: str | None = None
    path: str | None = None
    txn_id: str | None = None


NO_ORIGIN = Origin()
_JUDGED_BY_CONTENT = frozenset({"m.room.create", MEMBER, "m.room.power_levels"})
MOST_ADMITTED = 4096
"""Verdicts kept a room; event types are whatever clients invent."""


class Sender:
    """Makes room events; every other file of the slice asks it to."""

    def __init__(
        self, rooms: RoomCache, settling: Settling, key: SigningKey, clock: Clock, judge: Judge
    ) -> None:
        self.rooms = rooms
        self._settling = settling
        self._key = key
        self._clock = clock
        self._judge = judge
        self.on_append: list[AppendHook] = []
        """Called inside the write job after each event is stored: what must change in the same transaction."""

    async def append(
        self, tx: Tx, room: RoomDraft, event: EventDraft, origin: Origin = NO_ORIGIN
    ) -> StoredEvent:
        """Judge `event` against the room's draft, build it and store it; raises what the auth rules raise.

        Must run inside a write job. The event reaches memory and listeners only after the commit.
        """
        event = _linked(room, event)
        stored = self._build(room, event, tx.next_position(), origin, _admitted(room, event))
        await self._store(tx, room, stored, origin)
        return stored

    async def begin(
        self, tx: Tx, version: RoomVersion, create: EventDraft, *, is_public: bool
    ) -> tuple[RoomDraft, StoredEvent]:
        """Make a room out of its create event; from version 12 on that event also gives the room its id.

        Must run inside a write job; raises what the auth rules raise.
        """
        room = Room(create.room_id or "", version, create.sender, "", 0, 0, 0, 0)
        unborn = RoomDraft(room)
        check_event_auth(version, create, unborn)
        stored = self._build(unborn, create, tx.next_position(), NO_ORIGIN, ())
        if create.room_id is None:
            stored.room_id = room.room_id = room_id_of_create(EventId(stored.event_id))
        draft = self.rooms.begin(tx, room)
        kind = create.content.get("type")
        await store.insert_room(
            tx, room, is_public=is_public, created_ts=stored.origin_server_ts,
            room_type=kind if isinstance(kind, str) else None,
        )  # fmt: skip
        await self._store(tx, draft, stored, NO_ORIGIN)
        return draft, stored

    async def _store(self, tx: Tx, room: RoomDraft, stored: StoredEvent, origin: Origin) -> None:
        relation = relation_of(stored.content) if stored.state_key is None else None
        if relation is not None:
            await self._relate(tx, room, stored, relation)
        mentioned = self._count(room, stored)
        before = room.snapshot()
        tx.on_rollback(lambda: room.restore(before))
        if stored.thread_root is not None:
            await store_threads.grow_thread(tx, stored)
        await store.insert_event(tx, stored)
        if mentioned:
            await store.insert_mentions(tx, stored, mentioned)
        await self._settling.add(tx, stored, origin.path)
        room.append(stored)
        tx.after_commit(lambda: self.rooms.committed(stored))
        tx.announce(Fact(stored.position, "event", room.room_id, stored.sender, stored))
        for hook in self.on_append:
            await hook(tx, room, stored)

    def _build(
        self, room: RoomDraft, event: EventDraft, position: int, origin: Origin, auth_events: Sequence[str]
    ) -> StoredEvent:
        built = build_pdu(
            room.version, self._key, event,
            origin_server_ts=self._clock.now_ms(), depth=room.depth + 1, auth_events=auth_events,
        )  # fmt: skip
        content = built.pdu["content"]
        replaced = room.get(event.type, event.state_key) if event.state_key is not None else None
        return StoredEvent(
            position=position, event_id=built.event_id, room_id=room.room_id, type=event.type,
            state_key=event.state_key, sender=event.sender, device_id=origin.device_id, txn_id=origin.txn_id,
            origin_server_ts=built.pdu["origin_server_ts"], depth=built.pdu["depth"],
            pdu=built.canonical.decode(), redacts=event.redacts, contains_url=int(isinstance(content.get("url"), str)),
            replaces_state=replaced.event_id if replaced else None,
            prev_content=orjson.dumps(replaced.content).decode() if replaced else None, _content=content,
        )  # fmt: skip

    async def _relate(self, tx: Tx, room: RoomDraft, event: StoredEvent, relation: Relation) -> None:
        target = room.room.recent_event(relation.event_id) or await store.event_by_id(tx, relation.event_id)
        if target is None or target.room_id != room.room_id:
            if relation.rel_type == ANNOTATION:
                raise InvalidParam("A reaction must name an event of this room")
            if relation.rel_type == THREAD:
                raise InvalidParam("A thread must begin at an event of this room")
            return
        event.rel_type, event.relates_to, event.rel_key = relation.rel_type, relation.event_id, relation.key
        if relation.rel_type == THREAD:
            if target.rel_type is not None:
                raise Conflict("A thread can't begin at an event that itself relates to another")
            event.thread_root = relation.event_id
        else:
            event.thread_root = target.thread_root
        if relation.rel_type == ANNOTATION and await store_threads.has_annotated(tx, event):
            raise Conflict("You already reacted with this", errcode="M_DUPLICATE_ANNOTATION")

    def _count(self, room: RoomDraft, event: StoredEvent) -> dict[str, int]:
        """Set the event's running counts; give whom it mentions, each with whether only they are notified."""
        content = event.content
        may_call_room = _calls_room(content) and _may_notify_room(room, event.sender)
        verdict = self._judge(
            event.type, event.state_key, content, event.sender, sender_may_notify_room=may_call_room
        )
        event.notifies, event.highlights_room = int(verdict.notifies), int(verdict.highlights_room)
        in_thread = event.thread_root is not None
        event.notify_total = room.notify_total + (0 if in_thread else event.notifies)
        event.highlight_total = room.highlight_total + (0 if in_thread else event.highlights_room)
        mentioned = {user_id for user_id in verdict.mentions if user_id in room.room.joined}
        if verdict.legacy_mentions or verdict.legacy_user_names:
            mentioned |= names_of(room.room).find(content["body"], with_localparts=verdict.legacy_user_names)
        mentioned.discard(event.sender)
        event.mentioned = frozenset(() if verdict.highlights_room else mentioned)
        extra = 0 if verdict.notifies else 1
        return {} if verdict.highlights_room else dict.fromkeys(mentioned, extra)


def _admitted(room: RoomDraft, event: EventDraft) -> Sequence[str]:
    """Judge the event by the auth rules, raising what they raise, and give the state events that it must cite.

    For messages that follows from the sender, the type and the state alone, so it is kept as long as the state.
    """
    if event.state_key is not None or event.type in _JUDGED_BY_CONTENT or room.changed:
        return _judged(room, event)
    known = room.room.derived.get("admitted")
    if known is None:
        known = room.room.derived["admitted"] = {}
    key = event.sender, event.type
    cited: Sequence[str] | None = known.get(key)
    if cited is None:
        cited = _judged(room, event)
        if len(known) < MOST_ADMITTED:
            known[key] = cited
    return cited


def _judged(room: RoomDraft, event: EventDraft) -> Sequence[str]:
    check_event_auth(room.version, event, room)
    cited = (room.get(event_type, key) for event_type, key in auth_event_keys(room.version, event))
    return [state.event_id for state in cited if state is not None]


def _linked(room: RoomDraft, event: EventDraft) -> EventDraft:
    """Place the event after the room's newest; the rules ask what it follows."""
    return replace(event, prev_events=(room.last_event_id,) if room.last_event_id else ())


def _calls_room(content: Mapping[str, Any]) -> bool:
    mentions = content.get("m.mentions")
    if isinstance(mentions, dict):
        return mentions.get("room") is True
    body = content.get("body")
    return isinstance(body, str) and "@room" in body.lower()


def _may_notify_room(room: RoomDraft, user_id: str) -> bool:
    levels = power_levels_of(room)
    return levels.user_level(user_id) >= levels.notification("room")


def power_levels_of(room: Room | RoomDraft) -> PowerLevels:
    """Give a view of who may do what in the room as it stands."""
    return PowerLevels(room.version, room)
