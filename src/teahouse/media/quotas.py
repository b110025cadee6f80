"""How much a user may store and upload at once; also what is still on its way counts."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from teahouse.config import Media as MediaSettings
from teahouse.errors import Forbidden, LimitExceeded
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_media

INFO_PATH = "/_teahouse/media/limits"


class QuotaReached(Forbidden):
    """The user has stored as much as one may."""

    errcode = "M_USER_LIMIT_EXCEEDED"


class Reservation:
    """What one running upload holds of its user's quota."""

    def __init__(self, quotas: "Quotas", user_id: str, stored: int) -> None:
        self._quotas = quotas
        self._user_id = user_id
        self._stored = stored
        self.held = 0

    def grow(self, size: int) -> None:
        """Hold `size` bytes in all; raises QuotaReached when all uploads of the user together are too much."""
        self._quotas.on_the_way[self._user_id] += size - self.held
        self.held = size
        self._quotas.check(self._stored + self._quotas.on_the_way[self._user_id])


class Quotas:
    """Knows what each user has stored, and what comes in now."""

    def __init__(self, db: Database, settings: MediaSettings, public_url: str) -> None:
        self._db = db
        self._settings = settings
        self._info_uri = public_url + INFO_PATH
        self._running: Counter[str] = Counter()
        self.on_the_way: Counter[str] = Counter()

    def check(self, size: int) -> None:
        """Raise QuotaReached when nobody may have that many bytes stored."""
        most = self._settings.user_quota_bytes
        if most and size > most:
            raise QuotaReached(
                f"You may store {most} bytes in all; delete something first",
                info_uri=self._info_uri, can_upgrade=False,
            )  # fmt: skip

    async def stored(self, user_id: str) -> tuple[int, int]:
        """Give how many files and bytes the user has stored."""

        async def find(tx: Tx) -> tuple[int, int]:
            return await store_media.usage(tx, user_id)

        return await self._db.read(find)

    @contextmanager
    def upload(self, user_id: str, stored: int) -> Iterator[Reservation]:
        """Let an upload run for as long as the block lasts; raises LimitExceeded when too many run already."""
        if self._running[user_id] >= self._settings.uploads_at_once:
            raise LimitExceeded("Too many uploads at once; wait for one to end", retry_after_ms=5000)
        self._running[user_id] += 1
        reservation = Reservation(self, user_id, stored)
        try:
            yield reservation
        finally:
            for counter, amount in ((self._running, 1), (self.on_the_way, reservation.held)):
                counter[user_id] -= amount
                if counter[user_id] <= 0:
                    del counter[user_id]

    async def charge(self, tx: Tx, user_id: str, size: int) -> None:
        """Count a file as stored, inside the write that keeps it; raises QuotaReached."""
        self.check(await store_media.add_usage(tx, user_id, 1, size))
