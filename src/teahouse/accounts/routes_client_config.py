"""Routes of what an app keeps for its user: account data, tags, filters."""

from litestar import delete, get, post, put

from teahouse.accounts.routes_people import check_own
from teahouse.accounts.service import Accounts
from teahouse.ids import parse_room_id
from teahouse.kernel.http import JsonObject, Scope, signed_in

USER = "/_matrix/client/v3/user/{user_id:str}"
ROOM = USER + "/rooms/{room_id:str}"


@get(USER + "/account_data/{kind:str}", guards=[signed_in])
async def get_account_data(caller: Scope, accounts: Accounts, user_id: str, kind: str) -> JsonObject:
    """Give a piece of one's global account data."""
    check_own(caller, user_id)
    return await accounts.account_data.get(user_id, "", kind)


@put(USER + "/account_data/{kind:str}", guards=[signed_in])
async def set_account_data(
    caller: Scope, accounts: Accounts, user_id: str, kind: str, data: JsonObject
) -> JsonObject:
    """Set a piece of one's global account data."""
    check_own(caller, user_id)
    await accounts.account_data.put(user_id, "", kind, data)
    return {}


@get(ROOM + "/account_data/{kind:str}", guards=[signed_in])
async def get_account_data_per_room(
    caller: Scope, accounts: Accounts, user_id: str, room_id: str, kind: str
) -> JsonObject:
    """Give a piece of one's account data of a room."""
    check_own(caller, user_id)
    return await accounts.account_data.get(user_id, parse_room_id(room_id), kind)


@put(ROOM + "/account_data/{kind:str}", guards=[signed_in])
async def set_account_data_per_room(
    caller: Scope, accounts: Accounts, user_id: str, room_id: str, kind: str, data: JsonObject
) -> JsonObject:
    """Set a piece of one's account data of a room."""
    check_own(caller, user_id)
    await accounts.account_data.put(user_id, parse_room_id(room_id), kind, data)
    return {}


@get(ROOM + "/tags", guards=[signed_in])
async def get_room_tags(caller: Scope, accounts: Accounts, user_id: str, room_id: str) -> JsonObject:
    """List one's tags of a room."""
    check_own(caller, user_id)
    return {"tags": await accounts.account_data.tags(user_id, parse_room_id(room_id))}


@put(ROOM + "/tags/{tag:str}", guards=[signed_in])
async def set_room_tag(
    caller: Scope, accounts: Accounts, user_id: str, room_id: str, tag: str, data: JsonObject
) -> JsonObject:
    """Put a tag on a room."""
    check_own(caller, user_id)
    await accounts.account_data.put_tag(user_id, parse_room_id(room_id), tag, data)
    return {}


@delete(ROOM + "/tags/{tag:str}", guards=[signed_in], status_code=200)
async def delete_room_tag(
    caller: Scope, accounts: Accounts, user_id: str, room_id: str, tag: str
) -> JsonObject:
    """Take a tag off a room."""
    check_own(caller, user_id)
    await accounts.account_data.delete_tag(user_id, parse_room_id(room_id), tag)
    return {}


@post(USER + "/filter", guards=[signed_in], status_code=200)
async def define_filter(caller: Scope, accounts: Accounts, user_id: str, data: JsonObject) -> JsonObject:
    """Keep a filter for later syncs."""
    check_own(caller, user_id)
    return {"filter_id": await accounts.filters.create(user_id, data)}


@get(USER + "/filter/{filter_id:str}", guards=[signed_in])
async def get_filter(caller: Scope, accounts: Accounts, user_id: str, filter_id: str) -> JsonObject:
    """Give a filter that was kept."""
    check_own(caller, user_id)
    return await accounts.get_filter(user_id, filter_id)


ROUTES = [
    get_account_data,
    set_account_data,
    get_account_data_per_room,
    set_account_data_per_room,
    get_room_tags,
    set_room_tag,
    delete_room_tag,
    define_filter,
    get_filter,
]
