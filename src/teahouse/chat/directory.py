"""The public room directory: which rooms strangers may find, with what they see of them."""

from teahouse.chat import store_rooms
from teahouse.chat.room import RoomDraft
from teahouse.chat.service import Chat
from teahouse.kernel.storage import Tx


async def publish(chat: Chat, tx: Tx, room: RoomDraft) -> None:
    """Show a room in the directory, inside a write job."""
    await store_rooms.set_public(tx, room.room_id, is_public=True)
