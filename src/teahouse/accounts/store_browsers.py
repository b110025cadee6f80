"""SQL of browsers in which people are signed in, and of what an outside provider calls them."""

from dataclasses import dataclass

from teahouse.kernel.storage import Tx, json_list


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser in which somebody is signed in; the cookie itself is not kept."""

    session_id: int
    user_id: str
    browser: str
    address: str
    created_ts: int
    seen_ts: int
    locked_reason: str | None = None
    """Why the person is locked: then the browser may only show that, and take an appeal."""


_SESSION = "b.session_id, b.user_id, b.browser, b.address, b.created_ts, b.seen_ts"


async def insert_session(tx: Tx, session: BrowserSession, cookie_hash: str, expires_ts: int) -> None:
    """Keep a new session, and forget those whose time is over."""
    await tx.execute("DELETE FROM browser_sessions WHERE expires_ts < ?", session.created_ts)
    await tx.execute(
        "INSERT INTO browser_sessions"
        " (session_id, cookie_hash, user_id, browser, address, created_ts, seen_ts, expires_ts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        session.session_id,
        cookie_hash,
        session.user_id,
        session.browser,
        session.address,
        session.created_ts,
        session.seen_ts,
        expires_ts,
    )


async def find_session(tx: Tx, cookie_hash: str, now_ms: int) -> BrowserSession | None:
    """Give the session of a cookie, unless its time or its user's account is over."""
    row = await tx.fetch_one(
        f"SELECT {_SESSION}, u.locked_reason FROM browser_sessions b JOIN users u ON u.user_id = b.user_id"  # noqa: S608
        " WHERE b.cookie_hash = ? AND b.expires_ts > ? AND u.deactivated_ts IS NULL",
        cookie_hash,
        now_ms,
    )
    return None if row is None else BrowserSession(*row)


async def sessions_of(tx: Tx, user_id: str, now_ms: int) -> list[BrowserSession]:
    """Give the browsers in which the user is signed in, the newest first."""
    rows = await tx.fetch_all(
        f"SELECT {_SESSION} FROM browser_sessions b WHERE b.user_id = ? AND b.expires_ts > ?"  # noqa: S608
        " ORDER BY b.session_id DESC",
        user_id,
        now_ms,
    )
    return [BrowserSession(*row) for row in rows]


async def mark_seen(tx: Tx, session_id: int, address: str, now_ms: int, expires_ts: int) -> None:
    """Note that the browser was seen, which gives it more time."""
    await tx.execute(
        "UPDATE browser_sessions SET seen_ts = ?, address = ?, expires_ts = ? WHERE session_id = ?",
        now_ms,
        address,
        expires_ts,
        session_id,
    )


async def delete_sessions(tx: Tx, user_id: str, session_ids: list[int]) -> None:
    """Sign these browsers of the user out."""
    await tx.execute(
        "DELETE FROM browser_sessions WHERE user_id = ?"
        " AND CAST(session_id AS TEXT) IN (SELECT value FROM json_each(?))",
        user_id,
        json_list(map(str, session_ids)),
    )


async def delete_browsers(tx: Tx, user_id: str, keep: int | None) -> None:
    """Sign the user out in all browsers but one."""
    await tx.execute("DELETE FROM browser_sessions WHERE user_id = ? AND session_id <> ?", user_id, keep or 0)


async def find_link(tx: Tx, issuer: str, subject: str) -> str | None:
    """Give the user whom an outside provider calls so."""
    found: str | None = await tx.fetch_value(
        "SELECT user_id FROM upstream_links WHERE issuer = ? AND subject = ?", issuer, subject
    )
    return found


async def insert_link(tx: Tx, issuer: str, subject: str, user_id: str, now_ms: int) -> bool:
    """Note whom an outside provider calls so; False when that is known already."""
    inserted = await tx.execute(
        "INSERT INTO upstream_links (issuer, subject, user_id, created_ts) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (issuer, subject) DO NOTHING",
        issuer,
        subject,
        user_id,
        now_ms,
    )
    return inserted == 1
