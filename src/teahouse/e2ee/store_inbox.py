"""The SQL of to-device messages that wait, and of the transactions that sent them."""

from collections.abc import Iterable, Mapping, Sequence

from teahouse.kernel.storage import Tx, json_list

Message = tuple[int, str, str, str]
"""Position, sender, type and content as JSON."""


async def count_waiting(tx: Tx, user_ids: Iterable[str]) -> dict[tuple[str, str], int]:
    """Count the waiting messages of every device of the users."""
    rows = await tx.fetch_all(
        "SELECT user_id, device_id, COUNT(*) FROM to_device_messages "
        "WHERE user_id IN (SELECT value FROM json_each(?)) GROUP BY user_id, device_id", json_list(user_ids),
    )  # fmt: skip
    return {(row[0], row[1]): row[2] for row in rows}


async def insert_messages(tx: Tx, rows: Sequence[tuple[str, str, int, str, str, str]]) -> None:
    """Put messages into inboxes: user, device, position, sender, type, content."""
    await tx.execute_many(
        "INSERT INTO to_device_messages (user_id, device_id, position, sender, type, content) "
        "VALUES (?, ?, ?, ?, ?, ?)", rows,
    )  # fmt: skip


async def waiting_between(
    tx: Tx, user_id: str, device_id: str, after: int, upto: int, limit: int
) -> list[Message]:
    """Give the device's oldest messages in (after, upto]."""
    rows = await tx.fetch_all(
        "SELECT position, sender, type, content FROM to_device_messages "
        "WHERE user_id = ? AND device_id = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?",
        user_id, device_id, after, upto, limit,
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def positions_after(tx: Tx, user_id: str, device_id: str, after: int) -> list[int]:
    """Give the positions of the device's messages after one, oldest first."""
    rows = await tx.fetch_all(
        "SELECT position FROM to_device_messages WHERE user_id = ? AND device_id = ? AND position > ? "
        "ORDER BY position", user_id, device_id, after,
    )  # fmt: skip
    return [row[0] for row in rows]


async def move_messages(tx: Tx, user_id: str, device_id: str, moves: Sequence[tuple[int, int]]) -> None:
    """Give messages of a device new positions: (new, old) pairs."""
    await tx.execute_many(
        "UPDATE to_device_messages SET position = ? WHERE user_id = ? AND device_id = ? AND position = ?",
        [(new, user_id, device_id, old) for new, old in moves],
    )


async def extent(tx: Tx, user_id: str, device_id: str) -> tuple[int, int]:
    """Give the positions of the device's oldest and newest message; zeros when none waits."""
    row = await tx.fetch_one(
        "SELECT COALESCE(MIN(position), 0), COALESCE(MAX(position), 0) FROM to_device_messages "
        "WHERE user_id = ? AND device_id = ?", user_id, device_id,
    )  # fmt: skip
    return (row[0], row[1]) if row is not None else (0, 0)


async def delete_upto(tx: Tx, positions: Mapping[tuple[str, str], int]) -> None:
    """Forget the messages of devices up to and with a position of each."""
    await tx.execute_many(
        "DELETE FROM to_device_messages WHERE user_id = ? AND device_id = ? AND position <= ?",
        [(*device, position) for device, position in positions.items()],
    )


async def begin_transaction(tx: Tx, user_id: str, device_id: str, path: str, now_ms: int) -> bool:
    """Note that a device sends; False when it has sent this before."""
    made = await tx.execute(
        "INSERT INTO to_device_transactions (user_id, device_id, path, created_ts) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (user_id, device_id, path) DO NOTHING", user_id, device_id, path, now_ms,
    )  # fmt: skip
    return made == 1


async def forget_transactions(tx: Tx, user_id: str, device_id: str, before_ms: int) -> None:
    """Forget the device's transactions that are too old to be repeated."""
    await tx.execute(
        "DELETE FROM to_device_transactions WHERE user_id = ? AND device_id = ? AND created_ts < ?",
        user_id, device_id, before_ms,
    )  # fmt: skip


async def delete_devices(tx: Tx, user_id: str, device_ids: Iterable[str]) -> None:
    """Forget all messages for these devices and their transactions."""
    listed = json_list(device_ids)
    for table in ("to_device_messages", "to_device_transactions"):
        await tx.execute(
            f"DELETE FROM {table} WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?))",  # noqa: S608
            user_id, listed,
        )  # fmt: skip
