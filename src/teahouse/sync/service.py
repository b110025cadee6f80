"""The classic sync: waits for something to tell, then has it gathered from the slices below.

It owns no data. Sliding sync will be a second encoder over the same sessions, changes and room parts.
"""

import asyncio
import time

from teahouse.accounts import Accounts
from teahouse.chat import Chat
from teahouse.kernel.storage import Database
from teahouse.push import Push
from teahouse.sync import store
from teahouse.sync.answer import Answer
from teahouse.sync.ask import Ask
from teahouse.sync.changes import Changes, changes_in_database, changes_in_memory
from teahouse.sync.quick import quick_rooms
from teahouse.sync.sessions import Session, Sessions
from teahouse.sync.tokens import SyncToken, Tokens


class Sync:
    """Answers sync requests; one per server."""

    def __init__(self, db: Database, accounts: Accounts, chat: Chat, push: Push, token_secret: str) -> None:
        self.db = db
        self.accounts = accounts
        self.chat = chat
        self.push = push
        self.tokens = Tokens(token_secret)
        self.sessions = Sessions()
        self.stopping = False
        db.doorbell.listen(self.sessions.on_facts)
        db.on_reset(self.sessions.drop_all)

    def stop(self) -> None:
        """Answer every waiting request now."""
        self.stopping = True
        for session in self.sessions.by_user.values():
            session.wake()

    async def answer(self, ask: Ask) -> bytes:
        """Give the answer's bytes once there is something to tell or the time is up.

        Raises Unauthenticated when the token ends while the request waits.
        """
        deadline = time.monotonic() + ask.timeout_s
        while True:
            session = await self._session(ask.view.scope.user_id)
            device_id = ask.view.scope.device_id
            if session.given.get(device_id) != ask.since:
                session.sent_members.pop(device_id, None)
            now = SyncToken(self.db.doorbell.position, self.chat.typing.serial)
            answer = await self._build(ask, session, now)
            if session.membership_position > now.position:
                # The user came or went while the answer was gathered: it would mix two moments.
                session.given.pop(device_id, None)
                continue
            left = deadline - time.monotonic()
            if answer is not None:
                session.given[device_id] = now
                return answer
            if left <= 0 or self.stopping:
                session.given[device_id] = now
                return b'{"next_batch":"%b"}' % self.tokens.write(now).encode()
            newest = SyncToken(self.db.doorbell.position, self.chat.typing.serial)
            if session.valid and newest == now:
                await self._wait(session, left)
                if not session.valid or ask.view.scope.token_id in self.sessions.revoked:
                    await self.accounts.authenticate(ask.token)

    async def _wait(self, session: Session, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        session.waiters.add(waiter)
        timer = loop.call_later(seconds, _ring, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            session.waiters.discard(waiter)
            session.seen_at = time.monotonic()

    async def _session(self, user_id: str) -> Session:
        session = self.sessions.by_user.get(user_id)
        if session is None:
            session = await self._open_session(user_id)
        session.seen_at = time.monotonic()
        return session

    async def _open_session(self, user_id: str) -> Session:
        self.sessions.drop_idle(time.monotonic())
        rooms, position = await self.db.read(lambda tx: store.memberships_and_position(tx, user_id))
        known = self.sessions.by_user.get(user_id)
        if known is not None:
            return known
        session = Session(user_id, floor=self.db.doorbell.position, rooms=rooms)
        self.sessions.catch_up(session, position)
        self.sessions.add(session)
        return session

    async def _build(self, ask: Ask, session: Session, now: SyncToken) -> bytes | None:
        """Build the answer up to `now`, or None when there is nothing to tell yet."""
        since, view = ask.since, ask.view
        typing: set[str] = set()
        if since is None:
            changes = Changes(account_data=True, presence=True)
        else:
            if view.is_plain and since.typing == now.typing:
                rooms = quick_rooms(self.chat, self.push, view, session, since.position, now.position)
                if rooms is not None:
                    return b'{"next_batch":"%b"%b}' % (self.tokens.write(now).encode(), rooms)
            found = changes_in_memory(session, since.position, now.position)
            changes = (
                found if found is not None else await changes_in_database(self.db, session, since.position)
            )
            typing = self._typing_rooms(session, since)
            if not changes and not typing and not view.full_state:
                return None
        answer = Answer(self.accounts, self.chat, self.push, ask, session, now)
        sections = await answer.sections(changes, typing)
        if sections is None:
            return b'{"next_batch":"%b"}' % self.tokens.write(now).encode() if view.full_state else None
        return b'{"next_batch":"%b"%b}' % (self.tokens.write(now).encode(), sections)

    def _typing_rooms(self, session: Session, since: SyncToken) -> set[str]:
        typing = self.chat.typing
        if typing.serial == since.typing:
            return set()
        joined = session.rooms
        return {
            room_id
            for room_id in typing.changed_after(since.typing)
            if room_id in joined and joined[room_id].membership == "join"
        }


def _ring(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
