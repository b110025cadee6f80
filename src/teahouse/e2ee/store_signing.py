"""The SQL of cross-signing keys, of signatures added later, and of when a user's keys changed."""

from collections.abc import Iterable

from teahouse.kernel.storage import Tx, json_list


async def cross_signing_keys_of(tx: Tx, user_ids: Iterable[str]) -> dict[str, dict[str, tuple[str, str]]]:
    """Give by user and kind the public key and the whole key as JSON."""
    rows = await tx.fetch_all(
        "SELECT user_id, kind, public_key, key FROM cross_signing_keys "
        "WHERE user_id IN (SELECT value FROM json_each(?))", json_list(user_ids),
    )  # fmt: skip
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for user_id, kind, public_key, key in rows:
        found.setdefault(user_id, {})[kind] = (public_key, key)
    return found


async def put_cross_signing_key(tx: Tx, user_id: str, kind: str, public_key: str, key: str) -> None:
    """Keep a cross-signing key in the place of the former one of its kind."""
    await tx.execute(
        "INSERT INTO cross_signing_keys (user_id, kind, public_key, key) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (user_id, kind) DO UPDATE SET public_key = excluded.public_key, key = excluded.key",
        user_id, kind, public_key, key,
    )  # fmt: skip


async def forget_signatures_of_key(tx: Tx, user_id: str, public_key: str) -> None:
    """Forget what a replaced key of the user signed, and who signed it."""
    await tx.execute(
        "DELETE FROM key_signatures WHERE signer = ? AND key_id = ?", user_id, f"ed25519:{public_key}"
    )
    await tx.execute("DELETE FROM key_signatures WHERE user_id = ? AND target = ?", user_id, public_key)


async def put_signature(tx: Tx, owner: tuple[str, str], signer: str, key_id: str, signature: str) -> None:
    """Keep a signature over `owner`, a user and the name of a device or public key."""
    await tx.execute(
        "INSERT INTO key_signatures (user_id, target, signer, key_id, signature) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (user_id, target, signer, key_id) DO UPDATE SET signature = excluded.signature",
        *owner, signer, key_id, signature,
    )  # fmt: skip


async def signatures_for(
    tx: Tx, user_ids: Iterable[str], reader: str
) -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Give by (user, target) the signatures that the reader may see: the owner's and the reader's own."""
    rows = await tx.fetch_all(
        "SELECT user_id, target, signer, key_id, signature FROM key_signatures "
        "WHERE user_id IN (SELECT value FROM json_each(?)) AND (signer = user_id OR signer = ?)",
        json_list(user_ids), reader,
    )  # fmt: skip
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for user_id, target, signer, key_id, signature in rows:
        found.setdefault((user_id, target), []).append((signer, key_id, signature))
    return found


async def signatures_by(tx: Tx, owner: tuple[str, str], signer: str) -> dict[str, str]:
    """Give by the signing key's id what one user signed of `owner`, a user and the name of a device or key."""
    rows = await tx.fetch_all(
        "SELECT key_id, signature FROM key_signatures WHERE user_id = ? AND target = ? AND signer = ?",
        *owner, signer,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


async def mark_changed(tx: Tx, user_id: str, seen_by: str, position: int) -> None:
    """Note that the user's keys changed, for everybody or (a user in `seen_by`) for one reader."""
    await tx.execute(
        "INSERT INTO device_list_changes (user_id, seen_by, position) VALUES (?, ?, ?) "
        "ON CONFLICT (user_id, seen_by) DO UPDATE SET position = excluded.position",
        user_id, seen_by, position,
    )  # fmt: skip


async def changed_after(tx: Tx, reader: str, after: int) -> set[str]:
    """Give the users whose keys changed after the position, as the reader may know."""
    rows = await tx.fetch_all(
        "SELECT user_id FROM device_list_changes WHERE position > ? AND (seen_by = '' OR seen_by = ?)",
        after, reader,
    )  # fmt: skip
    return {row[0] for row in rows}


async def delete_identity(tx: Tx, user_id: str) -> None:
    """Forget a user's cross-signing keys and every signature by and over them."""
    await tx.execute("DELETE FROM cross_signing_keys WHERE user_id = ?", user_id)
    await tx.execute("DELETE FROM key_signatures WHERE user_id = ?", user_id)
    await tx.execute("DELETE FROM key_signatures WHERE signer = ?", user_id)
