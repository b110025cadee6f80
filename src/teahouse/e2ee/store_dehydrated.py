"""The SQL of dehydrated devices."""

from collections.abc import Iterable

from teahouse.kernel.storage import Tx, json_list


async def find_dehydrated(tx: Tx, user_id: str) -> tuple[str, str] | None:
    """Give the id of the user's dehydrated device and its data as JSON."""
    row = await tx.fetch_one(
        "SELECT device_id, device_data FROM dehydrated_devices WHERE user_id = ?", user_id
    )
    return None if row is None else (row[0], row[1])


async def put_dehydrated(tx: Tx, user_id: str, device_id: str, device_data: str) -> None:
    """Keep the user's dehydrated device in the place of the former one."""
    await tx.execute(
        "INSERT INTO dehydrated_devices (user_id, device_id, device_data) VALUES (?, ?, ?) "
        "ON CONFLICT (user_id) DO UPDATE SET device_id = excluded.device_id, device_data = excluded.device_data",
        user_id, device_id, device_data,
    )  # fmt: skip


async def delete_dehydrated(tx: Tx, user_id: str, device_ids: Iterable[str]) -> None:
    """Forget the user's dehydrated device if it is one of these."""
    await tx.execute(
        "DELETE FROM dehydrated_devices WHERE user_id = ? AND device_id IN (SELECT value FROM json_each(?))",
        user_id, json_list(device_ids),
    )  # fmt: skip
