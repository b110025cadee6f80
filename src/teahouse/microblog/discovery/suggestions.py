"""Whom somebody might want to follow, and the directory of those who let themselves be found."""

import msgspec

from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.discovery import store_people as store
from teahouse.microblog.entities.people import Account
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer


class Suggestion(msgspec.Struct):
    source: str
    sources: list[str]
    account: Account


class Suggestions:
    """Friends of friends first, then those whom most people follow; nobody whom the viewer knows or dismissed."""

    def __init__(self, core: Core, book: AccountBook) -> None:
        self._core = core
        self._book = book

    async def of(self, viewer: Viewer, limit: int) -> list[Suggestion]:
        """Give suggestions for the viewer."""
        now = self._core.clock.now_ms()

        async def job(tx: Tx) -> list[Suggestion]:
            near = await store.friends_of_friends(tx, viewer.id, viewer.user_id, now, limit)
            known = await store.most_followed(tx, viewer.id, viewer.user_id, now, limit)
            sources = dict.fromkeys(known, ("global", "most_followed")) | dict.fromkeys(
                near, ("past_interactions", "friends_of_friends")
            )
            order = list(dict.fromkeys((*near, *known)))[:limit]
            accounts = await self._book.many_in(tx, order)
            return [Suggestion(sources[int(one.id)][0], [sources[int(one.id)][1]], one) for one in accounts]

        return await self._core.db.read(job)

    async def dismiss(self, viewer: Viewer, target_id: int) -> None:
        """Do not suggest somebody any more."""
        await self._core.db.write(lambda tx: store.dismiss(tx, viewer.id, target_id))

    async def directory(self, *, newest: bool, limit: int, offset: int) -> list[Account]:
        """Give a page of the directory."""

        async def job(tx: Tx) -> list[Account]:
            return await self._book.many_in(
                tx, await store.directory(tx, newest=newest, limit=limit, offset=offset)
            )

        return await self._core.db.read(job)
