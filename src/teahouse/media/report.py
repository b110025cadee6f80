"""How much there is, and whose: for operators."""

from dataclasses import dataclass

from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_upkeep
from teahouse.media.objects import ObjectStore
from teahouse.media.records import Totals


@dataclass(frozen=True, slots=True)
class Overview:
    """The totals, who has the most stored (user, files, bytes), where it lies, and how much room is left there."""

    totals: Totals
    largest: list[tuple[str, int, int]]
    store: str
    free_bytes: int | None


class Report:
    """Adds up what is stored."""

    def __init__(self, db: Database, objects: ObjectStore) -> None:
        self._db = db
        self._objects = objects

    async def overview(self, most_users: int) -> Overview:
        """Give the figures of this moment."""

        async def find(tx: Tx) -> tuple[Totals, list[tuple[str, int, int]]]:
            return await store_upkeep.totals(tx), await store_upkeep.largest_users(tx, most_users)

        totals, largest = await self._db.read(find)
        return Overview(totals, largest, self._objects.shown, await self._objects.free_bytes())
