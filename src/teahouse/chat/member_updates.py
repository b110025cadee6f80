"""Carries what happens to a person into the person's rooms: a new name or avatar, or the end of the account.

Owns the list of people whose rooms are behind: a row enters it in the same transaction as the change, and leaves
it once every room says so. So nothing is lost with the process, and a change of many rooms is many small writes.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import orjson
import structlog

from teahouse.accounts import Accounts
from teahouse.chat import store_rooms
from teahouse.chat.event_format import EventDraft
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.chat.room_cache import RoomCache
from teahouse.chat.send import Sender
from teahouse.errors import Forbidden, InvalidParam
from teahouse.kernel.storage import Database, Tx
from teahouse.kernel.stream import Fact

log = structlog.get_logger(__name__)

ROOMS_A_JOB = 20
PATIENCE_S = 1.0
"""How long a change waits for its rooms before it is answered."""
RETRY_S = 2.0
_SHOWN = ("displayname", "avatar_url")


def shown_profile(profile: dict[str, Any]) -> dict[str, Any]:
    """Give those fields of a profile that a member event carries."""
    return {name: profile[name] for name in _SHOWN if isinstance(profile.get(name), str)}


class MemberUpdates:
    """Brings the rooms of changed people up to date, one person after another."""

    def __init__(self, db: Database, rooms: RoomCache, sender: Sender, accounts: Accounts) -> None:
        self._db = db
        self._rooms = rooms
        self._sender = sender
        self._accounts = accounts
        self._wake = asyncio.Event()
        self._rest = asyncio.Condition()
        self._worker: asyncio.Task[None] | None = None
        accounts.within_change_of_person(self._note)
        accounts.on_profile_change(lambda change: self.settle(change.user_id))
        accounts.on_deactivate(lambda user_id, _: self.settle(user_id))
        db.doorbell.listen(self._hear)

    def start(self) -> None:
        """Begin with whoever was left over by an earlier process."""
        self._wake.set()
        self._worker = asyncio.create_task(self._work(), name="member updates")

    async def stop(self) -> None:
        """End in the middle if need be; the list remembers."""
        if self._worker is not None:
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
            self._worker = None

    async def settle(self, user_id: str) -> None:
        """Wait until the person's rooms are up to date, but only a moment."""
        if self._worker is None:
            return
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._rest:
                while await self._db.read(lambda tx: store_rooms.is_behind(tx, user_id)):
                    await self._rest.wait()

    async def _note(self, tx: Tx, user_id: str) -> None:
        await store_rooms.put_behind(tx, user_id, tx.next_position())

    def _hear(self, facts: Sequence[Fact]) -> None:
        if any(fact.kind in ("profile", "user_deactivated", "foreign") for fact in facts):
            self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while behind := await self._db.read(store_rooms.first_behind):
                    await self._update(*behind)
                    async with self._rest:
                        self._rest.notify_all()
            except Exception as error:
                # The list remembers; whatever it was, giving up would leave rooms behind for ever.
                log.warning("rooms could not follow a change of a person yet", error=repr(error))
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def _update(self, user_id: str, position: int) -> None:
        rooms = await self._db.read(lambda tx: self._rooms_behind(tx, user_id))
        for start in range(0, len(rooms), ROOMS_A_JOB):
            chunk = rooms[start : start + ROOMS_A_JOB]
            for room_id in chunk:
                # Reads cold rooms outside the write, which others wait for.
                await self._rooms.find(room_id)
            await self._update_rooms(user_id, chunk)
        await self._db.write(lambda tx: store_rooms.delete_behind(tx, user_id, position), frees_space=True)

    async def _wanted(self, tx: Tx, user_id: str) -> dict[str, Any]:
        """Give the content that the person's member events should have."""
        if await self._accounts.is_deactivated_in(tx, user_id):
            return {"membership": "leave"}
        return {"membership": "join", **shown_profile(await self._accounts.profile_in(tx, user_id))}

    async def _rooms_behind(self, tx: Tx, user_id: str) -> list[str]:
        wanted = await self._wanted(tx, user_id)
        found = await store_rooms.member_events_of(tx, user_id, ("join", "invite", "knock"))
        return [room_id for room_id, pdu in found if _is_behind(orjson.loads(pdu)["content"], wanted)]

    async def _update_rooms(self, user_id: str, room_ids: Sequence[str]) -> None:
        async def job(tx: Tx) -> None:
            content = await self._wanted(tx, user_id)
            for room_id in room_ids:
                await self._update_room(tx, await self._rooms.draft(tx, room_id), user_id, content)

        await self._db.write(job)

    async def _update_room(self, tx: Tx, room: RoomDraft, user_id: str, content: dict[str, Any]) -> None:
        member = room.get(MEMBER, user_id)
        if member is None or not _is_behind(member.content, content):
            return
        draft = EventDraft(
            room_id=room.room_id, sender=user_id, type=MEMBER, content=content, state_key=user_id
        )
        # A room whose join rule lets nobody in refuses its members' new names too.
        with contextlib.suppress(Forbidden, InvalidParam):
            await self._sender.append(tx, room, draft)


def _is_behind(current: dict[str, Any], wanted: dict[str, Any]) -> bool:
    if wanted["membership"] == "leave":
        return current.get("membership") in ("join", "invite", "knock")
    return current.get("membership") == "join" and shown_profile(current) != shown_profile(wanted)
