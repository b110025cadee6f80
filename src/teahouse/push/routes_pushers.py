"""Routes of pushers and of the list of notifications (client-server API, "Push Notifications").

GET   /pushers         get_pushers
POST  /pushers/set     post_pusher
POST  /pushers/ack     ack_pusher
GET   /notifications   get_notifications
"""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from teahouse.kernel.http import JsonObject, Scope, signed_in
from teahouse.push.notifications import read_wish
from teahouse.push.service import Push


@get("/_matrix/client/v3/pushers", guards=[signed_in])
async def get_pushers(caller: Scope, push: Push) -> JsonObject:
    """Give the caller's pushers."""
    return {"pushers": await push.pushers.shown_to(caller)}


@post("/_matrix/client/v3/pushers/set", guards=[signed_in], status_code=200)
async def post_pusher(caller: Scope, push: Push, data: JsonObject) -> Response[JsonObject]:
    """Add, replace or delete one of the caller's pushers; 201 when it waits for its activation."""
    activated = await push.set_pusher(caller, data)
    return Response({}, status_code=200 if activated else 201)


class AckRequest(Struct):
    app_id: str
    ack_token: str


@post(
    ["/_matrix/client/v3/pushers/ack", "/_matrix/client/unstable/org.matrix.msc4174/pushers/ack"],
    guards=[signed_in],
    status_code=200,
)
async def ack_pusher(caller: Scope, push: Push, data: AckRequest) -> JsonObject:
    """Activate a web push pusher by the token that was pushed to it (MSC4174)."""
    await push.activate_pusher(caller, data.app_id, data.ack_token)
    return {}


@get("/_matrix/client/v3/notifications", guards=[signed_in])
async def get_notifications(
    caller: Scope,
    push: Push,
    from_token: Annotated[str | None, QueryParameter(name="from")] = None,
    limit: int | None = None,
    only: str | None = None,
) -> JsonObject:
    """List what the caller was notified of, newest first."""
    return await push.notifications.page(caller, read_wish(from_token, limit, only))


ROUTES = [get_pushers, post_pusher, ack_pusher, get_notifications]
