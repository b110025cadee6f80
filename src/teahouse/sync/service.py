"""The classic sync: waits for something to tell, then has it gathered from the slices below.

It owns no data. sliding/ is a second encoder over the same sessions, changes and room parts.
"""

import asyncio
import time

from teahouse.accounts import Accounts
from teahouse.chat import Chat
from teahouse.e2ee import Encryption
from teahouse.kernel.storage import Database
from teahouse.push import Push
from teahouse.sync import store
from teahouse.sync.alarms import Alarms
from teahouse.sync.answer import Answer
from teahouse.sync.ask import Ask
from teahouse.sync.changes import Changes, changes_in_database, changes_in_memory
from teahouse.sync.encryption import DeviceNews
from teahouse.sync.quick import quick_rooms
from teahouse.sync.sessions import Session, Sessions
from teahouse.sync.tokens import SyncToken, Tokens


class Sync:
    """Answers sync requests; one per server."""

    def __init__(
        self,
        db: Database,
        accounts: Accounts,
        encryption: Encryption,
        chat: Chat,
        push: Push,
        *,
        token_secret: str,
    ) -> None:
        self.db = db
        self.accounts = accounts
        self.encryption = encryption
        self.chat = chat
        self.push = push
        self.devices = DeviceNews(chat, encryption)
        self.tokens = Tokens(token_secret)
        self.sessions = Sessions()
        self.stopping = False
        self._alarms = Alarms()
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
        user_id, device_id = ask.view.scope.user_id, ask.view.scope.device_id
        if ask.since is not None:
            await self.devices.acknowledge(ask.view.scope, ask.since.position)
        while True:
            session = self.sessions.by_user.get(user_id) or await self._open_session(user_id)
            session.seen_at = time.monotonic()
            await self.check_token(ask.token, ask.view.scope.token_id)
            if session.given.get(device_id) != ask.since:
                session.sent_members.pop(device_id, None)
            now = SyncToken(self.db.doorbell.position, self.chat.typing.serial)
            answer = await self._build(ask, session, now)
            if session.membership_position > now.position:
                # The user came or went while the answer was gathered: it would mix two moments.
                session.given.pop(device_id, None)
                continue
            left = deadline - time.monotonic()
            if answer is not None or left <= 0 or self.stopping:
                await self.devices.settle(ask.view.scope)
                session.given[device_id] = now
                counts = await self.devices.counts(ask.view.scope)
                return b'{"next_batch":"%b"%b%b}' % (self.tokens.write(now).encode(), answer or b"", counts)
            newest = SyncToken(self.db.doorbell.position, self.chat.typing.serial)
            if session.valid and newest == now:
                await self.wait(session, left)
                if not session.valid:
                    await self.accounts.authenticate(ask.token)

    async def check_token(self, token: str, token_id: int) -> None:
        """Raise Unauthenticated when the request's token ended after it was let in.

        Asked before each look at the news: a token ends with a position of its own, so whoever has looked since
        either knows, or sees that there is something newer than what he looked at, and looks again.
        """
        if token_id in self.sessions.revoked:
            await self.accounts.authenticate(token)

    async def wait(self, session: Session, seconds: float, *, for_keys: bool = False) -> None:
        """Wait until something of the user's changes, or for so long; `for_keys` when no room is asked for."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiters = session.key_waiters if for_keys else session.waiters
        waiters.add(waiter)
        try:
            await self._alarms.wait(waiter, seconds)
        finally:
            waiters.discard(waiter)
            session.seen_at = time.monotonic()

    async def session_of(self, user_id: str) -> Session:
        """Give the user's session, opening it when needed."""
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
        """Build the sections of the answer up to `now`, or None when there is nothing to tell yet."""
        since, view = ask.since, ask.view
        typing: set[str] = set()
        has_messages = await self.devices.has_messages(view.scope, since.position if since else 0)
        if since is None:
            changes = Changes(account_data=True, presence=True)
        else:
            if since.typing == now.typing and not view.full_state:
                span = since.position, now.position
                if session.is_quiet_after(since.position):
                    return await self.devices.messages(view.scope, *span) if has_messages else None
                rooms = None
                if view.is_plain and not has_messages:
                    rooms = quick_rooms(self.chat, self.push, view, session, *span)
                if rooms is not None:
                    return rooms
            changes = await self._changes(ask, session, since.position, now.position)
            typing = self._typing_rooms(session, since)
            if not changes and not typing and not view.full_state and not has_messages:
                return None
        sections = None
        if changes or typing or view.full_state:
            answer = Answer(self.accounts, self.chat, self.push, ask, session, now)
            sections = await answer.sections(changes, typing)
        personal = await self._of_device(ask, changes, now) if since or has_messages else b""
        if sections is None and not personal and not changes.one_time_keys and not view.full_state:
            return None
        return (sections or b"") + personal

    async def _changes(self, ask: Ask, session: Session, after: int, upto: int) -> Changes:
        found = changes_in_memory(session, ask.view.scope.device_id, after, upto)
        return found if found is not None else await changes_in_database(self.db, session, after)

    async def _of_device(self, ask: Ask, changes: Changes, now: SyncToken) -> bytes:
        scope, since = ask.view.scope, ask.since
        messages = await self.devices.messages(scope, since.position if since else 0, now.position)
        if since is None:
            return messages
        return messages + await self.devices.lists(scope, changes, since.position, now.position)

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
