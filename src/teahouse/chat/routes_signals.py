"""Routes of what is said without words: receipts, read markers, typing, reports."""

from typing import Any

from litestar import post, put
from msgspec import Struct

from teahouse.chat import receipts, reports
from teahouse.chat.service import Chat
from teahouse.errors import Forbidden, InvalidParam
from teahouse.kernel.http import Scope, signed_in

JsonObject = dict[str, Any]
ROOM = "/_matrix/client/v3/rooms/{room_id:str}"
DEFAULT_TYPING_MS = 30_000


class ReceiptRequest(Struct):
    """The body of a receipt."""

    thread_id: str | None = None


class TypingRequest(Struct):
    """The body of a typing notice; the time is in milliseconds."""

    typing: bool
    timeout: int | None = None


class EventReport(Struct):
    """The body of a report of an event; apps may leave the reason out, or send null."""

    reason: str | None = None


class Report(Struct):
    """The body of a report of a room or a user; the reason may be blank."""

    reason: str


@post(ROOM + "/receipt/{receipt_type:str}/{event_id:str}", guards=[signed_in], status_code=200)
async def post_receipt(
    caller: Scope, chat: Chat, room_id: str, receipt_type: str, event_id: str, data: ReceiptRequest
) -> JsonObject:
    """Say how far one has read (client-server API, `POST /rooms/{roomId}/receipt/{receiptType}/{eventId}`)."""
    if data.thread_id is not None and not 0 < len(data.thread_id) <= 255:
        raise InvalidParam("thread_id must be 'main' or the id of a thread's first event")
    await receipts.mark_read(caller, chat, room_id, {receipt_type: event_id}, data.thread_id)
    return {}


@post(ROOM + "/read_markers", guards=[signed_in], status_code=200)
async def set_read_marker(caller: Scope, chat: Chat, room_id: str, data: JsonObject) -> JsonObject:
    """Move one's read markers (client-server API, `POST /rooms/{roomId}/read_markers`)."""
    marks = {kind: data[kind] for kind in receipts.KINDS if data.get(kind) is not None}
    if not all(isinstance(event_id, str) for event_id in marks.values()):
        raise InvalidParam("A read marker names an event id")
    await receipts.mark_read(caller, chat, room_id, marks)
    return {}


@put(ROOM + "/typing/{user_id:str}", guards=[signed_in])
async def set_typing(
    caller: Scope, chat: Chat, room_id: str, user_id: str, data: TypingRequest
) -> JsonObject:
    """Say that one is typing, or no longer (client-server API, `PUT /rooms/{roomId}/typing/{userId}`)."""
    if user_id != caller.user_id:
        raise Forbidden("You can say only of yourself that you are typing")
    room = await chat.rooms.find(room_id)
    if room is None or caller.user_id not in room.joined:
        raise Forbidden("You are not in this room")
    timeout_ms = DEFAULT_TYPING_MS if data.timeout is None else data.timeout
    if timeout_ms < 0:
        raise InvalidParam("timeout must not be below 0")
    chat.typing.set(room_id, user_id, timeout_ms if data.typing and timeout_ms else None)
    return {}


@post(ROOM + "/report/{event_id:str}", guards=[signed_in], status_code=200)
async def report_event(
    caller: Scope, chat: Chat, room_id: str, event_id: str, data: EventReport
) -> JsonObject:
    """Report an event (client-server API, `POST /rooms/{roomId}/report/{eventId}`)."""
    await reports.report_event(caller, chat, room_id, event_id, data.reason or "")
    return {}


@post(ROOM + "/report", guards=[signed_in], status_code=200)
async def report_room(caller: Scope, chat: Chat, room_id: str, data: Report) -> JsonObject:
    """Report a room (client-server API, `POST /rooms/{roomId}/report`)."""
    await reports.report_room(caller, chat, room_id, data.reason)
    return {}


@post("/_matrix/client/v3/users/{user_id:str}/report", guards=[signed_in], status_code=200)
async def report_user(caller: Scope, chat: Chat, user_id: str, data: Report) -> JsonObject:
    """Report a user (client-server API, `POST /users/{userId}/report`)."""
    await reports.report_user(caller, chat, user_id, data.reason)
    return {}


ROUTES: list[Any] = [
    post_receipt,
    set_read_marker,
    set_typing,
    report_event,
    report_room,
    report_user,
]
