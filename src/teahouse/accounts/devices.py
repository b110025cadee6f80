"""Devices: list, rename, delete. Deleting a device ends its session at once."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from teahouse.accounts import store_browsers, store_consents
from teahouse.accounts import store_sessions as store
from teahouse.accounts.records import Device, NewDevice, SessionRow
from teahouse.accounts.tokens import LONGEST_DEVICE_NAME, Tokens
from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

OnDelete = Callable[[Tx, str, list[str]], Awaitable[None]]


class Devices:
    """The devices of one user at a time; other users' devices are as absent as ones that never were."""

    def __init__(self, db: Database, tokens: Tokens, *, most: int) -> None:
        self._db = db
        self._tokens = tokens
        self._most = most
        self._on_delete: list[OnDelete] = []
        tokens.end_sessions_by(self.delete_in)

    def on_delete(self, hook: OnDelete) -> None:
        """Call `hook(tx, user_id, device_ids)` inside each write that deletes devices."""
        self._on_delete.append(hook)

    async def list(self, user_id: str) -> list[dict[str, Any]]:
        """Give the user's devices as the API words them."""
        found = await self._db.read(lambda tx: store.matrix_devices_of(tx, user_id))
        return [self._as_answer(user_id, device) for device in found]

    async def sessions(self, user_id: str) -> "Sequence[SessionRow]":
        """Give all sessions of the user, of whichever protocol, the newest first."""
        found = await self._db.read(lambda tx: store.sessions_of(tx, user_id))
        seen = {one.device_id: self._tokens.last_seen(user_id, one.device_id) for one in found}
        return [
            replace(one, last_seen_ts=at[0], last_seen_ip=at[1]) if at is not None else one
            for one in found
            for at in [seen[one.device_id]]
        ]

    async def get(self, user_id: str, device_id: str) -> dict[str, Any]:
        """Give one device of the user; raises NotFound."""
        device = await self._db.read(lambda tx: store.find_device(tx, user_id, device_id))
        if device is None:
            raise _no_device()
        return self._as_answer(user_id, device)

    def _as_answer(self, user_id: str, device: Device) -> dict[str, Any]:
        seen = self._tokens.last_seen(user_id, device.device_id)
        seen_ts, seen_ip = seen or (device.last_seen_ts, device.last_seen_ip)
        # COMPAT(matrix-nio, 0.26): it refuses the whole list when one device lacks a field; null it takes.
        return {
            "device_id": device.device_id,
            "display_name": device.display_name,
            "last_seen_ts": seen_ts,
            "last_seen_ip": seen_ip or None,
        }

    async def rename(self, user_id: str, device_id: str, display_name: str | None) -> None:
        """Give the device a name, or only check that it exists; raises NotFound and InvalidParam."""
        if display_name is None:
            await self.get(user_id, device_id)
            return
        if len(display_name) > LONGEST_DEVICE_NAME:
            raise InvalidParam(f"A device's name may have at most {LONGEST_DEVICE_NAME} characters")

        async def job(tx: Tx) -> None:
            if not await store.rename_device(tx, user_id, device_id, display_name):
                raise _no_device()
            tx.announce(Fact(tx.next_position(), "device_renamed", user_id=user_id, body=device_id))

        await self._db.write(job)

    async def delete(self, user_id: str, device_ids: Iterable[str]) -> None:
        """Delete these devices and end their sessions; unknown ones are passed over.

        A person does this, and means it: the apps that had them are asked about anew.
        """
        gone = list(device_ids)

        async def job(tx: Tx) -> None:
            await store_consents.delete_consents_of_devices(tx, user_id, gone)
            await self.delete_in(tx, user_id, gone)

        await self._db.write(job, frees_space=True)

    async def delete_all(
        self, user_id: str, keep: str | None = None, keep_browser: int | None = None
    ) -> None:
        """Delete all devices of the user, but `keep`, and sign all browsers out but `keep_browser`."""
        await self._db.write(lambda tx: self.delete_all_in(tx, user_id, keep, keep_browser), frees_space=True)

    async def delete_all_in(
        self, tx: Tx, user_id: str, keep: str | None = None, keep_browser: int | None = None
    ) -> None:
        """Delete all devices of the user, but `keep`, and sign all browsers out, inside the caller's write."""
        await store_browsers.delete_browsers(tx, user_id, keep_browser)
        await store_consents.delete_all_consents(tx, user_id)
        await store_consents.delete_allowed(tx, user_id)
        found = [device.device_id for device in await store.devices_of(tx, user_id)]
        await self.delete_in(tx, user_id, [device_id for device_id in found if device_id != keep])

    async def add_in(
        self, tx: Tx, user_id: str, device_id: str, display_name: str | None, now_ms: int
    ) -> None:
        """Make a device that nobody is signed in on, inside the caller's write; raises InvalidParam."""
        if display_name is not None and (
            not isinstance(display_name, str) or len(display_name) > LONGEST_DEVICE_NAME
        ):
            raise InvalidParam(f"A device's name is a text of at most {LONGEST_DEVICE_NAME} characters")
        if await store.find_device(tx, user_id, device_id) is not None:
            raise InvalidParam("You are signed in on a device of this id")
        await store.upsert_device(tx, user_id, device_id, NewDevice(display_name=display_name), now_ms)
        await self.make_room_in(tx, user_id, keep=device_id)

    async def make_room_in(self, tx: Tx, user_id: str, keep: str) -> None:
        """Delete the devices beyond the most a user may have, those seen longest ago first, but never `keep`."""
        found = await store.devices_of(tx, user_id)
        others = [device for device in found if device.device_id != keep]
        excess = len(found) - self._most
        if excess > 0:
            others.sort(key=lambda device: self._seen(user_id, device))
            await self.delete_in(tx, user_id, [device.device_id for device in others[:excess]])

    def _seen(self, user_id: str, device: Device) -> int:
        in_memory = self._tokens.last_seen(user_id, device.device_id)
        return (in_memory[0] if in_memory else device.last_seen_ts) or 0

    async def delete_in(self, tx: Tx, user_id: str, device_ids: "Iterable[str]") -> None:
        """Delete these devices inside the caller's write."""
        gone = [*device_ids]
        await self._tokens.end(tx, user_id, gone)
        await store.delete_devices(tx, user_id, gone)
        for hook in self._on_delete:
            await hook(tx, user_id, gone)
        tx.announce(Fact(tx.next_position(), "devices_deleted", user_id=user_id, body=tuple(gone)))


def _no_device() -> NotFound:
    return NotFound("You have no such device")
