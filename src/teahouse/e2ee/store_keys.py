"""The SQL of device keys, one-time keys and fallback keys."""

from collections.abc import Collection, Iterable, Sequence

from teahouse.kernel.storage import Tx, json_list

SPENT_KEPT = 1000
"""How many of the newest keys of a device, spent or not, are known by their id."""


async def find_device_keys(tx: Tx, user_id: str, device_id: str) -> str | None:
    """Give the identity keys of a device as JSON."""
    found: str | None = await tx.fetch_value(
        "SELECT keys FROM device_keys WHERE user_id = ? AND device_id = ?", user_id, device_id
    )
    return found


async def put_device_keys(tx: Tx, user_id: str, device_id: str, keys: str) -> None:
    """Keep the identity keys of a device in the place of its former ones."""
    await tx.execute(
        "INSERT INTO device_keys (user_id, device_id, keys) VALUES (?, ?, ?) "
        "ON CONFLICT (user_id, device_id) DO UPDATE SET keys = excluded.keys", user_id, device_id, keys,
    )  # fmt: skip


async def device_keys_of(tx: Tx, user_ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """Give (user, device, keys) of every device of the users that has keys."""
    rows = await tx.fetch_all(
        "SELECT user_id, device_id, keys FROM device_keys "
        "WHERE user_id IN (SELECT value FROM json_each(?)) ORDER BY user_id, device_id", json_list(user_ids),
    )  # fmt: skip
    return [(row[0], row[1], row[2]) for row in rows]


async def one_time_keys_named(
    tx: Tx, user_id: str, device_id: str, key_ids: Iterable[str]
) -> dict[tuple[str, str], tuple[str, int]]:
    """Give by (algorithm, id) the key and whether it is spent."""
    rows = await tx.fetch_all(
        "SELECT algorithm, key_id, key, spent FROM one_time_keys WHERE user_id = ? AND device_id = ? "
        "AND key_id IN (SELECT value FROM json_each(?))", user_id, device_id, json_list(key_ids),
    )  # fmt: skip
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def add_one_time_keys(
    tx: Tx, user_id: str, device_id: str, algorithm: str, keys: Sequence[tuple[str, str]]
) -> None:
    """Put (id, key) pairs behind the device's other keys; the oldest spent ones are forgotten."""
    last: int = await tx.fetch_value(
        "SELECT COALESCE(MAX(ordinal), 0) FROM one_time_keys "
        "WHERE user_id = ? AND device_id = ? AND algorithm = ?", user_id, device_id, algorithm,
    )  # fmt: skip
    await tx.execute_many(
        "INSERT INTO one_time_keys (user_id, device_id, algorithm, ordinal, key_id, key, spent) "
        "VALUES (?, ?, ?, ?, ?, ?, 0)",
        [(user_id, device_id, algorithm, last + n, key_id, key) for n, (key_id, key) in enumerate(keys, 1)],
    )
    await tx.execute(
        "DELETE FROM one_time_keys WHERE user_id = ? AND device_id = ? AND algorithm = ? "
        "AND ordinal < ? AND spent = 1", user_id, device_id, algorithm, last + len(keys) - SPENT_KEPT,
    )  # fmt: skip


async def take_one_time_key(tx: Tx, user_id: str, device_id: str, algorithm: str) -> tuple[str, str] | None:
    """Spend the device's oldest key of the algorithm and give its id and itself."""
    row = await tx.fetch_one(
        "SELECT ordinal, key_id, key FROM one_time_keys "
        "WHERE user_id = ? AND device_id = ? AND algorithm = ? AND spent = 0 ORDER BY ordinal LIMIT 1",
        user_id, device_id, algorithm,
    )  # fmt: skip
    if row is None:
        return None
    await tx.execute(
        "UPDATE one_time_keys SET spent = 1 WHERE user_id = ? AND device_id = ? AND algorithm = ? "
        "AND ordinal = ?", user_id, device_id, algorithm, row[0],
    )  # fmt: skip
    return row[1], row[2]


async def count_one_time_keys(tx: Tx, user_id: str, device_id: str) -> dict[str, int]:
    """Count by algorithm the keys that nobody took yet."""
    rows = await tx.fetch_all(
        "SELECT algorithm, COUNT(*) FROM one_time_keys WHERE user_id = ? AND device_id = ? AND spent = 0 "
        "GROUP BY algorithm", user_id, device_id,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


async def forget_one_time_keys(tx: Tx) -> None:
    """Empty everybody's one-time keys after a restore: some were given out after the backup was made."""
    await tx.execute("DELETE FROM one_time_keys")


async def fallback_keys_of(tx: Tx, user_id: str, device_id: str) -> dict[str, tuple[str, str, int]]:
    """Give by algorithm the device's fallback key: its id, itself, and whether it was used."""
    rows = await tx.fetch_all(
        "SELECT algorithm, key_id, key, used FROM fallback_keys WHERE user_id = ? AND device_id = ? "
        "ORDER BY algorithm", user_id, device_id,
    )  # fmt: skip
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def put_fallback_key(
    tx: Tx, user_id: str, device_id: str, algorithm: str, key_id: str, key: str
) -> None:
    """Keep an unused fallback key in the place of the former one of its algorithm."""
    await tx.execute(
        "INSERT INTO fallback_keys (user_id, device_id, algorithm, key_id, key, used) VALUES (?, ?, ?, ?, ?, 0) "
        "ON CONFLICT (user_id, device_id, algorithm) DO UPDATE SET key_id = excluded.key_id, "
        "key = excluded.key, used = 0", user_id, device_id, algorithm, key_id, key,
    )  # fmt: skip


async def use_fallback_key(
    tx: Tx, user_id: str, device_id: str, algorithm: str
) -> tuple[str, str, bool] | None:
    """Give the device's fallback key (its id, itself, whether this is its first use) and mark it used."""
    found = (await fallback_keys_of(tx, user_id, device_id)).get(algorithm)
    if found is None:
        return None
    key_id, key, used = found
    if not used:
        await tx.execute(
            "UPDATE fallback_keys SET used = 1 WHERE user_id = ? AND device_id = ? AND algorithm = ?",
            user_id, device_id, algorithm,
        )  # fmt: skip
    return key_id, key, not used


async def delete_keys_of_devices(tx: Tx, user_id: str, device_ids: Collection[str]) -> bool:
    """Forget all keys of these devices and signatures by and over them; tells whether any had identity keys."""
    listed = json_list(device_ids)
    known = 0
    for table in ("one_time_keys", "fallback_keys", "device_keys"):
        known = await tx.execute(
            f"DELETE FROM {table} WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?))",  # noqa: S608
            user_id, listed,
        )  # fmt: skip
    await tx.execute(
        "DELETE FROM key_signatures WHERE user_id = ? AND target IN (SELECT value FROM json_each(?))",
        user_id, listed,
    )  # fmt: skip
    await tx.execute(
        "DELETE FROM key_signatures WHERE signer = ? AND key_id IN (SELECT value FROM json_each(?))",
        user_id, json_list(f"ed25519:{device_id}" for device_id in device_ids),
    )  # fmt: skip
    return known > 0
