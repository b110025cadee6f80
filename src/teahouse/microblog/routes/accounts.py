"""Routes of accounts, and of what people are to each other (Mastodon API, "accounts")."""

from collections.abc import AsyncIterator

import msgspec
from litestar import Response, delete, get, post
from msgspec import UNSET, UnsetType

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import (
    FastRequest,
    FastRoute,
    FilePart,
    Page,
    Reply,
    Scope,
    StreamedBody,
    as_struct,
    bounded,
    everything_in,
    maybe_requires,
    place_all,
    read_form,
    requires,
    taking,
)
from teahouse.microblog.entities.forms import parse_id, parse_ids_of
from teahouse.microblog.entities.people import Account, CredentialAccount, FamiliarFollowers, Relationship
from teahouse.microblog.entities.statuses import Status
from teahouse.microblog.people.profile import ProfileWish
from teahouse.microblog.routes.answers import WireRequest, json_reply, page_of
from teahouse.microblog.service import Microblog
from teahouse.microblog.timelines.store_timelines import AccountWish

ACCOUNT = "/api/v1/accounts/{account_id:str}"


class Ids(msgspec.Struct):
    id: list[str] = []


class Lookup(msgspec.Struct):
    acct: str = ""


class NewField(msgspec.Struct):
    name: str = ""
    value: str = ""


class NewSource(msgspec.Struct):
    privacy: str | UnsetType = UNSET
    sensitive: bool | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    quote_policy: str | UnsetType = UNSET


class NewCredentials(msgspec.Struct, kw_only=True):
    display_name: str | UnsetType = UNSET
    avatar: str | UnsetType = UNSET
    header: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    fields_attributes: list[NewField] | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    bot: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    hide_collections: bool | UnsetType = UNSET
    profile_apart: bool | UnsetType = UNSET
    public_page: bool | UnsetType = UNSET
    source: NewSource = msgspec.field(default_factory=NewSource)


class SearchFor(msgspec.Struct):
    q: str = ""
    limit: int | None = None
    offset: int = 0
    following: bool = False
    resolve: bool = False


class StatusesOf(Page, kw_only=True):
    """A page of an account's posts."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    exclude_direct: bool = False
    pinned: bool = False
    tagged: str | None = None


class HowToFollow(msgspec.Struct):
    reblogs: bool | UnsetType = UNSET
    notify: bool | UnsetType = UNSET
    languages: list[str] | UnsetType = UNSET


class HowToMute(msgspec.Struct):
    notifications: bool = True
    duration: int = 0


class NewNote(msgspec.Struct):
    comment: str | None = None


@get("/api/v1/accounts/verify_credentials", guards=[requires("read:accounts", "profile")])
async def verify_account_credentials(caller: Scope, microblog: Microblog) -> CredentialAccount:
    """Give one's own account; it is made with the first call."""
    return await microblog.profile.credentials(await microblog.book.viewer(caller), is_admin=caller.is_admin)


async def update_credentials(request: FastRequest) -> Reply:
    """Change one's own account; name and picture are chat's too, unless they are set apart."""
    microblog: Microblog = request.services.microblog
    viewer = await microblog.book.viewer(request.caller)

    pictures: dict[str, str] = {}

    async def take(part: FilePart, data: AsyncIterator[bytes]) -> None:
        pictures[part.field] = await microblog.uploads.picture(request.caller, part, data)

    kind = request.header(b"content-type") or ""
    query: bytes = request.query_string
    if kind.startswith("multipart/form-data"):
        sent = everything_in(query, "", b"")
        place_all(sent, await read_form(kind, request.pieces(), {"avatar": take, "header": take}))
    else:
        sent = everything_in(query, kind.partition(";")[0].strip().lower(), await request.body())
    # A picture comes as a file; as text it can only be taken away.
    sent = {name: value for name, value in sent.items() if name not in ("avatar", "header") or value == ""}
    sent |= pictures
    await microblog.profile.change(viewer, _wish(as_struct(sent, NewCredentials)))
    return json_reply(await microblog.profile.credentials(viewer, is_admin=request.caller.is_admin))


async def _without(caller: Scope, microblog: Microblog, wish: ProfileWish) -> CredentialAccount:
    viewer = await microblog.book.viewer(caller)
    await microblog.profile.change(viewer, wish)
    return await microblog.profile.credentials(viewer, is_admin=caller.is_admin)


@delete("/api/v1/profile/avatar", guards=[requires("write:accounts")], status_code=200)
async def delete_avatar(caller: Scope, microblog: Microblog) -> CredentialAccount:
    """Take one's picture away."""
    return await _without(caller, microblog, ProfileWish(avatar=""))


@delete("/api/v1/profile/header", guards=[requires("write:accounts")], status_code=200)
async def delete_header(caller: Scope, microblog: Microblog) -> CredentialAccount:
    """Take one's wide picture away."""
    return await _without(caller, microblog, ProfileWish(header=""))


def _wish(params: NewCredentials) -> ProfileWish:
    fields = params.fields_attributes
    sent = msgspec.structs.asdict(params.source)
    return ProfileWish(
        display_name=params.display_name,
        avatar=params.avatar,
        header=params.header,
        note=params.note,
        fields=fields if isinstance(fields, UnsetType) else [(one.name, one.value) for one in fields],
        locked=params.locked,
        bot=params.bot,
        discoverable=params.discoverable,
        indexable=params.indexable,
        hide_collections=params.hide_collections,
        profile_apart=params.profile_apart,
        public_page=params.public_page,
        preferences={name: value for name, value in sent.items() if value is not UNSET},
    )


@get("/api/v1/accounts/search", guards=[requires("read:accounts")], dependencies=taking(SearchFor))
async def search_accounts(caller: Scope, microblog: Microblog, params: SearchFor) -> list[Account]:
    """Find accounts by their names."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.book.search(
        viewer,
        params.q,
        bounded(params.limit, 40, 80),
        max(0, min(params.offset, 1000)),
        following=params.following,
    )


@get("/api/v1/accounts", guards=[maybe_requires("read:accounts")], dependencies=taking(Ids))
async def get_accounts(microblog: Microblog, params: Ids) -> list[Account]:
    """Give several accounts by their ids."""
    return await microblog.book.many(parse_ids_of(params.id, 40))


@get("/api/v1/accounts/lookup", guards=[maybe_requires("read:accounts")], dependencies=taking(Lookup))
async def lookup_account(microblog: Microblog, params: Lookup) -> Account:
    """Find an account by its name."""
    found = await microblog.book.lookup(params.acct)
    if found is None:
        raise NotFound("Record not found")
    return found


@get("/api/v1/accounts/relationships", guards=[requires("read:follows")], dependencies=taking(Ids))
async def get_relationships(caller: Scope, microblog: Microblog, params: Ids) -> list[Relationship]:
    """Tell what ties one to other accounts."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.relationships.of(viewer, parse_ids_of(params.id, 100))


@get("/api/v1/accounts/familiar_followers", guards=[requires("read:follows")], dependencies=taking(Ids))
async def get_familiar_followers(caller: Scope, microblog: Microblog, params: Ids) -> list[FamiliarFollowers]:
    """Tell who of those one follows follows other accounts."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.relationships.familiar(viewer, parse_ids_of(params.id, 40))


@get(ACCOUNT, guards=[maybe_requires("read:accounts")])
async def get_microblog_account(microblog: Microblog, account_id: str) -> Account:
    """Give an account."""
    return await microblog.book.one(parse_id(account_id))


@get(ACCOUNT + "/statuses", guards=[maybe_requires("read:statuses")], dependencies=taking(StatusesOf))
async def get_account_statuses(
    request: WireRequest,
    maybe_caller: Scope | None,
    microblog: Microblog,
    account_id: str,
    params: StatusesOf,
) -> Response[list[Status]]:
    """Give a page of an account's posts."""
    viewer = await microblog.book.viewer(maybe_caller)
    wish = AccountWish(
        params.only_media,
        params.exclude_replies,
        params.exclude_reblogs,
        params.tagged or None,
        params.exclude_direct,
    )
    found = await microblog.timelines.profile(
        viewer, parse_id(account_id), params, wish, pinned=params.pinned
    )
    return page_of(request, microblog, found)


@get(ACCOUNT + "/followers", guards=[maybe_requires("read:accounts")], dependencies=taking(Page))
async def get_account_followers(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, account_id: str, params: Page
) -> Response[list[Account]]:
    """Give a page of an account's followers."""
    viewer = await microblog.book.viewer(maybe_caller)
    found = await microblog.relationships.page(viewer, "followers", parse_id(account_id), params)
    return page_of(request, microblog, found)


@get(ACCOUNT + "/following", guards=[maybe_requires("read:accounts")], dependencies=taking(Page))
async def get_account_following(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, account_id: str, params: Page
) -> Response[list[Account]]:
    """Give a page of whom an account follows."""
    viewer = await microblog.book.viewer(maybe_caller)
    found = await microblog.relationships.page(viewer, "following", parse_id(account_id), params)
    return page_of(request, microblog, found)


@get(ACCOUNT + "/endorsements", guards=[maybe_requires("read:accounts")], dependencies=taking(Page))
async def get_account_endorsements(
    request: WireRequest, maybe_caller: Scope | None, microblog: Microblog, account_id: str, params: Page
) -> Response[list[Account]]:
    """Give whom an account features."""
    viewer = await microblog.book.viewer(maybe_caller)
    found = await microblog.relationships.page(viewer, "endorsements", parse_id(account_id), params)
    return page_of(request, microblog, found)


@post(
    ACCOUNT + "/follow", guards=[requires("write:follows")], dependencies=taking(HowToFollow), status_code=200
)
async def follow_account(
    caller: Scope, microblog: Microblog, account_id: str, params: HowToFollow
) -> Relationship:
    """Follow an account, or change how one follows it."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.follows.follow(
        viewer, number, reblogs=params.reblogs, notify=params.notify, languages=params.languages
    )
    return await microblog.relationships.one(viewer, number)


@post(ACCOUNT + "/unfollow", guards=[requires("write:follows")], status_code=200)
async def unfollow_account(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Follow an account no longer."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.follows.unfollow(viewer, number)
    return await microblog.relationships.one(viewer, number)


@post(ACCOUNT + "/remove_from_followers", guards=[requires("write:follows")], status_code=200)
async def remove_account_from_followers(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Let an account follow one no longer."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.follows.remove_follower(viewer, number)
    return await microblog.relationships.one(viewer, number)


@post(ACCOUNT + "/block", guards=[requires("write:blocks")], status_code=200)
async def block_account(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Block an account, in chat too."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.blocks.block(viewer, number, on=True)
    return await microblog.relationships.one(viewer, number)


@post(ACCOUNT + "/unblock", guards=[requires("write:blocks")], status_code=200)
async def unblock_account(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Block an account no longer, in chat too."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.blocks.block(viewer, number, on=False)
    return await microblog.relationships.one(viewer, number)


@post(ACCOUNT + "/mute", guards=[requires("write:mutes")], dependencies=taking(HowToMute), status_code=200)
async def mute_account(
    caller: Scope, microblog: Microblog, account_id: str, params: HowToMute
) -> Relationship:
    """Hide an account's posts from oneself, for a time or until one ends it."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    if params.duration < 0:
        raise InvalidParam("Duration must not be negative")
    await microblog.blocks.mute(
        viewer, number, notifications=params.notifications, duration_s=params.duration
    )
    return await microblog.relationships.one(viewer, number)


@post(ACCOUNT + "/unmute", guards=[requires("write:mutes")], status_code=200)
async def unmute_account(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Show an account's posts again."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.blocks.unmute(viewer, number)
    return await microblog.relationships.one(viewer, number)


@post(ACCOUNT + "/note", guards=[requires("write:accounts")], dependencies=taking(NewNote), status_code=200)
async def note_account(caller: Scope, microblog: Microblog, account_id: str, params: NewNote) -> Relationship:
    """Note something about an account, for oneself."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.relationships.note(viewer, number, params.comment or "")
    return await microblog.relationships.one(viewer, number)


@post([ACCOUNT + "/endorse", ACCOUNT + "/pin"], guards=[requires("write:accounts")], status_code=200)
async def endorse_account(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Feature an account on one's profile."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.relationships.endorse(viewer, number, on=True)
    return await microblog.relationships.one(viewer, number)


@post([ACCOUNT + "/unendorse", ACCOUNT + "/unpin"], guards=[requires("write:accounts")], status_code=200)
async def unendorse_account(caller: Scope, microblog: Microblog, account_id: str) -> Relationship:
    """Feature an account no longer."""
    viewer, number = await microblog.book.viewer(caller), parse_id(account_id)
    await microblog.relationships.endorse(viewer, number, on=False)
    return await microblog.relationships.one(viewer, number)


ROUTES = [
    verify_account_credentials,
    FastRoute(
        "PATCH", "/api/v1/accounts/update_credentials", update_credentials, requires("write:accounts"),
        takes=StreamedBody(lambda services: int(services.media.settings.max_upload_bytes)),
    ),
    delete_avatar,
    delete_header,
    search_accounts,
    get_accounts,
    lookup_account,
    get_relationships,
    get_familiar_followers,
    get_microblog_account,
    get_account_statuses,
    get_account_followers,
    get_account_following,
    get_account_endorsements,
    follow_account,
    unfollow_account,
    remove_account_from_followers,
    block_account,
    unblock_account,
    mute_account,
    unmute_account,
    note_account,
    endorse_account,
    unendorse_account,
]  # fmt: skip
