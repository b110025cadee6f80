"""The public room directory: which rooms strangers may find, what they see of them, in pages.

Owns the pages and their tokens, and who may publish a room (specification, "Listing rooms"). Largest rooms come
first; the entries' upkeep is in `directory_entries`.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson

from teahouse.chat import store_rooms
from teahouse.chat.directory_entries import publish, unpublish
from teahouse.chat.power_levels import PowerLevels
from teahouse.chat.room import RoomDraft
from teahouse.chat.service import Chat
from teahouse.chat.store_rooms import DirectoryEntry, DirectoryPlace
from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.ids import parse_server_name
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

PAGE = 100
LARGEST_PAGE = 500
LONGEST_SEARCH = 200


async def visibility_of(chat: Chat, room_id: str) -> str:
    """Say `public` or `private`; raises NotFound for an unknown room."""
    is_public = await chat.db.read(lambda tx: store_rooms.find_is_public(tx, room_id))
    if is_public is None:
        raise NotFound("There is no such room")
    return "public" if is_public else "private"


async def set_visibility(scope: Scope, chat: Chat, room_id: str, visibility: str) -> None:
    """Publish a room or hide it; for members who may name the room, and server administrators.

    Raises NotFound and Forbidden.
    """

    async def job(tx: Tx) -> None:
        if scope.is_admin:
            room = await chat.rooms.draft(tx, room_id)
        else:
            room = await chat.rooms.draft_of_member(tx, room_id, scope.user_id)
            check_may_name(room, scope.user_id)
        if visibility == "public":
            await publish(tx, room)
        else:
            await unpublish(tx, room_id)

    await chat.db.write(job)


def check_may_name(room: RoomDraft, user_id: str) -> None:
    """Raise Forbidden unless the user may set the room's canonical alias, and so may advertise the room."""
    levels = PowerLevels(room.version, room)
    required = levels.required("m.room.canonical_alias", True)
    if room.membership(user_id) != "join" or levels.user_level(user_id) < required:
        raise Forbidden(f"You need power level {required} in the room for this")


async def public_rooms(
    chat: Chat,
    *,
    limit: int | None = None,
    since: str | None = None,
    server: str | None = None,
    search: str | None = None,
    room_types: Sequence[str | None] | None = None,
) -> JsonObject:
    """Give one page of the directory; raises InvalidParam for a bad token, NotFound for another server's."""
    if server is not None and parse_server_name(server) != chat.server_name:
        raise NotFound("This server can't show the rooms of other servers")
    if limit is not None and limit < 0:
        raise InvalidParam("limit must not be negative")
    size = min(limit or PAGE, LARGEST_PAGE)
    words = (search or "")[:LONGEST_SEARCH].strip().casefold()
    types = None if room_types is None else [kind or "" for kind in room_types]
    backwards, place = _read_token(since)

    async def job(tx: Tx) -> tuple[list[DirectoryEntry], int]:
        found = await store_rooms.directory_page(
            tx, words, types, place=place, backwards=backwards, limit=size + 1
        )
        return found, await store_rooms.count_directory(tx, words, types)

    entries, total = await chat.db.read(job)
    has_more = len(entries) > size
    entries = entries[:size]
    if backwards:
        entries.reverse()
    page: JsonObject = {
        "chunk": [
            {**orjson.loads(entry.chunk), "num_joined_members": entry.joined_members} for entry in entries
        ],
        "total_room_count_estimate": total,
    }
    if entries and (has_more or backwards):
        page["next_batch"] = _token("n", entries[-1])
    if entries and (has_more if backwards else since is not None):
        page["prev_batch"] = _token("p", entries[0])
    return page


def _token(direction: str, entry: DirectoryEntry) -> str:
    plain = f"{direction}{entry.joined_members} {entry.room_id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read_token(token: str | None) -> tuple[bool, DirectoryPlace | None]:
    """Read a token as direction and place; raises InvalidParam for any but our own."""
    if not token:
        return False, None
    try:
        plain = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
        count, _, room_id = plain[1:].partition(" ")
        if plain[0] in "np" and room_id.startswith("!") and "\0" not in room_id and len(count) < 10:
            return plain[0] == "p", DirectoryPlace(int(count), room_id)
    except (binascii.Error, ValueError, IndexError):
        pass
    raise InvalidParam("since is no token of this directory")
