"""Removing and blocking: the row goes first, so nobody sees the file from then on; the bytes go after it.

When the store is away the bytes stay behind without a name, and `teahouse media collect` removes them later.
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from teahouse.clock import Clock
from teahouse.errors import TeahouseError
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_upkeep
from teahouse.media.downloads import no_such_file
from teahouse.media.objects import ObjectStore
from teahouse.media.records import Blocked, Concerned

log = structlog.get_logger(__name__)
AT_ONCE = 200
Within = Callable[[Tx, Concerned], Awaitable[None]]
"""Awaited inside the write that takes a file away, or gives it back, for each who uploaded it."""


class Removal:
    """Takes files away, for their owners and for operators."""

    def __init__(self, db: Database, clock: Clock, objects: ObjectStore) -> None:
        self._db = db
        self._clock = clock
        self._objects = objects

    async def delete_own(self, caller: Scope, media_id: str) -> None:
        """Remove an upload of the caller's; raises NotFound for all others."""

        async def delete(tx: Tx) -> list[str]:
            found = await store_upkeep.content_of(tx, media_id)
            if found is None or found[1] != caller.user_id:
                raise no_such_file()
            return await store_upkeep.delete_items(tx, [media_id])

        await self.drop(await self._db.write(delete, frees_space=True))

    async def remove(self, media_id: str, *, same_content: bool = False, within: Within | None = None) -> int:
        """Remove an upload, with all others of the same content if asked; gives how many. Raises NotFound."""

        async def delete(tx: Tx) -> tuple[int, list[str]]:
            found = await store_upkeep.content_of(tx, media_id)
            if found is None:
                raise no_such_file()
            wanted = [media_id]
            if same_content and found[0] is not None:
                wanted = await store_upkeep.ids_of_content(tx, found[0])
            await _tell(tx, wanted, within)
            return len(wanted), await store_upkeep.delete_items(tx, wanted)

        count, objects = await self._db.write(delete, frees_space=True)
        await self.drop(objects)
        return count

    async def quarantine(self, media_id: str, by: str, reason: str, within: Within | None = None) -> int:
        """Block the content of an upload; gives how many uploads of it nobody gets any more. Raises NotFound.

        The bytes are kept, for those who must judge them; the same file can't be uploaded again.
        """

        async def block(tx: Tx) -> int:
            sha256 = await self._content_of(tx, media_id)
            concerned = await store_upkeep.ids_of_content(tx, sha256)
            await _tell(tx, concerned, within)
            await store_upkeep.block(tx, Blocked(sha256, by, reason, self._clock.now_ms()))
            return len(concerned)

        return await self._db.write(block)

    async def release(self, media_id: str, within: Within | None = None) -> bool:
        """Allow a blocked content again; False when it was not blocked. Raises NotFound."""

        async def unblock(tx: Tx) -> bool:
            sha256 = await self._content_of(tx, media_id)
            was_blocked = await store_upkeep.unblock(tx, sha256)
            if was_blocked:
                await _tell(tx, await store_upkeep.ids_of_content(tx, sha256), within)
            return was_blocked

        return await self._db.write(unblock)

    async def release_in(self, tx: Tx, media_id: str) -> None:
        """Allow a blocked content again, inside its caller's write; does nothing when the upload is gone."""
        found = await store_upkeep.content_of(tx, media_id)
        if found is not None and found[0] is not None:
            await store_upkeep.unblock(tx, found[0])

    async def _content_of(self, tx: Tx, media_id: str) -> str:
        found = await store_upkeep.content_of(tx, media_id)
        if found is None or found[0] is None:
            raise no_such_file()
        return found[0]

    async def forget_user(self, user_id: str) -> int:
        """Remove everything that a user has uploaded, piece by piece; gives how many uploads that were."""
        removed = 0

        async def delete(tx: Tx) -> tuple[int, list[str]]:
            ids = await store_upkeep.ids_of_owner(tx, user_id, AT_ONCE)
            return len(ids), await store_upkeep.delete_items(tx, ids)

        while True:
            count, objects = await self._db.write(delete, frees_space=True)
            await self.drop(objects)
            removed += count
            if count < AT_ONCE:
                return removed

    async def drop(self, objects: Sequence[str]) -> None:
        """Remove objects that no row names any more, if the store can be reached."""
        if not objects:
            return
        try:
            await self._objects.delete(objects)
        except TeahouseError as error:
            log.warning("removed files are still in the store; collect them later", error=error.message)


async def _tell(tx: Tx, media_ids: Sequence[str], within: Within | None) -> None:
    if within is not None:
        for one in await store_upkeep.owners_of(tx, media_ids):
            await within(tx, one)
