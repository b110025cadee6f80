"""Gathers one answer: which rooms to look at, what of each to tell, and what is told to the app thereby."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from teahouse.accounts import Accounts
from teahouse.chat import Chat, Room
from teahouse.push import Push, Unread
from teahouse.sync.changes import Changes
from teahouse.sync.sessions import Membership
from teahouse.sync.sliding import store_sliding as store
from teahouse.sync.sliding.activity import is_listed
from teahouse.sync.sliding.asking import SlidingAsk
from teahouse.sync.sliding.connection import LIVE, Connection, Draft, Told
from teahouse.sync.sliding.joined_room import JoinedRoom, joined_result
from teahouse.sync.sliding.lists import ShownList
from teahouse.sync.sliding.other_room import left_result, pending_results
from teahouse.sync.sliding.room_result import RoomResult
from teahouse.sync.sliding.wishes import RoomWish, merged

ROOMS_BEFORE_PAUSE = 20
GONE = ("leave", "ban")


@dataclass(slots=True)
class Scene:
    """What holds for an answer: the lists as they stand, the memberships, what changed, and up to when."""

    lists: list[ShownList]
    members: Mapping[str, Membership]
    changes: Changes
    upto: int
    dms: frozenset[str]


class RoomTeller:
    """Works out the rooms of one answer; used once. What is told goes into `draft`."""

    def __init__(
        self,
        services: tuple[Accounts, Chat, Push],
        ask: SlidingAsk,
        connection: Connection,
        draft: Draft,
        scene: Scene,
    ) -> None:
        self.accounts, self.chat, self.push = services
        self.ask = ask
        self.connection = connection
        self.draft = draft
        self.scene = scene
        self.user_id = ask.scope.user_id
        self.after = connection.state.position
        self._wanted: dict[str, RoomWish] = {}
        self._left: dict[str, Membership] = {}
        self.stale: set[str] = set()
        """Rooms that are shown and of which an extension was not told up to now."""

    async def tell(self) -> dict[str, RoomResult]:
        """Give what to tell of which rooms."""
        await self._look_at_changes()
        self._look_at_lists()
        self._look_at_subscriptions()
        found: dict[str, RoomResult] = {}
        await self._tell_left(found)
        await self._tell_pending(found)
        await self._tell_joined(found)
        for room_id, result in found.items():
            result.is_dm = room_id in self.scene.dms
            result.lists = self.lists_of(room_id)
        return found

    def lists_of(self, room_id: str) -> list[str]:
        """Name the lists that show a room."""
        return [shown.name for shown in self.scene.lists if shown.shows(room_id)]

    def wish_of(self, room_id: str) -> RoomWish | None:
        """Give what is wanted of a room by all that asks for it, None when nothing does."""
        wishes = [shown.wish for shown in self.scene.lists if shown.shows(room_id)]
        subscription = self.ask.subscriptions.get(room_id)
        if subscription is not None and is_listed(self.scene.members.get(room_id), self.user_id):
            wishes.append(subscription)
        return merged(wishes)

    def told(self, room_id: str) -> Told | None:
        """Give what the app was told of a room before this answer."""
        return self.connection.rooms.get(room_id)

    def told_upto(self, told: Told) -> int:
        """Give the position up to which the app knows a room's events."""
        return self.after if told.events == LIVE else told.events

    async def _look_at_changes(self) -> None:
        """Sort the rooms in which something happened: to be told now, or when they are shown again."""
        changes = self.scene.changes
        touched = changes.events | changes.memberships | self._read_elsewhere()
        touched |= self.scene.dms ^ self.connection.state.dms if not self.connection.is_new else set()
        forgotten = [room for room in touched if room not in self.scene.members and self.told(room)]
        if forgotten:
            await self._look_at_forgotten(forgotten)
        for room_id in touched:
            member = self.scene.members.get(room_id)
            if member is None:
                continue
            told, wish = self.told(room_id), self.wish_of(room_id)
            if member.membership in GONE:
                if (told or wish) and (told is None or member.position > self.told_upto(told)):
                    self._left[room_id] = member
                    self._wanted[room_id] = wish or (told.wish if told else RoomWish(0, frozenset()))
            elif wish is not None:
                self._wanted[room_id] = wish
            elif told is not None and told.events == LIVE:
                self.draft.rooms[room_id] = told._replace(events=self.after)

    async def _look_at_forgotten(self, room_ids: list[str]) -> None:
        """Let an app that takes a forgotten room for a joined one know that its user left; nothing more of it."""
        found = await self.chat.db.read(
            lambda tx: store.memberships_in(tx, self.user_id, room_ids, also_forgotten=True)
        )
        for room_id in room_ids:
            told, member = self.told(room_id), found.get(room_id)
            if told is None or member is None or told.membership in GONE:
                self.draft.rooms[room_id] = None
            else:
                self._left[room_id] = Membership(
                    member.membership, member.position, None, member.event_id, member.sender
                )

    def _read_elsewhere(self) -> set[str]:
        """Give the rooms whose unread counts may have changed because the user read them."""
        return {
            room_id
            for room_id, known in self.scene.changes.receipts.items()
            if known is None or any(user_id == self.user_id for user_id, _ in known)
        }

    def _look_at_lists(self) -> None:
        """Find rooms that a list shows and the app doesn't know, or not as it wants to."""
        is_same = self.connection.state.shape == self.ask.shape and not self.connection.is_new
        matched = tuple((shown.matched, shown.is_whole) for shown in self.scene.lists)
        before = self.connection.state.matched
        is_same = is_same and len(before) == len(matched)
        is_quiet = not self.scene.changes.events and not self.scene.changes.memberships
        for number, shown in enumerate(self.scene.lists):
            # What a list shows all of, and showed all of before, changes only by what happens in its rooms.
            is_known = is_same and before[number][0] is shown.matched
            if not is_known or not (is_quiet or (shown.is_whole and before[number][1])):
                self._look_at(shown.rooms())
        self.draft.shape, self.draft.matched = self.ask.shape, matched

    def _look_at_subscriptions(self) -> None:
        is_same = self.connection.state.subscriptions == self.ask.subscriptions
        if self.scene.changes or self.connection.is_new or not is_same:
            self._look_at(self.ask.subscriptions)
        self.draft.subscriptions = self.ask.subscriptions

    def _look_at(self, room_ids: Iterable[str]) -> None:
        for room_id in room_ids:
            if room_id in self._wanted or room_id in self._left:
                continue
            told, wish = self.told(room_id), self.wish_of(room_id)
            if wish is None:
                continue
            if told is not None and self._is_stale(told):
                self.stale.add(room_id)
            if told is None or told.events != LIVE or wish.exceeds(told.wish, told.depth):
                member = self.scene.members.get(room_id)
                if member is None or (told is not None and self._is_settled(told, member)):
                    continue
                self._wanted[room_id] = wish
                if member.membership in GONE:
                    self._left[room_id] = member

    def _is_stale(self, told: Told) -> bool:
        misses_receipts = self.ask.receipts is not None and told.receipts != LIVE
        return misses_receipts or (self.ask.account_data is not None and told.account_data != LIVE)

    def _is_settled(self, told: Told, member: Membership) -> bool:
        """Say whether all is told of a room that the user is not in."""
        return told.membership != "join" and member.position <= self.told_upto(told)

    async def _tell_left(self, found: dict[str, RoomResult]) -> None:
        for room_id, member in self._left.items():
            told = self.told(room_id)
            wish = self._wanted.get(room_id) or (told.wish if told else RoomWish(0, frozenset()))
            after = self.told_upto(told) if told else 0
            found[room_id] = await left_result(
                self.chat,
                self.ask.scope,
                self.ask.ignored,
                (room_id, member, wish),
                told,
                after,
                self._live_after,
            )
            is_kept = is_listed(member, self.user_id)
            self.draft.rooms[room_id] = Told(wish, wish.limit, member.membership) if is_kept else None

    async def _tell_pending(self, found: dict[str, RoomResult]) -> None:
        """Tell of invites and knocks that are new to the app."""
        rooms = {}
        for room_id, wish in self._wanted.items():
            member, told = self.scene.members.get(room_id), self.told(room_id)
            if member is None or member.membership == "join" or room_id in self._left:
                continue
            if told is None or member.position > self.told_upto(told):
                rooms[room_id] = member
            self.draft.rooms[room_id] = Told(wish, wish.limit, member.membership)
        found |= await pending_results(self.chat, self.user_id, rooms, self.scene.dms)

    @property
    def _live_after(self) -> int | None:
        return None if self.connection.is_new else self.after

    async def _tell_joined(self, found: dict[str, RoomResult]) -> None:
        rooms = await self._joined_rooms()
        unread = await self.push.counts.count(self.user_id, rooms) if rooms else {}
        for number, room in enumerate(rooms, 1):
            one = self._joined_room(room, unread[room.room_id])
            result, told = await joined_result(
                self.chat, self.ask.scope, self.ask.ignored, one, self.scene.upto
            )
            if result is not None:
                found[room.room_id] = result
            self.draft.rooms[room.room_id] = told
            if number % ROOMS_BEFORE_PAUSE == 0:
                # A long list of rooms must not keep everybody else waiting.
                await asyncio.sleep(0)

    async def _joined_rooms(self) -> list[Room]:
        rooms = []
        for room_id in self._wanted:
            member = self.scene.members.get(room_id)
            if member is not None and member.membership == "join":
                rooms.append(self.chat.rooms.peek(room_id) or await self.chat.rooms.get(room_id))
        return rooms

    def _joined_room(self, room: Room, unread: Unread) -> JoinedRoom:
        told, member = self.told(room.room_id), self.scene.members[room.room_id]
        after = None
        if told is not None and told.membership == "join":
            upto = self.told_upto(told)
            after = None if (member.joined_position or 0) > upto else upto
        return JoinedRoom(
            room, member, self._wanted[room.room_id], told, after, self._live_after,
            room.room_id in self.scene.dms, _in_all(unread),
        )  # fmt: skip


def _in_all(unread: Unread) -> tuple[int, int]:
    """Count the threads with the rest: apps that don't know them show one number."""
    threads = unread.threads.values()
    return unread.notify + sum(n for n, _ in threads), unread.highlight + sum(n for _, n in threads)
