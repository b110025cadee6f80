"""Deletion: a post goes with all that hangs on it, from every timeline, search and stream at once."""

from teahouse.errors import NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog import store_usage
from teahouse.microblog.core import Core
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_erase as store
from teahouse.microblog.posts import store_statuses
from teahouse.microblog.posts.attachments import Attachments
from teahouse.microblog.posts.conversations import Conversations
from teahouse.microblog.posts.links import drop_link
from teahouse.microblog.posts.marks import Marks
from teahouse.microblog.posts.publish import pass_on
from teahouse.microblog.posts.records import DIRECT, PRIVATE, StatusRow
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.posts.traces import sweep_some


class Remove:
    """Deletes posts."""

    def __init__(
        self,
        core: Core,
        show: ShowStatuses,
        marks: Marks,
        conversations: Conversations,
        attachments: Attachments,
    ) -> None:
        self._core = core
        self._show = show
        self._marks = marks
        self._conversations = conversations
        self._attachments = attachments

    async def delete(self, viewer: Viewer, status_id: int, *, with_media: bool = False) -> Status:
        """Delete an own post and give it once more, with its text, so that it can be written anew.

        A repost is taken back. The files stay for a new post unless `with_media`.
        Raises NotFound, also for what is not an own post.
        """
        self._core.limiter.check("delete", viewer.user_id)
        shown = await self._show.one(viewer, status_id)
        if shown.account.id != str(viewer.id):
            raise NotFound("Record not found")

        async def job(tx: Tx) -> str:
            row = await store_statuses.by_id(tx, status_id)
            if row is None or row.account_id != viewer.id:
                raise NotFound("Record not found")
            if row.reblog_of is not None:
                await self._marks.remove_repost(tx, viewer, row)
            else:
                await self.delete_in(tx, row, viewer.user_id, with_media=with_media)
            return row.text

        shown.text = await self._core.db.write(job, frees_space=True)
        return shown

    async def delete_in(self, tx: Tx, row: StatusRow, user_id: str, *, with_media: bool) -> None:
        """Delete a post inside a write; what else is left of it, nobody sees any more, and it is swept up soon."""
        if row.visibility == DIRECT:
            await self._conversations.forget(tx, row)
        if row.parts.media:
            await self._attachments.release(tx, row.id, for_good=with_media)
        if row.visibility < PRIVATE:
            await store_statuses.count_featured(tx, row.account_id, row.parts.tags, -1, 0)
            if row.in_reply_to is not None:
                await store_statuses.count(tx, row.in_reply_to, replies=-1)
        if row.quote_of is not None and row.quote_state == "accepted":
            await store_statuses.count(tx, row.quote_of, quotes=-1)
        await drop_link(tx, row)
        await store.delete_post(tx, row.id)
        # A few reposts and likes go at once, so that the counts of who made them are right with the answer.
        if await sweep_some(tx, row.id) and await sweep_some(tx, row.id):
            await store.note_gone(tx, row.id)
        if row.visibility != DIRECT:
            await store_accounts.count(tx, row.account_id, statuses=-1)
            await store_usage.count(tx, row.created_ts, "posts", -1)
        else:
            await self._conversations.settle(tx, row, {row.account_id, *row.mentioned})
        await store_accounts.note_newest(
            tx, row.account_id, await store_statuses.newest_of(tx, row.account_id)
        )
        await pass_on(self._core, tx, "status_deleted", row, user_id)
