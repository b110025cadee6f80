"""Sliding sync: waits for something to tell of what an app shows, then has it gathered."""

import time
from dataclasses import dataclass

from teahouse.errors import InvalidParam
from teahouse.sync.changes import Changes, changes_in_database, changes_in_memory
from teahouse.sync.service import Sync
from teahouse.sync.sessions import Session
from teahouse.sync.sliding.activity import Activities
from teahouse.sync.sliding.answer import RoomTeller, Scene
from teahouse.sync.sliding.asking import SlidingAsk
from teahouse.sync.sliding.connection import Connection, Connections, Draft
from teahouse.sync.sliding.direct import DirectRooms
from teahouse.sync.sliding.encode import answer_json, room_json
from teahouse.sync.sliding.extensions import Extensions
from teahouse.sync.sliding.first_screen import first_scene, is_first_screen
from teahouse.sync.sliding.lists import shown_lists
from teahouse.sync.sliding.room_result import RoomResult
from teahouse.sync.tokens import SyncToken


@dataclass(slots=True)
class Attempt:
    """One try at an answer: what it would tell, and whether that is worth answering now."""

    draft: Draft
    counts: dict[str, int]
    rooms: dict[str, RoomResult]
    extensions: dict[str, bytes]
    has_news: bool


class SlidingSync:
    """Answers sliding sync requests; one per server, beside the classic sync whose sessions it uses."""

    def __init__(self, sync: Sync) -> None:
        self.sync = sync
        self.connections = Connections()
        self.activities = Activities(sync.db, sync.accounts)
        self.direct = DirectRooms(sync.db, sync.accounts)

    async def answer(self, ask: SlidingAsk) -> bytes:
        """Give the answer's bytes once there is something to tell or the time is up.

        Raises InvalidParam (M_UNKNOWN_POS) for a position of no connection, and Unauthenticated when the token
        ends while the request waits.
        """
        connection = self._connection(ask)
        mine = connection.owner = object()
        deadline = time.monotonic() + ask.timeout_s
        if ask.to_device is not None:
            await self.sync.devices.acknowledge(ask.scope, ask.to_device.since)
        if connection.is_new and is_first_screen(ask) and not self._knows(ask.scope.user_id):
            scene = await first_scene(self.sync.chat, ask, await self.direct.of(ask.scope.user_id))
            if scene is not None:
                await self._settle(ask, is_due=True)
                return self._finish(ask, connection, await self._attempt(ask, connection, scene, self._now()))
        while True:
            session = await self.sync.session_of(ask.scope.user_id)
            await self.sync.check_token(ask.token, ask.scope.token_id)
            now = self._now()
            scene = await self._scene(ask, connection, session, now)
            attempt = await self._attempt(ask, connection, scene, now)
            left = deadline - time.monotonic()
            is_due = attempt.has_news or connection.is_new or left <= 0 or self.sync.stopping
            await self._settle(ask, is_due=is_due)
            if connection.owner is not mine:
                # The app has sent another request and will not look at this answer.
                return answer_json(ask.pos or "", {}, {}, {}, ask.txn_id)
            if session.membership_position > now.position:
                # The user came or went while the answer was gathered: it would mix two moments.
                continue
            if is_due:
                return self._finish(ask, connection, attempt)
            if session.valid and self._now() == now:
                await self.sync.wait(session, left, for_keys=ask.is_for_keys)
                if not session.valid:
                    await self.sync.accounts.authenticate(ask.token)

    async def _settle(self, ask: SlidingAsk, *, is_due: bool) -> None:
        """Have what the app acknowledged gone for good, if an answer to it is due."""
        if is_due and ask.to_device is not None:
            await self.sync.devices.settle(ask.scope)

    def _finish(self, ask: SlidingAsk, connection: Connection, attempt: Attempt) -> bytes:
        pos = connection.answered(attempt.draft)
        connection.owner = None
        self.connections.keep(connection)
        rooms = {
            room_id: room_json(result, is_stable=ask.is_stable) for room_id, result in attempt.rooms.items()
        }
        return answer_json(pos, attempt.counts, rooms, attempt.extensions, ask.txn_id)

    def _now(self) -> SyncToken:
        return SyncToken(self.sync.db.doorbell.position, self.sync.chat.typing.serial)

    def _connection(self, ask: SlidingAsk) -> Connection:
        user_id, device_id = ask.scope.user_id, ask.scope.device_id
        if ask.pos is None:
            return Connection(user_id, device_id, ask.conn_id)
        connection = self.connections.find(user_id, device_id, ask.conn_id, ask.pos)
        if connection is None:
            raise InvalidParam("This position is not known any more: begin anew", errcode="M_UNKNOWN_POS")
        session = self.sync.sessions.by_user.get(user_id)
        if connection.owner is not None and session is not None:
            session.wake()
        return connection

    def _knows(self, user_id: str) -> bool:
        """Say whether the order of the user's rooms is at hand."""
        session = self.sync.sessions.by_user.get(user_id)
        return session is not None and self.activities.peek(session) is not None

    async def _attempt(
        self, ask: SlidingAsk, connection: Connection, scene: Scene, now: SyncToken
    ) -> Attempt:
        draft = connection.begin_draft(scene.upto)
        draft.dms = scene.dms
        if ask.typing is not None:
            draft.typing = now.typing
        services = (self.sync.accounts, self.sync.chat, self.sync.push)
        teller = RoomTeller(services, ask, connection, draft, scene)
        rooms = await teller.tell()
        extensions = Extensions(teller, self.sync.devices, rooms)
        told = await extensions.gather()
        counts = {shown.name: shown.count for shown in scene.lists}
        return Attempt(draft, counts, rooms, told, bool(rooms) or extensions.has_news)

    async def _scene(
        self, ask: SlidingAsk, connection: Connection, session: Session, now: SyncToken
    ) -> Scene:
        user_id, after = ask.scope.user_id, connection.state.position
        dms = await self.direct.of(user_id)
        if connection.is_new:
            changes = Changes(account_data=True)
        else:
            found = changes_in_memory(session, ask.scope.device_id, after, now.position)
            changes = found if found is not None else await changes_in_database(self.sync.db, session, after)
            # Nothing on disk says that somebody took keys, so the counts are told again.
            changes.one_time_keys |= found is None
        lists = await shown_lists(self.sync.chat, self.activities, ask, session, dms)
        return Scene(lists, session.rooms, changes, now.position, dms)
