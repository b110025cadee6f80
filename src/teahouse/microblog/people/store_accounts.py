"""SQL of accounts: rows with their counts, found by id, user or name."""

from collections.abc import Iterable, Sequence
from typing import Any

from teahouse.kernel.search_keys import keys_of, range_of
from teahouse.kernel.storage import Tx, json_list
from teahouse.microblog.people.records import AccountRow

_COLUMNS = (
    "a.id, a.user_id, a.username, a.display_name, a.avatar, a.header, a.profile_apart, a.note, a.fields, "
    "a.preferences, a.locked, a.bot, a.discoverable, a.indexable, a.hide_collections, a.created_ts, a.gone_ts, "
    "a.limited_ts, a.suspended_ts, a.sensitized_ts, c.statuses, c.followers, c.following, c.last_status_id"
)
MOST_LOOKED_AT = 1000
_FROM = "FROM accounts a JOIN account_counts c ON c.account_id = a.id"
LISTED = "(SELECT CAST(value AS BIGINT) FROM json_each(?))"
"""A list of ids as a parameter: `IN` this, with `ids(...)` as the value."""


def ids(numbers: Iterable[int]) -> str:
    """Give the parameter for LISTED."""
    return json_list(str(number) for number in numbers)


async def by_ids(tx: Tx, account_ids: Iterable[int]) -> dict[int, AccountRow]:
    """Give by id those of the accounts that exist, gone ones too."""
    wanted = set(account_ids)
    if not wanted:
        return {}
    rows = await tx.fetch_all(f"SELECT {_COLUMNS} {_FROM} WHERE a.id IN {LISTED}", ids(wanted))
    return {row[0]: AccountRow(*row) for row in rows}


async def by_id(tx: Tx, account_id: int) -> AccountRow | None:
    """Give one account, gone or not."""
    row = await tx.fetch_one(f"SELECT {_COLUMNS} {_FROM} WHERE a.id = ?", account_id)
    return None if row is None else AccountRow(*row)


async def id_of_user(tx: Tx, user_id: str) -> int | None:
    """Give the id of a user's account, if there is one."""
    found: int | None = await tx.fetch_value("SELECT id FROM accounts WHERE user_id = ?", user_id)
    return found


async def by_names(tx: Tx, usernames: Iterable[str]) -> list[AccountRow]:
    """Give the accounts of these names that are not gone."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} {_FROM} WHERE a.gone_ts IS NULL "
        "AND a.username IN (SELECT value FROM json_each(?))", json_list(usernames),
    )  # fmt: skip
    return [AccountRow(*row) for row in rows]


async def insert(tx: Tx, row: AccountRow) -> None:
    """Begin an account, with nothing counted."""
    values = [getattr(row, name) for name in AccountRow.__struct_fields__][:20]
    marks = ", ".join("?" * len(values))
    columns = _COLUMNS.replace("a.", "").partition(", c.")[0]
    await tx.execute(f"INSERT INTO accounts ({columns}) VALUES ({marks})", *values)
    await tx.execute(
        "INSERT INTO account_counts (account_id, statuses, followers, following, last_status_id) "
        "VALUES (?, 0, 0, 0, 0)", row.id,
    )  # fmt: skip
    await put_words(tx, row.id, row.username, row.display_name)


CHANGEABLE = (
    "display_name", "avatar", "header", "profile_apart", "note", "fields", "preferences", "locked", "bot",
    "discoverable", "indexable", "hide_collections",
)  # fmt: skip


async def update(tx: Tx, account_id: int, changes: dict[str, Any]) -> None:
    """Set columns of an account; only those in CHANGEABLE."""
    names = [name for name in CHANGEABLE if name in changes]
    if names:
        sets = ", ".join(f"{name} = ?" for name in names)
        values = [changes[name] for name in names]
        await tx.execute(f"UPDATE accounts SET {sets} WHERE id = ?", *values, account_id)
    if "display_name" in changes:
        username = await tx.fetch_value("SELECT username FROM accounts WHERE id = ?", account_id)
        await put_words(tx, account_id, username, changes["display_name"])


async def set_gone(tx: Tx, user_id: str, gone_ts: int | None) -> None:
    """Hide the account of a user who was deactivated."""
    await tx.execute("UPDATE accounts SET gone_ts = ? WHERE user_id = ?", gone_ts, user_id)


async def count(tx: Tx, account_id: int, statuses: int = 0, followers: int = 0, following: int = 0) -> None:
    """Add to what is counted of an account."""
    await tx.execute(
        "UPDATE account_counts SET statuses = statuses + ?, followers = followers + ?, following = following + ? "
        "WHERE account_id = ?", statuses, followers, following, account_id,
    )  # fmt: skip


async def count_reposts(tx: Tx, reposts: Iterable[tuple[int, int]]) -> None:
    """Add one post to each account of (account, post), the newest that it has."""
    await tx.execute_many(
        "UPDATE account_counts SET statuses = statuses + 1, last_status_id = ? WHERE account_id = ?",
        [(status_id, account_id) for account_id, status_id in reposts],
    )


async def count_post(tx: Tx, account_id: int, status_id: int, *, counts: bool) -> None:
    """Note the newest post of an account; `counts` when it is one of those that are counted."""
    await tx.execute(
        "UPDATE account_counts SET statuses = statuses + ?, last_status_id = ? WHERE account_id = ?",
        int(counts), status_id, account_id,
    )  # fmt: skip


async def note_newest(tx: Tx, account_id: int, status_id: int) -> None:
    """Keep the id of the newest post of an account."""
    await tx.execute(
        "UPDATE account_counts SET last_status_id = ? WHERE account_id = ?", status_id, account_id
    )


async def put_words(tx: Tx, account_id: int, username: str, display_name: str) -> None:
    """Keep the words by which an account is found, in the place of those from before."""
    await tx.execute("DELETE FROM account_words WHERE account_id = ?", account_id)
    await tx.execute_many(
        "INSERT INTO account_words (word, account_id) VALUES (?, ?)",
        [(word, account_id) for word in keys_of(username, display_name)],
    )


async def search(
    tx: Tx, beginnings: Sequence[str], viewer_id: int, *, following: bool, limit: int
) -> list[AccountRow]:
    """Give accounts with a word for each of the beginnings: those followed first, then the best known.

    Followed ones are all looked at; of others no more than MOST_LOOKED_AT with the first beginning, by the index.
    """
    ranges = [range_of(word) for word in beginnings]
    more = (
        "AND EXISTS (SELECT 1 FROM account_words o WHERE o.account_id = a.id AND o.word >= ? AND o.word < ?) "
        * (len(ranges) - 1)
    )
    anybody = (
        "UNION SELECT w.account_id FROM "
        "(SELECT account_id FROM account_words WHERE word >= ? AND word < ? LIMIT ?) w"
    )
    source = (
        "SELECT f.target_id AS id FROM follows f JOIN account_words w ON w.account_id = f.target_id "
        "AND w.word >= ? AND w.word < ? WHERE f.follower_id = ? " + ("" if following else anybody)
    )
    rest = () if following else (*ranges[0], MOST_LOOKED_AT)
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM ({source}) k JOIN accounts a ON a.id = k.id "
        "JOIN account_counts c ON c.account_id = a.id "
        "LEFT JOIN follows f ON f.follower_id = ? AND f.target_id = a.id "
        f"WHERE a.gone_ts IS NULL AND a.suspended_ts IS NULL {more}GROUP BY {_COLUMNS}, f.target_id "
        "ORDER BY CASE WHEN f.target_id IS NULL THEN 1 ELSE 0 END, c.followers DESC, a.id LIMIT ?",
        *ranges[0], viewer_id, *rest, viewer_id, *(end for each in ranges[1:] for end in each), limit,
    )  # fmt: skip
    return [AccountRow(*row) for row in rows]
