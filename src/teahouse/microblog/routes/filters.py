"""Routes of filters, version 2 and, for old apps, version 1 (Mastodon API, "filters")."""

import msgspec
from litestar import delete, get, post, put

from teahouse.errors import NotFound
from teahouse.kernel.http import JsonObject, Scope, requires, taking
from teahouse.microblog.entities.forms import maybe_timestamp, parse_id
from teahouse.microblog.entities.statuses import Filter, FilterKeyword, FilterStatus, FilterV1
from teahouse.microblog.posts.filters import FilterWish, KeywordWish
from teahouse.microblog.posts.store_filters import FilterRow
from teahouse.microblog.service import Microblog

FILTERS = "/api/v2/filters"
FILTER = FILTERS + "/{content_filter_id:str}"
KEYWORD = FILTERS + "/keywords/{keyword_id:str}"
NAMED = FILTERS + "/statuses/{named_id:str}"
OLD = "/api/v1/filters"


class NewKeyword(msgspec.Struct):
    id: str | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = msgspec.field(default=False, name="_destroy")


class NewFilter(msgspec.Struct):
    title: str | None = None
    context: list[str] | None = None
    filter_action: str | None = None
    expires_in: int | msgspec.UnsetType | None = msgspec.UNSET
    keywords_attributes: list[NewKeyword] = []


class NewNamed(msgspec.Struct):
    status_id: str | None = None


class NewFilterV1(msgspec.Struct):
    phrase: str | None = None
    context: list[str] | None = None
    irreversible: bool | None = None
    whole_word: bool | None = None
    expires_in: int | msgspec.UnsetType | None = msgspec.UNSET


def _seconds(sent: int | msgspec.UnsetType | None) -> int | None:
    """Read for how long: not sent means as before, null or 0 for ever."""
    return None if isinstance(sent, msgspec.UnsetType) else sent or 0


def _wish(params: NewFilter) -> FilterWish:
    return FilterWish(
        params.title, params.context, params.filter_action, _seconds(params.expires_in),
        [_keyword(one) for one in params.keywords_attributes],
    )  # fmt: skip


def _keyword(sent: NewKeyword) -> KeywordWish:
    return KeywordWish(parse_id(sent.id) if sent.id else None, sent.keyword, sent.whole_word, sent.destroy)


@get(FILTERS, guards=[requires("read:filters")])
async def get_filters(caller: Scope, microblog: Microblog) -> list[Filter]:
    """Give one's filters."""
    return await microblog.filters.all_of(await microblog.book.viewer(caller))


@post(FILTERS, guards=[requires("write:filters")], dependencies=taking(NewFilter), status_code=200)
async def create_filter(caller: Scope, microblog: Microblog, params: NewFilter) -> Filter:
    """Begin a filter."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.filters.one(viewer, await microblog.filters.create(viewer, _wish(params)))


@get(FILTER, guards=[requires("read:filters")])
async def get_content_filter(caller: Scope, microblog: Microblog, content_filter_id: str) -> Filter:
    """Give one of one's filters."""
    return await microblog.filters.one(await microblog.book.viewer(caller), parse_id(content_filter_id))


@put(FILTER, guards=[requires("write:filters")], dependencies=taking(NewFilter))
async def update_filter(
    caller: Scope, microblog: Microblog, content_filter_id: str, params: NewFilter
) -> Filter:
    """Change a filter."""
    viewer, number = await microblog.book.viewer(caller), parse_id(content_filter_id)
    await microblog.filters.change(viewer, number, _wish(params))
    return await microblog.filters.one(viewer, number)


@delete(FILTER, guards=[requires("write:filters")], status_code=200)
async def delete_filter(caller: Scope, microblog: Microblog, content_filter_id: str) -> JsonObject:
    """Delete a filter."""
    await microblog.filters.delete(await microblog.book.viewer(caller), parse_id(content_filter_id))
    return {}


@get(FILTER + "/keywords", guards=[requires("read:filters")])
async def get_filter_keywords(
    caller: Scope, microblog: Microblog, content_filter_id: str
) -> list[FilterKeyword]:
    """Give a filter's words."""
    viewer = await microblog.book.viewer(caller)
    return (await microblog.filters.one(viewer, parse_id(content_filter_id))).keywords


@post(
    FILTER + "/keywords", guards=[requires("write:filters")], dependencies=taking(NewKeyword), status_code=200
)
async def add_filter_keyword(
    caller: Scope, microblog: Microblog, content_filter_id: str, params: NewKeyword
) -> FilterKeyword:
    """Give a filter a word more."""
    viewer, number = await microblog.book.viewer(caller), parse_id(content_filter_id)
    wish = KeywordWish(None, params.keyword or "", params.whole_word or False)
    await microblog.filters.change(viewer, number, FilterWish(keywords=[wish]))
    return (await microblog.filters.one(viewer, number)).keywords[-1]


@get(KEYWORD, guards=[requires("read:filters")])
async def get_filter_keyword(caller: Scope, microblog: Microblog, keyword_id: str) -> FilterKeyword:
    """Give a word of a filter."""
    viewer = await microblog.book.viewer(caller)
    return (await microblog.filters.keyword(viewer, parse_id(keyword_id)))[1]


@put(KEYWORD, guards=[requires("write:filters")], dependencies=taking(NewKeyword))
async def update_filter_keyword(
    caller: Scope, microblog: Microblog, keyword_id: str, params: NewKeyword
) -> FilterKeyword:
    """Change a word of a filter."""
    viewer, number = await microblog.book.viewer(caller), parse_id(keyword_id)
    row, _ = await microblog.filters.keyword(viewer, number)
    wish = KeywordWish(number, params.keyword, params.whole_word)
    await microblog.filters.change(viewer, row.id, FilterWish(keywords=[wish]))
    return (await microblog.filters.keyword(viewer, number))[1]


@delete(KEYWORD, guards=[requires("write:filters")], status_code=200)
async def delete_filter_keyword(caller: Scope, microblog: Microblog, keyword_id: str) -> JsonObject:
    """Take a word out of its filter."""
    viewer, number = await microblog.book.viewer(caller), parse_id(keyword_id)
    row, _ = await microblog.filters.keyword(viewer, number)
    await microblog.filters.change(
        viewer, row.id, FilterWish(keywords=[KeywordWish(number, None, None, drop=True)])
    )
    return {}


@get(FILTER + "/statuses", guards=[requires("read:filters")])
async def get_filter_statuses(
    caller: Scope, microblog: Microblog, content_filter_id: str
) -> list[FilterStatus]:
    """Give the posts that a filter names."""
    viewer = await microblog.book.viewer(caller)
    return (await microblog.filters.one(viewer, parse_id(content_filter_id))).statuses


@post(
    FILTER + "/statuses", guards=[requires("write:filters")], dependencies=taking(NewNamed), status_code=200
)
async def add_filter_status(
    caller: Scope, microblog: Microblog, content_filter_id: str, params: NewNamed
) -> FilterStatus:
    """Name a post in a filter."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.filters.name_status(
        viewer, parse_id(content_filter_id), parse_id(params.status_id)
    )


@get(NAMED, guards=[requires("read:filters")])
async def get_filter_status(caller: Scope, microblog: Microblog, named_id: str) -> FilterStatus:
    """Give a post that a filter names."""
    viewer = await microblog.book.viewer(caller)
    return (await microblog.filters.named_status(viewer, parse_id(named_id)))[1]


@delete(NAMED, guards=[requires("write:filters")], status_code=200)
async def delete_filter_status(caller: Scope, microblog: Microblog, named_id: str) -> JsonObject:
    """Take a post out of its filter."""
    await microblog.filters.forget_status(await microblog.book.viewer(caller), parse_id(named_id))
    return {}


def _old(row: FilterRow, number: int) -> FilterV1:
    word = next(word for word in row.keywords if word.id == number)
    return FilterV1(
        id=str(number), phrase=word.keyword, context=row.contexts, whole_word=word.whole_word,
        expires_at=maybe_timestamp(row.expires_ts), irreversible=row.action == "hide",
    )  # fmt: skip


def _wish_of_old(params: NewFilterV1, known: KeywordWish | None) -> FilterWish:
    action = None if params.irreversible is None else "hide" if params.irreversible else "warn"
    word = known or KeywordWish(None, params.phrase or "", bool(params.whole_word))
    return FilterWish(params.phrase, params.context, action, _seconds(params.expires_in), [word])


@get(OLD, guards=[requires("read:filters")])
async def get_filters_of_old(caller: Scope, microblog: Microblog) -> list[FilterV1]:
    """Give each word of one's filters as a filter of the old kind."""
    rows = await microblog.filters.rows_of(await microblog.book.viewer(caller))
    return [_old(row, word.id) for row in rows for word in row.keywords]


@post(OLD, guards=[requires("write:filters")], dependencies=taking(NewFilterV1), status_code=200)
async def create_filter_of_old(caller: Scope, microblog: Microblog, params: NewFilterV1) -> FilterV1:
    """Begin a filter of one word."""
    viewer = await microblog.book.viewer(caller)
    number = await microblog.filters.create(viewer, _wish_of_old(params, None))
    row = next(row for row in await microblog.filters.rows_of(viewer) if row.id == number)
    return _old(row, row.keywords[0].id)


@get(OLD + "/{keyword_id:str}", guards=[requires("read:filters")])
async def get_filter_of_old(caller: Scope, microblog: Microblog, keyword_id: str) -> FilterV1:
    """Give a word of a filter as a filter of the old kind."""
    number = parse_id(keyword_id)
    row, _ = await microblog.filters.keyword(await microblog.book.viewer(caller), number)
    return _old(row, number)


@put(OLD + "/{keyword_id:str}", guards=[requires("write:filters")], dependencies=taking(NewFilterV1))
async def update_filter_of_old(
    caller: Scope, microblog: Microblog, keyword_id: str, params: NewFilterV1
) -> FilterV1:
    """Change a filter of one word."""
    viewer, number = await microblog.book.viewer(caller), parse_id(keyword_id)
    row, _ = await microblog.filters.keyword(viewer, number)
    if len(row.keywords) > 1:
        raise NotFound("Record not found")
    word = KeywordWish(number, params.phrase, params.whole_word)
    await microblog.filters.change(viewer, row.id, _wish_of_old(params, word))
    changed, _ = await microblog.filters.keyword(viewer, number)
    return _old(changed, number)


@delete(OLD + "/{keyword_id:str}", guards=[requires("write:filters")], status_code=200)
async def delete_filter_of_old(caller: Scope, microblog: Microblog, keyword_id: str) -> JsonObject:
    """Delete a word, and its filter when no other is left."""
    viewer, number = await microblog.book.viewer(caller), parse_id(keyword_id)
    row, _ = await microblog.filters.keyword(viewer, number)
    if len(row.keywords) > 1:
        drop = KeywordWish(number, None, None, drop=True)
        await microblog.filters.change(viewer, row.id, FilterWish(keywords=[drop]))
    else:
        await microblog.filters.delete(viewer, row.id)
    return {}


ROUTES = [
    get_filters, create_filter, get_content_filter, update_filter, delete_filter, get_filter_keywords,
    add_filter_keyword, get_filter_keyword, update_filter_keyword, delete_filter_keyword, get_filter_statuses,
    add_filter_status, get_filter_status, delete_filter_status, get_filters_of_old, create_filter_of_old,
    get_filter_of_old, update_filter_of_old, delete_filter_of_old,
]  # fmt: skip
