"""Filters as people manage them, in the newer form and in the older one (a filter of one word)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.statuses import Filter, FilterKeyword, FilterStatus
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts import store_filters as store
from teahouse.microblog.posts.filter_rules import ACTIONS, CONTEXTS, shown_filter
from teahouse.microblog.posts.gather import visible_row
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.posts.store_filters import FilterRow, Keyword

MOST_FILTERS = 200
MOST_KEYWORDS = 200
MOST_STATUSES = 500
MOST_IN_ALL = 1000
"""So many words, and so many named posts, in all the filters of an account: each post that is shown meets them all."""
MOST_CHARS = 512


@dataclass(frozen=True, slots=True)
class KeywordWish:
    """A word to keep, to change (`id`) or to drop."""

    id: int | None
    keyword: str | None
    whole_word: bool | None
    drop: bool = False


@dataclass(frozen=True, slots=True)
class FilterWish:
    """What to change of a filter; None stays. `expires_in_s` 0 means never."""

    title: str | None = None
    contexts: list[str] | None = None
    action: str | None = None
    expires_in_s: int | None = None
    keywords: Sequence[KeywordWish] = ()


class Filters:
    """Keeps what people do not want to see."""

    def __init__(self, core: Core, show: ShowStatuses) -> None:
        self._core = core
        self._show = show

    async def all_of(self, viewer: Viewer) -> list[Filter]:
        """Give the viewer's filters."""
        return [shown_filter(row) for row in await self._show.filters_of(viewer)]

    async def rows_of(self, viewer: Viewer) -> list[FilterRow]:
        """Give the viewer's filters as they are kept."""
        return await self._show.filters_of(viewer)

    async def one(self, viewer: Viewer, filter_id: int) -> Filter:
        """Give one of the viewer's filters; raises NotFound."""
        return shown_filter(_by_id(await self._show.filters_of(viewer), filter_id))

    async def create(self, viewer: Viewer, wish: FilterWish) -> int:
        """Begin a filter and give its id; raises InvalidParam."""
        row = FilterRow(self._core.snowflakes.next(), "", [], "warn", None)

        async def job(tx: Tx) -> int:
            others = await store.filters_of(tx, viewer.id)
            if len(others) >= MOST_FILTERS:
                raise InvalidParam(f"You may have at most {MOST_FILTERS} filters")
            await self._keep(tx, viewer, row, wish, others)
            return row.id

        return await self._core.db.write(job)

    async def change(self, viewer: Viewer, filter_id: int, wish: FilterWish) -> None:
        """Change a filter; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> None:
            rows = await store.filters_of(tx, viewer.id)
            row = _by_id(rows, filter_id)
            await self._keep(tx, viewer, row, wish, [other for other in rows if other is not row])

        await self._core.db.write(job)

    async def _keep(
        self, tx: Tx, viewer: Viewer, row: FilterRow, wish: FilterWish, others: Sequence[FilterRow]
    ) -> None:
        now = self._core.clock.now_ms()
        changed = replace(
            row,
            title=row.title if wish.title is None else wish.title,
            contexts=row.contexts if wish.contexts is None else list(dict.fromkeys(wish.contexts)),
            action=wish.action or row.action,
            expires_ts=row.expires_ts if wish.expires_in_s is None else _until(now, wish.expires_in_s),
        )
        _check(changed)
        await store.put_filter(tx, viewer.id, changed)
        kept = {word.id: word for word in row.keywords}
        for each in wish.keywords:
            if each.id is not None and each.id not in kept:
                raise NotFound("Record not found")
            if each.drop and each.id is not None:
                del kept[each.id]
                await store.delete_keyword(tx, viewer.id, each.id)
            else:
                word = self._word(kept.get(each.id or 0), each)
                kept[word.id] = word
        if len(kept) > MOST_KEYWORDS:
            raise InvalidParam(f"A filter may have at most {MOST_KEYWORDS} keywords")
        if wish.keywords and len(kept) + sum(len(other.keywords) for other in others) > MOST_IN_ALL:
            raise InvalidParam(f"All your filters together may have at most {MOST_IN_ALL} keywords")
        await store.put_keywords(tx, viewer.id, row.id, list(kept.values()))
        self._changed(tx, viewer)

    def _word(self, known: Keyword | None, wish: KeywordWish) -> Keyword:
        keyword = (wish.keyword if wish.keyword is not None else known.keyword if known else "").strip()
        if not keyword or len(keyword) > MOST_CHARS:
            raise InvalidParam("Keyword can't be blank" if not keyword else "Keyword is too long")
        whole = wish.whole_word if wish.whole_word is not None else known.whole_word if known else True
        return Keyword(known.id if known else self._core.snowflakes.next(), keyword, whole)

    async def delete(self, viewer: Viewer, filter_id: int) -> None:
        """Delete a filter; raises NotFound."""

        async def job(tx: Tx) -> None:
            _by_id(await store.filters_of(tx, viewer.id), filter_id)
            await store.delete_filter(tx, filter_id)
            self._changed(tx, viewer)

        await self._core.db.write(job)

    async def keyword(self, viewer: Viewer, keyword_id: int) -> tuple[FilterRow, FilterKeyword]:
        """Give a word of the viewer's with its filter; raises NotFound."""
        for row in await self._show.filters_of(viewer):
            for word in row.keywords:
                if word.id == keyword_id:
                    return row, FilterKeyword(str(word.id), word.keyword, word.whole_word)
        raise NotFound("Record not found")

    async def named_status(self, viewer: Viewer, row_id: int) -> tuple[FilterRow, FilterStatus]:
        """Give a post that the viewer named in a filter; raises NotFound."""
        for row in await self._show.filters_of(viewer):
            for number, status_id in row.statuses:
                if number == row_id:
                    return row, FilterStatus(str(number), str(status_id))
        raise NotFound("Record not found")

    async def name_status(self, viewer: Viewer, filter_id: int, status_id: int) -> FilterStatus:
        """Name a post in a filter; raises NotFound and InvalidParam."""

        async def job(tx: Tx) -> FilterStatus:
            rows = await store.filters_of(tx, viewer.id)
            row = _by_id(rows, filter_id)
            if await visible_row(tx, viewer, status_id, self._core.clock.now_ms()) is None:
                raise NotFound("Record not found")
            if any(known == status_id for _, known in row.statuses):
                raise InvalidParam("Status has already been taken")
            if len(row.statuses) >= MOST_STATUSES or sum(len(one.statuses) for one in rows) >= MOST_IN_ALL:
                raise InvalidParam(
                    f"A filter may name at most {MOST_STATUSES} posts, and all of yours {MOST_IN_ALL}"
                )
            number = self._core.snowflakes.next()
            await store.put_status(tx, viewer.id, filter_id, number, status_id)
            self._changed(tx, viewer)
            return FilterStatus(str(number), str(status_id))

        return await self._core.db.write(job)

    async def forget_status(self, viewer: Viewer, row_id: int) -> None:
        """Take a post out of a filter; raises NotFound."""
        await self.named_status(viewer, row_id)

        async def job(tx: Tx) -> None:
            await store.delete_status(tx, viewer.id, row_id)
            self._changed(tx, viewer)

        await self._core.db.write(job)

    def _changed(self, tx: Tx, viewer: Viewer) -> None:
        forget: Callable[[], None] = lambda: self._show.forget_filters(viewer.id)  # noqa: E731
        tx.after_commit(forget)
        tx.announce(Fact(tx.next_position(), "filters_changed", user_id=viewer.user_id))


def _until(now_ms: int, seconds: int) -> int | None:
    return now_ms + min(seconds, 10**9) * 1000 if seconds > 0 else None


def _by_id(rows: Sequence[FilterRow], filter_id: int) -> FilterRow:
    for row in rows:
        if row.id == filter_id:
            return row
    raise NotFound("Record not found")


def _check(row: FilterRow) -> None:
    if not row.title.strip():
        raise InvalidParam("Title can't be blank")
    if len(row.title) > MOST_CHARS:
        raise InvalidParam(f"Title is too long (maximum is {MOST_CHARS} characters)")
    if not row.contexts or any(context not in CONTEXTS for context in row.contexts):
        raise InvalidParam("Context None or invalid context supplied")
    if row.action not in ACTIONS:
        raise InvalidParam("Filter action is not included in the list")
