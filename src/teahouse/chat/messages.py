"""Saying something in a room: messages, state, and redactions that a client sends.

Owns that a transaction id makes one event and no more, that a repeated state changes nothing, and that a redacted
event's words are gone from storage, memory and search with the redaction itself. Memberships are in `membership`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from teahouse.chat import directory_entries, store, store_messages
from teahouse.chat.aliases import CANONICAL, check_canonical_alias
from teahouse.chat.auth_rules import check_redaction_allowed
from teahouse.chat.event_format import EventDraft, canonical_json, redact
from teahouse.chat.membership import change_membership, room_to_enter
from teahouse.chat.records import StateEvent, StoredEvent
from teahouse.chat.relates import THREAD
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.chat.room_cache import NOT_IN_ROOM
from teahouse.chat.send import NO_ORIGIN, Origin
from teahouse.chat.service import Chat
from teahouse.chat.settling import path_of
from teahouse.errors import Forbidden, InvalidParam, NotFound, TooLarge
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

REDACTION = "m.room.redaction"
MOST_TXN_ID = 255
MOST_STATE_CHARS = 16 * 1024 * 1024
"""Without the members. Whoever enters a room is sent its state, and the server holds it in memory."""


async def send_message(
    scope: Scope, chat: Chat, room_id: str, event_type: str, txn_id: str, content: JsonObject
) -> str:
    """Send a message event and give its id; the same device, path and transaction id give the same event.

    Raises Forbidden, also for an unknown room, and InvalidParam (specification, "Sending events to a room").
    """
    chat.limiter.check("message", scope.user_id)
    origin = _origin(scope, txn_id, "send", room_id, event_type)
    if event_type == REDACTION:
        return await _redact_once(scope, chat, room_id, content.get("redacts"), content, origin)

    async def job(tx: Tx) -> str:
        sent = await _already_sent(chat, tx, scope, origin)
        if sent is not None:
            return sent
        room = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        draft = EventDraft(room_id=room_id, sender=scope.user_id, type=event_type, content=content)
        return (await chat.sender.append(tx, room, draft, origin)).event_id

    return await chat.db.write(job, checks_first=True)


async def set_state(
    scope: Scope, chat: Chat, room_id: str, event_type: str, state_key: str, content: JsonObject
) -> str:
    """Set one piece of a room's state and give the event's id; what the sender already set so stays as it is.

    Raises Forbidden, also for an unknown room, and for aliases InvalidParam and Conflict.
    """
    chat.limiter.check("message", scope.user_id)
    if event_type == MEMBER and content.get("membership") == "invite":
        chat.limiter.check("invite", scope.user_id)

    async def job(tx: Tx) -> str:
        if event_type == MEMBER:
            own = state_key == scope.user_id
            room = await (room_to_enter if own else _draft)(chat, tx, room_id)
            return await change_membership(chat, tx, room, scope.user_id, state_key, content)
        room = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        current = room.get(event_type, state_key)
        if current is not None and current.sender == scope.user_id and _same(current.content, content):
            return current.event_id
        if room.room.state_size > MOST_STATE_CHARS:
            raise TooLarge("This room's state is too large already")
        if event_type == CANONICAL and state_key == "":
            await check_canonical_alias(tx, room, content)
        draft = EventDraft(
            room_id=room_id, sender=scope.user_id, type=event_type, content=content, state_key=state_key
        )
        return (await chat.sender.append(tx, room, draft, NO_ORIGIN)).event_id

    return await chat.db.write(job)


async def redact_event(
    scope: Scope, chat: Chat, room_id: str, event_id: str, txn_id: str, content: JsonObject
) -> str:
    """Redact an event and give the redaction's id; raises Forbidden, and NotFound for no event of the room."""
    chat.limiter.check("message", scope.user_id)
    reason = content.get("reason")
    if reason is not None and not isinstance(reason, str):
        raise InvalidParam("reason must be a string", errcode="M_BAD_JSON")
    origin = _origin(scope, txn_id, "redact", room_id, event_id)
    kept = {} if reason is None else {"reason": reason}
    return await _redact_once(scope, chat, room_id, event_id, kept, origin)


async def _draft(chat: Chat, tx: Tx, room_id: str) -> RoomDraft:
    try:
        return await chat.rooms.draft(tx, room_id)
    except NotFound:
        raise Forbidden(NOT_IN_ROOM) from None


def _origin(scope: Scope, txn_id: str, *path: str) -> Origin:
    if not 0 < len(txn_id) <= MOST_TXN_ID:
        raise InvalidParam(f"A transaction id has 1 to {MOST_TXN_ID} characters")
    return Origin(scope.device_id, path_of(*path, txn_id), txn_id)


async def _already_sent(chat: Chat, tx: Tx, scope: Scope, origin: Origin) -> str | None:
    return await chat.settling.sent_event_id(tx, scope.user_id, scope.device_id, origin.path or "")


def _same(before: JsonObject, after: JsonObject) -> bool:
    # Plain equality would take 1 for true.
    return before == after and canonical_json(before) == canonical_json(after)


async def _redact_once(
    scope: Scope, chat: Chat, room_id: str, target_id: object, content: JsonObject, origin: Origin
) -> str:
    if not isinstance(target_id, str):
        raise InvalidParam("A redaction must name the event that it redacts", errcode="M_BAD_JSON")
    content = {key: value for key, value in content.items() if key != "redacts"}

    async def job(tx: Tx) -> str:
        sent = await _already_sent(chat, tx, scope, origin)
        if sent is not None:
            return sent
        room = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
        target = await store.event_by_id(tx, target_id)
        if target is None or target.room_id != room_id:
            raise NotFound("There is no such event in this room")
        if target.type == "m.room.create":
            raise Forbidden("A room's create event can't be redacted")
        check_redaction_allowed(room.version, room, scope.user_id, target.sender)
        draft = EventDraft(
            room_id=room_id, sender=scope.user_id, type=REDACTION, content=content, redacts=target_id
        )
        redaction = await chat.sender.append(tx, room, draft, origin)
        await _apply(chat, tx, room, target, redaction.event_id)
        return redaction.event_id

    return await chat.db.write(job, frees_space=True)


async def _apply(chat: Chat, tx: Tx, room: RoomDraft, target: StoredEvent, redaction_id: str) -> None:
    if target.redacted_by is not None:
        return
    # Edits hold the same words again, and nobody reads them without the original.
    edits = await store_messages.edits_by_sender(tx, target) if target.state_key is None else []
    for event in (target, *edits):
        await _redact_one(chat, tx, room, event, redaction_id)


async def _redact_one(chat: Chat, tx: Tx, room: RoomDraft, event: StoredEvent, redaction_id: str) -> None:
    pdu = redact(room.version, orjson.loads(event.pdu))
    written = canonical_json(pdu).decode()
    await store_messages.redact_event(tx, event.event_id, written, redaction_id)
    await store_messages.remove_from_search(tx, event.position)
    if event.rel_type == THREAD and event.thread_root is not None:
        await store_messages.shrink_thread(tx, event.thread_root, event.sender)
    follower = None
    if event.state_key is not None:
        follower = await store_messages.next_of_key(tx, event)
        if follower is not None:
            await store_messages.set_prev_content(tx, follower, orjson.dumps(pdu["content"]).decode())
        _redact_state(room, event, pdu["content"], redaction_id)
        await directory_entries.refresh(tx, room)
    tx.after_commit(_in_memory(chat, event, follower, written, redaction_id))


def _redact_state(room: RoomDraft, event: StoredEvent, content: JsonObject, redaction_id: str) -> None:
    current = room.get(event.type, event.state_key or "")
    if current is not None and current.event_id == event.event_id:
        room.changed[(event.type, current.state_key)] = StateEvent(
            event.event_id, event.position, event.type, current.state_key, event.sender, content,
            event.origin_server_ts, redaction_id,
        )  # fmt: skip


def _in_memory(
    chat: Chat, event: StoredEvent, follower: str | None, pdu: str, redaction_id: str
) -> Callable[[], None]:
    """Give what makes the room in memory forget the event's words, once the redaction is committed."""

    def forget() -> None:
        room = chat.rooms.peek(event.room_id)
        if room is None:
            chat.rooms.read_again()
            return
        redacted = replace(
            event, pdu=pdu, redacted_by=redaction_id, rel_type=None, relates_to=None, rel_key=None,
            contains_url=0, _content=None, client_json=None,
        )  # fmt: skip
        room.replace_recent(redacted)
        after = room.recent_event(follower) if follower else None
        if after is not None:
            prev_content = orjson.dumps(redacted.content).decode()
            room.replace_recent(replace(after, prev_content=prev_content, client_json=None))
        if event.state_key is not None:
            current = room.get(event.type, event.state_key)
            if current is not None and current.event_id == event.event_id:
                room.put_state(redacted.as_state())

    return forget
