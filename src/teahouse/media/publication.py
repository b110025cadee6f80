"""Files of public posts: taken in without what tells place and device, and visible to everybody only then.

What is seen and heard stays the same to the last bit. Files sent in chats never come through here.
"""

from collections.abc import AsyncIterator
from dataclasses import replace

from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.media import store_media
from teahouse.media.derivations import Derivations
from teahouse.media.downloads import Downloads, no_such_file
from teahouse.media.processing import Piece
from teahouse.media.records import Claim, MediaItem
from teahouse.media.removal import Removal
from teahouse.media.uploads import Uploads


class Publication:
    """Takes in the files of public posts."""

    def __init__(
        self, db: Database, uploads: Uploads, downloads: Downloads, derivations: Derivations, removal: Removal
    ) -> None:
        self._db = db
        self._uploads = uploads
        self._downloads = downloads
        self._derivations = derivations
        self._removal = removal

    async def receive(self, caller: Scope, claim: Claim, pieces: AsyncIterator[bytes]) -> MediaItem:
        """Take in a file for a public post; raises like an upload.

        Raises CannotProcess for pictures and films so broken that nobody can say what they tell. Formats without
        such things (sound, text) are published as they are.
        """
        hidden = await self._uploads.receive(caller, replace(claim, is_public=False), pieces)
        try:
            kept = await self._derivations.without_metadata(hidden, caller.user_id)
            if kept is None:
                return await self._publish(hidden)
            shown = replace(claim, is_public=True, length=None)
            published = await self._uploads.receive(caller, shown, self._pieces(hidden, kept))
        except BaseException:
            await self._removal.remove(hidden.media_id)
            raise
        await self._removal.remove(hidden.media_id)
        return published

    async def _publish(self, item: MediaItem) -> MediaItem:
        async def publish(tx: Tx) -> bool:
            return await store_media.make_public(tx, item.media_id)

        if not await self._db.write(publish):
            raise no_such_file()
        return replace(item, is_public=True)

    async def _pieces(self, item: MediaItem, kept: list[Piece]) -> AsyncIterator[bytes]:
        for piece in kept:
            if isinstance(piece, bytes):
                yield piece
                continue
            start, end = piece
            async for read in self._downloads.read(item, start, end - start):
                yield read
