"""The entries of the public directory: whatever changes one changes it in the same transaction.

Owns publishing and hiding, and the hook on appended events that keeps an entry true to its room.
"""

from typing import Any

import orjson

from teahouse.chat import store_rooms
from teahouse.chat.records import StoredEvent
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.chat.room_fields import public_fields, room_type
from teahouse.chat.store_rooms import DirectoryEntry
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]

_SHOWN_STATE = frozenset(
    {
        "m.room.name",
        "m.room.topic",
        "m.room.canonical_alias",
        "m.room.avatar",
        "m.room.join_rules",
        "m.room.history_visibility",
        "m.room.guest_access",
    }
)


async def publish(tx: Tx, room: RoomDraft) -> None:
    """Show a room in the directory, inside a write job."""
    await store_rooms.set_public(tx, room.room_id, is_public=True)
    await store_rooms.upsert_directory_entry(tx, _entry(room))


async def unpublish(tx: Tx, room_id: str) -> None:
    """Take a room out of the directory, inside a write job."""
    await store_rooms.set_public(tx, room_id, is_public=False)
    await store_rooms.delete_directory_entry(tx, room_id)


async def follow_event(tx: Tx, room: RoomDraft, event: StoredEvent) -> None:
    """Keep a published room's entry true to an event that was just appended; costs nothing for messages."""
    # A room in the making has no entry yet: whoever makes it publishes it last.
    if event.state_key is None or room.room.last_position == 0:
        return
    if event.type == MEMBER:
        change = _joins(event.content) - _joins(orjson.loads(event.prev_content or "{}"))
        if change:
            await store_rooms.count_joined(tx, room.room_id, change)
    elif event.type in _SHOWN_STATE and event.state_key == "":
        await refresh(tx, room)


async def refresh(tx: Tx, room: RoomDraft) -> None:
    """Write a published room's entry anew from its state, inside a write job."""
    if await store_rooms.is_public(tx, room.room_id):
        await store_rooms.upsert_directory_entry(tx, _entry(room))


def _joins(content: JsonObject) -> int:
    return int(content.get("membership") == "join")


def _entry(room: RoomDraft) -> DirectoryEntry:
    fields = public_fields(room)
    words = [fields.get(name, "") for name in ("name", "topic", "canonical_alias")]
    return DirectoryEntry(
        room_id=room.room_id,
        joined_members=room.joined_count(),
        room_type=room_type(room) or "",
        search_text="\n".join(words).casefold(),
        chunk=orjson.dumps(fields).decode(),
    )
