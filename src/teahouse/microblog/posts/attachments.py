"""Media of posts."""

from collections.abc import Sequence
from typing import Any

from teahouse.errors import InvalidParam
from teahouse.kernel.storage import Tx


class Attachments:
    """Claims uploads for posts. No upload for posts exists yet, so every id is unknown."""

    async def attach(
        self, tx: Tx, account_id: int, media_ids: Sequence[str], status_id: int
    ) -> list[dict[str, Any]]:
        """Raise InvalidParam: no such upload."""
        raise InvalidParam("Media attachments can't be found")

    async def release(self, tx: Tx, status_id: int, *, for_good: bool) -> None:
        """Let go of nothing."""
