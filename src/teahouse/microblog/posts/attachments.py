"""Media of posts: uploads wait for their post, carry a description and a focus, and belong to one post only."""

import asyncio
from collections.abc import Sequence
from typing import Any

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import parse_ids
from teahouse.microblog.entities.statuses import MediaAttachment
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_attachments as store
from teahouse.microblog.posts.media_entities import kept_of, media_entity
from teahouse.microblog.posts.store_attachments import AttachmentRow

MOST_DESCRIPTION_CHARS = 1500
NOT_FOUND = "Media attachments can't be found"
NOT_READY = "Cannot attach files that have not finished processing. Try again in a moment!"
MIXED = "Cannot attach a video to a post that already contains images"


class Attachments:
    """Keeps what authors say of their uploads, and which post each belongs to."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.left_over = asyncio.Event()
        """Rung when files are left over that no post will have."""

    async def attach(
        self, tx: Tx, account_id: int, media_ids: Sequence[str], status_id: int
    ) -> list[dict[str, Any]]:
        """Claim uploads for a post and give what the post keeps of them; raises InvalidParam."""
        rows = await self.check(tx, account_id, media_ids)
        await store.attach(tx, [row.id for row in rows], status_id)
        return [kept_of(row) for row in rows]

    async def check(
        self, tx: Tx, account_id: int, media_ids: Sequence[str], status_id: int | None = None
    ) -> list[AttachmentRow]:
        """Give the uploads in their order; raises InvalidParam for what can't be attached (to `status_id`)."""
        wanted = parse_ids(list(media_ids))
        known = await store.by_ids(tx, account_id, wanted) if wanted else {}
        rows = [known[number] for number in wanted if number in known]
        if len(rows) < len(media_ids) or any(row.status_id not in (None, status_id) for row in rows):
            raise InvalidParam(NOT_FOUND)
        if any(row.state != "ready" for row in rows):
            raise InvalidParam(NOT_READY)
        if len(rows) > 1 and any(row.type in ("video", "audio") for row in rows):
            raise InvalidParam(MIXED)
        return rows

    async def replace(
        self, tx: Tx, account_id: int, status_id: int, media_ids: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Give a post these uploads in the place of its own, which its older versions keep; raises InvalidParam."""
        rows = await self.check(tx, account_id, media_ids, status_id)
        await store.attach(tx, [row.id for row in rows], status_id)
        return [kept_of(row) for row in rows]

    async def describe(
        self, tx: Tx, account_id: int, kept: list[dict[str, Any]], wishes: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Change what is said of a post's uploads; gives what the post keeps."""
        rows = await store.by_ids(tx, account_id, parse_ids([one["id"] for one in kept]))
        by_id = {str(wish.get("id")): wish for wish in wishes}
        for row in rows.values():
            wish = by_id.get(str(row.id), {})
            self._apply(row, wish.get("description"), wish.get("focus"))
            await store.put(tx, row)
        return [kept_of(rows[int(one["id"])]) if int(one["id"]) in rows else one for one in kept]

    async def release(self, tx: Tx, status_id: int, *, for_good: bool) -> None:
        """Let the uploads of a deleted post wait for another one, or forget them."""
        rows = await store.of_status(tx, status_id)
        numbers = [row.id for row in rows]
        await store.let_wait(tx, numbers, 0 if for_good else self._core.clock.now_ms())
        if for_good:
            tx.after_commit(self.left_over.set)

    async def shown(self, tx: Tx, account_id: int, media_ids: Sequence[str]) -> list[MediaAttachment]:
        """Give the entities of uploads."""
        wanted = parse_ids(list(media_ids))
        known = await store.by_ids(tx, account_id, wanted) if wanted else {}
        return [self.entity(known[number]) for number in wanted if number in known]

    def entity(self, row: AttachmentRow) -> MediaAttachment:
        """Give the entity of an upload."""
        return media_entity(self._core.public_url, kept_of(row), is_ready=row.state == "ready")

    async def one(self, viewer: Viewer, attachment_id: int) -> AttachmentRow:
        """Give one of the viewer's uploads; raises NotFound."""
        return await self._core.db.read(lambda tx: self._own(tx, viewer, attachment_id))

    async def waiting(self, viewer: Viewer, attachment_id: int) -> AttachmentRow:
        """Give one of the viewer's uploads that is in no post yet; raises NotFound."""
        row = await self.one(viewer, attachment_id)
        if row.status_id is not None:
            raise NotFound("Record not found")
        return row

    async def change(
        self, viewer: Viewer, attachment_id: int, description: str | None, focus: str | None
    ) -> MediaAttachment:
        """Say something else of an upload that waits for its post; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> MediaAttachment:
            row = await self._own(tx, viewer, attachment_id)
            if row.status_id is not None:
                raise NotFound("Record not found")
            self._apply(row, description, focus)
            await store.put(tx, row)
            return self.entity(row)

        return await self._core.db.write(job)

    async def forget(self, viewer: Viewer, attachment_id: int) -> str:
        """Forget an upload that waits for its post, and give the file's id; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> str:
            row = await self._own(tx, viewer, attachment_id)
            if row.status_id is not None:
                raise InvalidParam("Media attachment is currently used by a status")
            await store.delete(tx, [row.id])
            return row.media_id

        return await self._core.db.write(job)

    async def _own(self, tx: Tx, viewer: Viewer, attachment_id: int) -> AttachmentRow:
        row = (await store.by_ids(tx, viewer.id, [attachment_id])).get(attachment_id)
        if row is None:
            raise NotFound("Record not found")
        return row

    def _apply(self, row: AttachmentRow, description: Any, focus: Any) -> None:
        if description is not None:
            row.description = check_description(str(description))
        if focus:
            row.focus = parse_focus(str(focus))


def check_description(text: str | None) -> str | None:
    """Give a description, None for an empty one; raises InvalidParam."""
    if text is not None and len(text) > MOST_DESCRIPTION_CHARS:
        raise InvalidParam(f"Description is too long (maximum is {MOST_DESCRIPTION_CHARS} characters)")
    return text or None


def parse_focus(text: str) -> tuple[float, float]:
    """Read `x,y`, both from -1 to 1; raises InvalidParam."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise InvalidParam("Focus must be two numbers with a comma between") from None
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise InvalidParam("Focus must lie between -1 and 1")
    return x, y
