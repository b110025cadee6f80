"""Routes of the Mastodon API about the app itself (its documentation, "apps API methods")."""

from typing import Any

from litestar import Request, get, post
from msgspec import Struct

from teahouse.accounts.addresses import client_address
from teahouse.accounts.oauth.records import OAuthClient
from teahouse.accounts.service import Accounts
from teahouse.errors import NotFound
from teahouse.kernel.http import JsonObject, Scope, open_to_all, requires_app, taking


class AppParams(Struct):
    client_name: str = ""
    redirect_uris: list[str] = []
    scopes: str = ""
    website: str | None = None


@post("/api/v1/apps", guards=[open_to_all], status_code=200, dependencies=taking(AppParams))
async def create_app(request: Request[Any, Any, Any], accounts: Accounts, params: AppParams) -> JsonObject:
    """Register an app and give it its id and secret."""
    # COMPAT(Mastodon's apps): several addresses may come as lines of one text.
    addresses = [line.strip() for one in params.redirect_uris for line in one.splitlines() if line.strip()]
    client, secret = await accounts.oauth.apps.register_mastodon(
        params.client_name, addresses, params.scopes, params.website or None, client_address(request)
    )
    identity = {"client_id": client.client_id, "client_secret": secret, "client_secret_expires_at": 0}
    return application(client) | identity


@get("/api/v1/apps/verify_credentials", guards=[requires_app()])
async def verify_app_credentials(caller: Scope, accounts: Accounts) -> JsonObject:
    """Tell an app with which registration its token was made."""
    client = await accounts.oauth.apps.find(caller.client_id)
    if client is None:
        raise NotFound("This session was not begun by an app")
    return application(client)


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


ROUTES = [create_app, verify_app_credentials]
