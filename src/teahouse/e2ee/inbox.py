"""To-device messages: each waits for its device until a later sync of it shows that it arrived.

Specification: "Send-to-Device messaging". The token of a sync acknowledges every message up to its position: no
later answer holds them, and they are deleted on disk before this one is given. What does not fit into one answer
is moved behind the position that the answer ends at, in its order. An inbox is bounded, and a full one keeps what
it has.
"""

from collections.abc import Sequence

import orjson

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.e2ee import forms
from teahouse.e2ee import store_inbox as store
from teahouse.e2ee.device_cache import Device, DeviceCache
from teahouse.e2ee.inbox_memory import Acknowledgements, Fullness, NewestMessages
from teahouse.errors import InvalidParam
from teahouse.kernel.http import JsonObject, Scope
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

MOST_WAITING = 10_000
MOST_IN_ANSWER = 1000
MOST_ANSWER_BYTES = 1024 * 1024
MOST_RECEIVERS = 2000
REPEATABLE_MS = 30 * 24 * 3600 * 1000
ALL_DEVICES = "*"


class Inbox:
    """Takes messages in, hands them out, forgets them; `extent` keeps each device's (oldest, newest) position."""

    def __init__(self, db: Database, clock: Clock, accounts: Accounts) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._extents: DeviceCache[tuple[int, int]] = DeviceCache(db, store.extent, 50_000)
        self._newest = NewestMessages(db)
        self._fullness = Fullness(db)
        self._acknowledgements = Acknowledgements(db, self._deleted)

    async def send(
        self, caller: Scope, event_type: str, txn_id: str, messages: dict[str, JsonObject]
    ) -> None:
        """Put a message into the inbox of each device; once for each transaction id of the sending device.

        Users, devices and `*` that lead nowhere are passed over. Raises BadJson and InvalidParam.
        """
        kind = forms.a_name(event_type, "The event type")
        wanted = {user_id: forms.objects(devices, user_id) for user_id, devices in messages.items()}
        if sum(map(len, wanted.values())) > MOST_RECEIVERS:
            raise InvalidParam(f"At most {MOST_RECEIVERS} devices at once")
        now = self._clock.now_ms()

        async def job(tx: Tx) -> None:
            path = orjson.dumps([kind, txn_id]).decode()
            if not await store.begin_transaction(tx, caller.user_id, caller.device_id, path, now):
                return
            await store.forget_transactions(tx, caller.user_id, caller.device_id, now - REPEATABLE_MS)
            await self._acknowledgements.write_within(tx)
            await self._put(tx, caller.user_id, kind, await self._receivers(tx, wanted))

        await self._db.write(job)

    async def _receivers(self, tx: Tx, wanted: dict[str, dict[str, JsonObject]]) -> dict[Device, bytes]:
        """Give the content for each existing device whose inbox has room."""
        existing = await self._accounts.device_names_in(tx, wanted)
        found: dict[Device, bytes] = {}
        for user_id, devices in existing.items():
            contents = wanted[user_id]
            for_others = contents.get(ALL_DEVICES)
            for device_id in devices:
                content = contents.get(device_id, for_others)
                if content is not None:
                    found[user_id, device_id] = orjson.dumps(content)
        full = await self._fullness.full(tx, found, MOST_WAITING)
        return {device: content for device, content in found.items() if device not in full} if full else found

    async def _put(self, tx: Tx, sender: str, kind: str, receivers: dict[Device, bytes]) -> None:
        if not receivers:
            return
        position = tx.next_position()
        rows = [
            (user_id, device_id, position, sender, kind, content.decode())
            for (user_id, device_id), content in receivers.items()
        ]
        await store.insert_messages(tx, rows)

        def remember() -> None:
            head = _head_of_json(sender, kind)
            for device, content in receivers.items():
                known = self._extents.peek(device)
                if known is None:
                    self._newest.forget(device)
                    self._extents.forget(device)
                else:
                    self._newest.add(device, known[1], position, b"%b%b}" % (head, content))
                    self._extents.replace(device, (known[0] or position, position))
            self._fullness.add(receivers)

        tx.after_commit(remember)
        tx.announce(Fact(position, "to_device", body={user_id for user_id, _ in receivers}))

    async def acknowledge(self, user_id: str, device_id: str, position: int) -> None:
        """Forget the device's messages up to the position, at once for every reader: it has them.

        Whoever answers the device waits for `settle` first: what it acknowledged is then gone for good.
        """
        device = (user_id, device_id)
        oldest, _ = self._extents.peek(device) or await self._extents.get(device)
        if 0 < oldest <= position:
            self._acknowledgements.note(device, position)

    async def settle(self, user_id: str, device_id: str) -> None:
        """Return once what the device acknowledged is deleted on disk; raises Unavailable when it can't be."""
        await self._acknowledgements.settle((user_id, device_id))

    def is_settled(self, user_id: str, device_id: str) -> bool:
        """Say whether `settle` would return at once."""
        return not self._acknowledgements.upto((user_id, device_id))

    def _deleted(self, device: Device, upto: int) -> None:
        left = self._newest.drop(device, upto)
        self._fullness.put(device, None if left is None else left.waiting)
        if left is None:
            self._extents.forget(device)
        else:
            self._extents.replace(device, (left.oldest, left.newest))

    async def has_after(self, user_id: str, device_id: str, position: int) -> bool:
        """Say whether a message after the position waits for the device; from memory nearly always."""
        device = (user_id, device_id)
        _, newest = self._extents.peek(device) or await self._extents.get(device)
        return newest > position

    async def waiting(self, user_id: str, device_id: str, after: int, upto: int) -> list[bytes]:
        """Give the device's messages in (after, upto] as JSON, oldest first, as many as fit into one answer."""
        device = (user_id, device_id)
        _, newest = self._extents.peek(device) or await self._extents.get(device)
        after = max(after, self._acknowledgements.upto(device))
        if newest <= after:
            return []
        known = self._newest.between(device, after, upto)
        if known is not None and sum(map(len, known)) <= MOST_ANSWER_BYTES:
            return known
        found = await self._db.read(
            lambda tx: store.waiting_between(tx, user_id, device_id, after, upto, MOST_IN_ANSWER + 1)
        )
        fitting = _fitting(found)
        if len(fitting) < len(found):
            await self._move_behind(device, fitting[-1][0])
        return list(map(_as_json, fitting))

    async def page(self, user_id: str, device_id: str, after: int) -> tuple[list[bytes], int]:
        """Give the device's oldest messages after a position as JSON, and the position of the last."""
        found = await self._db.read(
            lambda tx: store.waiting_between(tx, user_id, device_id, after, 2**62, MOST_IN_ANSWER + 1)
        )
        fitting = _fitting(found)
        return list(map(_as_json, fitting)), fitting[-1][0] if fitting else after

    async def batch(
        self, user_id: str, device_id: str, after: int, upto: int, limit: int
    ) -> tuple[list[bytes], int]:
        """Give the device's oldest messages in (after, upto] and the position up to which these are all.

        For sliding sync, whose acknowledgement is a token of its own: what is left over need not be moved.
        """
        _, newest = await self._extents.get((user_id, device_id))
        after = max(after, self._acknowledgements.upto((user_id, device_id)))
        if newest <= after:
            return [], upto
        most = min(limit, MOST_IN_ANSWER)
        found = await self._db.read(
            lambda tx: store.waiting_between(tx, user_id, device_id, after, upto, most + 1)
        )
        fitting = _fitting(found[:most])
        end = fitting[-1][0] if len(fitting) < len(found) else upto
        return list(map(_as_json, fitting)), end

    async def _move_behind(self, device: tuple[str, str], last: int) -> None:
        """Give the messages after `last` new positions, so that the answer's token doesn't acknowledge them."""

        async def job(tx: Tx) -> None:
            moves = [(tx.next_position(), old) for old in await store.positions_after(tx, *device, last)]
            # The newest first, so that none lands where another still stands.
            await store.move_messages(tx, *device, moves[::-1])
            tx.after_commit(lambda: self._forget(device))
            if moves:
                tx.announce(Fact(moves[-1][0], "to_device", body={device[0]}))

        await self._db.write(job)

    async def forget_devices(self, tx: Tx, user_id: str, device_ids: list[str]) -> None:
        """Forget the inboxes of deleted devices inside the write that deletes them."""
        await store.delete_devices(tx, user_id, device_ids)
        for device_id in device_ids:
            tx.after_commit(lambda device=(user_id, device_id): self._forget(device))  # type: ignore[misc]

    def _forget(self, device: Device) -> None:
        self._fullness.put(device, None)
        self._newest.forget(device)
        self._extents.forget(device)


def _as_json(message: store.Message) -> bytes:
    _, sender, kind, content = message
    return b"%b%b}" % (_head_of_json(sender, kind), content.encode())


def _head_of_json(sender: str, kind: str) -> bytes:
    return b'{"sender":%b,"type":%b,"content":' % (orjson.dumps(sender), orjson.dumps(kind))


def _fitting(found: Sequence[store.Message]) -> list[store.Message]:
    """Keep the first messages that fit into one answer, at least one."""
    size = 0
    for number, message in enumerate(found):
        size += len(message[3])
        if number and (number >= MOST_IN_ANSWER or size > MOST_ANSWER_BYTES):
            return list(found[:number])
    return list(found)
