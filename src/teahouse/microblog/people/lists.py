"""Lists of people one follows; those of an exclusive list stay out of home."""

from collections.abc import Sequence

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Page
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.people import Account, MastodonList
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people import store_lists as store
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.store_lists import ListRow

MOST_LISTS = 100
MOST_MEMBERS = 5000
MOST_TITLE_CHARS = 255
REPLIES_POLICIES = ("list", "followed", "none")


class Lists:
    """Keeps lists; each belongs to one account."""

    def __init__(self, core: Core, book: AccountBook) -> None:
        self._core = core
        self._book = book

    async def all_of(self, viewer: Viewer) -> list[MastodonList]:
        """Give the viewer's lists."""
        return [_shown(row) for row in await self._core.db.read(lambda tx: store.lists_of(tx, viewer.id))]

    async def with_member(self, viewer: Viewer, account_id: int) -> list[MastodonList]:
        """Give those of the viewer's lists that an account is in; raises NotFound."""
        await self._book.row(account_id)
        rows = await self._core.db.read(lambda tx: store.lists_with(tx, viewer.id, account_id))
        return [_shown(row) for row in rows]

    async def one(self, viewer: Viewer, list_id: int) -> MastodonList:
        """Give one of the viewer's lists; raises NotFound."""
        return _shown(await self._core.db.read(lambda tx: _found(tx, viewer, list_id)))

    async def create(
        self, viewer: Viewer, title: str | None, replies_policy: str, *, exclusive: bool
    ) -> MastodonList:
        """Begin a list; raises InvalidParam."""
        row = _checked(ListRow(0, viewer.id, title or "", replies_policy, int(exclusive)))

        async def job(tx: Tx) -> ListRow:
            if len(await store.lists_of(tx, viewer.id)) >= MOST_LISTS:
                raise InvalidParam(f"You may have at most {MOST_LISTS} lists")
            made = ListRow(
                self._core.snowflakes.next(), row.account_id, row.title, row.replies_policy, row.exclusive
            )
            await store.put_list(tx, made)
            return made

        return _shown(await self._core.db.write(job))

    async def change(
        self,
        viewer: Viewer,
        list_id: int,
        title: str | None,
        replies_policy: str | None,
        exclusive: bool | None,
    ) -> MastodonList:
        """Change a list; what is None stays. Raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> ListRow:
            row = await _found(tx, viewer, list_id)
            changed = _checked(
                ListRow(
                    row.id,
                    viewer.id,
                    row.title if title is None else title,
                    replies_policy or row.replies_policy,
                    row.exclusive if exclusive is None else int(exclusive),
                )
            )
            await store.put_list(tx, changed)
            if changed.exclusive != row.exclusive:
                await self._settle(tx, viewer)
            return changed

        return _shown(await self._core.db.write(job))

    async def delete(self, viewer: Viewer, list_id: int) -> None:
        """Delete a list; raises NotFound."""

        async def job(tx: Tx) -> None:
            row = await _found(tx, viewer, list_id)
            await store.delete_list(tx, list_id)
            if row.exclusive:
                await self._settle(tx, viewer)

        await self._core.db.write(job)

    async def members(self, viewer: Viewer, list_id: int, page: Page) -> Found[Account]:
        """Give a page of a list's people; raises NotFound."""
        # Old clients ask for all at once with a limit of 0.
        span = span_of(Page(max_id=page.max_id, min_id=page.min_id, limit=page.limit or None), 40, 80)

        async def job(tx: Tx) -> list[tuple[int, int]]:
            await _found(tx, viewer, list_id)
            return await store.members(tx, list_id, span)

        cut, more = span.cut(await self._core.db.read(job))
        return found(span, await self._book.many(one for one, _ in cut), [one for _, one in cut], more=more)

    async def add(self, viewer: Viewer, list_id: int, account_ids: Sequence[int]) -> None:
        """Put people whom the viewer follows into a list; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> None:
            row = await _found(tx, viewer, list_id)
            if len(await self._book.rows_in(tx, account_ids)) < len(set(account_ids)):
                raise NotFound("Record not found")
            if not await store.all_followed(tx, viewer.id, account_ids):
                raise NotFound("Record not found")
            if await store.is_any_member(tx, list_id, account_ids):
                raise InvalidParam("Account has already been taken")
            if await store.count_members(tx, list_id) + len(account_ids) > MOST_MEMBERS:
                raise InvalidParam(f"A list may hold at most {MOST_MEMBERS} people")
            await store.add_members(tx, list_id, viewer.id, account_ids)
            if row.exclusive:
                await self._settle(tx, viewer)

        await self._core.db.write(job)

    async def remove(self, viewer: Viewer, list_id: int, account_ids: Sequence[int]) -> None:
        """Take people out of a list; raises NotFound."""

        async def job(tx: Tx) -> None:
            row = await _found(tx, viewer, list_id)
            await store.remove_members(tx, list_id, account_ids)
            if row.exclusive:
                await self._settle(tx, viewer)

        await self._core.db.write(job)

    async def _settle(self, tx: Tx, viewer: Viewer) -> None:
        await store.settle_home(tx, viewer.id)
        tx.announce(Fact(tx.next_position(), "following_changed", user_id=viewer.user_id))


async def _found(tx: Tx, viewer: Viewer, list_id: int) -> ListRow:
    row = await store.find_list(tx, viewer.id, list_id)
    if row is None:
        raise NotFound("Record not found")
    return row


def _checked(row: ListRow) -> ListRow:
    if not row.title.strip():
        raise InvalidParam("Title can't be blank")
    if len(row.title) > MOST_TITLE_CHARS:
        raise InvalidParam(f"Title is too long (maximum is {MOST_TITLE_CHARS} characters)")
    if row.replies_policy not in REPLIES_POLICIES:
        raise InvalidParam("Replies policy is not included in the list")
    return row


def _shown(row: ListRow) -> MastodonList:
    return MastodonList(str(row.id), row.title, row.replies_policy, bool(row.exclusive))
