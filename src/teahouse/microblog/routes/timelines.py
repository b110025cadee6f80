"""Routes of timelines (Mastodon API, "timelines", "bookmarks", "favourites", "conversations")."""

import msgspec
from litestar import Response, delete, get, post

from teahouse.errors import NotFound
from teahouse.kernel.http import JsonObject, Page, Scope, maybe_requires, requires, taking
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.entities.statuses import Conversation, Status
from teahouse.microblog.paging import Found
from teahouse.microblog.routes.answers import WireRequest, page_of
from teahouse.microblog.service import Microblog

TIMELINES = "/api/v1/timelines"
CONVERSATIONS = "/api/v1/conversations"
CONVERSATION = CONVERSATIONS + "/{conversation_id:str}"


class PublicPage(Page, kw_only=True):
    """A page of public posts."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


class TagPage(PublicPage, kw_only=True):
    """A page of public posts with tags."""

    any: list[str] = msgspec.field(default_factory=list)
    all: list[str] = msgspec.field(default_factory=list)
    none: list[str] = msgspec.field(default_factory=list)


class LinkPage(Page, kw_only=True):
    """A page of public posts with a link."""

    url: str = ""


@get(TIMELINES + "/home", guards=[requires("read:statuses")], dependencies=taking(Page))
async def get_home_timeline(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Status]]:
    """Give a page of one's home timeline."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.timelines.home(viewer, params))


@get(TIMELINES + "/public", guards=[maybe_requires("read:statuses")], dependencies=taking(PublicPage))
async def get_public_timeline(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, params: PublicPage
) -> Response[list[Status]]:
    """Give a page of all public posts; all are of this server, so `remote` finds none."""
    viewer = await microblog.book.viewer(maybe_caller)
    if params.remote and not params.local:
        return page_of(request, microblog, Found([], None, None))
    found = await microblog.timelines.public(viewer, params, only_media=params.only_media)
    return page_of(request, microblog, found)


@get(TIMELINES + "/tag/{tag:str}", guards=[maybe_requires("read:statuses")], dependencies=taking(TagPage))
async def get_tag_timeline(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, tag: str, params: TagPage
) -> Response[list[Status]]:
    """Give a page of public posts with a tag."""
    viewer = await microblog.book.viewer(maybe_caller)
    if params.remote and not params.local:
        return page_of(request, microblog, Found([], None, None))
    wanted = ([tag, *params.any], params.all, params.none)
    found = await microblog.timelines.tagged(viewer, params, wanted, only_media=params.only_media)
    return page_of(request, microblog, found)


@get(TIMELINES + "/link", guards=[maybe_requires("read:statuses")], dependencies=taking(LinkPage))
async def get_link_timeline(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, params: LinkPage
) -> Response[list[Status]]:
    """Give a page of public posts with a link that is among the trends."""
    viewer = await microblog.book.viewer(maybe_caller)
    if not await microblog.trends.is_trending_link(params.url):
        raise NotFound("Record not found")
    return page_of(request, microblog, await microblog.timelines.linked(viewer, params, params.url))


@get(TIMELINES + "/list/{list_id:str}", guards=[requires("read:lists")], dependencies=taking(Page))
async def get_list_timeline(
    request: WireRequest, caller: Scope, microblog: Microblog, list_id: str, params: Page
) -> Response[list[Status]]:
    """Give a page of one of one's lists."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.timelines.list(viewer, parse_id(list_id), params))


@get("/api/v1/bookmarks", guards=[requires("read:bookmarks")], dependencies=taking(Page))
async def get_bookmarks(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Status]]:
    """Give a page of what one bookmarked."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.timelines.marked(viewer, "bookmark", params))


@get("/api/v1/favourites", guards=[requires("read:favourites")], dependencies=taking(Page))
async def get_favourites(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Status]]:
    """Give a page of what one favourited."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.timelines.marked(viewer, "favourite", params))


@get(CONVERSATIONS, guards=[requires("read:statuses")], dependencies=taking(Page))
async def get_conversations(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Conversation]]:
    """Give a page of one's conversations."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.conversations.page(viewer, params))


@post(CONVERSATION + "/read", guards=[requires("write:conversations")], status_code=200)
async def read_conversation(caller: Scope, microblog: Microblog, conversation_id: str) -> Conversation:
    """Mark a conversation read."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.conversations.read(viewer, parse_id(conversation_id), unread=False)


@post(CONVERSATION + "/unread", guards=[requires("write:conversations")], status_code=200)
async def unread_conversation(caller: Scope, microblog: Microblog, conversation_id: str) -> Conversation:
    """Mark a conversation unread."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.conversations.read(viewer, parse_id(conversation_id), unread=True)


@delete(CONVERSATION, guards=[requires("write:conversations")], status_code=200)
async def delete_conversation(caller: Scope, microblog: Microblog, conversation_id: str) -> JsonObject:
    """Put a conversation away."""
    await microblog.conversations.remove(await microblog.book.viewer(caller), parse_id(conversation_id))
    return {}


ROUTES = [
    get_home_timeline,
    get_public_timeline,
    get_tag_timeline,
    get_link_timeline,
    get_list_timeline,
    get_bookmarks,
    get_favourites,
    get_conversations,
    read_conversation,
    unread_conversation,
    delete_conversation,
]
