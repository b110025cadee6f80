"""Keeps hot rooms in memory, bounded, and hands out drafts to write jobs.

A room enters from a snapshot of the database and follows every commit of this process; what another process
commits is noticed by the position that each draft compares.
"""

import asyncio
from collections import OrderedDict

from teahouse.chat.records import StoredEvent
from teahouse.chat.room import Room, RoomDraft
from teahouse.chat.store import last_position_of, load_room, update_rooms
from teahouse.errors import Forbidden, NotFound
from teahouse.kernel.storage import Database, Tx

MOST_KIB = 400_000
"""Bound of all rooms in memory together, as they weigh themselves."""
EMPTY_KIB = 16
NOT_IN_ROOM = "You are not in this room"


class RoomCache:
    """The rooms in memory, least recently used out first."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self._weights: dict[str, int] = {}
        self._weight = 0
        self._loading: dict[str, asyncio.Task[Room | None]] = {}
        self._arrived: dict[str, list[StoredEvent]] = {}
        self._generation = 0
        db.on_reset(self.clear)

    def clear(self) -> None:
        """Forget every room; each is read again when needed."""
        self._generation += 1
        self._rooms.clear()
        self._weights.clear()
        self._weight = 0

    def read_again(self) -> None:
        """Make the rooms that are being read right now be read again: stored events of theirs have changed."""
        self._generation += 1

    def peek(self, room_id: str) -> Room | None:
        """Give a room if it is in memory."""
        room = self._rooms.get(room_id)
        if room is not None:
            self._rooms.move_to_end(room_id)
        return room

    async def find(self, room_id: str) -> Room | None:
        """Give a room as committed now, reading it when needed, or None when there is no such room."""
        room = self.peek(room_id)
        if room is not None:
            return room
        task = self._loading.get(room_id)
        if task is None:
            task = self._loading[room_id] = asyncio.create_task(self._load(room_id))
        return await asyncio.shield(task)

    async def get(self, room_id: str) -> Room:
        """Give a room as committed now; raises NotFound."""
        room = await self.find(room_id)
        if room is None:
            raise NotFound("There is no such room")
        return room

    async def _load(self, room_id: str) -> Room | None:
        try:
            while True:
                self._arrived[room_id] = []
                generation = self._generation
                room = await self._db.read(lambda tx: load_room(tx, room_id))
                if generation == self._generation:
                    break
            if room is None:
                return None
            # What was committed while the snapshot was read was not yet ours to follow.
            for event in self._arrived[room_id]:
                if event.position > room.last_position:
                    room.apply(event)
            cached = self._rooms.get(room_id)
            return cached or self._keep(room)
        finally:
            self._arrived.pop(room_id, None)
            self._loading.pop(room_id, None)

    def _keep(self, room: Room) -> Room:
        self._rooms[room.room_id] = room
        self._weigh(room)
        return room

    def _weigh(self, room: Room) -> None:
        """Count what a room takes by now; the rooms that were not asked for longest go when all take too much."""
        weight = EMPTY_KIB + room.weight
        self._weight += weight - self._weights.get(room.room_id, 0)
        self._weights[room.room_id] = weight
        while self._weight > MOST_KIB and len(self._rooms) > 1:
            gone, _ = self._rooms.popitem(last=False)
            self._weight -= self._weights.pop(gone)

    async def draft(self, tx: Tx, room_id: str) -> RoomDraft:
        """Give the room as this batch of writes has it so far; raises NotFound. Only inside a write job."""
        draft: RoomDraft | None = tx.staged.get(room_id)
        if draft is None:
            position = await last_position_of(tx, room_id)
            room = self._rooms.get(room_id)
            if position is None:
                raise NotFound("There is no such room")
            if room is None or room.last_position != position:
                loaded = await load_room(tx, room_id)
                assert loaded is not None  # noqa: S101
                room = self._keep(loaded)
            draft = self._stage(tx, RoomDraft(room))
        return draft

    def _stage(self, tx: Tx, draft: RoomDraft) -> RoomDraft:
        tx.staged[draft.room_id] = draft
        tx.before_commit("rooms", lambda: update_rooms(tx, tx.staged.values()))
        return draft

    async def draft_of_member(self, tx: Tx, room_id: str, user_id: str) -> RoomDraft:
        """Give a room's draft inside a write job; raises Forbidden unless the user is in the room.

        The words are the same for a room that doesn't exist: nobody learns of rooms by asking.
        """
        try:
            room = await self.draft(tx, room_id)
        except NotFound:
            raise Forbidden(NOT_IN_ROOM) from None
        if room.membership(user_id) != "join":
            raise Forbidden(NOT_IN_ROOM)
        return room

    def begin(self, tx: Tx, room: Room) -> RoomDraft:
        """Give the draft of a room that this job makes."""
        draft = self._stage(tx, RoomDraft(room))

        def take_back() -> None:
            tx.staged.pop(room.room_id, None)

        def keep() -> None:
            self._keep(room)

        tx.on_rollback(take_back)
        tx.after_commit(keep)
        return draft

    def committed(self, event: StoredEvent) -> None:
        """Take in an event that was just committed."""
        room = self._rooms.get(event.room_id)
        if room is not None and event.position > room.last_position:
            room.apply(event)
            self._weigh(room)
        arrived = self._arrived.get(event.room_id)
        if arrived is not None:
            arrived.append(event)
