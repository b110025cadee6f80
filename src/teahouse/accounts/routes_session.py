"""Routes of signing in, up and out (specification, "Client authentication")."""

from typing import Any

import structlog
from litestar import Request, get, post
from msgspec import Struct, to_builtins

from teahouse.accounts.addresses import client_address
from teahouse.accounts.login import named_user
from teahouse.accounts.passwords import check_new_password
from teahouse.accounts.records import NewDevice
from teahouse.accounts.service import Accounts
from teahouse.accounts.uia import DUMMY, PASSWORD, REGISTRATION_TOKEN, UiaRequest
from teahouse.errors import Forbidden, InvalidParam, MissingParam, Unrecognized
from teahouse.kernel.http import JsonObject, Scope, open_to_all, signed_in, signed_in_or_locked

AnyRequest = Request[Any, Any, Any]
log = structlog.get_logger(__name__)
FLOWS = {"open": [[DUMMY]], "token": [[REGISTRATION_TOKEN, DUMMY]]}


class LoginRequest(Struct):
    type: str
    identifier: Any = None
    user: Any = None
    medium: Any = None
    address: Any = None
    password: str | None = None
    device_id: str | None = None
    initial_device_display_name: str | None = None
    refresh_token: bool = False


class RegisterRequest(Struct, omit_defaults=True):
    auth: Any = None
    username: str | None = None
    password: str | None = None
    device_id: str | None = None
    initial_device_display_name: str | None = None
    inhibit_login: bool = False
    refresh_token: bool = False


class RefreshRequest(Struct):
    refresh_token: str


def check_passwords_taken(accounts: Accounts) -> None:
    """Raise Unrecognized, which sends apps to OAuth, where they may not ask for passwords themselves."""
    if not accounts.config.takes_passwords:
        raise Unrecognized("Apps sign people in by OAuth 2.0 on this server")


@get("/_matrix/client/v3/login", guards=[open_to_all])
async def get_login_flows(accounts: Accounts) -> JsonObject:
    """List the ways to sign in by this API: by password only, or none where OAuth is the only way."""
    check_passwords_taken(accounts)
    return {"flows": [{"type": PASSWORD}]}


@post("/_matrix/client/v3/login", guards=[open_to_all], status_code=200)
async def login(request: AnyRequest, accounts: Accounts, data: LoginRequest) -> JsonObject:
    """Begin a session by password."""
    check_passwords_taken(accounts)
    if data.type != PASSWORD:
        raise InvalidParam("This server signs people in by m.login.password only", errcode="M_UNKNOWN")
    if data.password is None:
        raise MissingParam("There is no password")
    identifier = data.identifier
    if identifier is None and data.medium is not None:
        identifier = {"type": "m.id.thirdparty", "medium": data.medium, "address": data.address}
    user_id = named_user(identifier, data.user, accounts.server_name)
    device = NewDevice(data.device_id, data.initial_device_display_name, data.refresh_token)
    issued = await accounts.login.log_in(user_id, data.password, device, client_address(request))
    return issued.as_answer() | {"home_server": accounts.server_name}


@post("/_matrix/client/v3/register", guards=[open_to_all], status_code=200)
async def register(
    request: AnyRequest, accounts: Accounts, data: RegisterRequest, kind: str = "user"
) -> JsonObject:
    """Make an account under user-interactive authentication, and its first session."""
    if kind == "guest":
        raise Forbidden("This server has no guests", errcode="M_GUEST_ACCESS_FORBIDDEN")
    if kind != "user":
        raise InvalidParam("kind must be user or guest")
    check_passwords_taken(accounts)
    accounts.register.check_open()
    address = client_address(request)
    auth, data.auth = data.auth, None
    asks_for_flows = data.username is None and data.password is None and not auth
    if not asks_for_flows and (not isinstance(auth, dict) or "session" not in auth):
        accounts.guesses.count_registration(address)
    if data.username is not None:
        await accounts.register.check_free(accounts.register.user_id_for(data.username))
    if data.password is not None:
        check_new_password(data.password, data.username or "")
    elif auth:
        raise MissingParam("There is no password")
    flows = FLOWS[accounts.config.registration.mode]
    passed = await accounts.uia.require(
        UiaRequest("register", to_builtins(data), auth, flows, address=address)
    )
    user_id = accounts.register.user_id_for(data.username)
    device = NewDevice(data.device_id, data.initial_device_display_name, data.refresh_token)
    issued = await accounts.register.register(
        user_id, data.password, None if data.inhibit_login else device, passed.registration_token
    )
    if issued is None:
        return {"user_id": user_id, "home_server": accounts.server_name}
    return issued.as_answer() | {"home_server": accounts.server_name}


@get("/_matrix/client/v3/register/available", guards=[open_to_all])
async def check_username_availability(request: AnyRequest, accounts: Accounts, username: str) -> JsonObject:
    """Say whether a name is free; refuses with the reason when it is not."""
    accounts.register.check_open()
    accounts.guesses.count_registration(client_address(request))
    await accounts.register.check_free(accounts.register.user_id_for(username))
    return {"available": True}


@get("/_matrix/client/v1/register/m.login.registration_token/validity", guards=[open_to_all])
async def registration_token_validity(request: AnyRequest, accounts: Accounts, token: str) -> JsonObject:
    """Say whether a registration token would let somebody register now."""
    accounts.register.check_open()
    accounts.guesses.count_registration(client_address(request))
    return {"valid": await accounts.registration_tokens.is_valid(token)}


@post("/_matrix/client/v3/refresh", guards=[open_to_all], status_code=200)
async def refresh(accounts: Accounts, data: RefreshRequest) -> JsonObject:
    """Change a refresh token into a new pair of tokens."""
    answer = (await accounts.tokens.refresh(data.refresh_token)).as_answer()
    return {name: answer[name] for name in ("access_token", "refresh_token", "expires_in_ms")}


@post("/_matrix/client/v3/logout", guards=[signed_in_or_locked], status_code=200)
async def logout(caller: Scope, accounts: Accounts) -> JsonObject:
    """End this session and delete its device."""
    await accounts.devices.delete(caller.user_id, [caller.device_id])
    return {}


@post("/_matrix/client/v3/logout/all", guards=[signed_in_or_locked], status_code=200)
async def logout_all(caller: Scope, accounts: Accounts) -> JsonObject:
    """End every session of the user and delete all devices."""
    await accounts.devices.delete_all(caller.user_id)
    return {}


@get("/_matrix/client/v3/account/whoami", guards=[signed_in])
async def get_token_owner(caller: Scope) -> JsonObject:
    """Say whose token this is."""
    return {"user_id": caller.user_id, "device_id": caller.device_id, "is_guest": caller.is_guest}


class SharedSecretRequest(Struct):
    nonce: str
    username: str
    password: str
    mac: str
    admin: bool = False
    user_type: str | None = None
    displayname: str | None = None
    inhibit_login: bool = False


@get("/_synapse/admin/v1/register", guards=[open_to_all])
async def get_registration_nonce(accounts: Accounts) -> JsonObject:
    """Give a nonce for one registration by shared secret (the way of Synapse, which operators' tools know)."""
    return {"nonce": accounts.register.new_nonce()}


@post("/_synapse/admin/v1/register", guards=[open_to_all], status_code=200)
async def register_by_shared_secret(accounts: Accounts, data: SharedSecretRequest) -> JsonObject:
    """Make a user for whoever knows the shared secret, whatever the registration mode."""
    if "\0" in data.username + data.password:
        raise InvalidParam("The username and the password may not hold NUL")
    role = "admin" if data.admin else "notadmin"
    signed = (data.username, data.password, role, *([data.user_type] if data.user_type else []))
    accounts.register.check_mac(data.nonce, data.mac, *signed)
    device = None if data.inhibit_login else NewDevice()
    user, issued = await accounts.register.create(data.username, data.password, device, is_admin=data.admin)
    log.info("a user was made with the shared secret", user_id=user.user_id, is_admin=data.admin)
    if data.displayname:
        await accounts.profiles.set_field(user.user_id, "displayname", data.displayname)
    answer = {"user_id": user.user_id, "home_server": accounts.server_name}
    return answer if issued is None else answer | issued.as_answer()


ROUTES = [
    get_login_flows,
    login,
    register,
    check_username_availability,
    registration_token_validity,
    refresh,
    logout,
    logout_all,
    get_token_owner,
    get_registration_nonce,
    register_by_shared_secret,
]
