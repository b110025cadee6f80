"""Threads: the context of a post, its comments by heat or time, who liked and reposted it, who quoted it."""

from collections.abc import Sequence

from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.kernel.http import Page, bounded
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.entities.people import Account
from teahouse.microblog.entities.statuses import Context, Status
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people import store_ties
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_marks, store_statuses
from teahouse.microblog.posts import store_threads as store
from teahouse.microblog.posts.gather import visible_row
from teahouse.microblog.posts.records import StatusRow
from teahouse.microblog.posts.show import ShowStatuses

VISITORS = (40, 60)
MEMBERS = (1000, 1000)
ORDERS = ("hot", "newest", "oldest")


class Threads:
    """Reads what hangs together, and lets authors decide who joins."""

    def __init__(self, core: Core, book: AccountBook, show: ShowStatuses) -> None:
        self._core = core
        self._book = book
        self._show = show

    async def context(self, viewer: Viewer, status_id: int) -> Context:
        """Give what a post answers and what answers it, as far as the viewer may see; raises NotFound."""
        most_up, most_down = MEMBERS if viewer.is_known else VISITORS

        async def job(tx: Tx) -> tuple[list[int], list[int]]:
            row = await self._seen(tx, viewer, status_id)
            above = await store.ancestors(tx, row.shown_id, most_up)
            below = await store.descendants(tx, row.shown_id, most_down)
            return above, depth_first(row.shown_id, below)

        above, below = await self._core.db.read(job)
        shown = await self._show.many(viewer, [*above, *below], "thread")
        ancestors = {str(number) for number in above}
        return Context(
            [one for one in shown if one.id in ancestors], [one for one in shown if one.id not in ancestors]
        )

    async def comments(
        self, viewer: Viewer, status_id: int, order: str, page: Page, cursor: str
    ) -> Found[Status]:
        """Give a page of a post's own comments; raises NotFound and InvalidParam."""
        if order not in ORDERS:
            raise InvalidParam("Order must be hot, newest or oldest")
        if order == "hot":
            return await self._hottest(viewer, status_id, cursor, bounded(page.limit, 20, 40))
        if order == "oldest":
            page = Page(min_id=cursor or page.min_id or "0", limit=page.limit)
        else:
            page = Page(max_id=cursor or page.max_id, limit=page.limit)
        span = span_of(page, 20, 40)

        async def job(tx: Tx) -> list[int]:
            row = await self._seen(tx, viewer, status_id)
            return await store.newest(tx, row.shown_id, span)

        rows = await self._core.db.read(job)
        cut = rows[: span.limit]
        items = await self._show.many(viewer, cut, "thread")
        return Found(items, str(cut[-1]) if len(rows) > span.limit else None, None)

    async def _hottest(self, viewer: Viewer, status_id: int, cursor: str, limit: int) -> Found[Status]:
        below = _hot_cursor(cursor)

        async def job(tx: Tx) -> list[tuple[int, int]]:
            row = await self._seen(tx, viewer, status_id)
            return await store.hottest(tx, row.shown_id, below, limit + 1)

        rows = await self._core.db.read(job)
        items = await self._show.many(viewer, [number for _, number in rows[:limit]], "thread")
        last = rows[limit - 1] if len(rows) > limit else None
        return Found(items, f"{last[0]}.{last[1]}" if last else None, None)

    async def people(self, viewer: Viewer, status_id: int, kind: str, page: Page) -> Found[Account]:
        """Give a page of who favourited or reposted a post; raises NotFound."""
        span = span_of(page, 40, 80)

        async def job(tx: Tx) -> Found[Account]:
            row = await self._seen(tx, viewer, status_id)
            cut, more = span.cut(await store_marks.who_marked(tx, row.shown_id, kind, span))
            numbers = [number for _, number in cut]
            ties = await store_ties.ties_of(tx, viewer, numbers, self._core.clock.now_ms())
            seen = [number for number in numbers if not ties.apart(number)]
            return found(span, await self._book.many_in(tx, seen), [cursor for cursor, _ in cut], more=more)

        return await self._core.db.read(job)

    async def quotes(self, viewer: Viewer, status_id: int, page: Page) -> Found[Status]:
        """Give a page of the posts that quote a post; raises NotFound."""
        span = span_of(page, 20, 40)

        async def job(tx: Tx) -> list[int]:
            row = await self._seen(tx, viewer, status_id)
            return await store.quotes(tx, row.shown_id, span)

        cut, more = span.cut(await self._core.db.read(job))
        return found(span, await self._show.many(viewer, cut), cut, more=more)

    async def revoke_quote(self, viewer: Viewer, status_id: int, quoting_id: int) -> None:
        """Show an own post no longer inside a post that quotes it; raises NotFound and Forbidden."""

        async def job(tx: Tx) -> None:
            await self._own(tx, viewer, status_id)
            quoting = await store_statuses.by_id(tx, quoting_id)
            if quoting is None or quoting.quote_of != status_id:
                raise NotFound("Record not found")
            if quoting.quote_state == "accepted":
                await store.set_quote_state(tx, quoting_id, "revoked")
                await store_statuses.count(tx, status_id, quotes=-1)
                tx.announce(Fact(tx.next_position(), "status_counted", body=status_id))

        await self._core.db.write(job)

    async def set_policies(
        self, viewer: Viewer, status_id: int, quote_policy: int | None, reply_policy: int | None
    ) -> None:
        """Say who may quote an own post and comment on it from now on; raises NotFound and Forbidden."""

        async def job(tx: Tx) -> None:
            row = await self._own(tx, viewer, status_id)
            await store.set_policies(
                tx, row.id,
                row.quote_policy if quote_policy is None else quote_policy,
                row.reply_policy if reply_policy is None else reply_policy,
            )  # fmt: skip

        await self._core.db.write(job)

    async def _own(self, tx: Tx, viewer: Viewer, status_id: int) -> StatusRow:
        row = await self._seen(tx, viewer, status_id)
        if row.account_id != viewer.id or row.reblog_of is not None:
            raise Forbidden("This action is not allowed")
        return row

    async def _seen(self, tx: Tx, viewer: Viewer, status_id: int) -> StatusRow:
        row = await visible_row(tx, viewer, status_id, self._core.clock.now_ms())
        if row is None:
            raise NotFound("Record not found")
        return row


def depth_first(root_id: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Order comments so that each follows what it answers, and of the same parent the older comes first."""
    children: dict[int, list[int]] = {}
    for number, parent in pairs:
        children.setdefault(parent, []).append(number)
    ordered: list[int] = []
    waiting = sorted(children.get(root_id, ()), reverse=True)
    while waiting:
        number = waiting.pop()
        ordered.append(number)
        waiting += sorted(children.get(number, ()), reverse=True)
    return ordered


def _hot_cursor(cursor: str) -> tuple[int, int]:
    if not cursor:
        return LARGEST_ID, LARGEST_ID
    heat, _, number = cursor.partition(".")
    if not (heat.isascii() and heat.isdigit() and number.isascii() and number.isdigit() and len(cursor) < 40):
        raise InvalidParam("The cursor is not one of this list")
    return min(int(heat), LARGEST_ID), min(int(number), LARGEST_ID)
