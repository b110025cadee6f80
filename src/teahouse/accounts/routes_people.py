"""Routes of people: profiles, the user directory and presence."""

from typing import Literal

from litestar import delete, get, post, put
from msgspec import Struct

from teahouse.accounts.profiles import check_key
from teahouse.accounts.service import Accounts
from teahouse.errors import Forbidden, InvalidParam, MissingParam, NotFound
from teahouse.ids import parse_user_id
from teahouse.kernel.http import JsonObject, Scope, open_to_all, signed_in

MOST_STATUS_CHARS = 1000
FIELD_PATHS = [
    "/_matrix/client/v3/profile/{user_id:str}/{key_name:str}",
    # COMPAT(apps that know profile fields only from the proposal): its unstable path.
    "/_matrix/client/unstable/uk.tcpip.msc4133/profile/{user_id:str}/{key_name:str}",
]


class SearchRequest(Struct):
    search_term: str
    limit: int = 10


class PresenceRequest(Struct):
    presence: Literal["online", "offline", "unavailable"]
    status_msg: str | None = None


def check_own(caller: Scope, user_id: str) -> None:
    """Raise Forbidden when the path names somebody else than the caller."""
    if user_id != caller.user_id:
        raise Forbidden("You may do this only for yourself")


@get("/_matrix/client/v3/profile/{user_id:str}", guards=[open_to_all])
async def get_user_profile(accounts: Accounts, user_id: str) -> JsonObject:
    """Show a user's profile."""
    return await accounts.profiles.get(parse_user_id(user_id))


@get(FIELD_PATHS, guards=[open_to_all])
async def get_profile_field(accounts: Accounts, user_id: str, key_name: str) -> JsonObject:
    """Show one field of a user's profile."""
    return {key_name: await accounts.profiles.get_field(parse_user_id(user_id), key_name)}


@put(FIELD_PATHS, guards=[signed_in])
async def set_profile_field(
    caller: Scope, accounts: Accounts, user_id: str, key_name: str, data: JsonObject
) -> JsonObject:
    """Set one field of one's profile."""
    check_own(caller, user_id)
    check_key(key_name)
    if key_name not in data:
        raise MissingParam(f"The body lacks {key_name}")
    await accounts.profiles.set_field(user_id, key_name, data[key_name])
    return {}


@delete(FIELD_PATHS, guards=[signed_in], status_code=200)
async def delete_profile_field(caller: Scope, accounts: Accounts, user_id: str, key_name: str) -> JsonObject:
    """Remove one field of one's profile."""
    check_own(caller, user_id)
    await accounts.profiles.delete_field(user_id, key_name)
    return {}


@post("/_matrix/client/v3/user_directory/search", guards=[signed_in], status_code=200)
async def search_user_directory(caller: Scope, accounts: Accounts, data: SearchRequest) -> JsonObject:
    """Find users by name."""
    return await accounts.directory.search(caller.user_id, data.search_term, data.limit)


@put("/_matrix/client/v3/presence/{user_id:str}/status", guards=[signed_in])
async def set_presence(caller: Scope, accounts: Accounts, user_id: str, data: PresenceRequest) -> JsonObject:
    """Show oneself as online, away or offline."""
    check_own(caller, user_id)
    if data.status_msg is not None and len(data.status_msg) > MOST_STATUS_CHARS:
        raise InvalidParam(f"A status may have at most {MOST_STATUS_CHARS} characters")
    await accounts.presence.set(user_id, data.presence, data.status_msg)
    return {}


@get("/_matrix/client/v3/presence/{user_id:str}/status", guards=[signed_in])
async def get_presence(caller: Scope, accounts: Accounts, user_id: str) -> JsonObject:
    """Show whether a user is online."""
    if user_id != caller.user_id and await accounts.find_user(parse_user_id(user_id)) is None:
        raise NotFound("There is no such user")
    return accounts.presence.get(user_id)


ROUTES = [
    get_user_profile,
    get_profile_field,
    set_profile_field,
    delete_profile_field,
    search_user_directory,
    set_presence,
    get_presence,
]
