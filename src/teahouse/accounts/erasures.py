"""What is done after a user has ended: each part of the server hides or deletes what it keeps of the person.

Deleting takes many short writes, and the process may end between two of them. So a row asks for it from the commit
that ends the user until all is done, and whoever starts next goes on. Whatever is called here can be called again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from teahouse.accounts import store_users as store
from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Database

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0
OnDeactivate = Callable[[str, bool], Awaitable[None]]


class Erasures:
    """Calls everybody who has something to do after a user has ended, until nothing is left to do."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._hooks: list[OnDeactivate] = []
        self._in_work: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, hook: OnDeactivate) -> None:
        """Await `hook(user_id, erase)` after each deactivation, and again when it was interrupted."""
        self._hooks.append(hook)

    def start(self) -> None:
        """Go on with what an earlier process, or an error, has left."""
        self._task = asyncio.create_task(self._watch(), name="erasures")

    async def stop(self) -> None:
        """End in the middle if need be; the rows remember."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def carry_on(self, user_id: str, *, erase: bool) -> None:
        """Do what is to be done for one user; an error of one part is raised when the others have done theirs."""
        first: TeahouseError | None = None
        self._in_work.add(user_id)
        try:
            for hook in self._hooks:
                try:
                    await hook(user_id, erase)
                except TeahouseError as error:
                    first = first or error
            if first is not None:
                raise first
            if erase:
                await self._db.write(lambda tx: store.end_erasure(tx, user_id), frees_space=True)
        finally:
            self._in_work.discard(user_id)

    async def _watch(self) -> None:
        while True:
            try:
                unfinished = await self._db.read(store.unfinished_erasures)
            except TeahouseError as error:
                log.warning("erasures must wait", error=error.message)
                unfinished = []
            for user_id in unfinished:
                if user_id not in self._in_work:
                    await self._try(user_id)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _try(self, user_id: str) -> None:
        try:
            await self.carry_on(user_id, erase=True)
        except TeahouseError as error:
            log.warning("an erasure must wait", error=error.message)
        except Exception:
            log.exception("an erasure could not be finished")
