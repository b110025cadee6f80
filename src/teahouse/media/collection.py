"""Collecting what nothing refers to, and what retention rules let go.

An upload is referred to by its own row alone: most rooms are encrypted, so that no server can see which events
name it (decision 17). What is collected is therefore what no row names, what has expired, the uploads of erased
users, and, where the operator says so, chat uploads that nobody has fetched for long.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.config import Media as MediaSettings
from teahouse.errors import TeahouseError
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_upkeep
from teahouse.media.objects import ObjectInfo, ObjectStore
from teahouse.media.removal import Removal

log = structlog.get_logger(__name__)

AT_ONCE = 200
EVERY_S = 3600.0
DAY_MS = 86_400_000
GRACE_MS = DAY_MS
"""An object younger than this may be one whose row is still being written."""

Find = Callable[[Tx], Awaitable[list[str]]]


@dataclass
class Collected:
    """What a collection removed."""

    expired: int = 0
    unused: int = 0
    erased: int = 0
    contents: int = 0
    orphans: int = 0
    orphan_bytes: int = 0


class Collection:
    """Removes what is no longer needed; once an hour by itself, all but orphans in the store."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        settings: MediaSettings,
        accounts: Accounts,
        objects: ObjectStore,
        removal: Removal,
        *,
        before: Sequence[Callable[[], Awaitable[object]]],
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._accounts = accounts
        self._objects = objects
        self._removal = removal
        self._before = before
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Sweep once an hour from now on."""
        self._task = asyncio.create_task(self._sweep_hourly(), name="media sweep")

    async def stop(self) -> None:
        """Sweep no more, and write down what was fetched lately."""
        with contextlib.suppress(TeahouseError):
            await self._prepare()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _prepare(self) -> None:
        """Let others write down what they know, and forget what they no longer need."""
        for call in self._before:
            await call()

    async def _sweep_hourly(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                done = await self.sweep()
                log.info("media were swept", expired=done.expired, unused=done.unused, contents=done.contents)
            except TeahouseError as error:
                log.warning("media could not be swept", error=error.message)

    async def sweep(self) -> Collected:
        """Remove what rows tell: the expired, the long unused, contents that no upload names, erased users'."""
        done = Collected()
        await self._prepare()
        now = self._clock.now_ms()
        done.expired = await self._remove_found(lambda tx: store_upkeep.expired(tx, now, AT_ONCE))
        if self._settings.keep_unused_days:
            before = now - int(self._settings.keep_unused_days * DAY_MS)
            done.unused = await self._remove_found(lambda tx: store_upkeep.unused_since(tx, before, AT_ONCE))
        done.erased = await self._remove_erased()
        done.contents = await self._remove_contents()
        return done

    async def collect(
        self, *, grace_ms: int = GRACE_MS, seen: Callable[[], None] = lambda: None
    ) -> Collected:
        """Sweep, then compare the whole store with the rows; `seen()` is called for each object."""
        done = await self.sweep()
        batch: list[ObjectInfo] = []
        async for info in self._objects.list():
            seen()
            if info.modified_ms <= self._clock.now_ms() - grace_ms:
                batch.append(info)
            if len(batch) >= AT_ONCE:
                await self._remove_orphans(batch, done)
                batch = []
        await self._remove_orphans(batch, done)
        return done

    async def _remove_found(self, find: Find) -> int:
        removed = 0

        async def remove(tx: Tx) -> tuple[int, list[str]]:
            ids = await find(tx)
            return len(ids), await store_upkeep.delete_items(tx, ids)

        while True:
            count, objects = await self._db.write(remove, frees_space=True)
            await self._removal.drop(objects)
            removed += count
            if count < AT_ONCE:
                return removed

    async def _remove_erased(self) -> int:
        """Finish what a server that was killed in the middle of an erasure left."""
        removed, after = 0, ""

        async def erased(tx: Tx) -> tuple[frozenset[str], str]:
            owners = await store_upkeep.owners_after(tx, after, AT_ONCE)
            return await self._accounts.erased_users(tx, owners), owners[-1] if owners else ""

        while True:
            users, after = await self._db.read(erased)
            for user_id in users:
                removed += await self._removal.forget_user(user_id)
            if not after:
                return removed

    async def _remove_contents(self) -> int:
        removed, after = 0, ""
        while True:
            start = after

            async def unnamed(tx: Tx, start: str = start) -> tuple[list[str], str | None]:
                return await store_upkeep.unnamed_contents(tx, start, AT_ONCE)

            contents, last = await self._db.read(unnamed)
            if contents:

                async def remove(tx: Tx, contents: list[str] = contents) -> list[str]:
                    return await store_upkeep.delete_unnamed(tx, contents)

                await self._removal.drop(await self._db.write(remove, frees_space=True))
                removed += len(contents)
            if last is None:
                return removed
            after = last

    async def _remove_orphans(self, batch: list[ObjectInfo], done: Collected) -> None:
        if not batch:
            return

        async def named(tx: Tx) -> set[str]:
            return await store_upkeep.named_among(tx, [info.name for info in batch])

        kept = await self._db.read(named)
        orphans = [info for info in batch if info.name not in kept]
        await self._objects.delete([info.name for info in orphans])
        done.orphans += len(orphans)
        done.orphan_bytes += sum(info.size for info in orphans)
