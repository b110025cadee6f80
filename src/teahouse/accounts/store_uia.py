"""SQL of sessions of user-interactive authentication; neither ids nor secrets are kept in clear."""

from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Tx


@dataclass(frozen=True, slots=True)
class UiaSession:
    """A session on its way; `body` is the pinned request without secrets, as JSON text."""

    user_id: str
    route: str
    body: str
    body_mac: str
    completed: list[str]
    registration_token: str | None


async def insert_session(
    tx: Tx, session_hash: str, session: UiaSession, expires_ts: int, now_ms: int
) -> None:
    """Keep a new session and drop those that expired."""
    await tx.execute("DELETE FROM uia_sessions WHERE expires_ts <= ?", now_ms)
    await tx.execute(
        "INSERT INTO uia_sessions"
        " (session_hash, user_id, route, body, body_mac, completed, registration_token, expires_ts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        session_hash,
        session.user_id,
        session.route,
        session.body,
        session.body_mac,
        orjson.dumps(session.completed).decode(),
        session.registration_token,
        expires_ts,
    )


async def find_session(tx: Tx, session_hash: str, now_ms: int) -> UiaSession | None:
    """Give a session that has not expired."""
    row = await tx.fetch_one(
        "SELECT user_id, route, body, body_mac, completed, registration_token FROM uia_sessions"
        " WHERE session_hash = ? AND expires_ts > ?",
        session_hash,
        now_ms,
    )
    return None if row is None else UiaSession(row[0], row[1], row[2], row[3], orjson.loads(row[4]), row[5])


async def update_session(
    tx: Tx, session_hash: str, completed: list[str], registration_token: str | None
) -> None:
    """Keep the stages that are completed now, and the registration token that one of them holds."""
    await tx.execute(
        "UPDATE uia_sessions SET completed = ?, registration_token = ? WHERE session_hash = ?",
        orjson.dumps(completed).decode(),
        registration_token,
        session_hash,
    )


async def delete_session(tx: Tx, session_hash: str) -> bool:
    """Delete the session; False when another request was faster."""
    return await tx.execute("DELETE FROM uia_sessions WHERE session_hash = ?", session_hash) == 1
