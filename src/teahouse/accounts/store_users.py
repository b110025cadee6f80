"""SQL of users and registration tokens. A user's row is never deleted: the name stays taken."""

from collections.abc import Iterable
from typing import Any

from teahouse.accounts.records import RegistrationToken, User
from teahouse.kernel.storage import Row, Tx, json_list

_USER = "user_id, password_hash, is_admin, created_ts, deactivated_ts, erased, locked_reason"


def _user(row: Row) -> User:
    return User(row[0], row[1], bool(row[2]), row[3], row[4], bool(row[5]), row[6])


async def insert_user(
    tx: Tx, user_id: str, password_hash: str | None, *, is_admin: bool, now_ms: int
) -> bool:
    """Insert a user; False when the name is taken, also by a deactivated user."""
    inserted = await tx.execute(
        "INSERT INTO users (user_id, password_hash, is_admin, created_ts, deactivated_ts, erased)"
        " VALUES (?, ?, ?, ?, NULL, 0) ON CONFLICT (user_id) DO NOTHING",
        user_id,
        password_hash,
        int(is_admin),
        now_ms,
    )
    return inserted == 1


async def find_user(tx: Tx, user_id: str) -> User | None:
    """Give the user, deactivated or not."""
    row = await tx.fetch_one(f"SELECT {_USER} FROM users WHERE user_id = ?", user_id)  # noqa: S608
    return None if row is None else _user(row)


async def all_users(tx: Tx) -> list[User]:
    """Give every user by name."""
    return [_user(row) for row in await tx.fetch_all(f"SELECT {_USER} FROM users ORDER BY user_id")]  # noqa: S608


async def set_password_hash(tx: Tx, user_id: str, password_hash: str | None) -> None:
    """Keep a new password hash; None ends signing in by password."""
    await tx.execute("UPDATE users SET password_hash = ? WHERE user_id = ?", password_hash, user_id)


async def replace_password_hash(tx: Tx, user_id: str, old: str, new: str) -> bool:
    """Put a stronger hash of the same password in the place of `old`; False when it changed meanwhile."""
    changed = await tx.execute(
        "UPDATE users SET password_hash = ? WHERE user_id = ? AND password_hash = ?", new, user_id, old
    )
    return changed == 1


async def set_admin(tx: Tx, user_id: str, is_admin: bool) -> None:
    """Make the user an administrator, or no longer one."""
    await tx.execute("UPDATE users SET is_admin = ? WHERE user_id = ?", int(is_admin), user_id)


async def mark_deactivated(tx: Tx, user_id: str, now_ms: int, *, erase: bool) -> None:
    """End the user for ever; an earlier wish for erasure is kept."""
    await tx.execute(
        "UPDATE users SET password_hash = NULL, is_admin = 0, deactivated_ts = COALESCE(deactivated_ts, ?),"
        " erased = CASE WHEN erased = 1 THEN 1 ELSE ? END WHERE user_id = ?",
        now_ms,
        int(erase),
        user_id,
    )


_SELECT_REGISTRATION = (
    "SELECT r.token, r.uses_allowed, (SELECT COUNT(*) FROM uia_sessions s WHERE s.registration_token = r.token"
    " AND s.expires_ts > ?), r.completed, r.expires_ts FROM registration_tokens r"
)


async def insert_registration_token(
    tx: Tx, token: str, uses_allowed: int | None, expires_ts: int | None, now_ms: int
) -> bool:
    """Insert a registration token; False when it exists."""
    inserted = await tx.execute(
        "INSERT INTO registration_tokens (token, uses_allowed, completed, expires_ts, created_ts)"
        " VALUES (?, ?, 0, ?, ?) ON CONFLICT (token) DO NOTHING",
        token,
        uses_allowed,
        expires_ts,
        now_ms,
    )
    return inserted == 1


async def find_registration_token(tx: Tx, token: str, now_ms: int) -> RegistrationToken | None:
    """Give the token with its uses; those of sessions still on their way count as pending."""
    row = await tx.fetch_one(_SELECT_REGISTRATION + " WHERE r.token = ?", now_ms, token)
    return None if row is None else RegistrationToken(*row)


async def all_registration_tokens(tx: Tx, now_ms: int) -> list[RegistrationToken]:
    """Give every registration token, oldest first."""
    rows = await tx.fetch_all(_SELECT_REGISTRATION + " ORDER BY r.created_ts, r.token", now_ms)
    return [RegistrationToken(*row) for row in rows]


async def count_registration_token(tx: Tx, token: str) -> None:
    """Count one account made with the token."""
    await tx.execute("UPDATE registration_tokens SET completed = completed + 1 WHERE token = ?", token)


async def delete_registration_token(tx: Tx, token: str) -> bool:
    """Delete the token; False when there is none."""
    return await tx.execute("DELETE FROM registration_tokens WHERE token = ?", token) == 1


async def count_rows(tx: Tx) -> tuple[int, int]:
    """Give how many users and registration tokens there are."""
    row: Any = await tx.fetch_one(
        "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM registration_tokens)"
    )
    return row[0], row[1]


async def erased_among(tx: Tx, user_ids: Iterable[str]) -> frozenset[str]:
    """Give those of the users who asked for erasure."""
    rows = await tx.fetch_all(
        "SELECT user_id FROM users WHERE erased = 1 AND user_id IN (SELECT value FROM json_each(?))",
        json_list(user_ids),
    )
    return frozenset(row[0] for row in rows)


async def begin_erasure(tx: Tx, user_id: str) -> None:
    """Note that the user is to be erased, until `end_erasure`."""
    await tx.execute("INSERT INTO unfinished_erasures (user_id) VALUES (?) ON CONFLICT DO NOTHING", user_id)


async def unfinished_erasures(tx: Tx) -> list[str]:
    """Give the users who are not wholly erased yet."""
    return [row[0] for row in await tx.fetch_all("SELECT user_id FROM unfinished_erasures ORDER BY user_id")]


async def end_erasure(tx: Tx, user_id: str) -> None:
    """Note that nothing is left to erase."""
    await tx.execute("DELETE FROM unfinished_erasures WHERE user_id = ?", user_id)
