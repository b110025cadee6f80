"""SQL of what moderators are told of users, and of locks."""

from collections.abc import Iterable

from teahouse.accounts.records import Overseen
from teahouse.kernel.storage import Tx, json_list

_THESE = "user_id IN (SELECT value FROM json_each(?))"


async def overseen(tx: Tx, user_ids: Iterable[str]) -> dict[str, Overseen]:
    """Give users by their ids, without where they were seen."""
    rows = await tx.fetch_all(
        f"SELECT user_id, is_admin, created_ts, locked_ts FROM users WHERE {_THESE}",  # noqa: S608
        json_list(user_ids),
    )
    return {row[0]: Overseen(bool(row[1]), row[2], row[3], ()) for row in rows}


async def last_seen(tx: Tx, user_ids: Iterable[str]) -> list[tuple[tuple[str, str], tuple[int, str] | None]]:
    """Give by user and device when and from where each session of these users was last seen."""
    rows = await tx.fetch_all(
        f"SELECT user_id, device_id, last_seen_ts, last_seen_ip FROM devices WHERE {_THESE}",  # noqa: S608
        json_list(user_ids),
    )
    return [((row[0], row[1]), (row[2], row[3]) if row[2] and row[3] else None) for row in rows]


async def administrators(tx: Tx) -> list[str]:
    """Give all administrators."""
    return [row[0] for row in await tx.fetch_all("SELECT user_id FROM users WHERE is_admin = 1")]


async def locked(tx: Tx) -> list[str]:
    """Give all users who are locked."""
    return [row[0] for row in await tx.fetch_all("SELECT user_id FROM users WHERE locked_ts IS NOT NULL")]


async def seen_between(tx: Tx, first: str, last: str) -> list[tuple[str, str]]:
    """Give (address, user) of the sessions last seen at an address that stands, as text, from `first` to `last`."""
    return await tx.fetch_all(
        "SELECT DISTINCT last_seen_ip, user_id FROM devices WHERE last_seen_ip >= ? AND last_seen_ip <= ?",
        first, last,
    )  # fmt: skip


async def set_lock(tx: Tx, user_id: str, since_ms: int | None, reason: str | None) -> None:
    """Lock a user from now on, or no longer."""
    await tx.execute(
        "UPDATE users SET locked_ts = ?, locked_reason = ? WHERE user_id = ?", since_ms, reason, user_id
    )


async def is_locked(tx: Tx, user_id: str) -> bool:
    """Say whether a user is locked: nothing is told to apps then."""
    sql = "SELECT 1 FROM users WHERE user_id = ? AND locked_ts IS NOT NULL"
    return await tx.fetch_value(sql, user_id) is not None


async def token_ids_of(tx: Tx, user_id: str) -> list[int]:
    """Give the user's access tokens, by their rows."""
    rows = await tx.fetch_all("SELECT token_id FROM access_tokens WHERE user_id = ?", user_id)
    return [row[0] for row in rows]
