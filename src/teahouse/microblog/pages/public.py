"""What strangers may see on a page: asked of the same doors as a visitor's API calls, and of two more.

The operator may have no pages at all, and an author may have none: then strangers find nothing of theirs here, on no
page of another either, whatever quotes, reposts or comments on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from teahouse.errors import NotFound
from teahouse.kernel.http import Page
from teahouse.microblog.core import Core
from teahouse.microblog.entities.people import Account
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import NOBODY, AccountRow
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.posts.threads import Threads
from teahouse.microblog.text.parsing import tag_name
from teahouse.microblog.timelines.store_timelines import AccountWish
from teahouse.microblog.timelines.timelines import Timelines

PAGE = 20
MOST_COMMENTS = 40


@dataclass(slots=True)
class Shown:
    """What a page shows: whose it is, the posts, and the cursor of what is older."""

    account: Account | None
    row: AccountRow | None
    posts: list[Status]
    pinned: list[Status] = field(default_factory=list)
    older: str | None = None
    above: list[Status] = field(default_factory=list)
    comments: list[Status] = field(default_factory=list)
    tag: str = ""

    @property
    def hides_from_searches(self) -> bool:
        """Tell whether search engines are to leave the page out."""
        row = self.row
        return row is not None and not (row.indexable and row.discoverable)


class PublicPages:
    """Finds what pages show."""

    def __init__(
        self,
        core: Core,
        book: AccountBook,
        people: ShowAccounts,
        timelines: Timelines,
        threads: Threads,
        show: ShowStatuses,
    ) -> None:
        self._core = core
        self._book = book
        self._people = people
        self._timelines = timelines
        self._threads = threads
        self._show = show

    async def exists(self, username: str) -> bool:
        """Tell whether somebody has this very name."""
        return await self._core.db.read(lambda tx: self._book.lookup_in(tx, username)) is not None

    async def profile(self, username: str, max_id: str | None, *, for_feed: bool = False) -> Shown:
        """Give a profile with a page of its posts; raises NotFound and InvalidParam."""
        row = await self._author(username)
        wish = AccountWish(exclude_replies=True, exclude_reblogs=for_feed)
        page = Page(max_id=max_id, limit=PAGE)
        found = await self._timelines.profile(NOBODY, row.id, page, wish)
        pinned: list[Status] = []
        if max_id is None and not for_feed:
            pinned = (await self._timelines.profile(NOBODY, row.id, Page(), AccountWish(), pinned=True)).items
        posts = await self._open(found.items)
        if for_feed:
            posts = [one for one in posts if one.visibility == "public"]
        return Shown(self._people.account(row), row, posts, await self._open(pinned), found.older)

    async def status(self, username: str, status_id: int) -> Shown:
        """Give a post with what it answers and its comments; a repost gives the post. Raises NotFound."""
        self._check_on()
        status = await self._show.one(NOBODY, status_id)
        if status.account.username != username.lower():
            raise NotFound("Record not found")
        status = status.reblog or status
        row = await self._author(status.account.username)
        around = await self._threads.context(NOBODY, int(status.id))
        opened = {one.id for one in await self._open([status, *around.ancestors, *around.descendants])}
        return Shown(
            status.account,
            row,
            [status],
            above=[one for one in around.ancestors if one.id in opened],
            comments=[one for one in around.descendants if one.id in opened][:MOST_COMMENTS],
        )

    async def tag(self, name: str, max_id: str | None) -> Shown:
        """Give a page of public posts with a tag; raises NotFound and InvalidParam."""
        self._check_on()
        folded = tag_name(name)
        if not folded:
            raise NotFound("Record not found")
        page = Page(max_id=max_id, limit=PAGE)
        found = await self._timelines.tagged(NOBODY, page, ([folded], [], []), only_media=False)
        return Shown(None, None, await self._open(found.items), older=found.older, tag=folded)

    def _check_on(self) -> None:
        if not self._core.config.instance.public_pages:
            raise NotFound("Record not found")

    async def _author(self, username: str) -> AccountRow:
        self._check_on()
        row = await self._core.db.read(lambda tx: self._book.lookup_in(tx, username))
        if row is None or not row.has_page:
            raise NotFound("Record not found")
        return row

    async def _open(self, posts: list[Status]) -> list[Status]:
        """Leave out posts, and quotes in posts, of authors who have no page."""
        wanted = {int(account.id) for post in posts for account in _accounts_of(post)}
        rows = await self._core.db.read(lambda tx: self._book.rows_in(tx, wanted))
        closed = {str(number) for number in wanted if number not in rows or not rows[number].has_page}
        kept = []
        for post in posts:
            if closed.isdisjoint(
                one.id for one in (post.account, *([post.reblog.account] if post.reblog else []))
            ):
                _close_quotes(post, closed)
                kept.append(post)
        return kept


def _accounts_of(post: Status) -> Iterable[Account]:
    yield post.account
    if post.reblog is not None:
        yield from _accounts_of(post.reblog)
    if post.quote is not None and isinstance(post.quote.quoted_status, Status):
        yield post.quote.quoted_status.account


def _close_quotes(post: Status, closed: set[str]) -> None:
    for one in (post, post.reblog):
        quote = one.quote if one is not None else None
        quoted = quote.quoted_status if quote is not None else None
        if quote is not None and isinstance(quoted, Status) and quoted.account.id in closed:
            quote.quoted_status = None
