"""Sweeps up after deleted posts: likes, reposts and notifications, a few hundred in each write.

The post itself goes at once, and with it everybody's sight of the rest.
"""

from teahouse.kernel.storage import Tx
from teahouse.microblog import store_usage
from teahouse.microblog.core import Core
from teahouse.microblog.errands import Errands
from teahouse.microblog.posts import store_erase as store
from teahouse.microblog.posts.store_erase import GONE, GonePost
from teahouse.microblog.snowflakes import time_of

AT_ONCE = 300


class Traces:
    """Removes what deleted posts left behind; goes on with it after a restart."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.errands = Errands(core.db, GONE, store.next_gone, self._sweep)

    async def _sweep(self, post: GonePost) -> None:
        while await self._core.db.write(lambda tx: sweep_some(tx, post.status_id), frees_space=True):
            pass


async def sweep_some(tx: Tx, status_id: int) -> bool:
    """Remove some of what a deleted post left behind; False when that was all, which is then noted."""
    reposts = await store.reposts_of(tx, status_id, AT_ONCE)
    if reposts:
        await store.delete_reposts(tx, [repost for repost, _ in reposts])
        await store.settle_authors(tx, [account for _, account in reposts])
        await store_usage.take_off(tx, [time_of(repost) for repost, _ in reposts], "posts")
        return True
    if await store.delete_some_marks(tx, status_id, AT_ONCE) + await store.delete_some_told(
        tx, status_id, AT_ONCE
    ):
        return True
    await store.forget_gone(tx, status_id)
    return False
