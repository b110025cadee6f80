"""Routes of notifications, in groups and one by one, and of strangers who wait (Mastodon API, "notifications")."""

from typing import Any

import msgspec
from litestar import Response, get, patch, post, put

from teahouse.errors import TeahouseError
from teahouse.kernel.http import JsonObject, Page, Scope, requires, taking
from teahouse.microblog.entities.forms import parse_id, parse_ids
from teahouse.microblog.entities.notifications import (
    GroupedNotifications,
    Merged,
    Notification,
    NotificationPolicy,
    NotificationRequest,
    OldNotificationPolicy,
    UnreadCount,
)
from teahouse.microblog.entities.people import Account
from teahouse.microblog.notifications.notices import wanted_kinds
from teahouse.microblog.notifications.records import GROUPED
from teahouse.microblog.notifications.store_notifications import Wanted
from teahouse.microblog.routes.answers import WireRequest, page_of
from teahouse.microblog.routes.statuses import Ids
from teahouse.microblog.service import Microblog

V1, V2 = "/api/v1/notifications", "/api/v2/notifications"
READ, WRITE = [requires("read:notifications")], [requires("write:notifications")]


class WantedPage(Page, kw_only=True):
    """Which notifications, besides the page."""

    types: list[str] = msgspec.field(default_factory=list)
    exclude_types: list[str] = msgspec.field(default_factory=list)
    account_id: str | None = None
    include_filtered: bool = False
    grouped_types: list[str] | None = None
    expand_accounts: str = "full"


class Policies(msgspec.Struct, kw_only=True):
    for_not_following: str | None = None
    for_not_followers: str | None = None
    for_new_accounts: str | None = None
    for_private_mentions: str | None = None
    for_limited_accounts: str | None = None


class OldPolicies(msgspec.Struct, kw_only=True):
    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


def _wanted(params: WantedPage) -> Wanted:
    # The sender of an id that is none has sent nothing.
    sender = next(iter(parse_ids([params.account_id])), 0) if params.account_id else None
    kinds = wanted_kinds(params.types, params.exclude_types)
    return Wanted(kinds, sender, params.include_filtered or sender is not None)


def _named(params: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(params).items() if value is not None}


class OneId(msgspec.Struct):
    id: str = ""


@get(V1, guards=READ, dependencies=taking(WantedPage))
async def get_notifications(
    request: WireRequest, caller: Scope, microblog: Microblog, params: WantedPage
) -> Response[list[Notification]]:
    """Give a page of one's notifications."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.notices.page(viewer, _wanted(params), params))


@get(f"{V1}/unread_count", guards=READ, dependencies=taking(WantedPage))
async def count_unread_notifications(caller: Scope, microblog: Microblog, params: WantedPage) -> UnreadCount:
    """Count what came since one last read."""
    viewer = await microblog.book.viewer(caller)
    return UnreadCount(await microblog.notices.unread(viewer, _wanted(params), params.limit))


@get(V1 + "/{notification_id:str}", guards=READ)
async def get_notification(caller: Scope, microblog: Microblog, notification_id: str) -> Notification:
    """Give one notification."""
    return await microblog.notices.one(await microblog.book.viewer(caller), parse_id(notification_id))


@post([f"{V1}/clear", f"{V2}/clear"], guards=WRITE, status_code=200)
async def clear_notifications(caller: Scope, microblog: Microblog) -> JsonObject:
    """Forget all of one's notifications."""
    await microblog.notices.clear(await microblog.book.viewer(caller))
    return {}


@post(V1 + "/{notification_id:str}/dismiss", guards=WRITE, status_code=200)
async def dismiss_notification(caller: Scope, microblog: Microblog, notification_id: str) -> JsonObject:
    """Forget one notification."""
    await microblog.notices.dismiss(await microblog.book.viewer(caller), parse_id(notification_id))
    return {}


@post(V1 + "/dismiss", guards=WRITE, dependencies=taking(OneId), status_code=200)
async def dismiss_notification_of_old(caller: Scope, microblog: Microblog, params: OneId) -> JsonObject:
    """Forget one notification, as old apps ask for it."""
    await microblog.notices.dismiss(await microblog.book.viewer(caller), parse_id(params.id))
    return {}


@get(V2, guards=READ, dependencies=taking(WantedPage))
async def get_grouped_notifications(
    request: WireRequest, caller: Scope, microblog: Microblog, params: WantedPage
) -> Response[GroupedNotifications]:
    """Give a page of one's notifications in groups."""
    viewer = await microblog.book.viewer(caller)
    kinds = GROUPED if params.grouped_types is None else params.grouped_types
    if params.expand_accounts not in ("full", "partial_avatars"):
        raise TeahouseError("expand_accounts must be full or partial_avatars", status=400)
    partial = params.expand_accounts == "partial_avatars"
    found = await microblog.groups.page(viewer, _wanted(params), params, kinds, partial=partial)
    answer = page_of(request, microblog, found)
    return Response(found.items[0], headers=answer.headers)


@get(f"{V2}/unread_count", guards=READ, dependencies=taking(WantedPage))
async def count_unread_groups(caller: Scope, microblog: Microblog, params: WantedPage) -> UnreadCount:
    """Count the groups with something that came since one last read."""
    viewer = await microblog.book.viewer(caller)
    kinds = (
        GROUPED
        if params.grouped_types is None
        else [kind for kind in GROUPED if kind in params.grouped_types]
    )
    return UnreadCount(await microblog.notices.unread(viewer, _wanted(params), params.limit, kinds))


@get(V2 + "/{group_key:str}", guards=READ)
async def get_notification_group(caller: Scope, microblog: Microblog, group_key: str) -> GroupedNotifications:
    """Give one group."""
    return await microblog.groups.one(await microblog.book.viewer(caller), group_key)


@get(V2 + "/{group_key:str}/accounts", guards=READ, dependencies=taking(Page))
async def get_group_accounts(
    request: WireRequest, caller: Scope, microblog: Microblog, group_key: str, params: Page
) -> Response[list[Account]]:
    """Give a page of those behind a group."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.groups.accounts(viewer, group_key, params))


@post(V2 + "/{group_key:str}/dismiss", guards=WRITE, status_code=200)
async def dismiss_notification_group(caller: Scope, microblog: Microblog, group_key: str) -> JsonObject:
    """Forget a group."""
    await microblog.groups.dismiss(await microblog.book.viewer(caller), group_key)
    return {}


@get(f"{V2}/policy", guards=READ)
async def get_notification_policy(caller: Scope, microblog: Microblog) -> NotificationPolicy:
    """Give whose notifications wait, and how many do."""
    return await microblog.requests.policy(await microblog.book.viewer(caller))


@patch(f"{V2}/policy", guards=WRITE, dependencies=taking(Policies))
async def update_notification_policy(
    caller: Scope, microblog: Microblog, params: Policies
) -> NotificationPolicy:
    """Change whose notifications wait."""
    viewer = await microblog.book.viewer(caller)
    await microblog.requests.change_policy(viewer, _named(params))
    return await microblog.requests.policy(viewer)


@put(f"{V2}/policy", guards=WRITE, dependencies=taking(Policies))
async def put_notification_policy(
    caller: Scope, microblog: Microblog, params: Policies
) -> NotificationPolicy:
    """Change whose notifications wait, by the verb of the first version, which the library masto keeps to."""
    viewer = await microblog.book.viewer(caller)
    await microblog.requests.change_policy(viewer, _named(params))
    return await microblog.requests.policy(viewer)


@get(f"{V1}/policy", guards=READ)
async def get_old_notification_policy(caller: Scope, microblog: Microblog) -> OldNotificationPolicy:
    """Give whose notifications wait, as the first version of the policy tells it."""
    return await microblog.requests.old_policy(await microblog.book.viewer(caller))


@put(f"{V1}/policy", guards=WRITE, dependencies=taking(OldPolicies))
async def update_old_notification_policy(
    caller: Scope, microblog: Microblog, params: OldPolicies
) -> OldNotificationPolicy:
    """Change whose notifications wait, as the first version of the policy has it."""
    viewer = await microblog.book.viewer(caller)
    await microblog.requests.change_old_policy(viewer, _named(params))
    return await microblog.requests.old_policy(viewer)


@get(f"{V1}/requests", guards=READ, dependencies=taking(Page))
async def get_notification_requests(
    request: WireRequest, caller: Scope, microblog: Microblog, params: Page
) -> Response[list[NotificationRequest]]:
    """Give the strangers whose notifications wait."""
    viewer = await microblog.book.viewer(caller)
    return page_of(request, microblog, await microblog.requests.page(viewer, params))


@get(f"{V1}/requests/merged", guards=READ)
async def notification_requests_merged(caller: Scope, microblog: Microblog) -> Merged:
    """Tell whether what was let through is among the notifications: it is so in the same write."""
    return Merged(merged=bool(caller.user_id))


@get(V1 + "/requests/{request_id:str}", guards=READ)
async def get_notification_request(
    caller: Scope, microblog: Microblog, request_id: str
) -> NotificationRequest:
    """Give one stranger who waits."""
    return await microblog.requests.one(await microblog.book.viewer(caller), parse_id(request_id))


async def _settle(
    caller: Scope, microblog: Microblog, numbers: list[int], accept: bool, one: bool
) -> JsonObject:
    viewer = await microblog.book.viewer(caller)
    await microblog.requests.settle(viewer, numbers, accept=accept, must_exist=one)
    return {}


@post(V1 + "/requests/{request_id:str}/accept", guards=WRITE, status_code=200)
async def accept_notification_request(caller: Scope, microblog: Microblog, request_id: str) -> JsonObject:
    """Let a stranger through."""
    return await _settle(caller, microblog, [parse_id(request_id)], accept=True, one=True)


@post(V1 + "/requests/{request_id:str}/dismiss", guards=WRITE, status_code=200)
async def dismiss_notification_request(caller: Scope, microblog: Microblog, request_id: str) -> JsonObject:
    """Turn a stranger away."""
    return await _settle(caller, microblog, [parse_id(request_id)], accept=False, one=True)


@post(f"{V1}/requests/accept", guards=WRITE, dependencies=taking(Ids), status_code=200)
async def accept_notification_requests(caller: Scope, microblog: Microblog, params: Ids) -> JsonObject:
    """Let several strangers through."""
    return await _settle(caller, microblog, parse_ids(params.id), accept=True, one=False)


@post(f"{V1}/requests/dismiss", guards=WRITE, dependencies=taking(Ids), status_code=200)
async def dismiss_notification_requests(caller: Scope, microblog: Microblog, params: Ids) -> JsonObject:
    """Turn several strangers away."""
    return await _settle(caller, microblog, parse_ids(params.id), accept=False, one=False)


ROUTES = [
    get_notifications,
    count_unread_notifications,
    get_notification,
    clear_notifications,
    dismiss_notification,
    dismiss_notification_of_old,
    get_grouped_notifications,
    count_unread_groups,
    get_notification_group,
    get_group_accounts,
    dismiss_notification_group,
    get_notification_policy,
    update_notification_policy,
    put_notification_policy,
    get_old_notification_policy,
    update_old_notification_policy,
    get_notification_requests,
    notification_requests_merged,
    get_notification_request,
    accept_notification_request,
    dismiss_notification_request,
    accept_notification_requests,
    dismiss_notification_requests,
]
