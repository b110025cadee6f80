"""What a backup needs of the slice: the objects that the database names, out of the store and back into it."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from teahouse.config import Media
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_upkeep
from teahouse.media.objects import ObjectMissing, open_store
from teahouse.media.records import StoredObject

BLOCK_BYTES = 1 << 20
PAGE = 8
"""So many objects are on their way at once."""


class Archive:
    """The store, in the hands of whoever saves or restores everything."""

    def __init__(self, settings: Media) -> None:
        self._store = open_store(settings)
        self.shown = self._store.shown

    async def open(self) -> None:
        """Get the store ready."""
        await self._store.open()

    async def close(self) -> None:
        """Let go of it."""
        await self._store.close()

    async def is_empty(self) -> bool:
        """Tell whether the store holds no object. Raises StoreAway."""
        async for _ in self._store.list():
            return False
        return True

    async def save(self, wanted: StoredObject, path: Path) -> str | None:
        """Write an object to a new file and give the hash of its bytes; None when the store has it no more."""
        digest = hashlib.sha256()
        if await self._store.size(wanted.name) is None:
            return None
        try:
            with path.open("xb") as file:
                async for piece in self._store.read(wanted.name):
                    digest.update(piece)
                    file.write(piece)
        except ObjectMissing:
            path.unlink()  # noqa: ASYNC240
            return None
        return digest.hexdigest()

    async def restore(self, wanted: StoredObject, path: Path, sha256: str) -> bool:
        """Put a file back under its name, unless it is there; False when its bytes have not this hash."""
        if await self._store.size(wanted.name) == wanted.size:
            return True
        writer = self._store.create(wanted.content_type, wanted.file_name, wanted.name)
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK_BYTES):
                    digest.update(block)
                    await writer.write(block)
            is_whole = digest.hexdigest() == sha256
            await (writer.finish() if is_whole else writer.discard())
        except BaseException:
            await writer.discard()
            raise
        return is_whole


async def objects_of(db: Database) -> AsyncIterator[list[StoredObject]]:
    """Give every object that the database names, a few at a time."""
    after = ""
    while True:
        start = after

        async def find(tx: Tx, start: str = start) -> list[StoredObject]:
            return await store_upkeep.objects_after(tx, start, PAGE)

        found = await db.read(find)
        if not found:
            return
        yield found
        after = found[-1].name


async def bytes_of(db: Database) -> int:
    """Add up what the objects that the database names take."""
    totals = await db.read(store_upkeep.totals)
    return totals.content_bytes + totals.derived_bytes


async def still_named(db: Database, names: list[str]) -> set[str]:
    """Give those of the objects that the database names now."""
    return await db.read(lambda tx: store_upkeep.named_among(tx, names))
