"""The connections that reads share: a few, opened when needed, and dropped as soon as one is in doubt."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from teahouse.errors import Unavailable
from teahouse.kernel.storage.postgres_connection import PostgresTx, connect, is_away
from teahouse.kernel.storage.tx import Tx

T = TypeVar("T")
log = structlog.get_logger(__name__)

READERS = 8


class Readers:
    """Runs reads, at most READERS at once; the others wait for their turn."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._places = asyncio.Semaphore(READERS)
        self._idle: list[Any] = []
        self._is_closed = False

    async def run(self, job: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `job` on one snapshot; raises Unavailable. A cancelled read takes its connection with it."""
        async with self._places:
            connection = await self._begun()
            try:
                result = await job(PostgresTx(connection))
                await connection.execute("ROLLBACK")
            except Exception as error:
                if is_away(error, connection):
                    log.warning("a read could not reach PostgreSQL", error=repr(error))
                    connection.terminate()
                    raise Unavailable from error
                await self._undo(connection)
                raise
            except BaseException:
                connection.terminate()
                raise
            self._give_back(connection)
            return result

    async def _begun(self) -> Any:
        """Give a connection in a fresh snapshot: an idle one if it still works, else a new one."""
        while self._idle:
            connection = self._idle.pop()
            with contextlib.suppress(Exception):
                return await self._begin(connection)
        try:
            return await self._begin(await connect(self._url))
        except Unavailable:
            raise
        except Exception as error:
            raise Unavailable from error

    async def _begin(self, connection: Any) -> Any:
        try:
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _undo(self, connection: Any) -> None:
        try:
            await connection.execute("ROLLBACK")
        except BaseException:
            connection.terminate()
            raise
        self._give_back(connection)

    def _give_back(self, connection: Any) -> None:
        if self._is_closed:
            connection.terminate()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close what is idle now, and the rest when it comes back."""
        self._is_closed = True
        for connection in self._idle:
            connection.terminate()
        self._idle = []
