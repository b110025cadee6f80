"""The timelines as sources: what each is made of, and which entries its reader wants."""

from collections.abc import Sequence

from teahouse.kernel.storage import Tx
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.paging import Span
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts.gather import Gathered
from teahouse.microblog.timelines import store_tagged
from teahouse.microblog.timelines import store_timelines as store
from teahouse.microblog.timelines.store_tagged import TagWish
from teahouse.microblog.timelines.store_timelines import AccountWish, Entry, FollowWish
from teahouse.microblog.timelines.windows import WINDOW, Known, Window

REPOST_WINDOW = 40
"""A repost is not shown when one of so many older entries shows the same post."""


class Home:
    """Posts of those followed and one's own, and public ones with followed tags."""

    look_ahead = REPOST_WINDOW
    stopped_at: int | None = None

    def __init__(self, viewer: Viewer, dialect: str, known: Known) -> None:
        self._viewer = viewer
        self._dialect = dialect
        self._known = known
        self._wishes: dict[int, FollowWish] = {}
        self._tagged: set[int] = set()
        self._tags: list[str] | None = None

    async def entries(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Merge the authors' posts with those that have followed tags."""
        me = self._viewer.id
        found = await self._of_authors(tx, span, most)
        if self._tags is None:
            self._tags = await store.followed_tags(tx, me)
        if not self._tags:
            return found
        tagged = await store_tagged.of_followed_tags(tx, self._tags, me, span, most)
        self._tagged |= {entry.id for entry in tagged}
        both = {entry.id: entry for entry in (*found, *tagged)}
        return sorted(both.values(), key=lambda entry: entry.id, reverse=not span.upwards)[:most]

    async def _of_authors(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Read the window that is known of the home, and the authors' own orders only beyond it."""
        known, owners = self._known, (self._viewer.id, self._viewer.id)
        if known.window is not None and known.news:
            authors = {entry.account_id for entry in known.news}
            wanted = await store.home_authors_among(tx, self._viewer.id, authors) | {self._viewer.id}
            known.window = known.window.with_news([one for one in known.news if one.account_id in wanted])
            known.news = []
        elif known.window is None and span.below == LARGEST_ID:
            newest = Span(LARGEST_ID, 0, False, WINDOW)
            entries = await store.of_authors(tx, self._dialect, "home", owners, newest, WINDOW)
            known.window = Window(entries, entries[-1].id if len(entries) == WINDOW else 0)
        part = known.window.part(span, most) if known.window is not None else None
        if part is not None:
            return part
        reach = known.window.reach(most) if known.window is not None else 0
        return await store.of_authors(tx, self._dialect, "home", owners, span, most, reach)

    async def choose(self, tx: Tx, entries: Sequence[Entry], older: Sequence[Entry]) -> list[Entry]:
        """Leave out comments to strangers, unwanted reposts, and reposts of what is seen just below."""
        people = {entry.account_id for entry in entries} | {entry.reply_to_account or 0 for entry in entries}
        self._wishes |= await store.follow_wishes(tx, self._viewer.id, people)
        once = without_repeats(entries, older)
        return [entry for entry in once if self._may_come(entry)]

    def _may_come(self, entry: Entry) -> bool:
        if entry.account_id == self._viewer.id or entry.id in self._tagged:
            return True
        wish = self._wishes.get(entry.account_id)
        if wish is None or (entry.reblog_of is not None and not wish.reblogs):
            return False
        answered = entry.reply_to_account
        return answered in (None, entry.account_id, self._viewer.id) or answered in self._wishes

    def wants(self, entry: Entry, found: Gathered) -> bool:
        """Leave out languages that the reader does not want of this author, and what is muted."""
        return not _is_muted(entry, found) and _speaks(entry, found, self._wishes.get(entry.account_id))


class ListOf:
    """Posts of a list's people."""

    look_ahead = REPOST_WINDOW
    stopped_at: int | None = None

    def __init__(self, viewer: Viewer, list_id: int, replies_policy: str, dialect: str) -> None:
        self._viewer = viewer
        self._list_id = list_id
        self._replies_policy = replies_policy
        self._dialect = dialect
        self._wishes: dict[int, FollowWish] = {}

    async def entries(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Merge the posts of the list's people."""
        return await store.of_authors(tx, self._dialect, "list", (self._list_id, 0), span, most)

    async def choose(self, tx: Tx, entries: Sequence[Entry], older: Sequence[Entry]) -> list[Entry]:
        """Leave out comments that the list's policy does not want, and repeated reposts."""
        answered = {entry.reply_to_account or 0 for entry in entries}
        authors = {entry.account_id for entry in entries}
        self._wishes |= await store.follow_wishes(tx, self._viewer.id, authors | answered)
        members = await store.members_among(tx, self._list_id, answered)
        once = without_repeats(entries, older)
        return [entry for entry in once if self._may_come(entry, members)]

    def _may_come(self, entry: Entry, members: set[int]) -> bool:
        wish = self._wishes.get(entry.account_id)
        if entry.reblog_of is not None and wish is not None and not wish.reblogs:
            return False
        answered = entry.reply_to_account
        if answered in (None, entry.account_id, self._viewer.id):
            return True
        if self._replies_policy == "none":
            return False
        return answered in (members if self._replies_policy == "list" else self._wishes)

    def wants(self, entry: Entry, found: Gathered) -> bool:
        """Leave out what is muted."""
        return not _is_muted(entry, found)


class _Plain:
    """A source whose entries need no choice before they are known."""

    look_ahead = 0
    stopped_at: int | None = None

    async def choose(self, tx: Tx, entries: Sequence[Entry], older: Sequence[Entry]) -> list[Entry]:
        """Take all."""
        return list(entries)

    def wants(self, entry: Entry, found: Gathered) -> bool:
        """Leave out what is muted, and whom operators limit but for those who follow them."""
        return not _is_muted(entry, found) and not _is_limited(entry, found)


class Public(_Plain):
    """Everybody's public posts; of comments only those on one's own posts."""

    def __init__(self, *, only_media: bool) -> None:
        self._only_media = only_media

    async def entries(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Read the index of what is listed."""
        return await store.listed(tx, span, most, only_media=self._only_media)


class Tagged(_Plain):
    """Public posts with some tags, all of others, and none of still others."""

    def __init__(self, wish: TagWish) -> None:
        self._wish = wish

    async def entries(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Merge the tags' own orders."""
        found, self.stopped_at = await store_tagged.of_tags(tx, self._wish, span, most)
        return found


class Linked(_Plain):
    """Public posts with a link."""

    def __init__(self, url_hash: str) -> None:
        self._url_hash = url_hash

    async def entries(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Read the link's own order."""
        return await store.of_link(tx, self._url_hash, span, most)


class Profile(_Plain):
    """The posts of one account; a mute does not hide them there."""

    def __init__(self, account_id: int, wish: AccountWish) -> None:
        self._account_id = account_id
        self._wish = wish

    async def entries(self, tx: Tx, span: Span, most: int) -> list[Entry]:
        """Read the author's order."""
        return await store.of_account(tx, self._account_id, self._wish, span, most)

    def wants(self, entry: Entry, found: Gathered) -> bool:
        """Show all that may be seen."""
        return True


def without_repeats(entries: Sequence[Entry], older: Sequence[Entry]) -> list[Entry]:
    """Leave out each repost of a post that one of the next REPOST_WINDOW older entries shows; entries newest first.

    What is older never changes by what comes later, so a page is the same from whichever side it is reached.
    """
    line = [*entries, *older]
    kept = []
    for number, entry in enumerate(entries):
        below = line[number + 1 : number + 1 + REPOST_WINDOW]
        if entry.reblog_of is None or all(other.shown_id != entry.reblog_of for other in below):
            kept.append(entry)
    return kept


def _is_muted(entry: Entry, found: Gathered) -> bool:
    """Tell whether the author, or of a repost the root's author, is muted by the reader."""
    root = found.rows.get(entry.reblog_of or 0)
    return entry.account_id in found.ties.mutes or (root is not None and root.account_id in found.ties.mutes)


def _is_limited(entry: Entry, found: Gathered) -> bool:
    """Tell whether operators limit the author, whom the reader does not follow."""
    author = found.authors[entry.account_id]
    if author.limited_ts is None or author.id == found.viewer.id:
        return False
    return author.id not in found.ties.follows


def _speaks(entry: Entry, found: Gathered, wish: FollowWish | None) -> bool:
    if wish is None or wish.languages is None:
        return True
    language = found.rows[entry.shown_id].language
    return language is None or language in wish.languages
