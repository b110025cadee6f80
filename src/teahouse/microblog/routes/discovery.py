"""Routes of search, trends, suggestions and the directory (Mastodon API)."""

import msgspec
from litestar import delete, get

from teahouse.errors import InvalidParam, TeahouseError, Unauthenticated
from teahouse.kernel.http import JsonObject, Scope, bounded, maybe_requires, requires, taking
from teahouse.microblog.discovery.search import Search, SearchResults
from teahouse.microblog.discovery.suggestions import Suggestion
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.entities.people import Account, Tag
from teahouse.microblog.entities.statuses import Status, TrendingLink
from teahouse.microblog.service import Microblog

KINDS = ("accounts", "hashtags", "statuses")
MOST_OFFSET = 10_000


class SearchWish(msgspec.Struct, kw_only=True):
    q: str | None = None
    type: str | None = None
    resolve: bool = False
    following: bool = False
    account_id: str | None = None
    limit: int | None = None
    offset: int | None = None


class Part(msgspec.Struct, kw_only=True):
    limit: int | None = None
    offset: int | None = None
    order: str = "active"


def _offset(offset: int | None) -> int:
    return min(max(0, offset or 0), MOST_OFFSET)


@get(
    ["/api/v2/search", "/api/v1/search"],
    guards=[maybe_requires("read:search")],
    dependencies=taking(SearchWish),
)
async def search_everything(
    maybe_caller: Scope | None, microblog: Microblog, params: SearchWish
) -> SearchResults:
    """Find accounts, tags and posts."""
    if not params.q:
        raise TeahouseError("param is missing or the value is empty: q", status=400)
    if (params.offset or 0) < 0 or (params.limit or 0) < 0:
        raise TeahouseError("limit and offset may not be negative", status=400)
    if maybe_caller is None and params.offset:
        raise Unauthenticated("Search queries pagination is not supported without authentication")
    if maybe_caller is None and params.resolve:
        raise Unauthenticated("Search queries that resolve remote resources need authentication")
    # A kind of things that nobody knows finds nothing, as in Mastodon.
    kinds = tuple(kind for kind in KINDS if not params.type or kind == params.type)
    viewer = await microblog.book.viewer(maybe_caller)
    wish = Search(
        params.q,
        kinds,
        bounded(params.limit, 20, 40),
        _offset(params.offset),
        params.following,
        parse_id(params.account_id) if params.account_id else None,
    )
    return await microblog.discovery.search(viewer, wish)


@get(["/api/v1/trends/tags", "/api/v1/trends"], guards=[maybe_requires("read")], dependencies=taking(Part))
async def get_trending_tags(maybe_caller: Scope | None, microblog: Microblog, params: Part) -> list[Tag]:
    """Give the tags that many people use now."""
    viewer = await microblog.book.viewer(maybe_caller)
    return await microblog.trends.tags(viewer, bounded(params.limit, 10, 20), _offset(params.offset))


@get("/api/v1/trends/statuses", guards=[maybe_requires("read")], dependencies=taking(Part))
async def get_trending_statuses(
    maybe_caller: Scope | None, microblog: Microblog, params: Part
) -> list[Status]:
    """Give the posts that many people like now."""
    viewer = await microblog.book.viewer(maybe_caller)
    return await microblog.trends.statuses(viewer, bounded(params.limit, 20, 40), _offset(params.offset))


@get("/api/v1/trends/links", guards=[maybe_requires("read")], dependencies=taking(Part))
async def get_trending_links(microblog: Microblog, params: Part) -> list[TrendingLink]:
    """Give the links that many people post now; none where previews of links are off."""
    return await microblog.trends.links(bounded(params.limit, 10, 20), _offset(params.offset))


@get("/api/v2/suggestions", guards=[requires("read:accounts")], dependencies=taking(Part))
async def get_suggestions(caller: Scope, microblog: Microblog, params: Part) -> list[Suggestion]:
    """Give people whom one might want to follow."""
    return await microblog.suggestions.of(await microblog.book.viewer(caller), bounded(params.limit, 40, 80))


@get("/api/v1/suggestions", guards=[requires("read:accounts")], dependencies=taking(Part))
async def get_old_suggestions(caller: Scope, microblog: Microblog, params: Part) -> list[Account]:
    """Give people whom one might want to follow, as old apps ask for them."""
    viewer = await microblog.book.viewer(caller)
    return [one.account for one in await microblog.suggestions.of(viewer, bounded(params.limit, 40, 80))]


@delete("/api/v1/suggestions/{account_id:str}", guards=[requires("write:accounts")], status_code=200)
async def dismiss_suggestion(caller: Scope, microblog: Microblog, account_id: str) -> JsonObject:
    """Do not be suggested somebody any more."""
    await microblog.suggestions.dismiss(await microblog.book.viewer(caller), parse_id(account_id))
    return {}


@get("/api/v1/directory", guards=[maybe_requires("read:accounts")], dependencies=taking(Part))
async def get_directory(microblog: Microblog, params: Part) -> list[Account]:
    """Give those who let themselves be found."""
    if params.order not in ("active", "new"):
        raise InvalidParam("order must be active or new")
    limit, offset = bounded(params.limit, 40, 80), _offset(params.offset)
    return await microblog.suggestions.directory(newest=params.order == "new", limit=limit, offset=offset)


ROUTES = [
    search_everything,
    get_trending_tags,
    get_trending_statuses,
    get_trending_links,
    get_suggestions,
    get_old_suggestions,
    dismiss_suggestion,
    get_directory,
]
