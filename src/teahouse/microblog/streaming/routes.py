"""The wire of live streams: one WebSocket that hears many, and server-sent events, one address for each stream."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson

from teahouse.errors import Forbidden, NotFound, TeahouseError, Unauthenticated
from teahouse.kernel.http import FastRequest, FastRoute, Reply, Scope, Socket, open_to_all, requires_app
from teahouse.microblog.streaming import store_audience
from teahouse.microblog.streaming.listeners import Listener
from teahouse.microblog.streaming.wishes import Wish, wish_of

STREAMING = "/api/v1/streaming"
THUMP_S = 15.0
CHECK_S = 30.0
EVENT_STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
]


async def streaming(request: FastRequest) -> Reply:
    """Refuse: here WebSocket is spoken."""
    raise TeahouseError("This address speaks WebSocket", status=426)


async def speak(socket: Socket) -> None:
    """Tell a WebSocket what it asks to hear, until either side ends it."""
    live = socket.services.microblog.live
    query = socket.query()
    protocol = next((one for one in socket.protocols), None)
    token = _token(socket.header(b"authorization"), query.get("access_token"), protocol)
    listener = await _listener(socket.services, token, socket.address)
    live.listeners.enter(listener)
    try:
        await socket.accept(protocol)
        if "stream" in query:
            await _follow(socket, listener, {**query, "type": "subscribe"})
        await _until_first(_hear(socket, listener), _tell(socket, listener), _watch(socket, listener))
    finally:
        live.listeners.leave(listener)


async def _until_first(*talks: Any) -> None:
    """Run several talks until one of them ends."""
    tasks = [asyncio.ensure_future(talk) for talk in talks]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _tell(socket: Socket, listener: Listener) -> None:
    while (told := await listener.next()) is not None:
        wish, message = told
        frame = {"stream": wish.label, "event": message.event, "payload": message.payload}
        await socket.send_text(orjson.dumps(frame).decode())


async def _hear(socket: Socket, listener: Listener) -> None:
    while True:
        await _follow(socket, listener, await socket.receive_text())


async def _follow(socket: Socket, listener: Listener, frame: str | dict[str, Any]) -> None:
    """Do what one frame asks; a mistake is answered, and the connection goes on."""
    listeners = socket.services.microblog.live.listeners
    try:
        asked = _frame(frame) if isinstance(frame, str) else frame
        if asked.get("type") == "subscribe":
            listeners.subscribe(listener, await _allowed(socket.services, listener, asked))
        elif asked.get("type") == "unsubscribe":
            listeners.unsubscribe(listener, _wish(asked))
    except TeahouseError as error:
        refusal = {"error": error.message, "status": error.status}
        await socket.send_text(orjson.dumps(refusal).decode())


async def _watch(socket: Socket, listener: Listener) -> None:
    """Give signs of life, and look now and then whether the session still stands: it may have expired."""
    while True:
        await asyncio.sleep(CHECK_S)
        await socket.ping()
        await socket.services.microblog.live.check_session(listener)


def _frame(text: str) -> dict[str, Any]:
    with contextlib.suppress(orjson.JSONDecodeError):
        asked = orjson.loads(text)
        if isinstance(asked, dict):
            return asked
    raise TeahouseError("Frames are JSON objects with type, stream and what the stream needs", status=400)


def _wish(asked: dict[str, Any]) -> Wish:
    stream, tag, list_id = (asked.get(name) for name in ("stream", "tag", "list"))
    if isinstance(stream, list):
        stream = stream[0] if stream else None
    texts = [None if value is None else str(value) for value in (stream, tag, list_id)]
    return wish_of(*texts)


async def _allowed(services: Any, listener: Listener, asked: dict[str, Any]) -> Wish:
    """Read a wish and check that the listener may hear it."""
    wish = _wish(asked)
    if wish.is_personal and not listener.viewer.is_known:
        raise Unauthenticated("This stream needs a user's access token")
    if not listener.caller.may(wish.grant):
        raise Forbidden("This action is outside the authorized scopes")
    if wish.stream == "list":
        owner = await services.db.read(lambda tx: store_audience.list_owner(tx, int(wish.parameter)))
        if owner != listener.viewer.id:
            raise NotFound("Record not found")
    return wish


def _token(header: str | None, query: str | None, protocol: str | None) -> str:
    if header is not None and header.lower().startswith("bearer "):
        return header[7:].strip()
    token = query or protocol
    if not token:
        raise Unauthenticated("Missing access token")
    return token


async def _listener(services: Any, token: str, address: str) -> Listener:
    try:
        caller: Scope = await services.accounts.authenticate(token, address)
    except Unauthenticated as error:
        raise Unauthenticated("Invalid access token") from error
    viewer = await services.microblog.book.viewer(caller if caller.user_id else None)
    return Listener(token, caller, viewer)


def _events(stream: str) -> Any:
    """Make the function that tells one stream as server-sent events."""

    async def stream_events(request: FastRequest) -> Reply:
        listener = await _listener(request.services, request.token, "")
        query = request.query()
        chosen = (
            f"{stream}:media" if stream.startswith("public") and _is_true(query.get("only_media")) else stream
        )
        wish = await _allowed(request.services, listener, {**query, "stream": chosen})
        live = request.services.microblog.live
        live.listeners.enter(listener)
        live.listeners.subscribe(listener, wish)
        return Reply(200, EVENT_STREAM, _lines(live, listener))

    stream_events.__name__ = f"stream_{stream.replace(':', '_')}"
    return stream_events


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in ("true", "1", "on")


async def _lines(live: Any, listener: Listener) -> AsyncIterator[bytes]:
    """Give the events as text; a line that says nothing keeps proxies from closing the connection."""
    try:
        yield b":)\n"
        while True:
            try:
                async with asyncio.timeout(THUMP_S):
                    told = await listener.next()
            except TimeoutError:
                await live.check_session(listener)
                yield b":thump\n"
                continue
            if told is None:
                return
            yield f"event: {told[1].event}\ndata: {told[1].payload}\n\n".encode()
    finally:
        live.listeners.leave(listener)


async def streaming_health(request: FastRequest) -> Reply:
    """Say that streams are told."""
    return Reply(200, [(b"content-type", b"text/plain; charset=utf-8")], b"OK")


_READ = requires_app("read:statuses", "read:notifications")
_ADDRESSES = {
    "user": "user",
    "user/notification": "user:notification",
    "public": "public",
    "public/local": "public:local",
    "public/remote": "public:remote",
    "hashtag": "hashtag",
    "hashtag/local": "hashtag:local",
    "list": "list",
    "direct": "direct",
}
_PARAMETERS = {
    "hashtag": {"tag": {"type": "string"}},
    "list": {"list": {"type": "string"}},
    "public": {"only_media": {"type": "boolean"}},
}

ROUTES = [
    FastRoute("GET", STREAMING, streaming, access=_READ, socket=speak),
    FastRoute("GET", f"{STREAMING}/health", streaming_health, access=open_to_all),
    *(
        FastRoute(
            "GET", f"{STREAMING}/{address}", _events(stream), access=_READ, endless=True,
            query=_PARAMETERS.get(stream.partition(":")[0], {}),
        )
        for address, stream in _ADDRESSES.items()
    ),
]  # fmt: skip
