"""Tells who may know that a user's keys changed."""

from collections.abc import Awaitable, Callable, Iterable

from teahouse.e2ee import store_signing
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact

RoomsOf = Callable[[Tx, str], Awaitable[list[str]]]
"""Gives the encrypted rooms that a user is in; chat answers it."""
EVERYBODY = ""


class KeyChanges:
    """Marks changes inside writes; sync makes device lists of them."""

    def __init__(self, encrypted_rooms_of: RoomsOf) -> None:
        self._rooms_of = encrypted_rooms_of

    async def mark(self, tx: Tx, user_id: str, seen_by: str = EVERYBODY) -> None:
        """Note that the keys of the user changed, for everybody or for one reader."""
        position = tx.next_position()
        await store_signing.mark_changed(tx, user_id, seen_by, position)
        rooms: Iterable[str] = () if seen_by else await self._rooms_of(tx, user_id)
        tx.announce(Fact(position, "device_list", user_id=seen_by or user_id, body=(user_id, tuple(rooms))))

    async def changed_after(self, tx: Tx, reader: str, after: int) -> set[str]:
        """Give the users whose keys changed after the position, as far as the reader's view of them goes."""
        return await store_signing.changed_after(tx, reader, after)
