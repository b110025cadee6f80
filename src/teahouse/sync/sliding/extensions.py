"""The extensions of an answer: account data, receipts, typing, messages to the device, keys.

Each is told of the rooms that the answer's lists and subscriptions show. What changes in other rooms is told when
they are shown again.
"""

from typing import Any

import orjson

from teahouse.kernel.storage import Tx
from teahouse.sync import store
from teahouse.sync.changes import Changes
from teahouse.sync.encryption import DeviceNews
from teahouse.sync.personal import account_data_by_room, receipts_from_facts, receipts_from_rows
from teahouse.sync.sliding import store_sliding
from teahouse.sync.sliding.answer import RoomTeller
from teahouse.sync.sliding.asking import Scoped
from teahouse.sync.sliding.connection import LIVE, Told
from teahouse.sync.sliding.room_result import RoomResult

JsonObject = dict[str, Any]


class Extensions:
    """The making of one answer's extensions, after its rooms; used once."""

    def __init__(self, teller: RoomTeller, devices: DeviceNews, told: dict[str, RoomResult]) -> None:
        self.teller = teller
        self.devices = devices
        self.ask, self.scene = teller.ask, teller.scene
        self.connection, self.draft = teller.connection, teller.draft
        self.user_id = teller.user_id
        self.after = teller.after
        self.told = told
        self.has_news = False
        self.found: dict[str, bytes] = {}

    async def gather(self) -> dict[str, bytes]:
        """Give the extensions as JSON by name; `has_news` says whether they are worth an answer by themselves."""
        if self.ask.account_data is not None:
            await self._account_data(self.ask.account_data)
        if self.ask.receipts is not None:
            await self._receipts(self.ask.receipts)
        else:
            self._miss_receipts()
        if self.ask.typing is not None:
            self._typing(self.ask.typing)
        if self.ask.to_device is not None:
            await self._to_device()
        if self.ask.e2ee:
            await self._e2ee()
        return self.found

    def _now(self, room_id: str) -> Told | None:
        """Give what the app knows of a room once this answer arrived; None for rooms it doesn't have."""
        if room_id in self.draft.rooms:
            return self.draft.rooms[room_id]
        return self.connection.rooms.get(room_id)

    def _covers(self, scoped: Scoped, room_id: str) -> bool:
        member = self.scene.members.get(room_id)
        if member is None or member.membership != "join":
            return False
        return scoped.covers(room_id, self.teller.lists_of(room_id), room_id in self.ask.subscriptions)

    def _note(self, room_id: str, *, receipts: int | None = None, account_data: int | None = None) -> None:
        """Note up to where the app was told of a room's receipts, or of its account data."""
        told = self._now(room_id)
        if told is not None:
            self.draft.rooms[room_id] = told._replace(
                receipts=told.receipts if receipts is None else receipts,
                account_data=told.account_data if account_data is None else account_data,
            )

    def _not_live(self, scoped: Scoped, name: str) -> list[str]:
        """Give the shown rooms of which the extension was not told up to now."""
        return [
            room_id
            for room_id in {*self.draft.rooms, *self.teller.stale}
            if (told := self._now(room_id)) is not None
            and getattr(told, name) != LIVE
            and self._covers(scoped, room_id)
        ]

    async def _account_data(self, scoped: Scoped) -> None:
        before = self.connection.state.account_data
        rooms = self._not_live(scoped, "account_data")
        changed = await self._changed_account_data(before) if self._asks_account_data(before) else {}
        shown = {}
        for room_id in [room for room in changed if room and room not in rooms]:
            if self._covers(scoped, room_id) and self._now(room_id) is not None:
                shown[room_id] = changed[room_id]
            elif (told := self._now(room_id)) is not None and told.account_data == LIVE:
                self._note(room_id, account_data=self.after)
        if rooms:
            accounts, db = self.teller.accounts, self.teller.chat.db
            rows = await db.read(lambda tx: accounts.account_data_of_rooms(tx, self.user_id, rooms))
            shown |= account_data_by_room(rows)
            for room_id in rooms:
                self._note(room_id, account_data=LIVE)
        self.draft.account_data = self.scene.upto
        section: JsonObject = {"global": changed[""]} if changed.get("") else {}
        if shown:
            section["rooms"] = shown
        if section:
            self._tell("account_data", section)

    def _asks_account_data(self, before: int) -> bool:
        return before == 0 or before != self.after or self.scene.changes.account_data

    async def _changed_account_data(self, after: int) -> dict[str, list[JsonObject]]:
        """Read what changed after a position; from the start only the global account data, rooms come by themselves."""
        accounts, push = self.teller.accounts, self.teller.push

        async def job(tx: Tx) -> dict[str, list[JsonObject]]:
            if after:
                rows = await accounts.account_data_since(tx, self.user_id, after)
            else:
                rows = await accounts.account_data_of_rooms(tx, self.user_id, [""])
            found = account_data_by_room(rows)
            if not after or await push.rules_position(tx, self.user_id) > after:
                content = await push.rules_content(tx, self.user_id)
                found.setdefault("", []).append({"type": "m.push_rules", "content": content})
            return found

        return await self.teller.chat.db.read(job)

    async def _receipts(self, scoped: Scoped) -> None:
        stale = self._not_live(scoped, "receipts")
        whole = [room_id for room_id in stale if self._is_first(room_id)]
        shown: dict[str, list[JsonObject]] = await self._receipts_of_new(whole) if whole else {}
        unread: dict[int, list[str]] = {}
        for room_id in stale:
            told = self._now(room_id)
            if room_id not in whole and told is not None:
                unread.setdefault(told.receipts, []).append(room_id)
        for room_id, known in self._new_receipts(scoped, stale):
            if known is None:
                unread.setdefault(self.after, []).append(room_id)
            else:
                shown[room_id] = receipts_from_facts(known)
        for after, room_ids in unread.items():
            shown |= await self._receipts_after(room_ids, after)
        for room_id in stale:
            self._note(room_id, receipts=LIVE)
        # One event a room is all that fits: of two receipts of a reader on one message, the one for the room.
        rooms = {room_id: events[0] for room_id, events in shown.items() if events}
        if rooms:
            self._tell("receipts", {"rooms": rooms})

    def _new_receipts(self, scoped: Scoped, stale: list[str]) -> list[tuple[str, list[Any] | None]]:
        """Give the receipts that just came, by room; those of rooms that are not shown wait (None: to be read)."""
        found = []
        for room_id, known in self.scene.changes.receipts.items():
            told = self._now(room_id)
            if told is None or room_id in stale:
                continue
            if self._covers(scoped, room_id):
                found.append((room_id, known))
            elif told.receipts == LIVE:
                self._note(room_id, receipts=self.after)
        return found

    def _miss_receipts(self) -> None:
        """Remember where an app stands that doesn't ask for receipts for now."""
        for room_id in self.scene.changes.receipts:
            told = self._now(room_id)
            if told is not None and told.receipts == LIVE:
                self._note(room_id, receipts=self.after)

    def _is_first(self, room_id: str) -> bool:
        """Say whether the app is told of this room for the first time, and so of some of its events only."""
        result = self.told.get(room_id)
        return result is not None and result.initial

    async def _receipts_of_new(self, room_ids: list[str]) -> dict[str, list[JsonObject]]:
        """Read the receipts on the events that are told with new rooms: a long room has more than an app can use."""
        events = []
        for room_id in room_ids:
            result = self.told.get(room_id)
            lines = result.timeline if result is not None and result.timeline else ()
            events += [orjson.loads(line)["event_id"] for line in lines]
        rows = await self.teller.chat.db.read(
            lambda tx: store_sliding.receipts_of_events(tx, self.user_id, events, room_ids, self.scene.upto)
        )
        return {room_id: receipts_from_rows(found) for room_id, found in rows.items()}

    async def _receipts_after(self, room_ids: list[str], after: int) -> dict[str, list[JsonObject]]:
        rows = await self.teller.chat.db.read(
            lambda tx: store.receipts_after(tx, self.user_id, room_ids, after, self.scene.upto)
        )
        return {room_id: receipts_from_rows(found) for room_id, found in rows.items()}

    def _typing(self, scoped: Scoped) -> None:
        """Tell of rooms in which other people type than the app was told."""
        typing, before = self.teller.chat.typing, self.connection.state.typists
        rooms = {*before, *self.draft.rooms}
        if not self.connection.is_new:
            rooms |= {*typing.changed_after(self.connection.state.typing)}
        shown = {}
        for room_id in rooms:
            users = tuple(typing.users(room_id))
            if users == before.get(room_id, ()) or self._now(room_id) is None:
                continue
            if self._covers(scoped, room_id):
                shown[room_id] = users
        typists = {**before, **shown}
        self.draft.typists = {room_id: users for room_id, users in typists.items() if users}
        if shown:
            events = {
                room_id: {"type": "m.typing", "content": {"user_ids": users}}
                for room_id, users in shown.items()
            }
            self._tell("typing", {"rooms": events})

    async def _to_device(self) -> None:
        ask = self.ask.to_device
        if ask is None:
            return
        upto = self.scene.upto
        events, end = await self.devices.batch(self.ask.scope, ask.since, upto, ask.limit)
        self.has_news |= bool(events)
        self.found["to_device"] = b'{"next_batch":"%d","events":[%b]}' % (end, b",".join(events))

    async def _e2ee(self) -> None:
        scope, before = self.ask.scope, self.connection.state.device_lists
        counts = await self.devices.counts(scope)
        lists = b""
        if before is not None:
            changes = self.scene.changes if before == self.after else Changes(all_devices=True)
            lists = await self.devices.lists(scope, changes, before, self.scene.upto)
        self.draft.device_lists = self.scene.upto
        self.has_news |= bool(lists) or self.scene.changes.one_time_keys
        self.found["e2ee"] = b"{" + counts[1:] + lists + b"}"

    def _tell(self, name: str, section: JsonObject) -> None:
        self.found[name] = orjson.dumps(section)
        self.has_news = True
