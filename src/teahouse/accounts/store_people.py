"""SQL of profiles, the directory, account data and filters. Contents are JSON texts."""

from collections.abc import Sequence

from teahouse.accounts.records import AccountData, FoundUser
from teahouse.kernel.storage import Tx, json_list


async def profile_fields(tx: Tx, user_id: str) -> list[tuple[str, str]]:
    """Give the names and values of the user's profile."""
    rows = await tx.fetch_all(
        "SELECT name, value FROM profile_fields WHERE user_id = ? ORDER BY name", user_id
    )
    return [(row[0], row[1]) for row in rows]


async def put_profile_field(tx: Tx, user_id: str, name: str, value: str, position: int) -> None:
    """Set one field of the profile."""
    await tx.execute(
        "INSERT INTO profile_fields (user_id, name, value, position) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value, position = excluded.position",
        user_id,
        name,
        value,
        position,
    )


async def delete_profile_field(tx: Tx, user_id: str, name: str) -> bool:
    """Remove one field of the profile; False when it was not there."""
    return await tx.execute("DELETE FROM profile_fields WHERE user_id = ? AND name = ?", user_id, name) == 1


async def set_search_text(tx: Tx, user_id: str, search_text: str) -> None:
    """Keep the folded text by which the directory finds the user."""
    await tx.execute("UPDATE users SET search_text = ? WHERE user_id = ?", search_text, user_id)


_SEARCH = (
    "SELECT u.user_id, n.value, a.value FROM users u"
    " LEFT JOIN profile_fields n ON n.user_id = u.user_id AND n.name = 'displayname'"
    " LEFT JOIN profile_fields a ON a.user_id = u.user_id AND a.name = 'avatar_url'"
    " WHERE u.deactivated_ts IS NULL AND u.user_id <> ? AND 'words' = 'words'"
    " ORDER BY CASE WHEN u.search_text LIKE ? ESCAPE '\\' THEN 0 ELSE 1 END, u.user_id LIMIT ?"
)


async def search_users(
    tx: Tx, asker: str, patterns: Sequence[str], first_pattern: str, limit: int
) -> list[FoundUser]:
    """Give active users other than the asker whose search text is like every pattern.

    Those that are like `first_pattern` come first.
    """
    # Only a count of the words goes into the statement, never the words.
    words = " AND u.search_text LIKE ? ESCAPE '\\'" * len(patterns)
    rows = await tx.fetch_all(
        _SEARCH.replace(" AND 'words' = 'words'", words), asker, *patterns, first_pattern, limit
    )
    return [FoundUser(*row) for row in rows]


async def erase_person(tx: Tx, user_id: str) -> None:
    """Delete all that the user kept here and that is not part of a room."""
    for table in ("profile_fields", "account_data", "filters"):
        await tx.execute(f"DELETE FROM {table} WHERE user_id = ?", user_id)  # noqa: S608


async def find_account_data(tx: Tx, user_id: str, room_id: str, kind: str) -> str | None:
    """Give the content of one piece; the room id is empty for global account data."""
    content: str | None = await tx.fetch_value(
        "SELECT content FROM account_data WHERE user_id = ? AND room_id = ? AND type = ?",
        user_id,
        room_id,
        kind,
    )
    return content


async def put_account_data(tx: Tx, user_id: str, data: AccountData) -> None:
    """Set one piece of account data."""
    await tx.execute(
        "INSERT INTO account_data (user_id, room_id, type, content, position) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (user_id, room_id, type)"
        " DO UPDATE SET content = excluded.content, position = excluded.position",
        user_id,
        *data,
    )


async def count_account_data(tx: Tx, user_id: str, room_id: str) -> tuple[int, int]:
    """Give how many pieces the user has in this room, and in all."""
    row = await tx.fetch_one(
        "SELECT (SELECT COUNT(*) FROM account_data WHERE user_id = ? AND room_id = ?),"
        " (SELECT COUNT(*) FROM account_data WHERE user_id = ?)",
        user_id,
        room_id,
        user_id,
    )
    return (row[0], row[1]) if row is not None else (0, 0)


async def account_data_since(tx: Tx, user_id: str, since: int) -> list[AccountData]:
    """Give what changed after the position, in the order of change."""
    rows = await tx.fetch_all(
        "SELECT room_id, type, content, position FROM account_data"
        " WHERE user_id = ? AND position > ? ORDER BY position",
        user_id,
        since,
    )
    return [AccountData(*row) for row in rows]


async def account_data_of_rooms(tx: Tx, user_id: str, room_ids: list[str]) -> list[AccountData]:
    """Give all account data of these rooms, in the order of change."""
    rows = await tx.fetch_all(
        "SELECT room_id, type, content, position FROM account_data"
        " WHERE user_id = ? AND room_id IN (SELECT value FROM json_each(?))",
        user_id,
        json_list(room_ids),
    )
    # Sorted here, since an order by position makes the database look at those of all rooms.
    return sorted((AccountData(*row) for row in rows), key=lambda data: data.position)


async def account_data_of_kind(tx: Tx, user_id: str, kind: str) -> list[tuple[str, str]]:
    """Give the user's account data of one type: the room and the content of each."""
    rows = await tx.fetch_all(
        "SELECT room_id, content FROM account_data WHERE user_id = ? AND type = ?", user_id, kind
    )
    return [(row[0], row[1]) for row in rows]


async def find_filter(tx: Tx, user_id: str, filter_id: int) -> str | None:
    """Give the content of a stored filter."""
    content: str | None = await tx.fetch_value(
        "SELECT content FROM filters WHERE user_id = ? AND filter_id = ?", user_id, filter_id
    )
    return content


async def put_filter(tx: Tx, user_id: str, content_hash: str, content: str, most: int) -> int | None:
    """Keep a filter and give its id; the same content has the same id. None when there are too many."""
    known: int | None = await tx.fetch_value(
        "SELECT filter_id FROM filters WHERE user_id = ? AND content_hash = ?", user_id, content_hash
    )
    if known is not None:
        return known
    last: int = await tx.fetch_value(
        "SELECT COALESCE(MAX(filter_id), -1) FROM filters WHERE user_id = ?", user_id
    )
    if last + 1 >= most:
        return None
    await tx.execute(
        "INSERT INTO filters (user_id, filter_id, content_hash, content) VALUES (?, ?, ?, ?)",
        user_id,
        last + 1,
        content_hash,
        content,
    )
    return last + 1
