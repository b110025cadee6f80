"""Routes that say something in a room: send, set state, redact. Sending is a raw route, since nearly all traffic is."""

import secrets
from typing import Any

from litestar import Request, post, put

from teahouse.chat import messages
from teahouse.chat.service import Chat
from teahouse.errors import TeahouseError
from teahouse.kernel.http import FastRequest, Scope, fast_route, signed_in

AnyRequest = Request[Any, Any, Any]
JsonObject = dict[str, Any]
ROOM = "/_matrix/client/v3/rooms/{room_id:str}"


async def send_message_event(request: FastRequest) -> JsonObject:
    """Send a message (client-server API, `PUT /rooms/{roomId}/send/{eventType}/{txnId}`)."""
    path = request.path_params
    _refuse_delay(request.query_string)
    content = await request.json()
    event_id = await messages.send_message(
        request.caller, request.services.chat, path["room_id"], path["event_type"], path["txn_id"], content
    )
    return {"event_id": event_id}


@post(ROOM + "/send/{event_type:str}", guards=[signed_in], status_code=200)
async def send_message_event_once(
    request: AnyRequest, caller: Scope, chat: Chat, room_id: str, event_type: str, data: JsonObject
) -> JsonObject:
    """Send a message without a transaction id: nothing tells a repeated request from a second message.

    COMPAT(old bots): the specification dropped this way years ago, and other servers still take it.
    """
    _refuse_delay(request.scope["query_string"])
    txn_id = f"teahouse.{secrets.token_urlsafe(12)}"
    return {"event_id": await messages.send_message(caller, chat, room_id, event_type, txn_id, data)}


@put(
    [ROOM + "/state/{event_type:str}", ROOM + "/state/{event_type:str}/{state_key:str}"],
    guards=[signed_in],
)
async def set_room_state(
    request: AnyRequest,
    caller: Scope,
    chat: Chat,
    room_id: str,
    event_type: str,
    data: JsonObject,
    state_key: str | None = None,
) -> JsonObject:
    """Set a piece of state (client-server API, `PUT /rooms/{roomId}/state/{eventType}/{stateKey}`)."""
    _refuse_delay(request.scope["query_string"])
    event_id = await messages.set_state(caller, chat, room_id, event_type, state_key or "", data)
    return {"event_id": event_id}


@put(ROOM + "/redact/{event_id:str}/{txn_id:str}", guards=[signed_in])
async def redact_event(
    caller: Scope, chat: Chat, room_id: str, event_id: str, txn_id: str, data: JsonObject
) -> JsonObject:
    """Redact an event (client-server API, `PUT /rooms/{roomId}/redact/{eventId}/{txnId}`)."""
    redaction = await messages.redact_event(caller, chat, room_id, event_id, txn_id, data)
    return {"event_id": redaction}


def _refuse_delay(query: bytes) -> None:
    """Refuse events that are to be sent later (MSC4140), as calls use them to say that somebody left.

    Passing the wish over would send them now, which is the opposite of what was asked for.
    """
    if b"msc4140." in query:
        raise TeahouseError(
            "This server sends no events later",
            status=400,
            **{"org.matrix.msc4140.errcode": "M_MAX_DELAY_UNSUPPORTED"},
        )


ROUTES: list[Any] = [
    fast_route("PUT", ROOM + "/send/{event_type:str}/{txn_id:str}", send_message_event),
    send_message_event_once,
    set_room_state,
    redact_event,
]
