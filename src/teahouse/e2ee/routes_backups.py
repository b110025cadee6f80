"""Routes of server-side key backup."""

from typing import Any

from litestar import delete, get, post, put

from teahouse.e2ee.service import Encryption
from teahouse.errors import NotFound
from teahouse.kernel.http import JsonObject, Scope, signed_in

VERSIONS = "/_matrix/client/v3/room_keys/version"
KEYS = "/_matrix/client/v3/room_keys/keys"
VERSION = VERSIONS + "/{version:str}"
ROOM = KEYS + "/{room_id:str}"
SESSION = ROOM + "/{session_id:str}"


@post(VERSIONS, guards=[signed_in], status_code=200)
async def post_room_keys_version(caller: Scope, encryption: Encryption, data: dict[str, Any]) -> JsonObject:
    """Begin a new backup of one's room keys."""
    return await encryption.backups.create(caller.user_id, data)


@get(VERSIONS, guards=[signed_in])
async def get_room_keys_version_current(caller: Scope, encryption: Encryption) -> JsonObject:
    """Show one's newest backup."""
    return await encryption.backups.show(caller.user_id, None)


@get(VERSION, guards=[signed_in])
async def get_room_keys_version(caller: Scope, encryption: Encryption, version: str) -> JsonObject:
    """Show one of one's backups."""
    return await encryption.backups.show(caller.user_id, version)


@put(VERSION, guards=[signed_in])
async def put_room_keys_version(
    caller: Scope, encryption: Encryption, version: str, data: dict[str, Any]
) -> JsonObject:
    """Change what a backup says of itself."""
    await encryption.backups.describe(caller.user_id, version, data)
    return {}


@delete(VERSION, guards=[signed_in], status_code=200)
async def delete_room_keys_version(caller: Scope, encryption: Encryption, version: str) -> JsonObject:
    """Delete a backup with its keys."""
    await encryption.backups.delete(caller.user_id, version)
    return {}


@get(KEYS, guards=[signed_in])
async def get_room_keys(caller: Scope, encryption: Encryption, version: str) -> JsonObject:
    """Show all keys of a backup."""
    rooms = await encryption.backups.get(caller.user_id, version)
    return {"rooms": {room_id: {"sessions": sessions} for room_id, sessions in rooms.items()}}


@get(ROOM, guards=[signed_in])
async def get_room_keys_by_room_id(
    caller: Scope, encryption: Encryption, version: str, room_id: str
) -> JsonObject:
    """Show a room's keys of a backup."""
    rooms = await encryption.backups.get(caller.user_id, version, room_id)
    return {"sessions": rooms.get(room_id, {})}


@get(SESSION, guards=[signed_in])
async def get_room_key_by_session_id(
    caller: Scope, encryption: Encryption, version: str, room_id: str, session_id: str
) -> JsonObject:
    """Show one key of a backup."""
    rooms = await encryption.backups.get(caller.user_id, version, room_id, session_id)
    if room_id not in rooms:
        raise NotFound("There is no such key in this backup")
    return rooms[room_id][session_id]


@put(KEYS, guards=[signed_in])
async def put_room_keys(
    caller: Scope, encryption: Encryption, version: str, data: dict[str, Any]
) -> JsonObject:
    """Back up keys of rooms."""
    return await encryption.backups.put(caller.user_id, version, data.get("rooms"))


@put(ROOM, guards=[signed_in])
async def put_room_keys_by_room_id(
    caller: Scope, encryption: Encryption, version: str, room_id: str, data: dict[str, Any]
) -> JsonObject:
    """Back up keys of one room."""
    return await encryption.backups.put(caller.user_id, version, {room_id: data})


@put(SESSION, guards=[signed_in])
async def put_room_key_by_session_id(
    caller: Scope, encryption: Encryption, version: str, room_id: str, session_id: str, data: dict[str, Any]
) -> JsonObject:
    """Back up one key."""
    rooms = {room_id: {"sessions": {session_id: data}}}
    return await encryption.backups.put(caller.user_id, version, rooms)


@delete(KEYS, guards=[signed_in], status_code=200)
async def delete_room_keys(caller: Scope, encryption: Encryption, version: str) -> JsonObject:
    """Delete all keys of a backup."""
    return await encryption.backups.remove(caller.user_id, version)


@delete(ROOM, guards=[signed_in], status_code=200)
async def delete_room_keys_by_room_id(
    caller: Scope, encryption: Encryption, version: str, room_id: str
) -> JsonObject:
    """Delete a room's keys of a backup."""
    return await encryption.backups.remove(caller.user_id, version, room_id)


@delete(SESSION, guards=[signed_in], status_code=200)
async def delete_room_key_by_session_id(
    caller: Scope, encryption: Encryption, version: str, room_id: str, session_id: str
) -> JsonObject:
    """Delete one key of a backup."""
    return await encryption.backups.remove(caller.user_id, version, room_id, session_id)


ROUTES = [
    post_room_keys_version,
    get_room_keys_version_current,
    get_room_keys_version,
    put_room_keys_version,
    delete_room_keys_version,
    get_room_keys,
    get_room_keys_by_room_id,
    get_room_key_by_session_id,
    put_room_keys,
    put_room_keys_by_room_id,
    put_room_key_by_session_id,
    delete_room_keys,
    delete_room_keys_by_room_id,
    delete_room_key_by_session_id,
]
