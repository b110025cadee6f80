"""The timelines that people read, by name."""

from teahouse.errors import NotFound
from teahouse.kernel.http import Page
from teahouse.microblog.core import Core
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.paging import Found, found, span_of
from teahouse.microblog.people import store_lists
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_marks
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.posts.store_cards import hash_of
from teahouse.microblog.text.parsing import tag_name
from teahouse.microblog.timelines.pull import Pull
from teahouse.microblog.timelines.sources import Home, Linked, ListOf, Profile, Public, Tagged
from teahouse.microblog.timelines.store_tagged import TagWish
from teahouse.microblog.timelines.store_timelines import AccountWish
from teahouse.microblog.timelines.windows import HomeWindows

MOST_TAGS = 4


class Timelines:
    """Pages of timelines."""

    def __init__(self, core: Core, book: AccountBook, show: ShowStatuses) -> None:
        self._core = core
        self._book = book
        self._show = show
        self._pull = Pull(core, show)
        self._windows = HomeWindows(core)

    async def home(self, viewer: Viewer, page: Page) -> Found[Status]:
        """Give a page of the viewer's home: it never ends before the oldest post of those followed."""
        known = self._windows.begin(viewer)
        found = await self._pull.page(viewer, Home(viewer, self._core.db.dialect, known), page, "home")
        self._windows.end(viewer, known)
        return found

    async def public(self, viewer: Viewer, page: Page, *, only_media: bool) -> Found[Status]:
        """Give a page of everybody's public posts."""
        return await self._pull.page(viewer, Public(only_media=only_media), page, "public")

    async def tagged(
        self, viewer: Viewer, page: Page, wanted: tuple[list[str], list[str], list[str]], *, only_media: bool
    ) -> Found[Status]:
        """Give a page of public posts with any of the first tags, all of the second, none of the third."""
        any_of, all_of, none_of = ([name for tag in tags if (name := tag_name(tag))] for tags in wanted)
        if not any_of:
            return Found([], None, None)
        source = Tagged(TagWish(any_of[:MOST_TAGS], all_of[:MOST_TAGS], none_of[:MOST_TAGS], only_media))
        return await self._pull.page(viewer, source, page, "public")

    async def linked(self, viewer: Viewer, page: Page, url: str) -> Found[Status]:
        """Give a page of public posts with a link."""
        return await self._pull.page(viewer, Linked(hash_of(url)), page, "public")

    async def list(self, viewer: Viewer, list_id: int, page: Page) -> Found[Status]:
        """Give a page of one of the viewer's lists; raises NotFound."""
        row = await self._core.db.read(lambda tx: store_lists.find_list(tx, viewer.id, list_id))
        if row is None:
            raise NotFound("Record not found")
        source = ListOf(viewer, list_id, row.replies_policy, self._core.db.dialect)
        return await self._pull.page(viewer, source, page, "home")

    async def profile(
        self, viewer: Viewer, account_id: int, page: Page, wish: AccountWish, *, pinned: bool = False
    ) -> Found[Status]:
        """Give a page of an account's posts, or (whole) the pinned ones; raises NotFound."""
        await self._book.row(account_id)
        if pinned:
            return await self._marked(viewer, account_id, "pin", page, links=False)
        return await self._pull.page(viewer, Profile(account_id, wish), page, "account")

    async def marked(self, viewer: Viewer, kind: str, page: Page) -> Found[Status]:
        """Give a page of what the viewer favourited or bookmarked, the newest act first."""
        return await self._marked(viewer, viewer.id, kind, page, links=True)

    async def _marked(
        self, viewer: Viewer, account_id: int, kind: str, page: Page, *, links: bool
    ) -> Found[Status]:
        span = span_of(page, 20, 40)
        rows = await self._core.db.read(lambda tx: store_marks.marked_by(tx, account_id, kind, span))
        cut, more = span.cut(rows)
        items = await self._show.many(viewer, [status_id for _, status_id in cut], "account")
        return found(span, items, [cursor for cursor, _ in cut] if links else [], more=more)
