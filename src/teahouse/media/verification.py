"""Reading every file anew and comparing it with what the database says: names what is damaged or missing."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_upkeep
from teahouse.media.objects import ObjectMissing, ObjectStore
from teahouse.media.records import StoredFile

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not what it was: `problem` says what is wrong, `uploads` which ids it is behind."""

    problem: str
    object: str
    sha256: str
    uploads: list[str]


class Verification:
    """Compares the store with the database."""

    def __init__(self, db: Database, objects: ObjectStore) -> None:
        self._db = db
        self._objects = objects

    async def faults(self, read: Callable[[int], None] = lambda size: None) -> AsyncIterator[Fault]:
        """Read everything and give each fault; `read(size)` is told how many bytes were looked at. Raises StoreAway."""
        after = ""
        while contents := await self._next(after):
            for content in contents:
                problem = await self._problem_of(content, read)
                if problem is not None:
                    yield Fault(problem, content.object, content.sha256, await self._uploads(content.sha256))
            after = contents[-1].sha256
        async for fault in self._faults_of_derived():
            yield fault

    async def _next(self, after: str) -> list[StoredFile]:
        async def find(tx: Tx) -> list[StoredFile]:
            return await store_upkeep.contents_after(tx, after, AT_ONCE)

        return await self._db.read(find)

    async def _uploads(self, sha256: str) -> list[str]:
        async def find(tx: Tx) -> list[str]:
            return await store_upkeep.ids_of_content(tx, sha256)

        return await self._db.read(find)

    async def _problem_of(self, content: StoredFile, read: Callable[[int], None]) -> str | None:
        digest, size = hashlib.sha256(), 0
        try:
            async for piece in self._objects.read(content.object):
                digest.update(piece)
                size += len(piece)
                read(len(piece))
        except ObjectMissing:
            return "missing" if not size else "damaged"
        if await self._objects.size(content.object) is None:
            return "missing"
        return None if digest.hexdigest() == content.sha256 else "damaged"

    async def _faults_of_derived(self) -> AsyncIterator[Fault]:
        """What was made of a content has no hash of its own, and can be made anew: only its presence counts."""
        after = ""
        while True:
            start = after

            async def find(tx: Tx, start: str = start) -> list[tuple[str, str, str, int]]:
                return await store_upkeep.derived_after(tx, start, AT_ONCE)

            found = await self._db.read(find)
            for object_name, sha256, kind, size in found:
                there = await self._objects.size(object_name)
                if there != size:
                    problem = f"{'missing' if there is None else 'damaged'} ({kind})"
                    yield Fault(problem, object_name, sha256, await self._uploads(sha256))
            if not found:
                return
            after = found[-1][0]
