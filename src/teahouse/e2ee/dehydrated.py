"""Dehydrated devices: one locked device a user, which takes messages in while nobody is signed in.

Proposal MSC3814, as Element Web uses it. The next device of the user unlocks it with a key from secret storage
and reads its messages, which stay until it is replaced or deleted.
"""

import orjson

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.e2ee import forms
from teahouse.e2ee import store_dehydrated as store
from teahouse.e2ee.inbox import Inbox
from teahouse.e2ee.keys import Keys, read_upload
from teahouse.errors import Forbidden, InvalidParam, NotFound
from teahouse.kernel.http import JsonObject, Scope
from teahouse.kernel.signing import check_canonical
from teahouse.kernel.storage import Database, Tx

MOST_DATA_BYTES = 64 * 1024


class Dehydrated:
    """The dehydrated device of one user at a time. To others it is a device like any."""

    def __init__(self, db: Database, clock: Clock, accounts: Accounts, keys: Keys, inbox: Inbox) -> None:
        self._db = db
        self._clock = clock
        self._accounts = accounts
        self._keys = keys
        self._inbox = inbox

    async def put(self, caller: Scope, body: JsonObject) -> JsonObject:
        """Keep a dehydrated device with its keys; the former one goes. Raises like an upload of keys."""
        device_id = forms.a_name(forms.required(body, "device_id"), "device_id")
        data = check_canonical(forms.an_object(forms.required(body, "device_data"), "device_data"))
        if len(data) > MOST_DATA_BYTES:
            raise InvalidParam(f"device_data may have at most {MOST_DATA_BYTES} bytes")
        forms.required(body, "device_keys")
        name = body.get("initial_device_display_name")
        owner = (caller.user_id, device_id)
        upload = read_upload(owner, body)

        async def job(tx: Tx) -> None:
            devices, former = self._accounts.devices, await store.find_dehydrated(tx, caller.user_id)
            if former is not None and former[0] != device_id:
                await devices.delete_in(tx, caller.user_id, [former[0]])
            if former is None or former[0] != device_id:
                await devices.add_in(tx, caller.user_id, device_id, name, self._clock.now_ms())
            await store.put_dehydrated(tx, caller.user_id, device_id, data.decode())
            await self._keys.upload_in(tx, owner, upload)

        await self._db.write(job)
        return {"device_id": device_id}

    async def get(self, user_id: str) -> JsonObject:
        """Give the user's dehydrated device; raises NotFound."""
        device_id, data = await self._find(user_id)
        return {"device_id": device_id, "device_data": orjson.loads(data)}

    async def delete(self, user_id: str) -> JsonObject:
        """Delete the user's dehydrated device with its keys and messages; raises NotFound."""

        async def job(tx: Tx) -> str:
            found = await store.find_dehydrated(tx, user_id)
            if found is None:
                raise _absent()
            await self._accounts.devices.delete_in(tx, user_id, [found[0]])
            return found[0]

        return {"device_id": await self._db.write(job, frees_space=True)}

    async def events(self, user_id: str, device_id: str, after: str | None) -> tuple[list[bytes], str]:
        """Give the next messages for the dehydrated device as JSON, and the token that continues behind them.

        They stay, so that another device can begin again. Raises Forbidden for any other device.
        """
        position = _position(after)
        try:
            its_id, _ = await self._find(user_id)
        except NotFound:
            its_id = ""
        if its_id != device_id:
            raise Forbidden("That is not your dehydrated device")
        found, last = await self._inbox.page(user_id, device_id, position)
        return found, str(last)

    async def _find(self, user_id: str) -> tuple[str, str]:
        found = await self._db.read(lambda tx: store.find_dehydrated(tx, user_id))
        if found is None:
            raise _absent()
        return found

    async def forget_devices(self, tx: Tx, user_id: str, device_ids: list[str]) -> None:
        """Forget the dehydrated device inside the write that deletes it."""
        await store.delete_dehydrated(tx, user_id, device_ids)


def _position(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isascii() or not token.isdigit() or len(token) > 18:
        raise InvalidParam("next_batch was not given by this server")
    return int(token)


def _absent() -> NotFound:
    return NotFound("There is no dehydrated device")
