"""What sync says of end-to-end encryption: messages to the device, device lists, and its one-time keys.

A token acknowledges the messages up to its position: no later answer has them, and they are gone for good before
this one is given.
"""

import orjson

from teahouse.chat import Chat
from teahouse.e2ee import Encryption
from teahouse.kernel.http import Scope
from teahouse.kernel.storage import Tx
from teahouse.sync.changes import Changes
from teahouse.sync.device_lists import DeviceLists, device_lists, device_lists_among

ENCRYPTION = "m.room.encryption"


class DeviceNews:
    """The parts of an answer that belong to the asking device."""

    def __init__(self, chat: Chat, encryption: Encryption) -> None:
        self._chat = chat
        self._encryption = encryption

    async def acknowledge(self, scope: Scope, position: int) -> None:
        """Forget the messages that the device has; `settle` before it is answered."""
        await self._encryption.inbox.acknowledge(scope.user_id, scope.device_id, position)

    async def settle(self, scope: Scope) -> None:
        """Return once what the device acknowledged is gone for good."""
        if not self._encryption.inbox.is_settled(scope.user_id, scope.device_id):
            await self._encryption.inbox.settle(scope.user_id, scope.device_id)

    async def has_messages(self, scope: Scope, after: int) -> bool:
        """Say whether messages after the position wait for the device."""
        return await self._encryption.inbox.has_after(scope.user_id, scope.device_id, after)

    async def counts(self, scope: Scope) -> bytes:
        """Give the members on the device's one-time and fallback keys, which every answer has."""
        counts, device = self._encryption.keys.counts, (scope.user_id, scope.device_id)
        return counts.peek(device) or await counts.get(device)

    async def messages(self, scope: Scope, after: int, upto: int) -> bytes:
        """Give the member `to_device`, empty when there is nothing to tell."""
        found = await self._encryption.inbox.waiting(scope.user_id, scope.device_id, after, upto)
        return b',"to_device":{"events":[%b]}' % b",".join(found) if found else b""

    async def batch(self, scope: Scope, after: int, upto: int, limit: int) -> tuple[list[bytes], int]:
        """Give the oldest messages in (after, upto], and the position up to which these are all."""
        return await self._encryption.inbox.batch(scope.user_id, scope.device_id, after, upto, limit)

    async def lists(self, scope: Scope, changes: Changes, after: int, upto: int) -> bytes:
        """Give the member `device_lists`, empty when there is nothing to tell."""
        found = await self._compare(scope.user_id, changes, after, upto)
        if found is None or not (found.changed or found.left):
            return b""
        told = {"changed": sorted(found.changed), "left": sorted(found.left)}
        return b',"device_lists":' + orjson.dumps(told)

    async def _compare(self, reader: str, changes: Changes, after: int, upto: int) -> DeviceLists | None:
        encryption, db = self._encryption, self._chat.db
        if changes.all_devices:
            return await db.read(lambda tx: device_lists(tx, encryption, reader, after, upto))
        people, rooms = set(changes.device_users), set()
        for room_id, user_id in changes.moved:
            room = self._chat.rooms.peek(room_id)
            if room is not None and room.get(ENCRYPTION, "") is None:
                continue
            if user_id:
                people.add(user_id)
            else:
                rooms.add(room_id)
        if not people and not rooms:
            return None

        async def job(tx: Tx) -> DeviceLists:
            return await device_lists_among(tx, encryption, reader, (after, upto), (people, rooms))

        return await db.read(job)
