"""SQL of profiles, the directory, account data and filters. Contents are JSON texts."""

from collections.abc import Sequence

from teahouse.accounts.records import AccountData, FoundUser
from teahouse.kernel.search_keys import keys_of, range_of
from teahouse.kernel.storage import Tx, json_list

MOST_LOOKED_AT = 1000


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


async def put_words(tx: Tx, user_id: str, display_name: str | None) -> None:
    """Keep the words by which the directory finds the user, in the place of those from before."""
    await tx.execute("DELETE FROM user_words WHERE user_id = ?", user_id)
    localpart = user_id[1:].partition(":")[0]
    await tx.execute_many(
        "INSERT INTO user_words (word, user_id) VALUES (?, ?)",
        [(word, user_id) for word in keys_of(localpart, display_name or "")],
    )


async def search_users(tx: Tx, asker: str, beginnings: Sequence[str], limit: int) -> list[FoundUser]:
    """Give active users other than the asker who have a word for each of the beginnings.

    Those whose local part begins with the first come first; no more than MOST_LOOKED_AT with it are looked at.
    """
    ranges = [range_of(word) for word in beginnings]
    more = (
        " AND EXISTS (SELECT 1 FROM user_words o WHERE o.user_id = u.user_id AND o.word >= ? AND o.word < ?)"
    ) * (len(ranges) - 1)
    rows = await tx.fetch_all(
        "SELECT u.user_id, n.value, a.value FROM users u"  # noqa: S608
        " LEFT JOIN profile_fields n ON n.user_id = u.user_id AND n.name = 'displayname'"
        " LEFT JOIN profile_fields a ON a.user_id = u.user_id AND a.name = 'avatar_url'"
        " WHERE u.user_id IN"
        " (SELECT user_id FROM user_words WHERE word >= ? AND word < ? ORDER BY word, user_id LIMIT ?)"
        f" AND u.deactivated_ts IS NULL AND u.user_id <> ?{more}"
        " ORDER BY CASE WHEN u.user_id >= ? AND u.user_id < ? THEN 0 ELSE 1 END, u.user_id LIMIT ?",
        *ranges[0], MOST_LOOKED_AT, asker, *(end for each in ranges[1:] for end in each),
        *range_of(f"@{beginnings[0]}"), limit,
    )  # fmt: skip
    return [FoundUser(*row) for row in rows]


async def erase_person(tx: Tx, user_id: str) -> None:
    """Delete all that the user kept here and that is not part of a room."""
    for table in ("profile_fields", "account_data", "filters", "user_words"):
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


async def size_of_account_data(tx: Tx, user_id: str) -> int:
    """Give how many characters the user keeps in all."""
    statement = "SELECT COALESCE(SUM(LENGTH(content)), 0) FROM account_data WHERE user_id = ?"
    return int(await tx.fetch_value(statement, user_id))


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
