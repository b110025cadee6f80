"""The SQL of device lists: who shares an encrypted room with a reader at a position, and who may have changed."""

from collections.abc import Iterable

from teahouse.kernel.storage import Tx, json_list


def _joined_at(alias: str) -> str:
    """Give the condition that the membership row's user was in its room at a position (two parameters)."""
    return (
        f"(({alias}.position <= ? AND {alias}.membership = 'join') OR ({alias}.position > ? AND "  # noqa: S608
        f"(SELECT s.membership FROM room_state s WHERE s.room_id = {alias}.room_id "
        f"AND s.type = 'm.room.member' AND s.state_key = {alias}.user_id AND s.position <= ? "
        "ORDER BY s.position DESC LIMIT 1) = 'join'))"
    )


async def sharers_at(tx: Tx, reader: str, candidates: Iterable[str], position: int) -> set[str]:
    """Give those of the candidates who share an encrypted room with the reader at the position."""
    at = [position] * 3
    rows = await tx.fetch_all(
        "SELECT DISTINCT v.user_id FROM memberships v "  # noqa: S608
        "JOIN memberships u ON u.room_id = v.room_id AND u.user_id = ? "
        "WHERE v.user_id IN (SELECT value FROM json_each(?)) "
        f"AND {_joined_at('v')} AND {_joined_at('u')} "
        "AND EXISTS (SELECT 1 FROM room_state e WHERE e.room_id = v.room_id "
        "AND e.type = 'm.room.encryption' AND e.state_key = '' AND e.position <= ?)",
        reader, json_list(candidates), *at, *at, position,
    )  # fmt: skip
    return {row[0] for row in rows}


async def people_of(tx: Tx, room_ids: Iterable[str]) -> set[str]:
    """Give everybody who is or was in one of the rooms."""
    rows = await tx.fetch_all(
        "SELECT DISTINCT user_id FROM memberships WHERE room_id IN (SELECT value FROM json_each(?))",
        json_list(room_ids),
    )
    return {row[0] for row in rows}


async def rooms_entered_after(tx: Tx, reader: str, position: int) -> set[str]:
    """Give the rooms that the reader may have come into or left, or that became encrypted, after the position."""
    rows = await tx.fetch_all(
        "SELECT room_id FROM memberships WHERE user_id = ? AND position > ?", reader, position
    )
    encrypted = await tx.fetch_all(
        "SELECT m.room_id FROM memberships m JOIN room_state e ON e.room_id = m.room_id "
        "AND e.type = 'm.room.encryption' AND e.state_key = '' AND e.position > ? "
        "WHERE m.user_id = ? AND m.membership = 'join'", position, reader,
    )  # fmt: skip
    return {row[0] for row in [*rows, *encrypted]}


async def people_moved_after(tx: Tx, reader: str, position: int) -> set[str]:
    """Give the users whose membership changed after the position in the reader's encrypted rooms."""
    rows = await tx.fetch_all(
        "SELECT DISTINCT v.user_id FROM memberships u "
        "JOIN current_state e ON e.room_id = u.room_id AND e.type = 'm.room.encryption' AND e.state_key = '' "
        "JOIN memberships v ON v.room_id = u.room_id AND v.position > ? "
        "WHERE u.user_id = ? AND u.membership = 'join'", position, reader,
    )  # fmt: skip
    return {row[0] for row in rows}
