"""The SQL of rooms as people find and enter them: memberships, aliases, the public directory."""

from collections.abc import Sequence

from teahouse.kernel.storage import Tx, json_list


async def membership_of(tx: Tx, user_id: str, room_id: str) -> str | None:
    """Give what a user is in a room now, or None for whoever never was in it."""
    found: str | None = await tx.fetch_value(
        "SELECT membership FROM memberships WHERE user_id = ? AND room_id = ?", user_id, room_id
    )
    return found


async def is_in_any(tx: Tx, user_id: str, room_ids: Sequence[str]) -> bool:
    """Say whether a user is in at least one of the rooms."""
    if not room_ids:
        return False
    found = await tx.fetch_value(
        "SELECT 1 FROM memberships WHERE user_id = ? AND membership = 'join' "
        "AND room_id IN (SELECT value FROM json_each(?)) LIMIT 1", user_id, json_list(room_ids),
    )  # fmt: skip
    return found is not None


async def joined_rooms_of(tx: Tx, user_id: str) -> list[str]:
    """List the rooms a user is in, in the order of joining."""
    rows = await tx.fetch_all(
        "SELECT room_id FROM memberships WHERE user_id = ? AND membership = 'join' ORDER BY joined_position",
        user_id,
    )
    return [row[0] for row in rows]


async def forget(tx: Tx, user_id: str, room_id: str) -> None:
    """Hide a left room from its former member until they enter it again."""
    await tx.execute(
        "UPDATE memberships SET forgotten = 1 WHERE user_id = ? AND room_id = ?", user_id, room_id
    )


async def room_of_alias(tx: Tx, alias: str) -> str | None:
    """Give the room that an alias names, or None."""
    found: str | None = await tx.fetch_value("SELECT room_id FROM room_aliases WHERE alias = ?", alias)
    return found


async def insert_alias(tx: Tx, alias: str, room_id: str, creator: str, now_ms: int) -> bool:
    """Let an alias name a room; False when it already names one."""
    added = await tx.execute(
        "INSERT INTO room_aliases (alias, room_id, creator, created_ts) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
        alias, room_id, creator, now_ms,
    )  # fmt: skip
    return added == 1


async def set_public(tx: Tx, room_id: str, *, is_public: bool) -> None:
    """Mark a room as published in the directory, or not."""
    await tx.execute("UPDATE rooms SET is_public = ? WHERE room_id = ?", int(is_public), room_id)
