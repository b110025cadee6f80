"""Who is connected, what changed for each since when, and who waits: the memory behind incremental syncs.

A session belongs to a user with at least one syncing client. It keeps a short log of positions at which
something of his changed, so an answer costs what changed and never what exists. It may be dropped at any time:
what it doesn't know is read from the database by position.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from teahouse.chat import StoredEvent
from teahouse.kernel.stream import Fact
from teahouse.sync.tokens import SyncToken

EVENT, MEMBERSHIP, RECEIPT, ACCOUNT_DATA = "event", "membership", "receipt", "account_data"
PRESENCE = "presence"
DEVICE_LIST, ONE_TIME_KEYS = "device_list", "one_time_keys"
LOG_LENGTH = 1024
IDLE_S = 300.0
SWARM_S = 0.025
FEW_LISTENERS = 16
"""How many connected people a room may have for its verifications to be told to encryption's own connections."""
MOST_REVOKED = 100_000


@dataclass(slots=True)
class Change:
    """Something of a user changed at `position`; `body` is the fact's record where there is one.

    An event's body is who came or went with it, "" when the whole room's encryption began, else None.
    """

    position: int
    kind: str
    room_id: str | None
    body: Any = None


@dataclass(slots=True)
class Membership:
    """What the user is in a room: `joined_position` is when the current stay began."""

    membership: str
    position: int
    joined_position: int | None
    event_id: str = ""
    sender: str = ""


@dataclass(eq=False, slots=True, weakref_slot=True)
class Session:
    """One connected user. `log` holds every change after `floor`, in order of position."""

    user_id: str
    floor: int
    rooms: dict[str, Membership] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    waiters: set["asyncio.Future[None]"] = field(default_factory=set)
    key_waiters: set["asyncio.Future[None]"] = field(default_factory=set)
    """Those of connections that ask for messages to devices and for no room: company is nothing to wait for."""
    sent_members: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """By device and room: the members that it was told of, for lazy loading."""
    given: dict[str, SyncToken] = field(default_factory=dict)
    """By device: the token it got last. A client that comes with another one may have lost an answer."""
    membership_position: int = 0
    seen_at: float = 0.0
    valid: bool = True

    def note(self, change: Change) -> None:
        """Put a change at the end of the log; the oldest half goes when it is long."""
        self.log.append(change)
        if len(self.log) > LOG_LENGTH:
            half = len(self.log) // 2
            self.floor = self.log[half - 1].position
            del self.log[:half]

    def changes_after(self, position: int) -> list[Change] | None:
        """Give the changes after `position`, or None when the log doesn't reach back so far."""
        if position < self.floor:
            return None
        log = self.log
        if not log or log[-1].position <= position:
            return []
        start = len(log)
        while start and log[start - 1].position > position:
            start -= 1
        return log[start:]

    def forget_devices(self, device_ids: Iterable[str]) -> None:
        """Let go of what devices were told that are no more: a session lasts as long as its user has another."""
        for device_id in device_ids:
            self.sent_members.pop(device_id, None)
            self.given.pop(device_id, None)

    def is_quiet_after(self, position: int) -> bool:
        """Say whether nothing of the user's changed after `position`, as far as the log reaches back."""
        return position >= self.floor and (not self.log or self.log[-1].position <= position)

    def wake(self) -> None:
        """Let every waiting request of this user look again."""
        _wake(self.waiters)
        _wake(self.key_waiters)

    def wake_for_keys(self) -> None:
        """Let those look again that wait for messages to devices alone."""
        _wake(self.key_waiters)

    def joined_rooms(self) -> list[str]:
        """List the rooms that the user is in."""
        return [room_id for room_id, member in self.rooms.items() if member.membership == "join"]


def _may_verify(event: StoredEvent) -> bool:
    """Say whether the event may be a step of a verification in a room.

    COMPAT(matrix-rust-sdk, 0.18): Element X sends the next step only when the connection that asks for keys is
    answered, so that one is told the counts of keys anew. Encrypted steps show nothing but that they refer.
    """
    if event.type == "m.room.encrypted":
        return event.rel_type == "m.reference"
    return event.type.startswith("m.key.verification.")


def _wake(waiters: "set[asyncio.Future[None]]") -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
    waiters.clear()


class Sessions:
    """All sessions, by user and by joined room; a listener of the stream."""

    def __init__(self) -> None:
        self.by_user: dict[str, Session] = {}
        self.by_room: dict[str, set[Session]] = defaultdict(set)
        self.revoked: set[int] = set()
        """Access tokens that ended while this process ran: polls that wait with one are refused."""
        self._member_events: deque[StoredEvent] = deque(maxlen=4096)
        self._woken_soon: set[Session] = set()

    def add(self, session: Session) -> None:
        """Take in a session whose memberships were read up to its floor."""
        self.by_user[session.user_id] = session
        for room_id in session.joined_rooms():
            self.by_room[room_id].add(session)

    def catch_up(self, session: Session, position: int) -> None:
        """Bring memberships that were read at `position` up to now, before `add`."""
        for event in self._member_events:
            if event.position > position and event.state_key == session.user_id:
                session.rooms[event.room_id] = _next_membership(event, session.rooms.get(event.room_id))

    def drop(self, session: Session) -> None:
        """Forget a session; whoever waits on it looks again and makes a new one."""
        session.valid = False
        if self.by_user.get(session.user_id) is session:
            del self.by_user[session.user_id]
        for room_id in session.rooms:
            listeners = self.by_room.get(room_id)
            if listeners is not None:
                listeners.discard(session)
                if not listeners:
                    del self.by_room[room_id]
        session.wake()

    def drop_all(self) -> None:
        """Forget every session, since another process wrote."""
        for session in list(self.by_user.values()):
            self.drop(session)

    def drop_idle(self, now: float) -> None:
        """Forget the sessions that nobody used for a while."""
        for session in list(self.by_user.values()):
            if not (session.waiters or session.key_waiters) and now - session.seen_at > IDLE_S:
                self.drop(session)

    def on_facts(self, facts: Sequence[Fact]) -> None:
        """Note what a commit changed for whom, then wake them; each session once a commit."""
        touched: set[Session] = set()
        for fact in facts:
            if fact.kind == "foreign":
                self.drop_all()
                return
            self._note(fact, touched)
        for session in touched:
            session.wake()

    def _note(self, fact: Fact, touched: set[Session]) -> None:
        if fact.kind == "event":
            self._note_event(fact, touched)
        elif fact.kind == "receipt":
            self._note_receipt(fact, touched)
        elif fact.kind == "presence":
            self._note_presence(fact, touched)
        elif fact.kind == "device_list":
            self._note_device_list(fact, touched)
        elif fact.kind == "typing":
            touched |= self.by_room.get(fact.room_id or "", set())
        elif fact.kind == "token_revoked":
            self.revoked |= fact.body or set()
            if len(self.revoked) > MOST_REVOKED:
                self.revoked.clear()
                self.drop_all()
            touched |= {session for session in (self.by_user.get(fact.user_id or ""),) if session}
        elif fact.kind == "to_device":
            self._wake_soon(fact.body)
        elif fact.user_id in self.by_user:
            session = self.by_user[fact.user_id]
            _note_personal(fact, session)
            touched.add(session)

    def _wake_soon(self, user_ids: Iterable[str]) -> None:
        """Wake in a moment: messages to devices come in swarms, and before the event that needs their key.

        A connection of their own is woken at once: the event reaches the app by another one, and an app that
        has it before its key shows that it can't read it.
        """
        by_user = self.by_user
        sessions = [by_user[user_id] for user_id in user_ids if user_id in by_user]
        for session in sessions:
            session.wake_for_keys()
        found = [session for session in sessions if session.waiters]
        if found and not self._woken_soon:
            asyncio.get_running_loop().call_later(SWARM_S, self._wake_swarm)
        self._woken_soon.update(found)

    def _wake_swarm(self) -> None:
        woken, self._woken_soon = self._woken_soon, set()
        for session in woken:
            session.wake()

    def _note_event(self, fact: Fact, touched: set[Session]) -> None:
        event: StoredEvent = fact.body
        if event.type == "m.room.member" and event.state_key is not None:
            self._member_events.append(event)
            if event.state_key in self.by_user:
                self._note_membership(event, self.by_user[event.state_key], touched)
        change = Change(fact.position, EVENT, fact.room_id, _moved_by(event))
        listeners = self.by_room.get(event.room_id)
        if listeners:
            stirs = len(listeners) <= FEW_LISTENERS and _may_verify(event)
            for session in listeners:
                session.note(change)
                if stirs:
                    session.note(Change(fact.position, ONE_TIME_KEYS, None))
            touched |= listeners

    def _note_membership(self, event: StoredEvent, session: Session, touched: set[Session]) -> None:
        before = session.rooms.get(event.room_id)
        was_joined = before is not None and before.membership == "join"
        after = session.rooms[event.room_id] = _next_membership(event, before)
        if after.membership == "join":
            self.by_room[event.room_id].add(session)
        elif was_joined:
            self.by_room[event.room_id].discard(session)
        if after.membership != "join" or not was_joined:
            session.note(Change(event.position, MEMBERSHIP, event.room_id))
            session.membership_position = event.position
        touched.add(session)

    def _note_presence(self, fact: Fact, touched: set[Session]) -> None:
        """Tell whoever shares a room; where is somebody who has no session? Then all look, and the answer knows."""
        own = self.by_user.get(fact.user_id or "")
        if own is None:
            listeners = set(self.by_user.values())
        else:
            listeners = {own}.union(*(self.by_room.get(room_id, ()) for room_id in own.joined_rooms()))
        change = Change(fact.position, PRESENCE, None)
        for session in listeners:
            session.note(change)
        touched |= listeners

    def _note_device_list(self, fact: Fact, touched: set[Session]) -> None:
        """Tell whoever is in one of the user's encrypted rooms, and the one whom the fact names."""
        changed, rooms = fact.body
        own = self.by_user.get(fact.user_id or "")
        listeners = {own} if own is not None else set()
        listeners = listeners.union(*(self.by_room.get(room_id, ()) for room_id in rooms))
        change = Change(fact.position, DEVICE_LIST, None, changed)
        for session in listeners:
            session.note(change)
        touched |= listeners

    def _note_receipt(self, fact: Fact, touched: set[Session]) -> None:
        change = Change(fact.position, RECEIPT, fact.room_id, (fact.user_id, fact.body))
        if fact.body is not None and fact.body.receipt_type == "m.read.private":
            own = self.by_user.get(fact.user_id or "")
            listeners = {own} if own is not None else set()
        else:
            listeners = self.by_room.get(fact.room_id or "", set())
        for session in listeners:
            session.note(change)
        touched |= listeners


def _note_personal(fact: Fact, session: Session) -> None:
    if fact.kind == "forgotten":
        session.rooms.pop(fact.room_id or "", None)
        session.note(Change(fact.position, MEMBERSHIP, fact.room_id))
    elif fact.kind in ("account_data", "push_rules"):
        session.note(Change(fact.position, ACCOUNT_DATA, fact.room_id))
    elif fact.kind == "one_time_keys":
        session.note(Change(fact.position, ONE_TIME_KEYS, None, fact.body))
    elif fact.kind == "devices_deleted":
        session.forget_devices(fact.body)


def _moved_by(event: StoredEvent) -> str | None:
    """Give who came or went with the event, "" when it may concern everybody's encryption, None for others."""
    if event.state_key is None:
        return None
    if event.type == "m.room.encryption":
        return ""
    if event.type != "m.room.member":
        return None
    before = orjson.loads(event.prev_content).get("membership") if event.prev_content else None
    return None if before == event.content.get("membership") else event.state_key


def _next_membership(event: StoredEvent, before: Membership | None) -> Membership:
    membership = event.as_state().membership
    joined = before.joined_position if before is not None else None
    if membership == "join" and (before is None or before.membership != "join"):
        joined = event.position
    return Membership(membership, event.position, joined, event.event_id, event.sender)
