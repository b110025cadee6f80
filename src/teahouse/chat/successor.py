"""What a person set for a room follows into its successor: tags, direct chats, and by a hook push rules.

Happens with the join, in the same write (specification, "Room upgrades").
"""

import contextlib
from typing import Any

from teahouse.chat import store
from teahouse.chat.access import FOREVER
from teahouse.chat.room import RoomDraft
from teahouse.chat.service import Chat
from teahouse.errors import InvalidParam, TooLarge
from teahouse.kernel.storage import Tx

JsonObject = dict[str, Any]
TAGS = "m.tag"
DIRECT = "m.direct"


async def take_settings_along(chat: Chat, tx: Tx, room: RoomDraft, user_id: str) -> None:
    """Copy a joining person's settings from the room that this one replaces, if it does; inside the join's write.

    Only where the old room itself points here: anybody may claim to succeed a room. Settings that already exist
    for the new room stay.
    """
    predecessor = room.content("m.room.create").get("predecessor")
    old_id = predecessor.get("room_id") if isinstance(predecessor, dict) else None
    if not isinstance(old_id, str):
        return
    tombstone = await store.state_event_at(tx, old_id, "m.room.tombstone", "", FOREVER)
    if tombstone is None or tombstone.content.get("replacement_room") != room.room_id:
        return
    # Full account data must not keep anybody out of a room.
    with contextlib.suppress(TooLarge, InvalidParam):
        await _copy_tags(chat, tx, user_id, old_id, room.room_id)
        await _copy_direct(chat, tx, user_id, old_id, room.room_id)
        for hook in chat.on_succession:
            await hook(tx, user_id, old_id, room.room_id)


async def _copy_tags(chat: Chat, tx: Tx, user_id: str, old_id: str, new_id: str) -> None:
    tags = await chat.accounts.account_data_in(tx, user_id, old_id, TAGS)
    if tags and not await chat.accounts.account_data_in(tx, user_id, new_id, TAGS):
        await chat.accounts.put_account_data_in(tx, user_id, new_id, TAGS, tags)


async def _copy_direct(chat: Chat, tx: Tx, user_id: str, old_id: str, new_id: str) -> None:
    direct = await chat.accounts.account_data_in(tx, user_id, "", DIRECT) or {}
    changed = {
        person: [*rooms, new_id]
        for person, rooms in direct.items()
        if isinstance(rooms, list) and old_id in rooms and new_id not in rooms
    }
    if changed:
        await chat.accounts.put_account_data_in(tx, user_id, "", DIRECT, direct | changed)
