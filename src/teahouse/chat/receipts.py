"""How far people have read: receipts, public and private, threaded or not, and the reader's own marker.

Owns their checks: only of events that the reader may see in a room he is in, never backwards, and a threaded one
only for an event of that thread (client-server API, "Receipts", "Fully read markers", "Threaded read receipts").
"""

from typing import Any

from teahouse.chat import store, store_receipts
from teahouse.chat.history import visible_event
from teahouse.chat.records import StoredEvent
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.chat.service import Chat
from teahouse.chat.store_receipts import Receipt
from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact

JsonObject = dict[str, Any]

READ = "m.read"
READ_PRIVATE = "m.read.private"
FULLY_READ = "m.fully_read"
MAIN = "main"
KINDS = (READ, READ_PRIVATE, FULLY_READ)


async def mark_read(
    scope: Scope, chat: Chat, room_id: str, marks: dict[str, str], thread_id: str | None = None
) -> None:
    """Set receipts, each kind with its event, all of them or none; older than the present ones they do nothing.

    Raises Forbidden unless the caller is in the room, NotFound for an event he can't see, InvalidParam for an
    unknown kind and for an event outside the thread.
    """
    for kind in marks:
        if kind not in KINDS:
            raise InvalidParam("A receipt is m.read, m.read.private or m.fully_read")
    if thread_id is not None and FULLY_READ in marks:
        raise InvalidParam("m.fully_read is for the whole room and takes no thread_id")

    async def job(tx: Tx) -> None:
        try:
            room = await chat.rooms.draft(tx, room_id)
        except NotFound:
            raise Forbidden("You are not in this room") from None
        if room.membership(scope.user_id) != "join":
            raise Forbidden("You are not in this room")
        for kind, event_id in marks.items():
            event = await _event(tx, scope, room, event_id)
            if kind == FULLY_READ:
                await _move_marker(chat, tx, scope, event)
            else:
                await _put(chat, tx, scope, event, kind, thread_id)

    await chat.db.write(job)


async def _event(tx: Tx, scope: Scope, room: RoomDraft, event_id: str) -> StoredEvent:
    kept = room.room.recent_event(event_id)
    member = room.get(MEMBER, scope.user_id)
    if kept is not None and member is not None and kept.position >= member.position:
        # Whatever came since one's own last member event, one was here to see.
        return kept
    return (await visible_event(tx, scope, room.room_id, event_id))[1]


async def _put(
    chat: Chat, tx: Tx, scope: Scope, event: StoredEvent, kind: str, thread_id: str | None
) -> None:
    if thread_id is not None and not _belongs(event, thread_id):
        raise InvalidParam("The event is not in that thread")
    user_id = scope.user_id
    if await store_receipts.read_up_to(tx, event.room_id, user_id, kind, thread_id) >= event.position:
        return
    receipt = Receipt(kind, thread_id, event.event_id, event.position, chat.clock.now_ms())
    position = tx.next_position()
    await store_receipts.put_receipt(tx, event.room_id, user_id, receipt, position)
    tx.announce(Fact(position, "receipt", event.room_id, user_id, receipt))


def _belongs(event: StoredEvent, thread_id: str) -> bool:
    if thread_id == MAIN:
        return event.thread_root is None
    return thread_id in (event.thread_root, event.event_id)


async def _move_marker(chat: Chat, tx: Tx, scope: Scope, event: StoredEvent) -> None:
    content = await chat.accounts.account_data_in(tx, scope.user_id, event.room_id, FULLY_READ)
    marked = content.get("event_id") if content is not None else None
    if isinstance(marked, str):
        before = await store.event_by_id(tx, marked)
        if before is not None and before.position >= event.position:
            return
    await chat.accounts.put_account_data_in(
        tx, scope.user_id, event.room_id, FULLY_READ, {"event_id": event.event_id}
    )
