"""Device lists: whose keys a reader must ask for again, and whose no longer concern him.

Specification: "Tracking the device list for a user". Those who share an encrypted room with the reader at the
end of the span, and whose keys changed or who did not share one at its beginning, are `changed`; those who only
did at its beginning are `left`. Both are asked of the rooms' history, so a gap may be of any length.
"""

from dataclasses import dataclass

from teahouse.e2ee import Encryption
from teahouse.kernel.storage import Tx
from teahouse.sync import store_device_lists as store


@dataclass(frozen=True, slots=True)
class DeviceLists:
    """The users of a sync's device_lists."""

    changed: set[str]
    left: set[str]


async def device_lists(tx: Tx, encryption: Encryption, reader: str, after: int, upto: int) -> DeviceLists:
    """Compare two positions of the stream, looking at everybody who may have changed between them."""
    people = await store.people_moved_after(tx, reader, after)
    rooms = await store.rooms_entered_after(tx, reader, after)
    return await device_lists_among(tx, encryption, reader, (after, upto), (people, rooms))


async def device_lists_among(
    tx: Tx,
    encryption: Encryption,
    reader: str,
    span: tuple[int, int],
    moved: tuple[set[str], set[str]],
) -> DeviceLists:
    """Compare two positions when it is known which people, and which rooms as a whole, to look at."""
    (after, upto), (people, rooms) = span, moved
    marked = await encryption.changes.changed_after(tx, reader, after)
    candidates = people | await store.people_of(tx, rooms) if rooms else people
    candidates = (candidates | marked) - {reader}
    before = await store.sharers_at(tx, reader, candidates, after)
    now = await store.sharers_at(tx, reader, candidates, upto)
    changed = {user_id for user_id in now if user_id in marked or user_id not in before}
    # One's own other devices matter also to somebody who is in no encrypted room.
    return DeviceLists(changed | (marked & {reader}), before - now)
