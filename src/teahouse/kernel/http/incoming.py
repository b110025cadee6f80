"""A request's body on its way in: bounded in size, and in the time that a slow sender may take."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from teahouse.errors import InvalidParam, LimitExceeded, NotJson, TeahouseError, TooLarge
from teahouse.kernel.http.connection import MOST_HEAD_BYTES
from teahouse.kernel.http.exchange import MOST_DISCARDED, ClientGone, Exchange

GRACE_S = 10.0
MIN_BYTES_PER_S = 1024
MOST_HEADERS = 100
DISCARD_S = 3.0
MOST_AT_ONCE = 1000
"""Requests in work, long polls aside. More would only wait longer: they are told at once to come again."""


def body_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Give the length of the body that these headers promise, None for chunks, 0 for no body.

    Raises InvalidParam for what two parsers might read in two ways, TooLarge (431) for more headers than a client
    can need, and TeahouseError (415) for compressed bodies.
    """
    length = chunked = None
    size = count = 0
    for name, value in headers:
        count += 1
        size += len(name) + len(value)
        if name == b"content-length":
            if length is not None or not value.isdigit():
                raise InvalidParam("Content-Length must be given once, as a number")
            length = int(value[:20])
        elif name == b"transfer-encoding":
            if chunked is not None or value.lower() != b"chunked":
                raise InvalidParam("Transfer-Encoding may only be 'chunked'")
            chunked = value
        elif name == b"content-encoding" and value.lower() != b"identity":
            raise TeahouseError("Compressed request bodies are not taken", status=415)
    if size > MOST_HEAD_BYTES or count > MOST_HEADERS:
        raise TooLarge("The headers are too large", status=431)
    if length is not None and chunked is not None:
        raise InvalidParam("A request may not have both Content-Length and Transfer-Encoding")
    return None if chunked is not None else length or 0


@dataclass(frozen=True, slots=True)
class StreamedBody:
    """What a route allows that takes its body piece by piece: how much, and how slowly it may come.

    `most_bytes` is asked with the services at each request, since settings decide it.
    """

    most_bytes: Callable[[Any], int]
    grace_s: float = 60.0
    """A phone that changes its network in the middle of an upload is silent for a while."""
    min_bytes_per_s: int = 1024


class Load:
    """How many requests are in work, and how many of these only wait for their client to send or to take bytes."""

    def __init__(self) -> None:
        self.at_once = 0
        self.receiving = 0
        self.sending = 0

    @property
    def in_work(self) -> int:
        """How many requests the server works at: slow senders and readers are no work."""
        return self.at_once - self.receiving - self.sending

    def check(self) -> None:
        """Raise LimitExceeded when one more request would only make all the others wait longer."""
        if self.in_work > MOST_AT_ONCE:
            raise LimitExceeded("The server has more to do than it can; slow down", retry_after_ms=later_ms())


def later_ms() -> int:
    """Give a time to come again, not the same for all: else they would all come at once again."""
    return random.randint(1000, 5000)  # noqa: S311 (no secret)


class Incoming:
    """The body of one request. `length` is what the sender promised, None for chunks, 0 for no body at all.

    A streamed body was worked at while it came, so it isn't sent away at its end because of the server's load.
    """

    __slots__ = ("_exchange", "_grace_s", "_is_streamed", "_length", "_load", "_min_bytes_per_s", "_most",
                 "_started", "_taken", "ended")  # fmt: skip

    def __init__(
        self, exchange: Exchange, most: int, length: int | None, load: Load, rule: StreamedBody | None = None
    ) -> None:
        self._grace_s = GRACE_S if rule is None else rule.grace_s
        self._min_bytes_per_s = MIN_BYTES_PER_S if rule is None else rule.min_bytes_per_s
        self._is_streamed = rule is not None
        self._exchange = exchange
        self._load = load
        self._most = most
        self._length = length
        self._taken = 0
        self._started = time.monotonic()
        self.ended = length == 0

    def check_length(self) -> None:
        """Raise TooLarge when the sender promised too much."""
        if self._length is not None and self._length > self._most:
            raise TooLarge(f"The body is larger than {self._most} bytes")

    async def whole(self) -> bytes:
        """Give all of the body; raises what `pieces` raises."""
        if self._exchange.is_whole and not self._taken:
            body = self._exchange.take_body()
            self.ended = True
            if len(body) > self._most:
                raise TooLarge(f"The body is larger than {self._most} bytes")
            return body
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the body as it comes in; raises what `receive` raises, and ClientGone."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            yield message.get("body", b"")
            if not message.get("more_body"):
                return

    async def receive(self) -> Any:
        """Give the next ASGI message.

        Raises TooLarge, NotJson for a body that breaks off, and TeahouseError (408) for one that comes too slowly.
        """
        message = await self._next()
        if self._taken > self._most:
            raise TooLarge(f"The body is larger than {self._most} bytes")
        return message

    async def discard(self) -> None:
        """Read the rest of a body that nobody wants, so that the refusal reaches a sender who is still sending.

        Closing on unread bytes would reset the connection, and the answer with it. More than MOST_DISCARDED bytes
        are not waited for, nor is a sender who takes longer than DISCARD_S.
        """
        taken_before = self._taken
        if self._length is not None and self._length - taken_before > MOST_DISCARDED:
            return
        with contextlib.suppress(TeahouseError, TimeoutError):
            async with asyncio.timeout(DISCARD_S):
                await self._discard(taken_before)

    async def _discard(self, taken_before: int) -> None:
        while not self.ended and self._taken - taken_before <= MOST_DISCARDED:
            await self._next()

    async def _next(self) -> Any:
        if self.ended:
            return await self._exchange.receive()
        message = await (self._exchange.receive() if self._exchange.has_news else self._awaited())
        if message["type"] == "http.disconnect":
            self.ended = True
            raise NotJson("The body breaks off, or its chunks are not well formed")
        self._taken += len(message.get("body", b""))
        self.ended = not message.get("more_body")
        if self.ended and not self._is_streamed:
            self._load.check()
        return message

    async def _awaited(self) -> Any:
        allowed = self._grace_s + self._taken / self._min_bytes_per_s - (time.monotonic() - self._started)
        if allowed <= 0:
            # Checked before waiting too: somebody who sends a byte now and then never lets a wait run out.
            raise TeahouseError("The body came too slowly", status=408)
        self._load.receiving += 1
        try:
            async with asyncio.timeout(allowed):
                return await self._exchange.receive()
        except TimeoutError as error:
            raise TeahouseError("The body came too slowly", status=408) from error
        finally:
            self._load.receiving -= 1
