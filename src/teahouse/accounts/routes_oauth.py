"""Routes of the authorisation server that apps call without a browser; their answers are OAuth's own."""

from typing import Any

import orjson
from litestar import Request, Response, get, post
from msgspec import Struct

from teahouse.accounts.addresses import client_address
from teahouse.accounts.oauth.protocol import Answer
from teahouse.accounts.service import Accounts
from teahouse.kernel.http import JsonObject, Scope, open_to_all, requires, taking

AnyRequest = Request[Any, Any, Any]
NO_STORE = {"Cache-Control": "private, no-store", "Pragma": "no-cache"}


class TokenParams(Struct):
    grant_type: str | None = None
    code: str | None = None
    redirect_uri: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    device_code: str | None = None
    scope: str | None = None
    username: str | None = None
    password: str | None = None


class RevokeParams(Struct):
    token: str | None = None
    token_type_hint: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


class DeviceParams(Struct):
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None


def given(params: Struct) -> dict[str, str]:
    """Give the parameters that were sent."""
    named = ((name, getattr(params, name)) for name in params.__struct_fields__)
    return {name: value for name, value in named if value is not None}


def oauth_answer(answer: Answer) -> Response[bytes]:
    """Answer as OAuth wants it, never to be kept by anybody on the way."""
    status, body = answer
    headers = NO_STORE | ({"WWW-Authenticate": 'Basic realm="teahouse"'} if status == 401 else {})
    return Response(orjson.dumps(body), status_code=status, headers=headers, media_type="application/json")


@post("/oauth/token", guards=[open_to_all], status_code=200, dependencies=taking(TokenParams))
async def oauth_token(request: AnyRequest, accounts: Accounts, params: TokenParams) -> Response[bytes]:
    """Give tokens for a code, a refresh token, an app's own secret, or a device that was let in."""
    authorization = request.headers.get("authorization", "")
    endpoint = accounts.oauth.token_endpoint
    return oauth_answer(await endpoint.token(given(params), authorization, client_address(request)))


@post("/oauth/revoke", guards=[open_to_all], status_code=200, dependencies=taking(RevokeParams))
async def oauth_revoke(request: AnyRequest, accounts: Accounts, params: RevokeParams) -> Response[bytes]:
    """End the session of a token (RFC 7009)."""
    authorization = request.headers.get("authorization", "")
    return oauth_answer(await accounts.oauth.token_endpoint.revoke(given(params), authorization))


@post("/oauth/device_authorization", guards=[open_to_all], status_code=200, dependencies=taking(DeviceParams))
async def oauth_device_authorization(
    request: AnyRequest, accounts: Accounts, params: DeviceParams
) -> Response[bytes]:
    """Begin the sign-in of a device without a browser (RFC 8628)."""
    accounts.guesses.count_registration(client_address(request))
    authorization = request.headers.get("authorization", "")
    return oauth_answer(await accounts.oauth.token_endpoint.begin_device(given(params), authorization))


@post("/oauth/register", guards=[open_to_all], status_code=201)
async def oauth_register(request: AnyRequest, accounts: Accounts, data: JsonObject) -> Response[bytes]:
    """Register an app (RFC 7591)."""
    return oauth_answer(await accounts.oauth.apps.register_dynamic(data, client_address(request)))


@get("/oauth/userinfo", guards=[requires("profile", "read:accounts")])
async def oauth_userinfo(caller: Scope, accounts: Accounts) -> JsonObject:
    """Tell an app whom it signed in."""
    profile = await accounts.profile(caller.user_id)
    localpart = caller.user_id[1:].partition(":")[0]
    return {
        "iss": accounts.oauth.metadata["issuer"],
        "sub": caller.user_id,
        "name": profile.get("displayname") or localpart,
        "preferred_username": localpart,
    }


@get("/.well-known/oauth-authorization-server", guards=[open_to_all])
async def get_oauth_server_metadata(accounts: Accounts) -> JsonObject:
    """Tell what the authorisation server can (RFC 8414)."""
    return accounts.oauth.metadata


@get("/_matrix/client/v1/auth_metadata", guards=[open_to_all])
async def get_auth_metadata(accounts: Accounts) -> JsonObject:
    """Tell Matrix apps what the authorisation server can."""
    return accounts.oauth.metadata


@get("/_matrix/client/unstable/org.matrix.msc2965/auth_metadata", guards=[open_to_all])
async def get_auth_metadata_of_old(accounts: Accounts) -> JsonObject:
    """Tell the same under the proposal's path, which shipped apps ask."""
    return accounts.oauth.metadata


ROUTES = [
    oauth_token,
    oauth_revoke,
    oauth_device_authorization,
    oauth_register,
    oauth_userinfo,
    get_oauth_server_metadata,
    get_auth_metadata,
    get_auth_metadata_of_old,
]
