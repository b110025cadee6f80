"""Gathers one answer: which rooms to tell of, the few reads that need the database, then each room's section."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from teahouse.accounts import Accounts
from teahouse.chat import Chat, Room
from teahouse.kernel.storage import Database, Tx
from teahouse.push import Push
from teahouse.sync import store
from teahouse.sync.ask import Ask
from teahouse.sync.changes import Changes
from teahouse.sync.joined import RoomUpdate, joined_room_json
from teahouse.sync.other_rooms import invite_states, left_room_json
from teahouse.sync.personal import account_data_by_room, receipts_from_facts, receipts_from_rows
from teahouse.sync.sessions import Membership, Session
from teahouse.sync.tokens import SyncToken

ROOMS_BEFORE_PAUSE = 20
JsonObject = dict[str, Any]


class Answer:
    """The making of one answer; used once."""

    def __init__(
        self, accounts: Accounts, chat: Chat, push: Push, ask: Ask, session: Session, now: SyncToken
    ):
        self.accounts = accounts
        self.chat = chat
        self.push = push
        self.db: Database = chat.db
        self.view = ask.view
        self.user_id = ask.view.scope.user_id
        self.since = ask.since
        self.session = session
        self.now = now
        self.after = ask.since.position if ask.since is not None else None

    async def sections(self, changes: Changes, typing: set[str]) -> bytes | None:
        """Give everything behind `next_batch`, or None when an incremental sync has nothing to tell."""
        updates = await self._updates(changes, typing)
        personal = await self._account_data(changes)
        await self._add_data_of_new_rooms(updates, personal)
        await self._fill(updates, changes, typing, personal)
        joined = await self._joined(updates)
        others = await self._others(changes)
        parts = []
        if personal.get(""):
            events = [
                event for event in personal[""] if self.view.filter.account_data.allows_type(event["type"])
            ]
            if events:
                parts.append(b',"account_data":' + orjson.dumps({"events": events}))
        online = self._presence(changes)
        if online:
            parts.append(b',"presence":' + orjson.dumps({"events": online}))
        rooms = [_section(b"join", joined), *(_section(kind, found) for kind, found in others.items())]
        told = [room for room in rooms if room]
        if told:
            parts.append(b',"rooms":{' + b",".join(told) + b"}")
        return b"".join(parts) if parts or self.since is None else None

    def _presence(self, changes: Changes) -> list[JsonObject]:
        """Tell of those whose presence changed and who share a room with the reader, and of whom he just met."""
        presence, wanted = self.accounts.presence, self.view.filter.presence
        if not presence.enabled or not wanted.allows_type("m.presence"):
            return []
        shown = presence.known_of(self._just_met(changes))
        if changes.presence:
            changed = presence.since(self.after or 0)
            rooms = [room for room in map(self.chat.rooms.peek, self.session.joined_rooms()) if room]
            for user_id, content in changed.items():
                if user_id == self.user_id or any(user_id in room.joined for room in rooms):
                    shown[user_id] = content
        return [
            {"type": "m.presence", "sender": user_id, "content": content}
            for user_id, content in shown.items()
            if wanted.allows_sender(user_id)
        ]

    def _just_met(self, changes: Changes) -> set[str]:
        """Give who came into the reader's rooms, and everybody of the rooms that he came into himself."""
        if self.after is None:
            return set()
        moved = changes.moved | {(room_id, "") for room_id in changes.memberships}
        met: set[str] = set()
        for room_id, user_id in moved:
            member, room = self.session.rooms.get(room_id), self.chat.rooms.peek(room_id)
            if member is None or member.membership != "join" or room is None:
                continue
            if (member.joined_position or 0) > self.after:
                met.update(room.joined)
            elif user_id in room.joined:
                met.add(user_id)
        return met

    async def _updates(self, changes: Changes, typing: set[str]) -> dict[str, RoomUpdate]:
        """List the joined rooms to tell of, each with whether it is told whole."""
        touched = set(changes.events) | changes.memberships | set(changes.receipts) | typing
        touched |= changes.account_data_rooms
        if self.after is None or self.view.full_state:
            touched = set(self.session.rooms)
        updates: dict[str, RoomUpdate] = {}
        for room_id in touched:
            member = self.session.rooms.get(room_id)
            if (
                member is None
                or member.membership != "join"
                or not self.view.filter.room.allows_room(room_id)
            ):
                continue
            room = self.chat.rooms.peek(room_id) or await self.chat.rooms.get(room_id)
            is_new = self.after is None or (member.joined_position or 0) > self.after
            events = (
                is_new or self.view.full_state or room_id in changes.events or self.session_is_behind(room)
            )
            updates[room_id] = RoomUpdate(room, member, None if is_new else self.after, events)
        return updates

    def session_is_behind(self, room: Room) -> bool:
        """Say whether the room has events after the token that the list of changes doesn't name."""
        return self.after is not None and room.last_position > self.after

    async def _account_data(self, changes: Changes) -> dict[str, list[JsonObject]]:
        if not changes.account_data:
            return {}
        since = self.after or 0

        async def job(tx: Tx) -> dict[str, list[JsonObject]]:
            found = account_data_by_room(await self.accounts.account_data_since(tx, self.user_id, since))
            if since == 0 or await self.push.rules_position(tx, self.user_id) > since:
                content = await self.push.rules_content(tx, self.user_id)
                found.setdefault("", []).append({"type": "m.push_rules", "content": content})
            return found

        return await self.db.read(job)

    async def _add_data_of_new_rooms(
        self, updates: dict[str, RoomUpdate], personal: dict[str, list[JsonObject]]
    ) -> None:
        """Tell the whole account data of rooms just joined: it may be older than the token."""
        new = [room_id for room_id, update in updates.items() if update.after is None]
        if self.after is None or not new:
            return
        rows = await self.db.read(lambda tx: self.accounts.account_data_since(tx, self.user_id, 0))
        known = account_data_by_room(rows)
        personal.update({room_id: known[room_id] for room_id in new if room_id in known})

    async def _fill(
        self,
        updates: dict[str, RoomUpdate],
        changes: Changes,
        typing: set[str],
        personal: dict[str, list[JsonObject]],
    ) -> None:
        """Put receipts, typing, account data and unread counts into the updates."""
        if self.after is not None and personal:
            await self._add_rooms_of_account_data(updates, personal)
        wanted = self.view.filter.room
        if not wanted.ephemeral.allows_nothing:
            await self._fill_ephemeral(updates, changes, typing)
        for room_id, update in updates.items():
            events = personal.get(room_id, ())
            update.account_data = [e for e in events if wanted.account_data.allows_type(e["type"])]
        await self._fill_unread(updates, changes)

    async def _add_rooms_of_account_data(
        self, updates: dict[str, RoomUpdate], personal: dict[str, list[JsonObject]]
    ) -> None:
        for room_id in personal:
            member = self.session.rooms.get(room_id)
            if room_id in updates or member is None or member.membership != "join":
                continue
            if self.view.filter.room.allows_room(room_id):
                updates[room_id] = RoomUpdate(
                    await self.chat.rooms.get(room_id), member, self.after, events=False
                )

    async def _fill_ephemeral(
        self, updates: dict[str, RoomUpdate], changes: Changes, typing: set[str]
    ) -> None:
        whole = [room_id for room_id, update in updates.items() if update.after is None]
        unread = [
            r for r, known in changes.receipts.items() if known is None and r in updates and r not in whole
        ]
        shows = self.view.filter.room.ephemeral.allows_type
        receipts: dict[str, list[JsonObject]] = {}
        for room_ids, after in ((whole, 0), (unread, self.after or 0)):
            if room_ids:
                receipts.update(await self._stored_receipts(room_ids, after))
        for room_id, known in changes.receipts.items():
            if known and room_id not in whole:
                receipts[room_id] = receipts_from_facts(known)
        for room_id, update in updates.items():
            if shows("m.receipt"):
                update.ephemeral += receipts.get(room_id, [])
            users = self.chat.typing.users(room_id)
            if (room_id in typing or (update.after is None and users)) and shows("m.typing"):
                update.ephemeral.append({"type": "m.typing", "content": {"user_ids": users}})

    async def _stored_receipts(self, room_ids: list[str], after: int) -> dict[str, list[JsonObject]]:
        rows = await self.db.read(
            lambda tx: store.receipts_after(tx, self.user_id, room_ids, after, self.now.position)
        )
        return {room_id: receipts_from_rows(found) for room_id, found in rows.items()}

    async def _fill_unread(self, updates: dict[str, RoomUpdate], changes: Changes) -> None:
        counts = self.push.counts
        missing = []
        for room_id, update in updates.items():
            if update.events or room_id in changes.receipts:
                update.unread = counts.peek(self.user_id, update.room)
                if update.unread is None:
                    missing.append(update)
        if missing:
            await counts.load(self.user_id, [update.room for update in missing])
            for update in missing:
                update.unread = counts.peek(self.user_id, update.room)

    async def _joined(self, updates: dict[str, RoomUpdate]) -> dict[str, bytes]:
        sections = {}
        for number, (room_id, update) in enumerate(updates.items(), 1):
            sent = self._sent_members(room_id) if self.view.lazy else None
            section = await joined_room_json(self.chat, self.view, update, self.now.position, sent)
            if section is not None:
                sections[room_id] = section
            if number % ROOMS_BEFORE_PAUSE == 0:
                # A long list of rooms must not keep everybody else waiting.
                await asyncio.sleep(0)
        return sections

    def _sent_members(self, room_id: str) -> set[str]:
        of_device = self.session.sent_members.setdefault(self.view.scope.device_id, {})
        return of_device.setdefault(room_id, set())

    async def _others(self, changes: Changes) -> dict[bytes, dict[str, bytes]]:
        """Tell of invites, knocks and left rooms that are new since the token."""
        initial = self.after is None or self.view.full_state
        asked: dict[str, dict[str, Membership]] = {"invite": {}, "knock": {}}
        left: dict[str, bytes] = {}
        for room_id in list(self.session.rooms) if initial else changes.memberships:
            member = self.session.rooms.get(room_id)
            if (
                member is None
                or member.membership == "join"
                or not self.view.filter.room.allows_room(room_id)
            ):
                continue
            if member.membership in asked:
                if member.sender not in self.view.ignored:
                    asked[member.membership][room_id] = member
            elif self._tells_of_leaving(member):
                left[room_id] = await left_room_json(self.chat, self.view, room_id, member, self.after)
        invited = await invite_states(self.chat, asked["invite"], self.user_id)
        knocked = await invite_states(self.chat, asked["knock"], self.user_id)
        return {
            b"invite": _stripped(b"invite_state", invited),
            b"knock": _stripped(b"knock_state", knocked),
            b"leave": left,
        }

    def _tells_of_leaving(self, member: Membership) -> bool:
        if self.after is None:
            return self.view.filter.room.include_leave
        return member.position > self.after


def _stripped(name: bytes, states: dict[str, list[Any]]) -> dict[str, bytes]:
    return {room: b'{"%b":%b}' % (name, orjson.dumps({"events": state})) for room, state in states.items()}


def _section(name: bytes, rooms: dict[str, bytes]) -> bytes:
    if not rooms:
        return b""
    members: Sequence[bytes] = [orjson.dumps(room_id) + b":" + section for room_id, section in rooms.items()]
    return b'"%b":{%b}' % (name, b",".join(members))
