"""Browsers in which people are signed in: the cookies, and the token that every form carries.

Two cookies, both out of reach for scripts. One names the session, 256 random bits of which SHA-256 is kept. The other
is made at the first visit; a form's token is its HMAC over the session, so that a form counts only in the browser and
the session that it was shown in, and other sites can't make one.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from teahouse.accounts import store_browsers as store
from teahouse.accounts.store_browsers import BrowserSession
from teahouse.accounts.tokens import hash_token
from teahouse.clock import Clock
from teahouse.kernel.storage import Database, Tx

LIFETIME_MS = 30 * 24 * 60 * 60 * 1000
SEEN_EVERY_MS = 5 * 60 * 1000
LONGEST_BROWSER = 200
_BROWSERS = (
    ("Firefox/", "Firefox"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set for this server alone; an empty value ends it."""

    name: str
    value: str
    max_age_s: int


class Browsers:
    """Knows who is signed in in which browser."""

    def __init__(self, db: Database, clock: Clock, public_url: str) -> None:
        self._db = db
        self._clock = clock
        self.secure = public_url.startswith("https://")
        prefix = "__Host-" if self.secure else ""
        self.session_cookie = f"{prefix}teahouse_session"
        self.form_cookie = f"{prefix}teahouse_form"
        self.language_cookie = "teahouse_language"

    async def find(self, cookie: str, address: str) -> BrowserSession | None:
        """Give the session of a cookie; being seen gives it more time."""
        if not cookie:
            return None
        now = self._clock.now_ms()
        found = await self._db.read(lambda tx: store.find_session(tx, hash_token(cookie), now))
        if found is not None and not 0 <= now - found.seen_ts < SEEN_EVERY_MS:
            await self._db.write(
                lambda tx: store.mark_seen(tx, found.session_id, address, now, now + LIFETIME_MS)
            )
        return found

    async def begin(
        self,
        user_id: str,
        browser: str,
        address: str,
        within: Callable[[Tx], Awaitable[None]] | None = None,
    ) -> Cookie:
        """Sign a person in whose identity was proven, and give the cookie; `within` may refuse in the same write."""
        cookie = secrets.token_urlsafe(32)
        now = self._clock.now_ms()

        async def job(tx: Tx) -> None:
            if within is not None:
                await within(tx)
            shown = browser.replace("\0", "")[:LONGEST_BROWSER]
            session = BrowserSession(tx.next_position(), user_id, shown, address, now, now)
            await store.insert_session(tx, session, hash_token(cookie), now + LIFETIME_MS)

        await self._db.write(job)
        return Cookie(self.session_cookie, cookie, LIFETIME_MS // 1000)

    async def all_of(self, user_id: str) -> list[BrowserSession]:
        """Give the browsers in which the user is signed in."""
        now = self._clock.now_ms()
        return await self._db.read(lambda tx: store.sessions_of(tx, user_id, now))

    async def end(self, user_id: str, session_ids: list[int]) -> None:
        """Sign these browsers of the user out; those of others are passed over."""
        await self._db.write(lambda tx: store.delete_sessions(tx, user_id, session_ids))

    @property
    def no_session(self) -> Cookie:
        """The cookie that ends the session's."""
        return Cookie(self.session_cookie, "", 0)


def form_token(form_cookie: str, session_cookie: str) -> str:
    """Give the token of the forms shown in a browser and a session."""
    return hmac.new(form_cookie.encode(), session_cookie.encode(), hashlib.sha256).hexdigest()


def is_form_token(given: str, form_cookie: str, session_cookie: str) -> bool:
    """Tell whether a form was shown in this browser and session."""
    expected = form_token(form_cookie, session_cookie)
    return bool(form_cookie) and hmac.compare_digest(expected.encode(), given.encode())


def describe_browser(agent: str) -> tuple[str, str]:
    """Give the browser's and the system's name out of a User-Agent, each empty when it is none we know."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    return browser, next((name for mark, name in _SYSTEMS if mark in agent), "")
