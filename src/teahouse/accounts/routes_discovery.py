"""Routes by which apps find the server and learn what it can (specification, "Server Discovery")."""

from typing import get_args

from litestar import get

from teahouse.accounts.service import Accounts
from teahouse.config import RoomVersion
from teahouse.errors import NotFound
from teahouse.kernel.http import JsonObject, Scope, open_to_all, signed_in

VERSIONS = ["r0.6.1", *(f"v1.{minor}" for minor in range(1, 16))]
UNSTABLE_FEATURES = {
    "io.element.msc4388": True,
    "org.matrix.msc2285.stable": True,
    "org.matrix.msc3440.stable": True,
    "org.matrix.msc3771": True,
    "org.matrix.msc3981": True,
    "org.matrix.msc4108": True,
    "org.matrix.simplified_msc3575": True,
    "teahouse.media": True,
    "uk.tcpip.msc4133": True,
    "uk.tcpip.msc4133.stable": True,
}


@get("/_matrix/client/versions", guards=[open_to_all])
async def get_versions() -> JsonObject:
    """List the specification's versions: each one, since apps test for single strings."""
    return {"versions": VERSIONS, "unstable_features": UNSTABLE_FEATURES}


@get("/.well-known/matrix/client", guards=[open_to_all])
async def get_wellknown(accounts: Accounts) -> JsonObject:
    """Tell the address of this server's API, and what apps shall do about encryption."""
    encryption = accounts.config.encryption
    return {
        "m.homeserver": {"base_url": accounts.config.public_url.rstrip("/")},
        "io.element.e2ee": {"default": encryption.by_default},
        **({"org.matrix.msc3814": True} if encryption.dehydrated_devices else {}),
    }


@get("/.well-known/matrix/support", guards=[open_to_all])
async def get_wellknown_support() -> JsonObject:
    """Refuse: the operator has published no contacts."""
    raise NotFound("This server publishes no contacts")


@get("/_matrix/client/v3/capabilities", guards=[signed_in])
async def get_capabilities(caller: Scope, accounts: Accounts) -> JsonObject:
    """Tell what people can do here."""
    return {
        "capabilities": {
            "m.change_password": {"enabled": True},
            "m.room_versions": {
                "default": accounts.config.rooms.default_version,
                "available": dict.fromkeys(get_args(RoomVersion), "stable"),
            },
            "m.set_displayname": {"enabled": True},
            "m.set_avatar_url": {"enabled": True},
            "m.profile_fields": {"enabled": True},
            "m.3pid_changes": {"enabled": False},
            "m.get_login_token": {"enabled": False},
            **({"m.account_moderation": {"lock": True}} if caller.is_admin else {}),
            **accounts.more_capabilities,
        }
    }


ROUTES = [get_versions, get_wellknown, get_wellknown_support, get_capabilities]
