"""What becomes of an account whose user ends for ever: hidden with the same commit, and if wished erased soon after."""

from collections.abc import Awaitable, Callable

from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.follows import Follows
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_erase as store
from teahouse.microblog.posts import store_statuses
from teahouse.microblog.posts.marks import Marks
from teahouse.microblog.posts.remove import Remove

AT_ONCE = 50


class Erase:
    """Deletes all that an account ever wrote and did, in short writes."""

    def __init__(self, core: Core, follows: Follows, marks: Marks, remove: Remove) -> None:
        self._core = core
        self._follows = follows
        self._marks = marks
        self._remove = remove
        core.accounts.on_deactivate(self._deactivated)

    async def _deactivated(self, user_id: str, erase: bool) -> None:
        account_id = await self._core.db.read(lambda tx: store_accounts.id_of_user(tx, user_id))
        if erase and account_id is not None:
            await self.erase(Viewer(account_id, user_id))

    async def erase(self, viewer: Viewer) -> None:
        """Delete everything of an account but its name, which is never given again."""
        for some in (self._some_posts, self._some_ties, self._some_marks):
            await self._until_none_is_left(some, viewer)
        await self._core.db.write(
            lambda tx: store.delete_rest(tx, viewer.id, viewer.user_id), frees_space=True
        )

    async def _until_none_is_left(self, some: Callable[[Tx, Viewer], Awaitable[int]], viewer: Viewer) -> None:
        while await self._core.db.write(lambda tx: some(tx, viewer), frees_space=True):
            pass

    async def _some_posts(self, tx: Tx, viewer: Viewer) -> int:
        numbers = await store.some_of(tx, viewer.id, AT_ONCE)
        for row in (await store_statuses.by_ids(tx, numbers)).values():
            if row.reblog_of is not None:
                await self._marks.remove_repost(tx, viewer, row)
            else:
                await self._remove.delete_in(tx, row, viewer.user_id, with_media=True)
        return len(numbers)

    async def _some_ties(self, tx: Tx, viewer: Viewer) -> int:
        pairs = await store.some_follows(tx, viewer.id, AT_ONCE)
        for follower_id, target_id in pairs:
            await self._follows.end_in(tx, follower_id, target_id)
        return len(pairs)

    async def _some_marks(self, tx: Tx, viewer: Viewer) -> int:
        marks = await store.some_marks(tx, viewer.id, AT_ONCE)
        for status_id, kind in marks:
            await store.delete_mark(tx, viewer.id, status_id, kind)
            if kind == "favourite":
                await store_statuses.count(tx, status_id, favourites=-1)
        return len(marks)
