"""Routes of the Mastodon API about the app itself (its documentation, "apps API methods")."""

import re
from typing import Any

from litestar import Request, Response, get, post
from msgspec import Struct

from teahouse.accounts.addresses import client_address
from teahouse.accounts.oauth.records import OAuthClient
from teahouse.accounts.records import NewDevice
from teahouse.accounts.service import Accounts
from teahouse.accounts.sign_up import BadRegistrationToken, is_closed, sign_up
from teahouse.errors import Conflict, Forbidden, InvalidParam, NotFound, TeahouseError
from teahouse.kernel.http import JsonObject, Scope, open_to_all, requires_app, taking


class AppParams(Struct):
    client_name: str = ""
    redirect_uris: list[str] = []
    scopes: list[str] = []
    website: str | None = None


@post("/api/v1/apps", guards=[open_to_all], status_code=200, dependencies=taking(AppParams))
async def create_app(request: Request[Any, Any, Any], accounts: Accounts, params: AppParams) -> JsonObject:
    """Register an app and give it its id and secret."""
    # COMPAT(Mastodon's apps): several addresses may come as lines of one text.
    addresses = [line.strip() for one in params.redirect_uris for line in one.splitlines() if line.strip()]
    client, secret = await accounts.oauth.apps.register_mastodon(
        params.client_name,
        addresses,
        " ".join(params.scopes),
        params.website or None,
        client_address(request),
    )
    identity = {"client_id": client.client_id, "client_secret": secret, "client_secret_expires_at": 0}
    return application(client) | accounts.more_of_apps | identity


@get("/api/v1/apps/verify_credentials", guards=[requires_app()])
async def verify_app_credentials(caller: Scope, accounts: Accounts) -> JsonObject:
    """Tell an app with which registration its token was made."""
    client = await accounts.oauth.apps.find(caller.client_id)
    if client is None:
        raise NotFound("This session was not begun by an app")
    return application(client) | accounts.more_of_apps


def application(client: OAuthClient) -> JsonObject:
    """Give the app as the API words it; ids are texts, and an absent website is null."""
    return {
        "id": str(client.number),
        "name": client.name,
        "website": client.website,
        "scopes": client.scope.split(),
        "redirect_uri": "\n".join(client.redirect_uris),
        "redirect_uris": list(client.redirect_uris),
    }


_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")


class SignUpParams(Struct):
    username: str = ""
    password: str = ""
    agreement: bool = False
    email: str | None = None
    locale: str | None = None
    invite_code: str = ""


@post(
    "/api/v1/accounts", guards=[requires_app("write:accounts")], status_code=200,
    dependencies=taking(SignUpParams),
)  # fmt: skip
async def register_account(
    request: Request[Any, Any, Any], caller: Scope, accounts: Accounts, params: SignUpParams
) -> Response[JsonObject]:
    """Make an account for somebody through an app, and sign the app in to it.

    `invite_code` takes a registration token. An e-mail address may be sent; nothing is kept of it.
    """
    client = await accounts.oauth.apps.find(caller.client_id)
    if client is None or is_closed(accounts):
        raise Forbidden("Nobody can sign up through apps here")
    lacking = _lacking(params)
    if lacking:
        return _not_valid(lacking)
    grants = " ".join(sorted(caller.grants))
    device = NewDevice(None, client.name, grants=grants, client_id=client.client_id)
    try:
        _, issued = await sign_up(
            accounts, params.username, params.password, params.invite_code, client_address(request), device=device
        )  # fmt: skip
    except (InvalidParam, Conflict, BadRegistrationToken) as error:
        return _not_valid([_complaint(error)])
    assert issued is not None  # noqa: S101 (a device was given)
    return Response(
        {
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "scope": grants,
            "created_at": accounts.now_ms() // 1000,
        }
    )


def _lacking(params: SignUpParams) -> list[tuple[str, str, str]]:
    lacking = []
    if not params.username.strip():
        lacking.append(("username", "ERR_BLANK", "can't be blank"))
    if params.email is not None and not params.email.strip():
        lacking.append(("email", "ERR_BLANK", "can't be blank"))
    if params.locale and not _LOCALE.fullmatch(params.locale):
        lacking.append(("locale", "ERR_INCLUSION", "is not included in the list"))
    if not params.password:
        lacking.append(("password", "ERR_BLANK", "can't be blank"))
    if not params.agreement:
        lacking.append(("agreement", "ERR_ACCEPTED", "must be accepted"))
    return lacking


def _complaint(error: TeahouseError) -> tuple[str, str, str]:
    if isinstance(error, Conflict):
        return "username", "ERR_TAKEN", "has already been taken"
    if isinstance(error, BadRegistrationToken):
        return "invite_code", "ERR_INVALID", "is unknown, used up or expired"
    about = "password" if error.errcode == "M_WEAK_PASSWORD" else "username"
    return about, "ERR_INVALID", f"is invalid: {error.message}"


def _not_valid(complaints: list[tuple[str, str, str]]) -> Response[JsonObject]:
    """Say what is wrong with each field, as the API words it for people who sign up."""
    details: dict[str, list[dict[str, str]]] = {}
    for name, code, words in complaints:
        details.setdefault(name, []).append({"error": code, "description": words})
    said = ", ".join(f"{name.replace('_', ' ').capitalize()} {words}" for name, _, words in complaints)
    return Response({"error": f"Validation failed: {said}", "details": details}, status_code=422)


ROUTES = [create_app, verify_app_credentials, register_account]
