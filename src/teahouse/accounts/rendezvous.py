"""Rendezvous sessions: one shared, short-lived text in which two devices of a person meet to sign one of them in.

Specification: the proposals MSC4108 and MSC4388. Nothing in here is secret from whoever knows a session's id, and
nothing needs to be: the devices encrypt for each other by a key from a QR code. Held in memory alone, bounded in
number, size and time; a restart ends the sign-ins under way.
"""

import secrets
from collections import Counter
from dataclasses import dataclass, field

from teahouse.clock import Clock
from teahouse.errors import Conflict, LimitExceeded, NotFound, TooLarge
from teahouse.kernel.http import RateLimiter, network_of

MOST_BYTES = 4096
MOST_SESSIONS = 1000
MOST_OF_NETWORK = 50
LIFETIME_S = 300
MOST_TRANSACTIONS = 32
COST_OF_CREATING = 10.0


@dataclass(slots=True)
class Meeting:
    """One session: `version` counts the writes, `answered` keeps what each transaction id was answered."""

    session_id: str
    network: str
    expires_s: float
    expires_ts: int
    data: bytes
    changed_ts: int
    version: int = 1
    answered: dict[str, int] = field(default_factory=dict)


class Rendezvous:
    """All sessions, oldest first: they end in the order they began."""

    def __init__(self, clock: Clock, limiter: RateLimiter, *, limits_on: bool) -> None:
        self._clock = clock
        self._most_of_network = MOST_OF_NETWORK if limits_on else MOST_SESSIONS
        self._limiter = limiter
        self._meetings: dict[str, Meeting] = {}
        self._of_network: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._meetings)

    def create(self, data: bytes, address: str) -> Meeting:
        """Begin a session; raises TooLarge, and LimitExceeded when there are too many."""
        _check_size(data)
        network = network_of(address)
        self._limiter.check("rendezvous", network, COST_OF_CREATING)
        self._forget_ended()
        if len(self._meetings) >= MOST_SESSIONS or self._of_network[network] >= self._most_of_network:
            raise LimitExceeded("Too many devices are being signed in; try again soon", retry_after_ms=60_000)
        now_ms = self._clock.now_ms()
        expires_s = self._clock.monotonic() + LIFETIME_S
        meeting = Meeting(
            secrets.token_urlsafe(16), network, expires_s, now_ms + LIFETIME_S * 1000, data, now_ms
        )
        self._meetings[meeting.session_id] = meeting
        self._of_network[network] += 1
        return meeting

    def read(self, session_id: str, address: str) -> Meeting:
        """Give a session; raises NotFound and LimitExceeded."""
        self._limiter.check("rendezvous", network_of(address))
        self._forget_ended()
        meeting = self._meetings.get(session_id)
        if meeting is None:
            raise NotFound("This session does not exist, or has ended")
        return meeting

    def write(self, session_id: str, data: bytes, seen: str, address: str, txn_id: str = "") -> Meeting:
        """Put a new text in place of the one that the writer has `seen`.

        The same transaction id writes once. Raises NotFound, TooLarge, LimitExceeded, and Conflict when somebody
        else wrote in between.
        """
        meeting = self.read(session_id, address)
        _check_size(data)
        known = meeting.answered.get(txn_id) if txn_id else None
        if known is not None:
            return _as_answered(meeting, known)
        if len(meeting.answered) >= MOST_TRANSACTIONS:
            raise LimitExceeded("This session has served its purpose", retry_after_ms=self.left_ms(meeting))
        is_current = seen == str(meeting.version)
        if is_current:
            meeting.data = data
            meeting.version += 1
            meeting.changed_ts = self._clock.now_ms()
        if txn_id:
            meeting.answered[txn_id] = meeting.version if is_current else 0
        return _as_answered(meeting, meeting.version if is_current else 0)

    def end(self, session_id: str, address: str) -> None:
        """End a session; raises NotFound and LimitExceeded."""
        self._forget(self.read(session_id, address))

    def left_ms(self, meeting: Meeting) -> int:
        """Give how long the session goes on."""
        return max(0, int((meeting.expires_s - self._clock.monotonic()) * 1000))

    def _forget_ended(self) -> None:
        now = self._clock.monotonic()
        while self._meetings:
            oldest = next(iter(self._meetings.values()))
            if oldest.expires_s > now:
                return
            self._forget(oldest)

    def _forget(self, meeting: Meeting) -> None:
        del self._meetings[meeting.session_id]
        self._of_network[meeting.network] -= 1
        if not self._of_network[meeting.network]:
            del self._of_network[meeting.network]


def _check_size(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise TooLarge(f"A text may have at most {MOST_BYTES} bytes")


def _as_answered(meeting: Meeting, version: int) -> Meeting:
    """Give the session as of a write's version; 0 stands for a write that was refused."""
    if not version:
        raise Conflict("Somebody else has written meanwhile", errcode="M_CONCURRENT_WRITE", status=409)
    return Meeting(
        meeting.session_id,
        meeting.network,
        meeting.expires_s,
        meeting.expires_ts,
        meeting.data,
        meeting.changed_ts,
        version,
    )
