"""Blocks and mutes. A block is an entry of chat's ignore list: there is one list behind both."""

from teahouse.errors import Forbidden
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.people import store_accounts, store_relationships
from teahouse.microblog.people import store_ties as store
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.follows import NOT_ALLOWED, Follows
from teahouse.microblog.people.records import Viewer

IGNORED_USERS = "m.ignored_user_list"
LONGEST_MUTE_S = 10 * 366 * 24 * 3600


class Blocks:
    """Keeps people apart: both see nothing of each other (blocks), or one sees nothing of the other (mutes)."""

    def __init__(self, core: Core, book: AccountBook, follows: Follows) -> None:
        self._core = core
        self._book = book
        self._follows = follows
        core.accounts.within_ignoring(self._follow_list)

    async def block(self, viewer: Viewer, target_id: int, *, on: bool) -> None:
        """Block somebody in chat and here, or no longer; raises NotFound and Forbidden."""

        async def job(tx: Tx) -> None:
            target = await self._book.row_in(tx, target_id)
            if target_id == viewer.id:
                raise Forbidden(NOT_ALLOWED)
            content = await self._core.accounts.account_data_in(tx, viewer.user_id, "", IGNORED_USERS) or {}
            listed = content.get("ignored_users")
            ignored = dict(listed) if isinstance(listed, dict) else {}
            if (target.user_id in ignored) == on:
                return
            if on:
                ignored[target.user_id] = {}
            else:
                del ignored[target.user_id]
            await self._core.accounts.put_account_data_in(
                tx, viewer.user_id, "", IGNORED_USERS, {**content, "ignored_users": ignored}
            )

        await self._core.db.write(job)

    async def _follow_list(self, tx: Tx, user_id: str, ignored: frozenset[str]) -> None:
        """Bring the blocks in line with the list, inside the write that changes it; a new block ends follows."""
        before = await store.blocked_users(tx, user_id)
        for ended in before - ignored:
            await store.delete_block(tx, user_id, ended)
        me = await store_accounts.id_of_user(tx, user_id)
        for begun in ignored - before:
            await store.insert_block(tx, user_id, begun, self._core.snowflakes.next())
            other = None if me is None else await store_accounts.id_of_user(tx, begun)
            if me is not None and other is not None:
                await self._follows.end_in(tx, me, other)
                await self._follows.end_in(tx, other, me)
                await store_relationships.unendorse(tx, me, other)
                await store_relationships.unendorse(tx, other, me)
        for changed in before ^ ignored:
            tx.announce(Fact(tx.next_position(), "following_changed", user_id=changed))
        tx.announce(Fact(tx.next_position(), "following_changed", user_id=user_id))

    async def mute(self, viewer: Viewer, target_id: int, *, notifications: bool, duration_s: int) -> None:
        """Hide somebody's posts, for a time or (0) until it is ended; raises NotFound and Forbidden."""
        seconds = max(0, min(duration_s, LONGEST_MUTE_S))
        expires_ts = self._core.clock.now_ms() + seconds * 1000 if seconds else None

        async def job(tx: Tx) -> None:
            await self._book.row_in(tx, target_id)
            if target_id == viewer.id:
                raise Forbidden(NOT_ALLOWED)
            await store.put_mute(
                tx, viewer.id, target_id, self._core.snowflakes.next(),
                notifications=notifications, expires_ts=expires_ts,
            )  # fmt: skip
            tx.announce(Fact(tx.next_position(), "following_changed", user_id=viewer.user_id))

        await self._core.db.write(job)

    async def unmute(self, viewer: Viewer, target_id: int) -> None:
        """Show somebody's posts again; raises NotFound."""

        async def job(tx: Tx) -> None:
            await self._book.row_in(tx, target_id)
            await store.delete_mute(tx, viewer.id, target_id)
            tx.announce(Fact(tx.next_position(), "following_changed", user_id=viewer.user_id))

        await self._core.db.write(job)
