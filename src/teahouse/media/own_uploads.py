"""What a user has uploaded: the list, newest first, and how much of the quota it takes."""

import re
from dataclasses import dataclass

from teahouse.errors import InvalidParam
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_media, store_upkeep
from teahouse.media.records import MediaItem

MOST = 100
_PLACE = re.compile(r"(\d{1,18})\.([A-Za-z0-9_-]{1,255})")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of uploads; `next_from` asks for the one after it, None at the end."""

    uploads: list[MediaItem]
    next_from: str | None
    files: int
    bytes: int


class OwnUploads:
    """Lists uploads for their owner."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, caller: Scope, start: str | None, limit: int) -> Page:
        """Give a page of the caller's uploads; raises InvalidParam for a place that no page gave."""
        limit = max(1, min(limit, MOST))
        place = _PLACE.fullmatch(start) if start is not None else None
        if start is not None and place is None:
            raise InvalidParam("`from` must be what an earlier page gave as next_from")
        before = (int(place[1]), place[2]) if place else None

        async def find(tx: Tx) -> tuple[list[MediaItem], tuple[int, int]]:
            found = await store_upkeep.uploads_of(tx, caller.user_id, before, limit + 1)
            return found, await store_media.usage(tx, caller.user_id)

        found, (files, size) = await self._db.read(find)
        last = found[limit - 1] if len(found) > limit else None
        next_from = f"{last.created_ts}.{last.media_id}" if last else None
        return Page(found[:limit], next_from, files, size)
