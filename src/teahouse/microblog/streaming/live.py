"""Follows what is committed and tells those who listen: in order, each post made once for all who see it alike."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog

from teahouse.errors import TeahouseError, Unauthenticated
from teahouse.kernel.stream import Fact
from teahouse.microblog.activity import StatusFact
from teahouse.microblog.announcements.announcements import CHANGED, REACTED, Announcements
from teahouse.microblog.core import Core
from teahouse.microblog.notifications import store_notifications as store
from teahouse.microblog.notifications.notices import Notices
from teahouse.microblog.people.records import NOBODY, Viewer
from teahouse.microblog.posts import store_passed
from teahouse.microblog.posts.conversations import Conversations
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.streaming.audience import Audience, audience_of
from teahouse.microblog.streaming.listeners import Listener, Listeners, Message
from teahouse.microblog.streaming.wishes import Wish

log = structlog.get_logger(__name__)

MOST_BEHIND = 10_000
HOME, NOTIFICATION, DIRECT = Wish("user"), Wish("user:notification"), Wish("direct")
EVENTS = {
    "status_posted": "update",
    "status_edited": "status.update",
    "status_carded": "status.update",
    "status_deleted": "delete",
}


class Live:
    """One a server: keeps the connections, and a task that works through the facts."""

    def __init__(
        self,
        core: Core,
        show: ShowStatuses,
        notices: Notices,
        conversations: Conversations,
        announcements: Announcements,
    ) -> None:
        self._core = core
        self._show = show
        self._notices = notices
        self._conversations = conversations
        self._announcements = announcements
        self._announced = self._passed = core.db.doorbell.position
        self.listeners = Listeners()
        self._facts: deque[Fact] = deque(maxlen=MOST_BEHIND)
        self._task: asyncio.Task[None] | None = None
        self._tellers: dict[str, Callable[[Fact], Awaitable[None]]] = {
            **dict.fromkeys(EVENTS, self._tell_of_status),
            "notified": self._tell_of_notifications,
            "conversation_changed": self._tell_of_conversation,
            "filters_changed": self._tell_of_filters,
            "notifications_merged": self._tell_of_merged,
            "foreign": self._look_at_foreign_writes,
            CHANGED: self._tell_of_announcements,
            REACTED: self._tell_of_reaction,
        }
        core.db.doorbell.listen(self._hear)

    async def start(self) -> None:
        """Forget what commands did while nothing ran: nobody is connected who has seen what was before."""
        self._passed = max(self._passed, self._core.db.doorbell.position)
        await self._core.db.write(lambda tx: store_passed.forget(tx, self._passed))

    def stop(self) -> None:
        """End all connections: the server stops."""
        self.listeners.close()
        if self._task is not None:
            self._task.cancel()

    def _hear(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            if fact.kind == "token_revoked":
                self.listeners.end_sessions(fact.body)
            elif not len(self.listeners):
                self._announced = max(self._announced, fact.position)
                self._passed = max(self._passed, fact.position)
            elif fact.kind in self._tellers:
                self._facts.append(fact)
        if self._facts and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work(), name="live streams")

    async def _work(self) -> None:
        while self._facts:
            fact = self._facts.popleft()
            try:
                await self._tellers[fact.kind](fact)
            except TeahouseError as error:
                log.warning("a live event was not told", error=error.message)
            except Exception:
                log.exception("a live event was not told")

    async def _look_at_foreign_writes(self, told: Fact) -> None:
        """Another process wrote, perhaps to end a session, to announce something, or to delete a post: look at all."""
        for listener in self.listeners:
            await self.check_session(listener)
        await self._tell_of_announcements(told)
        await self._tell_of_passed()

    async def _tell_of_passed(self) -> None:
        """Tell what commands did, as if it had been done here."""
        while facts := await self._core.db.read(lambda tx: store_passed.after(tx, self._passed)):
            for fact in facts:
                await self._tellers[fact.kind](fact)
            self._passed = facts[-1].position
            await self._core.db.write(lambda tx: store_passed.forget(tx, self._passed))

    async def check_session(self, listener: Listener) -> None:
        """End a connection whose session has ended or expired."""
        try:
            await self._core.accounts.authenticate(listener.token)
        except Unauthenticated:
            listener.end()

    async def _tell_of_status(self, told: Fact) -> None:
        now, fact = self._core.clock.now_ms(), told.body
        is_new = told.kind == "status_posted"
        limited = (await self._core.restraints.current()).limited
        is_limited = fact.account_id in limited and told.kind != "status_deleted"
        found = await self._core.db.read(
            lambda tx: audience_of(tx, self.listeners, fact, now, is_new=is_new, is_limited=is_limited)
        )
        if told.kind == "status_deleted":
            for listener, wish in found.heard:
                listener.tell(wish, Message("delete", str(fact.id)))
            return
        payloads: dict[tuple[str, Any], Message | None] = {}
        for listener, wish in found.heard:
            group = _group(found, listener, wish)
            if group not in payloads:
                payloads[group] = await self._message(EVENTS[told.kind], listener, fact, wish)
            message = payloads[group]
            if message is not None:
                listener.tell(wish, message)

    async def _message(self, event: str, listener: Listener, fact: StatusFact, wish: Wish) -> Message | None:
        """Make the post as this listener sees it; None when they may not."""
        viewer = listener.viewer if listener.viewer.is_known else NOBODY
        shown = await self._show.many(viewer, [fact.id], _context(wish))
        return Message(event, _json(shown[0])) if shown else None

    async def _tell_of_notifications(self, told: Fact) -> None:
        first, last, account_id = told.body
        listening = self.listeners.accounts_hearing(HOME) | self.listeners.accounts_hearing(NOTIFICATION)
        if account_id:
            listening &= {account_id}
        if not listening:
            return
        rows = await self._core.db.read(lambda tx: store.told_between(tx, first, last, listening))
        for row in rows:
            heard = [
                (listener, wish)
                for wish in (HOME, NOTIFICATION)
                for listener in self.listeners.of_account(row.account_id, wish)
                if listener.caller.may("read:notifications")
            ]
            made = await self._notices.entities(heard[0][0].viewer, [row]) if heard else []
            for _, one in made:
                for listener, wish in heard:
                    listener.tell(wish, Message("notification", _json(one)))

    async def _tell_of_conversation(self, told: Fact) -> None:
        account_id, number = told.body
        for listener in self.listeners.of_account(account_id, DIRECT):
            one = await self._conversations.one(listener.viewer, number)
            listener.tell(DIRECT, Message("conversation", _json(one)))

    async def _tell_of_announcements(self, _: Fact) -> None:
        for row, shown in await self._announcements.changed_after(self._announced):
            self._announced = max(self._announced, row.position)
            if row.removed:
                self._tell_everybody(Message("announcement.delete", str(row.id)))
            else:
                self._tell_everybody(Message("announcement", _json(shown)))

    async def _tell_of_reaction(self, told: Fact) -> None:
        shown = await self._announcements.reaction(*told.body)
        self._tell_everybody(Message("announcement.reaction", _json(shown)))

    def _tell_everybody(self, message: Message) -> None:
        for listener in self.listeners.hearing(HOME):
            listener.tell(HOME, message)

    async def _tell_of_filters(self, told: Fact) -> None:
        for listener in self.listeners:
            if listener.viewer.user_id == told.user_id and HOME in listener.wishes:
                listener.tell(HOME, Message("filters_changed", ""))

    async def _tell_of_merged(self, told: Fact) -> None:
        for wish in (HOME, NOTIFICATION):
            for listener in self.listeners.of_account(told.body, wish):
                listener.tell(wish, Message("notifications_merged", "1"))


def _json(entity: msgspec.Struct) -> str:
    return msgspec.json.encode(entity).decode()


def _context(wish: Wish) -> str:
    return "home" if wish.stream in ("user", "list") else "public"


def _group(found: Audience, listener: Listener, wish: Wish) -> tuple[str, Any]:
    """Give what those have in common who see a post alike: strangers, followers, or each for themselves."""
    viewer: Viewer = listener.viewer
    if not viewer.is_known:
        return ("stranger", "")
    if viewer.id in found.own_way:
        return (_context(wish), viewer.id)
    return ("follower" if viewer.id in found.followers else "user", "")
