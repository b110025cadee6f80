"""Routes of one's own account: devices, password, deactivation, and what an administrator may look up."""

from typing import Any

import structlog
from litestar import Request, delete, get, post, put
from msgspec import Struct, to_builtins

from teahouse.accounts.addresses import client_address
from teahouse.accounts.passwords import check_new_password
from teahouse.accounts.service import Accounts
from teahouse.accounts.uia import PASSWORD, UiaRequest
from teahouse.errors import BadJson, Forbidden, NotFound
from teahouse.ids import parse_user_id
from teahouse.kernel.http import JsonObject, Scope, signed_in

AnyRequest = Request[Any, Any, Any]
log = structlog.get_logger(__name__)
MOST_DEVICES = 1000


class RenameRequest(Struct):
    display_name: str | None = None


class AuthRequest(Struct, omit_defaults=True):
    auth: Any = None


class DeleteDevicesRequest(Struct, omit_defaults=True):
    auth: Any = None
    devices: list[str] | None = None


class PasswordRequest(Struct, omit_defaults=True):
    auth: Any = None
    new_password: str | None = None
    logout_devices: bool = True


class DeactivateRequest(Struct, omit_defaults=True):
    auth: Any = None
    id_server: str | None = None
    erase: bool = False


Authenticated = AuthRequest | DeleteDevicesRequest | PasswordRequest | DeactivateRequest


async def confirm(
    request: AnyRequest, accounts: Accounts, caller: Scope, route: str, data: Authenticated
) -> JsonObject:
    """Give the body once the caller has confirmed the request by password; raises InteractiveAuth."""
    body = to_builtins(data)
    auth = body.pop("auth", None)
    passed = await accounts.uia.require(
        UiaRequest(route, body, auth, [[PASSWORD]], caller.user_id, client_address(request))
    )
    return passed.body


@get("/_matrix/client/v3/devices", guards=[signed_in])
async def get_devices(caller: Scope, accounts: Accounts) -> JsonObject:
    """List one's devices."""
    return {"devices": await accounts.devices.list(caller.user_id)}


@get("/_matrix/client/v3/devices/{device_id:str}", guards=[signed_in])
async def get_device(caller: Scope, accounts: Accounts, device_id: str) -> JsonObject:
    """Show one of one's devices."""
    return await accounts.devices.get(caller.user_id, device_id)


@put("/_matrix/client/v3/devices/{device_id:str}", guards=[signed_in])
async def update_device(caller: Scope, accounts: Accounts, device_id: str, data: RenameRequest) -> JsonObject:
    """Rename one of one's devices."""
    await accounts.devices.rename(caller.user_id, device_id, data.display_name)
    return {}


@delete("/_matrix/client/v3/devices/{device_id:str}", guards=[signed_in], status_code=200)
async def delete_device(
    request: AnyRequest, caller: Scope, accounts: Accounts, device_id: str, data: AuthRequest
) -> JsonObject:
    """Delete one of one's devices under user-interactive authentication, and end its session."""
    await accounts.devices.get(caller.user_id, device_id)
    await confirm(request, accounts, caller, f"delete_device {device_id}", data)
    await accounts.devices.delete(caller.user_id, [device_id])
    return {}


@post("/_matrix/client/v3/delete_devices", guards=[signed_in], status_code=200)
async def delete_devices(
    request: AnyRequest, caller: Scope, accounts: Accounts, data: DeleteDevicesRequest
) -> JsonObject:
    """Delete several of one's devices under user-interactive authentication, and end their sessions."""
    if data.devices is not None and len(data.devices) > MOST_DEVICES:
        raise BadJson(f"At most {MOST_DEVICES} devices at once")
    body = await confirm(request, accounts, caller, "delete_devices", data)
    if "devices" not in body:
        raise BadJson("devices is missing", errcode="M_MISSING_PARAM")
    await accounts.devices.delete(caller.user_id, body["devices"])
    return {}


@post("/_matrix/client/v3/account/password", guards=[signed_in], status_code=200)
async def change_password(
    request: AnyRequest, caller: Scope, accounts: Accounts, data: PasswordRequest
) -> JsonObject:
    """Change one's password under user-interactive authentication; other devices are signed out by default."""
    if data.new_password is None:
        raise BadJson("new_password is missing", errcode="M_MISSING_PARAM")
    check_new_password(data.new_password, caller.user_id)
    await confirm(request, accounts, caller, "password", data)
    await accounts.lifecycle.change_password(caller, data.new_password, logout_devices=data.logout_devices)
    return {}


@post("/_matrix/client/v3/account/deactivate", guards=[signed_in], status_code=200)
async def deactivate_account(
    request: AnyRequest, caller: Scope, accounts: Accounts, data: DeactivateRequest
) -> JsonObject:
    """End one's account for ever under user-interactive authentication."""
    body = await confirm(request, accounts, caller, "deactivate", data)
    await accounts.lifecycle.deactivate(caller.user_id, erase=body.get("erase", False))
    return {"id_server_unbind_result": "success"}


@get("/_matrix/client/v3/admin/whois/{user_id:str}", guards=[signed_in])
async def get_who_is(caller: Scope, accounts: Accounts, user_id: str) -> JsonObject:
    """Show when and from where a user's devices were last seen, to the user and to administrators."""
    if user_id != caller.user_id and not caller.is_admin:
        raise Forbidden("Only the user and administrators may see this")
    if await accounts.find_user(parse_user_id(user_id)) is None:
        raise NotFound("There is no such user")
    if user_id != caller.user_id:
        log.info("an administrator looked a user up", by=caller.user_id, of=user_id)
    devices = {}
    for device in await accounts.devices.list(user_id):
        names = {"ip": "last_seen_ip", "last_seen": "last_seen_ts"}
        connection = {name: device[source] for name, source in names.items() if source in device}
        connections = [connection] if connection else []
        devices[device["device_id"]] = {"sessions": [{"connections": connections}]}
    return {"user_id": user_id, "devices": devices}


ROUTES = [
    get_devices,
    get_device,
    update_device,
    delete_device,
    delete_devices,
    change_password,
    deactivate_account,
    get_who_is,
]
