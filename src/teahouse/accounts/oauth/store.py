"""SQL of apps, codes and what else the authorisation server keeps. Codes and secrets are kept as SHA-256 only."""

from dataclasses import fields
from typing import Any

import orjson

from teahouse.accounts.oauth.records import OAuthClient, StoredCode, StoredDeviceCode, StoredSession
from teahouse.accounts.oauth.scopes import scope_of
from teahouse.kernel.storage import Tx

_CLIENT = (
    "client_id, client_number, secret_hash, name, website, redirect_uris, grant_types, auth_method, scope, is_native,"
    " details, created_ts"
)
_CLIENT_FIELDS = tuple(field.name for field in fields(OAuthClient))


async def insert_client(tx: Tx, client: OAuthClient) -> None:
    """Keep a new app."""
    await tx.execute(
        f"INSERT INTO oauth_clients ({_CLIENT}, used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",  # noqa: S608
        client.client_id,
        client.number,
        client.secret_hash,
        client.name,
        client.website,
        orjson.dumps(list(client.redirect_uris)).decode(),
        orjson.dumps(list(client.grant_types)).decode(),
        client.auth_method,
        client.scope,
        int(client.is_native),
        orjson.dumps(client.details).decode(),
        client.created_ts,
    )


async def find_client(tx: Tx, client_id: str) -> OAuthClient | None:
    """Give the app of an id."""
    row = await tx.fetch_one(f"SELECT {_CLIENT} FROM oauth_clients WHERE client_id = ?", client_id)  # noqa: S608
    if row is None:
        return None
    values = dict(zip(_CLIENT_FIELDS, row, strict=True))
    for name in ("redirect_uris", "grant_types", "details"):
        values[name] = orjson.loads(values[name])
    return OAuthClient(**values | {"is_native": bool(values["is_native"])})


async def mark_client_used(tx: Tx, client_id: str) -> None:
    """Note that the app came for a token, so that it is kept."""
    await tx.execute("UPDATE oauth_clients SET used = 1 WHERE client_id = ? AND used = 0", client_id)


async def delete_unused_clients(tx: Tx, before_ms: int) -> None:
    """Forget apps that registered long ago and never signed anybody in."""
    unused = "FROM oauth_clients WHERE used = 0 AND created_ts < ?"
    await tx.execute(
        f"DELETE FROM oauth_consents WHERE client_id IN (SELECT client_id {unused})",  # noqa: S608
        before_ms,
    )
    await tx.execute(f"DELETE {unused}", before_ms)


async def insert_code(tx: Tx, code_hash: str, code: StoredCode) -> None:
    """Keep an authorisation code."""
    await tx.execute(
        "INSERT INTO oauth_codes"
        " (code_hash, client_id, user_id, redirect_uri, scope, code_challenge, expires_ts, device_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        code_hash,
        code.client_id,
        code.user_id,
        code.redirect_uri,
        code.scope,
        code.code_challenge,
        code.expires_ts,
    )


async def find_code(tx: Tx, code_hash: str) -> StoredCode | None:
    """Give an authorisation code, spent or not."""
    row = await tx.fetch_one(
        "SELECT client_id, user_id, redirect_uri, scope, code_challenge, expires_ts, device_id FROM oauth_codes"
        " WHERE code_hash = ?",
        code_hash,
    )
    return None if row is None else StoredCode(*row)


async def spend_code(tx: Tx, code_hash: str, device_id: str) -> None:
    """Note which session the code began; it is kept a while to notice when somebody shows it again."""
    await tx.execute("UPDATE oauth_codes SET device_id = ? WHERE code_hash = ?", device_id, code_hash)


async def delete_codes(tx: Tx, before_ms: int) -> None:
    """Forget codes, of browsers and devices, whose time was over before that moment."""
    await tx.execute("DELETE FROM oauth_codes WHERE expires_ts < ?", before_ms)
    await tx.execute("DELETE FROM oauth_device_codes WHERE expires_ts < ?", before_ms)


async def insert_device_code(tx: Tx, code: StoredDeviceCode, user_code_hash: str, expires_ts: int) -> None:
    """Keep the sign-in of a device without a browser."""
    await tx.execute(
        "INSERT INTO oauth_device_codes"
        " (code_hash, user_code_hash, client_id, scope, user_id, allowed, polled_ts, expires_ts)"
        " VALUES (?, ?, ?, ?, NULL, 0, 0, ?)",
        code.code_hash,
        user_code_hash,
        code.client_id,
        code.scope,
        expires_ts,
    )


_DEVICE_CODE = (
    "SELECT code_hash, client_id, scope, user_id, allowed, polled_ts, expires_ts FROM oauth_device_codes"
)


async def find_device_code(tx: Tx, column: str, digest: str, now_ms: int) -> StoredDeviceCode | None:
    """Give the sign-in of a device by `code_hash` or `user_code_hash`."""
    row = await tx.fetch_one(f"{_DEVICE_CODE} WHERE {column} = ?", digest)
    if row is None:
        return None
    return StoredDeviceCode(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6] <= now_ms)


async def poll_device_code(tx: Tx, code_hash: str, now_ms: int) -> None:
    """Note that the device asked."""
    await tx.execute("UPDATE oauth_device_codes SET polled_ts = ? WHERE code_hash = ?", now_ms, code_hash)


async def decide_device_code(tx: Tx, code_hash: str, user_id: str, *, allowed: bool) -> bool:
    """Note what the person decided; False when somebody did already."""
    changed = await tx.execute(
        "UPDATE oauth_device_codes SET user_id = ?, allowed = ? WHERE code_hash = ? AND user_id IS NULL",
        user_id,
        int(allowed),
        code_hash,
    )
    return changed == 1


async def delete_device_code(tx: Tx, code_hash: str) -> None:
    """Forget the sign-in of a device; it is done."""
    await tx.execute("DELETE FROM oauth_device_codes WHERE code_hash = ?", code_hash)


async def insert_app_token(
    tx: Tx, token_id: int, digest: str, client_id: str, grants: str, now_ms: int
) -> None:
    """Keep a token of an app itself."""
    await tx.execute(
        "INSERT INTO oauth_app_tokens (token_id, token_hash, client_id, grants, created_ts) VALUES (?, ?, ?, ?, ?)",
        token_id,
        digest,
        client_id,
        grants,
        now_ms,
    )


async def surplus_app_tokens(tx: Tx, client_id: str, most: int) -> list[int]:
    """Give the tokens of an app beyond the newest `most`."""
    rows = await tx.fetch_all(
        "SELECT token_id FROM oauth_app_tokens WHERE client_id = ? ORDER BY token_id DESC LIMIT 100 OFFSET ?",
        client_id,
        most,
    )
    return [row[0] for row in rows]


async def delete_app_token(tx: Tx, token_id: int) -> None:
    """Delete a token of an app itself."""
    await tx.execute("DELETE FROM oauth_app_tokens WHERE token_id = ?", token_id)


async def find_app_token(tx: Tx, digest: str) -> tuple[int, StoredSession] | None:
    """Give a token of an app itself with its row."""
    row = await tx.fetch_one(
        "SELECT token_id, client_id, grants FROM oauth_app_tokens WHERE token_hash = ?", digest
    )
    return None if row is None else (row[0], StoredSession("", "", row[1], row[2]))


async def find_session(tx: Tx, table: str, digest: str) -> StoredSession | None:
    """Give the session of a token in `access_tokens` or `refresh_tokens`; for the latter also a spent one."""
    spent = "t.spent" if table == "refresh_tokens" else "0"
    row = await tx.fetch_one(
        f"SELECT t.user_id, t.device_id, d.client_id, d.grants, {spent} FROM {table} t"  # noqa: S608
        " JOIN devices d ON d.user_id = t.user_id AND d.device_id = t.device_id WHERE t.token_hash = ?",
        digest,
    )
    if row is None:
        return None
    return StoredSession(row[0], row[1], row[2], scope_of(row[3] or "", row[1]), bool(row[4]))


async def put_approval(tx: Tx, user_id: str, action: str, expires_ts: int) -> None:
    """Keep that the person allowed something until then."""
    await tx.execute(
        "INSERT INTO oauth_approvals (user_id, action, expires_ts) VALUES (?, ?, ?)"
        " ON CONFLICT (user_id, action) DO UPDATE SET expires_ts = excluded.expires_ts",
        user_id,
        action,
        expires_ts,
    )


async def take_approval(tx: Tx, user_id: str, action: str, now_ms: int) -> bool:
    """Use up what the person allowed; False when there is nothing, or it is too long ago."""
    found: Any = await tx.fetch_value(
        "SELECT expires_ts FROM oauth_approvals WHERE user_id = ? AND action = ?", user_id, action
    )
    await tx.execute("DELETE FROM oauth_approvals WHERE user_id = ? AND action = ?", user_id, action)
    return found is not None and found > now_ms
