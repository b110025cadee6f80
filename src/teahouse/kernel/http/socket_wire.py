"""A WebSocket on its connection: ASGI's messages above, the library `websockets`, which knows the frames, below.

Owns the order of things: handshake, texts put together from their fragments, pings answered, closing handshake. It
speaks no extension: what is said here is short.
"""

import asyncio
from collections import deque
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from teahouse.errors import InvalidParam
from teahouse.kernel.http.exchange import Exchange

SWITCHING = 101
MOST_MESSAGE_BYTES = 64 * 1024
MOST_UNREAD = 64
"""So many messages wait for the application; then the sender has to."""
NO_STATUS, NOT_UTF8 = 1005, 1007


class SocketWire:
    """One WebSocket, from the request for it to its end."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._protocol = ServerProtocol(max_size=MOST_MESSAGE_BYTES)
        lines = [b"GET %b HTTP/1.1" % exchange.target]
        lines += [b"%b: %b" % header for header in exchange.headers]
        self._protocol.receive_data(b"\r\n".join(lines) + b"\r\n\r\n")
        self._request = self._protocol.events_received()
        self._early = b""
        self._messages: deque[dict[str, Any]] = deque([{"type": "websocket.connect"}])
        self._fragments: list[bytes] = []
        self._is_text = True
        self._is_open = False
        self._is_over = False
        self._waiter: asyncio.Future[None] | None = None
        self._refusal: tuple[int, list[tuple[bytes, bytes]]] | None = None

    def scope(self, path: str, query: bytes) -> dict[str, Any]:
        """Give the ASGI scope, to be routed by this path."""
        offers = [value for name, value in self._exchange.headers if name == b"sec-websocket-protocol"]
        offered = [part.strip() for part in b",".join(offers).decode("latin-1").split(",")]
        return {
            **self._exchange.scope(path, query), "type": "websocket", "scheme": "ws",
            "subprotocols": [name for name in offered if name],
            "extensions": {"websocket.http.response": {}},
        }  # fmt: skip

    def feed(self, data: bytes) -> None:
        """Take in bytes from the client; what comes before the answer to its handshake waits for that."""
        if not self._is_open:
            self._early += data
            if len(self._early) > MOST_MESSAGE_BYTES:
                self._exchange.connection.abort()
            return
        self._protocol.receive_data(data)
        self._hear()
        self._flush()

    def leave(self) -> None:
        """Take note that the client is gone."""
        self._end(NO_STATUS if self._protocol.close_code is None else self._protocol.close_code)

    def _hear(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        if self._is_open and self._protocol.close_expected():
            self._end(self._protocol.close_code or NO_STATUS)

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._fragments.append(bytes(frame.data))
        if not frame.fin:
            return
        data = b"".join(self._fragments)
        self._fragments.clear()
        try:
            content = {"text": data.decode()} if self._is_text else {"bytes": data}
        except UnicodeDecodeError:
            self._protocol.fail(NOT_UTF8, "text must be UTF-8")
            return
        self._messages.append({"type": "websocket.receive", **content})
        if len(self._messages) > MOST_UNREAD:
            self._exchange.connection.hold_sender()
        self._wake()

    def _end(self, code: int) -> None:
        if not self._is_over:
            self._is_over = True
            self._messages.append({"type": "websocket.disconnect", "code": code})
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def receive(self) -> dict[str, Any]:
        """Give the next ASGI message."""
        while not self._messages:
            if self._is_over:
                return {"type": "websocket.disconnect", "code": NO_STATUS}
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        message = self._messages.popleft()
        if not self._messages:
            self._exchange.connection.release_sender()
        return message

    async def send(self, message: Any) -> None:
        """Take an ASGI message; raises ConnectionError when the client is gone, or said that it goes."""
        kind = message["type"]
        if kind == "websocket.accept":
            self._accept(message.get("subprotocol"))
        elif kind == "websocket.http.response.start":
            self._refusal = (message["status"], list(message.get("headers", ())))
        elif kind == "websocket.http.response.body" and self._refusal is not None:
            self._exchange.begin(*self._refusal)
            self._exchange.add(message.get("body", b""), more=False)
        elif kind == "websocket.close":
            self._close(message.get("code", 1000))
        elif kind == "websocket.ping":
            self._ping()
        else:
            self._say(message)
        await self._exchange.connection.drained()

    def _accept(self, subprotocol: str | None) -> None:
        asked = [event for event in self._request if isinstance(event, Request)]
        response = self._protocol.accept(asked[0]) if asked else None
        if response is None or response.status_code != SWITCHING:
            raise InvalidParam("This is no handshake for a WebSocket of version 13")
        if subprotocol is not None:
            response.headers["Sec-WebSocket-Protocol"] = subprotocol
        self._protocol.send_response(response)
        self._exchange.is_begun = True
        self._flush()
        self._is_open = True
        self.feed(self._early)
        self._early = b""

    def _say(self, message: Any) -> None:
        if self._is_over or not self._is_open:
            raise ConnectionError("The WebSocket is closed")
        text = message.get("text")
        if text is not None:
            self._protocol.send_text(text.encode())
        else:
            self._protocol.send_binary(message["bytes"])
        self._flush()

    def _ping(self) -> None:
        """Ask whether the client is there: proxies and apps take a connection on which nothing comes for dead."""
        if self._is_over or not self._is_open:
            raise ConnectionError("The WebSocket is closed")
        self._protocol.send_ping(b"")
        self._flush()

    def _close(self, code: int) -> None:
        if self._is_open and not self._is_over:
            self._protocol.send_close(code)
            self._flush()
        self._end(code)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._exchange.connection.write(data)
