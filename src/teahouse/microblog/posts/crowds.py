"""Likes and reposts, which come in crowds: those of one post that arrive together are written together.

However many they are, the post's row of counts is changed once, and whoever wrote it is told by one statement.
"""

from collections.abc import Sequence

from teahouse.errors import NotFound, TeahouseError
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog import store_usage
from teahouse.microblog.activity import Activity
from teahouse.microblog.core import Core
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_marks as store
from teahouse.microblog.posts import store_statuses
from teahouse.microblog.posts.gather import Seen, seen_by
from teahouse.microblog.posts.publish import announce_status
from teahouse.microblog.posts.records import PRIVATE, PUBLIC, Parts, StatusRow
from teahouse.microblog.posts.together import Together
from teahouse.microblog.posts.visibility import may_reblog

Outcome = int | TeahouseError
_Repost = tuple[Viewer, int]


class Crowds:
    """Lets many people like and repost the same post."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._likes: Together[Viewer, int] = Together(core.db, self._like)
        self._reposts: Together[_Repost, int] = Together(core.db, self._repost)

    async def like(self, viewer: Viewer, status_id: int) -> int:
        """Like a post, or the root of a repost; gives its id. Raises NotFound."""
        return await self._likes.ask(status_id, viewer)

    async def repost(self, viewer: Viewer, status_id: int, visibility: int) -> int:
        """Repost; gives the id of the repost, also of one made before. Raises NotFound."""
        return await self._reposts.ask(status_id, (viewer, visibility))

    async def _like(self, tx: Tx, status_id: int, viewers: Sequence[Viewer]) -> list[Outcome]:
        seen = await seen_by(tx, viewers, status_id, self._core.clock.now_ms())
        root = seen.root
        if root is None:
            return [_not_found() for _ in viewers]
        known = await store.marks_among(tx, root.id, "favourite", seen.viewer_ids)
        # As they came: lists of who liked a post are by the ids that are given here.
        new = list(dict.fromkeys(one.id for one in viewers if one.id in seen.viewer_ids - known.keys()))
        if new:
            await store.put_all(
                tx, root.id, "favourite", [(one, self._core.snowflakes.next()) for one in new]
            )
            await store_statuses.count(tx, root.id, favourites=len(new))
            await self._told(tx, "favourite", root, new)
            tx.announce(Fact(tx.next_position(), "status_counted", body=root.id))
        return [root.id if one.id in seen.viewer_ids else _not_found() for one in viewers]

    async def _repost(self, tx: Tx, status_id: int, wishes: Sequence[_Repost]) -> list[Outcome]:
        viewers = [viewer for viewer, _ in wishes]
        seen = await seen_by(tx, viewers, status_id, self._core.clock.now_ms())
        root = seen.root
        if root is None:
            return [_not_found() for _ in wishes]
        known = await store.marks_among(tx, root.id, "reblog", seen.viewer_ids)
        made: dict[int, tuple[Viewer, StatusRow]] = {}
        outcomes: list[Outcome] = []
        for viewer, visibility in wishes:
            if viewer.id in seen.viewer_ids and viewer.id not in known and may_reblog(viewer, root):
                row = self._row(viewer, seen, root, visibility)
                made[viewer.id], known[viewer.id] = (viewer, row), row.id
            outcomes.append(known[viewer.id] if viewer.id in known else _not_found())
        if made:
            await self._keep(tx, root, list(made.values()))
        return outcomes

    async def _keep(self, tx: Tx, root: StatusRow, made: Sequence[tuple[Viewer, StatusRow]]) -> None:
        rows = [row for _, row in made]
        whose = [(row.account_id, row.id) for row in rows]
        await store_statuses.insert_rows(tx, rows)
        await store.put_all(tx, root.id, "reblog", whose)
        await store_statuses.count(tx, root.id, reblogs=len(rows))
        await store_accounts.count_reposts(tx, whose)
        await store_usage.count(tx, rows[0].created_ts, "posts", len(rows))
        await self._told(tx, "reblog", root, [row.account_id for row in rows])
        for viewer, row in made:
            announce_status(tx, "status_posted", row, viewer.user_id)

    async def _told(self, tx: Tx, kind: str, root: StatusRow, actors: Sequence[int]) -> None:
        acts = [Activity(kind, actor, root.account_id, root.id, root) for actor in actors]
        await self._core.activities.happened(tx, *acts)

    def _row(self, viewer: Viewer, seen: Seen, root: StatusRow, visibility: int) -> StatusRow:
        """Give a repost of the root; it remembers the repost that it was made from."""
        number = self._core.snowflakes.next()
        wanted = max(visibility, PRIVATE if root.visibility == PRIVATE else PUBLIC)
        via = seen.row.id if seen.row is not None and seen.row.reblog_of is not None else None
        return StatusRow(
            id=number, account_id=viewer.id, visibility=min(wanted, PRIVATE), listed=0, reblog_of=root.id,
            reblog_via=via, in_reply_to=None, in_reply_to_account=None, root_id=number, quote_of=None,
            quote_root=None, quote_state=None, quote_policy=0, reply_policy=0, text="", html="", spoiler="",
            sensitive=0, language=None, parts=Parts(), poll_id=None, application=None, created_ts=number >> 16,
            edited_ts=None,
        )  # fmt: skip


def _not_found() -> NotFound:
    return NotFound("Record not found")
