"""Finds accounts, posts and tags; an address of something here finds that, and what may not be seen is never found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from teahouse.errors import NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.discovery import store_words as store
from teahouse.microblog.discovery.query import post_query
from teahouse.microblog.entities.people import Account, Tag
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.tags import Tags
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.text.parsing import tag_name

LONGEST = 500
MOST_OFFSET = 2000
LARGEST_ID = 2**63 - 1
_ADDRESS = re.compile(r"/@([^/@\s]+)(?:/(\d{1,19}))?/?$")


class SearchResults(msgspec.Struct, kw_only=True):
    accounts: list[Account]
    statuses: list[Status]
    hashtags: list[Tag]


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched: the text, kinds of things, how many of each, and after how many."""

    text: str
    kinds: Sequence[str]
    limit: int
    offset: int
    following: bool = False
    account_id: int | None = None


class Discovery:
    """The search of everything."""

    def __init__(self, core: Core, book: AccountBook, show: ShowStatuses, tags: Tags) -> None:
        self._core = core
        self._book = book
        self._show = show
        self._tags = tags

    async def search(self, viewer: Viewer, wish: Search) -> SearchResults:
        """Give what is found; only who is signed in finds posts. Raises LimitExceeded."""
        self._core.limiter.check("directory_search", viewer.user_id)
        results = SearchResults(accounts=[], statuses=[], hashtags=[])
        text = wish.text.strip()[:LONGEST]
        if not text or wish.offset > MOST_OFFSET:
            return results
        address = self._address(text)
        if address is not None:
            await self._resolve(viewer, address, wish, results)
            return results
        if "accounts" in wish.kinds and not text.startswith("#"):
            results.accounts = await self._book.search(
                viewer, text, wish.limit, wish.offset, following=wish.following
            )
        if "hashtags" in wish.kinds and not text.startswith("@"):
            results.hashtags = await self._find_tags(viewer, text, wish)
        if "statuses" in wish.kinds and viewer.is_known and not text.startswith("@"):
            results.statuses = await self._find_posts(viewer, text, wish)
        return results

    def _address(self, text: str) -> tuple[str, int | None] | None:
        """Read the address of an account or a post of this server."""
        if not text.startswith(("http://", "https://")):
            return None
        found = _ADDRESS.search(text.partition("?")[0])
        if found is None or not text.startswith(self._core.public_url + "/"):
            return ("", None)
        number, name = int(found[2]) if found[2] else None, unquote(found[1]).lower()
        if "\0" in name:  # What was encoded twice comes past the edge, which refuses NUL everywhere.
            return ("", None)
        return name, number if number is None or number <= LARGEST_ID else 0

    async def _resolve(
        self, viewer: Viewer, address: tuple[str, int | None], wish: Search, results: SearchResults
    ) -> None:
        name, number = address
        if number is not None and "statuses" in wish.kinds:
            try:
                results.statuses = [await self._show.one(viewer, number)]
            except NotFound:
                return
        elif name and number is None and "accounts" in wish.kinds:
            found = await self._book.lookup(name)
            results.accounts = [] if found is None else [found]

    async def _find_tags(self, viewer: Viewer, text: str, wish: Search) -> list[Tag]:
        name = tag_name(text.strip("#").strip())
        if not name:
            return []

        async def job(tx: Tx) -> list[Tag]:
            names = await store.tags_like(tx, name, wish.limit, wish.offset)
            return await self._tags.many_in(tx, viewer, names)

        return await self._core.db.read(job)

    async def _find_posts(self, viewer: Viewer, text: str, wish: Search) -> list[Status]:
        query = post_query(text)
        if query.impossible or query.asks_nothing:
            return []

        async def job(tx: Tx) -> list[int]:
            author = wish.account_id
            if query.author is not None:
                named = viewer.id if query.author == "me" else None
                row = await self._book.lookup_in(tx, query.author) if named is None else None
                author = named or (row.id if row else 0)
            page = (wish.limit, wish.offset)
            return await store.find_posts(
                tx, self._core.db.dialect, query, store.Seeker(viewer.id, author), page
            )

        return await self._show.many(viewer, await self._core.db.read(job))
