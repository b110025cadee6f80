"""Following: at once, or by asking where the account is locked; and ending it from either side."""

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.activity import Activity
from teahouse.microblog.core import Core
from teahouse.microblog.people import store_accounts, store_lists
from teahouse.microblog.people import store_ties as store
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import AccountRow, Follow, Viewer

REQUESTS = "follow_requests"
MOST_FOLLOWS = 7500
NOT_ALLOWED = "This action is not allowed"


class Follows:
    """Changes who follows whom; counts follow in the same write."""

    def __init__(self, core: Core, book: AccountBook) -> None:
        self._core = core
        self._book = book

    async def follow(
        self,
        viewer: Viewer,
        target_id: int,
        *,
        reblogs: bool | UnsetType = UNSET,
        notify: bool | UnsetType = UNSET,
        languages: Sequence[str] | UnsetType | None = UNSET,
    ) -> None:
        """Follow, ask to follow, or change how one follows. Raises NotFound, Forbidden and InvalidParam."""

        async def job(tx: Tx) -> None:
            target = await self._book.row_in(tx, target_id)
            await self._check_may_follow(tx, viewer, target)
            known = await store.find_follow(tx, viewer.id, target_id)
            asked = await store.find_follow(tx, viewer.id, target_id, REQUESTS)
            before = known or asked or Follow(viewer.id, target_id, 0, True, False, None)
            wish = Follow(
                viewer.id, target_id, before.id or self._core.snowflakes.next(),
                before.reblogs if reblogs is UNSET else bool(reblogs),
                before.notify if notify is UNSET else bool(notify),
                before.languages if isinstance(languages, UnsetType) else _languages(languages),
            )  # fmt: skip
            if known is not None:
                await store.put_follow(tx, wish)
                self._announce(tx, viewer.user_id)
            elif target.locked or asked is not None or await self._is_limited(tx, viewer):
                await self._ask(tx, wish, is_new=asked is None)
            else:
                await self._begin(tx, wish)
                await self._core.activities.happened(tx, Activity("follow", viewer.id, target_id))
                self._announce(tx, viewer.user_id)

        await self._core.db.write(job)

    async def _check_may_follow(self, tx: Tx, viewer: Viewer, target: AccountRow) -> None:
        ties = await store.ties_of(tx, viewer, [target.id], self._core.clock.now_ms())
        if target.suspended_ts is not None:
            raise NotFound("Record not found")
        if target.id == viewer.id:
            raise Forbidden("Following your own account is not allowed")
        if ties.apart(target.id):
            raise Forbidden(NOT_ALLOWED)
        if target.id not in ties.follows and await store.count_follows(tx, viewer.id) >= MOST_FOLLOWS:
            raise InvalidParam(f"You may follow at most {MOST_FOLLOWS} accounts")

    async def _is_limited(self, tx: Tx, viewer: Viewer) -> bool:
        """Tell whether the viewer is limited by the operators: then everybody is asked first."""
        return (await self._book.row_in(tx, viewer.id)).limited_ts is not None

    async def _ask(self, tx: Tx, wish: Follow, *, is_new: bool) -> None:
        await store.put_follow(tx, wish, REQUESTS)
        if is_new:
            await self._core.activities.happened(
                tx, Activity("follow_request", wish.follower_id, wish.target_id)
            )

    async def _begin(self, tx: Tx, wish: Follow) -> None:
        await store.put_follow(tx, wish)
        await store_accounts.count(tx, wish.follower_id, following=1)
        await store_accounts.count(tx, wish.target_id, followers=1)

    async def unfollow(self, viewer: Viewer, target_id: int) -> None:
        """Follow no longer, or take a request back; raises NotFound."""

        async def job(tx: Tx) -> None:
            await self._book.row_in(tx, target_id)
            await self.end_in(tx, viewer.id, target_id)
            self._announce(tx, viewer.user_id)

        await self._core.db.write(job)

    async def remove_follower(self, viewer: Viewer, follower_id: int) -> None:
        """Let somebody follow the viewer no longer; raises NotFound."""

        async def job(tx: Tx) -> None:
            follower = await self._book.row_in(tx, follower_id)
            await self.end_in(tx, follower_id, viewer.id)
            self._announce(tx, follower.user_id)

        await self._core.db.write(job)

    async def end_in(self, tx: Tx, follower_id: int, target_id: int) -> None:
        """End a follow or a request inside a write, and what rests on it."""
        await store.delete_follow(tx, follower_id, target_id, REQUESTS)
        if await store.delete_follow(tx, follower_id, target_id):
            await store_accounts.count(tx, follower_id, following=-1)
            await store_accounts.count(tx, target_id, followers=-1)
            await store_lists.remove_from_all(tx, follower_id, target_id)

    async def answer(self, viewer: Viewer, follower_id: int, *, accept: bool) -> None:
        """Let in who asked to follow the viewer, or not; raises NotFound for who did not ask."""

        async def job(tx: Tx) -> None:
            asked = await store.find_follow(tx, follower_id, viewer.id, REQUESTS)
            if asked is None:
                raise NotFound("Record not found")
            await store.delete_follow(tx, follower_id, viewer.id, REQUESTS)
            if accept:
                follower = await self._book.row_in(tx, follower_id)
                await self._begin(tx, asked)
                await self._core.activities.happened(tx, Activity("follow", follower_id, viewer.id))
                self._announce(tx, follower.user_id)

        await self._core.db.write(job)

    def _announce(self, tx: Tx, user_id: str) -> None:
        tx.announce(Fact(tx.next_position(), "following_changed", user_id=user_id))


def _languages(languages: Sequence[str] | None) -> tuple[str, ...] | None:
    if languages is None:
        return None
    kept = tuple(dict.fromkeys(language for language in languages if language))
    if len(kept) > 50 or any(len(language) > 20 for language in kept):
        raise InvalidParam("Languages are at most 50 codes")
    return kept or None
