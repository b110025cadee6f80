"""Routes by which an app tells a service beside this server who its user is (specification, "OpenID")."""

from typing import Any

from litestar import get, post

from teahouse.accounts.openid import LIFETIME_S
from teahouse.accounts.service import Accounts
from teahouse.errors import Forbidden, Unauthenticated
from teahouse.kernel.http import JsonObject, Scope, open_to_all, signed_in


@post("/_matrix/client/v3/user/{user_id:str}/openid/request_token", guards=[signed_in], status_code=200)
async def request_openid_token(caller: Scope, accounts: Accounts, user_id: str) -> JsonObject:
    """Give a token to pass on (client-server API, `POST /user/{userId}/openid/request_token`)."""
    if user_id != caller.user_id:
        raise Forbidden("You can't get a token for somebody else")
    return {
        "access_token": accounts.openid.make(user_id),
        "token_type": "Bearer",
        "matrix_server_name": accounts.server_name,
        "expires_in": LIFETIME_S,
    }


@get("/_matrix/federation/v1/openid/userinfo", guards=[open_to_all])
async def get_openid_userinfo(accounts: Accounts, access_token: str | None = None) -> JsonObject:
    """Tell a service whose token it was given (server-server API, `GET /openid/userinfo`)."""
    user_id = accounts.openid.user_of(access_token or "")
    user = await accounts.find_user(user_id)
    if user is None or not user.is_active:
        raise Unauthenticated("This account has ended")
    return {"sub": user_id}


ROUTES: list[Any] = [request_openid_token, get_openid_userinfo]
