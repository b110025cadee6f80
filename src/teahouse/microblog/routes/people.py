"""Routes of one's own people: requests, blocks, mutes, lists, tags, markers (Mastodon API of the same names)."""

import msgspec
from litestar import Response, delete, get, post, put

from teahouse.errors import InvalidParam
from teahouse.kernel.http import JsonObject, Page, Scope, maybe_requires, requires, taking
from teahouse.microblog.entities.forms import parse_id, parse_ids
from teahouse.microblog.entities.people import Account, FeaturedTag, Marker, MastodonList, Relationship, Tag
from teahouse.microblog.people.tags import TIMELINES
from teahouse.microblog.routes.answers import WireRequest, page_of
from teahouse.microblog.service import Microblog

REQUEST = "/api/v1/follow_requests/{account_id:str}"
LISTS = "/api/v1/lists"
LIST = LISTS + "/{list_id:str}"
TAG = "/api/v1/tags/{tag:str}"
FEATURED = "/api/v1/featured_tags"


class NewList(msgspec.Struct):
    title: str | None = None
    replies_policy: str | None = None
    exclusive: bool | None = None


class People(msgspec.Struct):
    account_ids: list[str] = []


class TagName(msgspec.Struct):
    name: str = ""


class WhichMarkers(msgspec.Struct):
    timeline: list[str] = []


class NewMarker(msgspec.Struct):
    last_read_id: str | None = None


class NewMarkers(msgspec.Struct):
    home: NewMarker | None = None
    notifications: NewMarker | None = None


@get("/api/v1/follow_requests", guards=[requires("read:follows")], dependencies=taking(Page))
async def get_follow_requests(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Account]]:
    """Give a page of who asks to follow one."""
    viewer = await microblog.book.viewer(caller)
    found = await microblog.relationships.page(viewer, "requests", viewer.id, params)
    return page_of(request, microblog, found)


@post(REQUEST + "/authorize", guards=[requires("write:follows")], status_code=200)
async def authorize_follow_request(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Let somebody follow one who asked to."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.follows.answer(viewer, number, accept=True)
    return await microblog.relationships.one(viewer, number)


@post(REQUEST + "/reject", guards=[requires("write:follows")], status_code=200)
async def reject_follow_request(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Let somebody not follow one who asked to."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.follows.answer(viewer, number, accept=False)
    return await microblog.relationships.one(viewer, number)


@get("/api/v1/blocks", guards=[requires("read:blocks")], dependencies=taking(Page))
async def get_blocks(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Account]]:
    """Give a page of whom one blocks, here and in chat."""
    viewer = await microblog.book.viewer(caller)
    return page_of(
        request, microblog, await microblog.relationships.page(viewer, "blocks", viewer.id, params)
    )


@get("/api/v1/mutes", guards=[requires("read:mutes")], dependencies=taking(Page))
async def get_mutes(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Account]]:
    """Give a page of whom one mutes, with the end of each mute."""
    viewer = await microblog.book.viewer(caller)
    found = await microblog.relationships.page(viewer, "mutes", viewer.id, params)
    ends = {
        one.id: one.muting_expires_at
        for one in await microblog.relationships.of(viewer, [int(account.id) for account in found.items])
    }
    for account in found.items:
        account.mute_expires_at = ends.get(account.id)
    return page_of(request, microblog, found)


@get("/api/v1/endorsements", guards=[requires("read:accounts")], dependencies=taking(Page))
async def get_endorsements(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Account]]:
    """Give a page of whom one features."""
    viewer = await microblog.book.viewer(caller)
    found = await microblog.relationships.page(viewer, "endorsements", viewer.id, params)
    return page_of(request, microblog, found)


@get(LISTS, guards=[requires("read:lists")])
async def get_lists(caller: Scope, microblog: Microblog) -> list[MastodonList]:
    """Give one's lists."""
    return await microblog.lists.all_of(await microblog.book.viewer(caller))


@post(LISTS, guards=[requires("write:lists")], dependencies=taking(NewList), status_code=200)
async def create_list(caller: Scope, microblog: Microblog, params: NewList) -> MastodonList:
    """Begin a list."""
    viewer = await microblog.book.viewer(caller)
    policy = params.replies_policy or "list"
    return await microblog.lists.create(viewer, params.title, policy, exclusive=bool(params.exclusive))


@get(LIST, guards=[requires("read:lists")])
async def get_list(caller: Scope, microblog: Microblog, list_id: str) -> MastodonList:
    """Give one of one's lists."""
    return await microblog.lists.one(await microblog.book.viewer(caller), parse_id(list_id))


@put(LIST, guards=[requires("write:lists")], dependencies=taking(NewList))
async def update_list(caller: Scope, microblog: Microblog, list_id: str, params: NewList) -> MastodonList:
    """Change a list."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.lists.change(
        viewer, parse_id(list_id), params.title, params.replies_policy, params.exclusive
    )


@delete(LIST, guards=[requires("write:lists")], status_code=200)
async def delete_list(caller: Scope, microblog: Microblog, list_id: str) -> JsonObject:
    """Delete a list."""
    await microblog.lists.delete(await microblog.book.viewer(caller), parse_id(list_id))
    return {}


@get(LIST + "/accounts", guards=[requires("read:lists")], dependencies=taking(Page))
async def get_list_accounts(
    request: WireRequest, caller: Scope, microblog: Microblog, list_id: str, params: Page
) -> Response[list[Account]]:
    """Give a page of a list's people."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.lists.members(viewer, parse_id(list_id), params))


@post(LIST + "/accounts", guards=[requires("write:lists")], dependencies=taking(People), status_code=200)
async def add_accounts_to_list(
    caller: Scope, microblog: Microblog, list_id: str, params: People
) -> JsonObject:
    """Put people into a list."""
    viewer = await microblog.book.viewer(caller)
    await microblog.lists.add(viewer, parse_id(list_id), parse_ids(params.account_ids))
    return {}


@delete(LIST + "/accounts", guards=[requires("write:lists")], dependencies=taking(People), status_code=200)
async def remove_accounts_from_list(
    caller: Scope, microblog: Microblog, list_id: str, params: People
) -> JsonObject:
    """Take people out of a list."""
    viewer = await microblog.book.viewer(caller)
    await microblog.lists.remove(viewer, parse_id(list_id), parse_ids(params.account_ids))
    return {}


@get("/api/v1/accounts/{account_id:str}/lists", guards=[requires("read:lists")])
async def get_account_lists(caller: Scope, microblog: Microblog, account_id: str) -> list[MastodonList]:
    """Tell which of one's lists an account is in."""
    return await microblog.lists.with_member(await microblog.book.viewer(caller), parse_id(account_id))


@get("/api/v1/accounts/{account_id:str}/featured_tags", guards=[maybe_requires("read:accounts")])
async def get_account_featured_tags(microblog: Microblog, account_id: str) -> list[FeaturedTag]:
    """Give the tags on an account's profile."""
    return await microblog.tags.featured(parse_id(account_id))


@get(TAG, guards=[maybe_requires("read:follows")])
async def get_tag(maybe_caller: Scope | None, microblog: Microblog, tag: str) -> Tag:
    """Give a tag."""
    return await microblog.tags.one(await microblog.book.viewer(maybe_caller), tag)


@post(TAG + "/follow", guards=[requires("write:follows")], status_code=200)
async def follow_tag(caller: Scope, microblog: Microblog, tag: str) -> Tag:
    """Let a tag's public posts come to one's home."""
    viewer = await microblog.book.viewer(caller)
    await microblog.tags.follow(viewer, tag, on=True)
    return await microblog.tags.one(viewer, tag)


@post(TAG + "/unfollow", guards=[requires("write:follows")], status_code=200)
async def unfollow_tag(caller: Scope, microblog: Microblog, tag: str) -> Tag:
    """Let a tag's posts come to one's home no longer."""
    viewer = await microblog.book.viewer(caller)
    await microblog.tags.follow(viewer, tag, on=False)
    return await microblog.tags.one(viewer, tag)


@post(TAG + "/feature", guards=[requires("write:accounts")], status_code=200)
async def feature_tag(caller: Scope, microblog: Microblog, tag: str) -> Tag:
    """Show a tag on one's profile."""
    viewer = await microblog.book.viewer(caller)
    await microblog.tags.feature(viewer, tag)
    return await microblog.tags.one(viewer, tag)


@post(TAG + "/unfeature", guards=[requires("write:accounts")], status_code=200)
async def unfeature_tag(caller: Scope, microblog: Microblog, tag: str) -> Tag:
    """Show a tag on one's profile no longer."""
    viewer = await microblog.book.viewer(caller)
    await microblog.tags.unfeature_name(viewer, tag)
    return await microblog.tags.one(viewer, tag)


@get("/api/v1/followed_tags", guards=[requires("read:follows")], dependencies=taking(Page))
async def get_followed_tags(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[Tag]]:
    """Give a page of the tags one follows."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.tags.followed(viewer, params))


@get(FEATURED, guards=[requires("read:accounts")])
async def get_featured_tags(caller: Scope, microblog: Microblog) -> list[FeaturedTag]:
    """Give the tags on one's own profile."""
    return await microblog.tags.featured((await microblog.book.viewer(caller)).id)


@post(FEATURED, guards=[requires("write:accounts")], dependencies=taking(TagName), status_code=200)
async def create_featured_tag(caller: Scope, microblog: Microblog, params: TagName) -> FeaturedTag:
    """Show a tag on one's profile."""
    return await microblog.tags.feature(await microblog.book.viewer(caller), params.name)


@get(FEATURED + "/suggestions", guards=[requires("read:accounts")])
async def get_featured_tag_suggestions(caller: Scope, microblog: Microblog) -> list[Tag]:
    """Give tags that one used lately."""
    return await microblog.tags.suggestions(await microblog.book.viewer(caller))


@delete(FEATURED + "/{featured_id:str}", guards=[requires("write:accounts")], status_code=200)
async def delete_featured_tag(caller: Scope, microblog: Microblog, featured_id: str) -> JsonObject:
    """Show a tag on one's profile no longer."""
    await microblog.tags.unfeature(await microblog.book.viewer(caller), parse_id(featured_id))
    return {}


@get("/api/v1/markers", guards=[requires("read:statuses")], dependencies=taking(WhichMarkers))
async def get_markers(caller: Scope, microblog: Microblog, params: WhichMarkers) -> dict[str, Marker]:
    """Tell how far one has read."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.tags.markers(viewer, params.timeline or list(TIMELINES))


@post(
    "/api/v1/markers", guards=[requires("write:statuses")], dependencies=taking(NewMarkers), status_code=200
)
async def save_markers(caller: Scope, microblog: Microblog, params: NewMarkers) -> dict[str, Marker]:
    """Keep how far one has read."""
    sent = {name: marker.last_read_id for name in TIMELINES if (marker := getattr(params, name)) is not None}
    if any(not text or not parse_ids([text]) for text in sent.values()):
        raise InvalidParam("Last read must be the id of what was read")
    read = {name: parse_ids([text or ""])[0] for name, text in sent.items()}
    return await microblog.tags.mark(await microblog.book.viewer(caller), read)


@get("/api/v1/accounts/{account_id:str}/identity_proofs", guards=[requires("read:accounts")])
async def get_identity_proofs(microblog: Microblog, account_id: str) -> list[str]:
    """Give proofs of a form that is gone since Mastodon 3.5: none; old apps ask still."""
    await microblog.book.row(parse_id(account_id))
    return []


ROUTES = [
    get_identity_proofs,
    get_follow_requests, authorize_follow_request, reject_follow_request, get_blocks, get_mutes, get_endorsements,
    get_lists, create_list, get_list, update_list, delete_list, get_list_accounts, add_accounts_to_list,
    remove_accounts_from_list, get_account_lists, get_account_featured_tags, get_tag, follow_tag, unfollow_tag,
    feature_tag, unfeature_tag, get_followed_tags, get_featured_tags, create_featured_tag,
    get_featured_tag_suggestions, delete_featured_tag, get_markers, save_markers,
]  # fmt: skip
