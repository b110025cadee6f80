"""What people do with posts: favourite, bookmark, pin, mute a thread, repost. Counts follow in the same write."""

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog import store_usage
from teahouse.microblog.core import Core
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_erase, store_statuses
from teahouse.microblog.posts import store_marks as store
from teahouse.microblog.posts.crowds import Crowds
from teahouse.microblog.posts.gather import visible_row
from teahouse.microblog.posts.publish import pass_on
from teahouse.microblog.posts.records import DIRECT, StatusRow

MOST_PINS = 5


class Marks:
    """Puts marks on posts and takes them away; both may be repeated."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._crowds = Crowds(core)

    async def favourite(self, viewer: Viewer, status_id: int, *, on: bool) -> int:
        """Like a post, or no longer; gives the id of what to show. Raises NotFound."""
        if on:
            return await self._crowds.like(viewer, status_id)

        async def job(tx: Tx) -> int:
            row = await self._target(tx, viewer, status_id, must_see=False)
            if await store.delete(tx, viewer.id, row.id, "favourite"):
                await store_statuses.count(tx, row.id, favourites=-1)
                tx.announce(Fact(tx.next_position(), "status_counted", body=row.id))
            return row.id

        return await self._core.db.write(job, checks_first=True)

    async def bookmark(self, viewer: Viewer, status_id: int, *, on: bool) -> int:
        """Keep a post for later, or no longer; nobody else learns of it. Raises NotFound."""

        async def job(tx: Tx) -> int:
            row = await self._target(tx, viewer, status_id, must_see=on)
            await self._set(tx, viewer, row.id, "bookmark", on=on)
            return row.id

        return await self._core.db.write(job)

    async def mute(self, viewer: Viewer, status_id: int, *, on: bool) -> int:
        """Hear no more of a post's thread, or again. Raises NotFound."""

        async def job(tx: Tx) -> int:
            row = await self._target(tx, viewer, status_id, must_see=True)
            await self._set(tx, viewer, row.root_id, "mute", on=on)
            return row.id

        return await self._core.db.write(job)

    async def pin(self, viewer: Viewer, status_id: int, *, on: bool) -> int:
        """Show an own post on top of one's profile, or no longer; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> int:
            row = await self._target(tx, viewer, status_id, must_see=True)
            if on:
                if row.account_id != viewer.id or row.id != status_id:
                    raise InvalidParam("Someone else's post cannot be pinned")
                if row.visibility == DIRECT:
                    raise InvalidParam("Posts that are only visible to mentioned users cannot be pinned")
                pinned = await store.find(tx, viewer.id, row.id, "pin") is not None
                if not pinned and await store.count_of_kind(tx, viewer.id, "pin") >= MOST_PINS:
                    raise InvalidParam("You have already pinned the maximum number of posts")
            await self._set(tx, viewer, row.id, "pin", on=on)
            return row.id

        return await self._core.db.write(job)

    async def _set(self, tx: Tx, viewer: Viewer, status_id: int, kind: str, *, on: bool) -> None:
        if on:
            await store.put(tx, viewer.id, status_id, kind, self._core.snowflakes.next())
        else:
            await store.delete(tx, viewer.id, status_id, kind)

    async def reblog(self, viewer: Viewer, status_id: int, visibility: int) -> int:
        """Repost; a repost of a repost keeps the root and remembers the way. Gives the repost's id, also a known one.

        Raises NotFound for what the viewer may not see or may not repost.
        """
        self._core.limiter.check("status", viewer.user_id)
        return await self._crowds.repost(viewer, status_id, visibility)

    async def unreblog(self, viewer: Viewer, status_id: int) -> int:
        """Take a repost back, named by itself or by its root; gives the root's id. Raises NotFound."""

        async def job(tx: Tx) -> int:
            root = await self._target(tx, viewer, status_id, must_see=False)
            known = await store.find(tx, viewer.id, root.id, "reblog")
            repost = None if known is None else await store_statuses.by_id(tx, known)
            if repost is not None:
                await self.remove_repost(tx, viewer, repost)
            return root.id

        return await self._core.db.write(job)

    async def remove_repost(self, tx: Tx, viewer: Viewer, repost: StatusRow) -> None:
        """Delete a repost inside a write, with what was counted."""
        root_id = repost.reblog_of or 0
        await store.delete(tx, viewer.id, root_id, "reblog")
        await store_erase.delete_reposts(tx, [repost.id])
        await store_statuses.count(tx, root_id, reblogs=-1)
        await store_accounts.count(tx, viewer.id, statuses=-1)
        await store_usage.count(tx, repost.created_ts, "posts", -1)
        await store_accounts.note_newest(tx, viewer.id, await store_statuses.newest_of(tx, viewer.id))
        await pass_on(self._core, tx, "status_deleted", repost, viewer.user_id)

    async def _target(self, tx: Tx, viewer: Viewer, status_id: int, *, must_see: bool) -> StatusRow:
        """Give the post that is meant, the root for a repost; what was marked may be unmarked without seeing it."""
        row = await visible_row(tx, viewer, status_id, self._core.clock.now_ms())
        if row is None and not must_see:
            row = await self._marked_before(tx, viewer, status_id)
        if row is not None and row.reblog_of is not None:
            row = await store_statuses.by_id(tx, row.reblog_of)
        if row is None:
            raise NotFound("Record not found")
        return row

    async def _marked_before(self, tx: Tx, viewer: Viewer, status_id: int) -> StatusRow | None:
        row = await store_statuses.by_id(tx, status_id)
        if row is None:
            return None
        marks = await store.marks_of(tx, viewer.id, [row.shown_id])
        return row if marks else None
