"""The wire of Web Push subscriptions (Mastodon API, "push")."""

from typing import Any

import msgspec
from litestar import delete, get, post, put

from teahouse.errors import InvalidParam
from teahouse.kernel.http import JsonObject, Scope, requires, taking
from teahouse.microblog.routes.answers import WireRequest
from teahouse.microblog.service import Microblog
from teahouse.microblog.web_push.subscriptions import WebPushSubscription

SUBSCRIPTION = "/api/v1/push/subscription"


class Keys(msgspec.Struct):
    p256dh: str = ""
    auth: str = ""


class Where(msgspec.Struct):
    endpoint: str = ""
    keys: Keys = msgspec.field(default_factory=Keys)
    standard: bool = False


class What(msgspec.Struct):
    alerts: JsonObject = msgspec.field(default_factory=dict)
    policy: str | None = None


class SubscriptionWish(msgspec.Struct):
    subscription: Where = msgspec.field(default_factory=Where)
    data: What = msgspec.field(default_factory=What)
    policy: str | None = None


def _alerts(sent: JsonObject) -> dict[str, bool]:
    found = {}
    for kind, wish in sent.items():
        if not isinstance(wish, bool | int | str):
            raise InvalidParam(f"data[alerts][{kind}] must be true or false")
        found[kind] = wish.lower() in ("true", "1", "on", "t", "yes") if isinstance(wish, str) else bool(wish)
    return found


def _token_of(request: WireRequest) -> str:
    header: str = request.headers.get("authorization", "")
    return header.partition(" ")[2].strip() or str(request.query_params.get("access_token", ""))


@post(SUBSCRIPTION, guards=[requires("push")], dependencies=taking(SubscriptionWish), status_code=200)
async def subscribe_to_push(
    request: WireRequest, caller: Scope, microblog: Microblog, params: SubscriptionWish
) -> WebPushSubscription:
    """Let this session be told by Web Push."""
    where, what = params.subscription, params.data
    wish: dict[str, Any] = {
        "endpoint": where.endpoint,
        "standard": where.standard,
        "alerts": _alerts(what.alerts),
        "policy": what.policy or params.policy,
    }
    viewer = await microblog.book.viewer(caller)
    keys = (where.keys.p256dh, where.keys.auth)
    return await microblog.subscriptions.subscribe(caller, viewer, _token_of(request), wish, keys)


@get(SUBSCRIPTION, guards=[requires("push")])
async def get_push_subscription(caller: Scope, microblog: Microblog) -> WebPushSubscription:
    """Give what this session is told."""
    return await microblog.subscriptions.get(caller)


@put(SUBSCRIPTION, guards=[requires("push")], dependencies=taking(SubscriptionWish))
async def update_push_subscription(
    caller: Scope, microblog: Microblog, params: SubscriptionWish
) -> WebPushSubscription:
    """Change what this session is told."""
    policy = params.data.policy or params.policy
    return await microblog.subscriptions.change(caller, _alerts(params.data.alerts), policy)


@delete(SUBSCRIPTION, guards=[requires("push")], status_code=200)
async def unsubscribe_from_push(caller: Scope, microblog: Microblog) -> JsonObject:
    """Let this session be told nothing more."""
    await microblog.subscriptions.unsubscribe(caller)
    return {}


ROUTES = [subscribe_to_push, get_push_subscription, update_push_subscription, unsubscribe_from_push]
