"""SQL of devices, access tokens, refresh tokens and sessions of user-interactive authentication."""

from collections.abc import Iterable, Sequence

from teahouse.accounts.records import Device, NewDevice, SessionRow, StoredRefreshToken, StoredToken
from teahouse.kernel.storage import Tx, json_list


async def upsert_device(tx: Tx, user_id: str, device_id: str, device: NewDevice, now_ms: int) -> None:
    """Make the device unless it exists; the name counts only for a new one, the rights are the new session's."""
    await tx.execute(
        "INSERT INTO devices (user_id, device_id, display_name, created_ts, grants, client_id)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, device_id)"
        " DO UPDATE SET grants = excluded.grants, client_id = excluded.client_id",
        user_id,
        device_id,
        device.display_name,
        now_ms,
        device.grants,
        device.client_id,
    )


async def devices_of(tx: Tx, user_id: str) -> list[Device]:
    """Give the user's devices, oldest first."""
    rows = await tx.fetch_all(
        "SELECT device_id, display_name, last_seen_ts, last_seen_ip FROM devices"
        " WHERE user_id = ? ORDER BY created_ts, device_id",
        user_id,
    )
    return [Device(*row) for row in rows]


async def matrix_devices_of(tx: Tx, user_id: str) -> list[Device]:
    """Give the user's devices in chat, oldest first: sessions of apps for the microblog alone are none."""
    rows = await tx.fetch_all(
        "SELECT device_id, display_name, last_seen_ts, last_seen_ip FROM devices WHERE user_id = ?"
        " AND (grants IS NULL OR ' ' || grants || ' ' LIKE '% matrix %') ORDER BY created_ts, device_id",
        user_id,
    )
    return [Device(*row) for row in rows]


async def sessions_of(tx: Tx, user_id: str) -> list[SessionRow]:
    """Give all sessions of the user, the newest first."""
    rows = await tx.fetch_all(
        "SELECT d.device_id, d.display_name, d.created_ts, d.last_seen_ts, d.last_seen_ip, d.grants, c.name"
        " FROM devices d LEFT JOIN oauth_clients c ON c.client_id = d.client_id"
        " WHERE d.user_id = ? ORDER BY d.created_ts DESC, d.device_id",
        user_id,
    )
    return [SessionRow(*row) for row in rows]


async def device_names(tx: Tx, user_ids: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Give by user the names of all devices by their ids; a user without devices is left out.

    Sessions of apps that were not granted the Matrix API are no devices to anybody there.
    """
    rows = await tx.fetch_all(
        "SELECT user_id, device_id, display_name FROM devices"
        " WHERE user_id IN (SELECT value FROM json_each(?))"
        " AND (grants IS NULL OR ' ' || grants || ' ' LIKE '% matrix %')",
        json_list(user_ids),
    )
    found: dict[str, dict[str, str | None]] = {}
    for user_id, device_id, name in rows:
        found.setdefault(user_id, {})[device_id] = name
    return found


async def find_device(tx: Tx, user_id: str, device_id: str) -> Device | None:
    """Give one device of the user."""
    row = await tx.fetch_one(
        "SELECT device_id, display_name, last_seen_ts, last_seen_ip FROM devices"
        " WHERE user_id = ? AND device_id = ?",
        user_id,
        device_id,
    )
    return None if row is None else Device(*row)


async def rename_device(tx: Tx, user_id: str, device_id: str, display_name: str) -> bool:
    """Give the device a new name; False when there is no such device."""
    changed = await tx.execute(
        "UPDATE devices SET display_name = ? WHERE user_id = ? AND device_id = ?",
        display_name,
        user_id,
        device_id,
    )
    return changed == 1


async def mark_seen(tx: Tx, seen: Sequence[tuple[int, str, str, str]]) -> None:
    """Note when and from where devices were last seen: rows of time, address, user, device."""
    await tx.execute_many(
        "UPDATE devices SET last_seen_ts = ?, last_seen_ip = ? WHERE user_id = ? AND device_id = ?", seen
    )


async def delete_devices(tx: Tx, user_id: str, device_ids: Iterable[str]) -> None:
    """Delete the devices' rows; their tokens are deleted by `delete_tokens`."""
    await tx.execute(
        "DELETE FROM devices WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?))",
        user_id,
        json_list(device_ids),
    )


async def insert_access_token(
    tx: Tx,
    token_id: int,
    token_hash: str,
    owner: tuple[str, str],
    expires_ts: int | None,
    replaces_id: int | None,
) -> None:
    """Keep a new access token of `owner`, a user and device."""
    await tx.execute(
        "INSERT INTO access_tokens (token_id, token_hash, user_id, device_id, expires_ts, replaces_id)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        token_id,
        token_hash,
        *owner,
        expires_ts,
        replaces_id,
    )


async def find_access_token(tx: Tx, token_hash: str) -> StoredToken | None:
    """Give the token of an active user."""
    row = await tx.fetch_one(
        "SELECT t.token_id, t.user_id, t.device_id, t.expires_ts, t.replaces_id, u.is_admin, d.grants, d.client_id,"
        " u.locked_reason"
        " FROM access_tokens t JOIN users u ON u.user_id = t.user_id"
        " JOIN devices d ON d.user_id = t.user_id AND d.device_id = t.device_id"
        " WHERE t.token_hash = ? AND u.deactivated_ts IS NULL",
        token_hash,
    )
    if row is None:
        return await _find_app_token(tx, token_hash)
    return StoredToken(row[0], row[1], row[2], row[3], row[4], bool(row[5]), *row[6:])


async def _find_app_token(tx: Tx, token_hash: str) -> StoredToken | None:
    row = await tx.fetch_one(
        "SELECT token_id, grants, client_id FROM oauth_app_tokens WHERE token_hash = ?", token_hash
    )
    return None if row is None else StoredToken(row[0], "", "", None, None, False, row[1], row[2])


async def delete_access_token(tx: Tx, token_id: int) -> None:
    """Delete one access token by its row."""
    await tx.execute("DELETE FROM access_tokens WHERE token_id = ?", token_id)


async def forget_replaced(tx: Tx, token_id: int) -> int | None:
    """Note the first use of a refreshed token; gives the row of the token it replaced, once."""
    replaced: int | None = await tx.fetch_value(
        "SELECT replaces_id FROM access_tokens WHERE token_id = ?", token_id
    )
    await tx.execute("UPDATE access_tokens SET replaces_id = NULL WHERE token_id = ?", token_id)
    return replaced


async def delete_tokens(tx: Tx, user_id: str, device_ids: Iterable[str]) -> list[int]:
    """Delete all tokens of these devices and give the rows of the access tokens that ended."""
    listed = json_list(device_ids)
    rows = await tx.fetch_all(
        "SELECT token_id FROM access_tokens WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?))",
        user_id,
        listed,
    )
    for table in ("access_tokens", "refresh_tokens"):
        await tx.execute(
            f"DELETE FROM {table} WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?))",  # noqa: S608
            user_id,
            listed,
        )
    return [row[0] for row in rows]


async def insert_refresh_token(
    tx: Tx, token_hash: str, access_token_id: int, owner: tuple[str, str], now_ms: int
) -> None:
    """Keep a new refresh token of `owner`, a user and device."""
    await tx.execute(
        "INSERT INTO refresh_tokens (token_hash, access_token_id, user_id, device_id, spent, created_ts)"
        " VALUES (?, ?, ?, ?, 0, ?)",
        token_hash,
        access_token_id,
        *owner,
        now_ms,
    )


async def find_refresh_token(tx: Tx, token_hash: str) -> StoredRefreshToken | None:
    """Give a refresh token, spent or not."""
    row = await tx.fetch_one(
        "SELECT r.access_token_id, r.user_id, r.device_id, r.spent, d.client_id FROM refresh_tokens r"
        " JOIN devices d ON d.user_id = r.user_id AND d.device_id = r.device_id WHERE r.token_hash = ?",
        token_hash,
    )
    return None if row is None else StoredRefreshToken(row[0], row[1], row[2], bool(row[3]), row[4])


async def spend_refresh_token(tx: Tx, access_token_id: int) -> None:
    """Mark the refresh token that came with this access token as never to be used again."""
    await tx.execute("UPDATE refresh_tokens SET spent = 1 WHERE access_token_id = ?", access_token_id)


async def delete_unused_successors(tx: Tx, access_token_id: int) -> list[int]:
    """Delete the pairs that an earlier refresh made in the place of this token but nobody ever used."""
    rows = await tx.fetch_all("SELECT token_id FROM access_tokens WHERE replaces_id = ?", access_token_id)
    for (token_id,) in rows:
        await tx.execute("DELETE FROM access_tokens WHERE token_id = ?", token_id)
        await tx.execute("DELETE FROM refresh_tokens WHERE access_token_id = ?", token_id)
    return [row[0] for row in rows]


async def delete_old_spent(tx: Tx, user_id: str, device_id: str, before_ms: int) -> None:
    """Forget spent refresh tokens that are too old to be worth watching for."""
    await tx.execute(
        "DELETE FROM refresh_tokens WHERE user_id = ? AND device_id = ? AND spent = 1 AND created_ts < ?",
        user_id,
        device_id,
        before_ms,
    )
