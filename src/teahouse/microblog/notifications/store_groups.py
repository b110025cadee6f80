"""SQL of groups of notifications: what is counted of each, kept with every notification that joins or leaves it."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.notifications.records import GROUPED, NotificationRow
from teahouse.microblog.paging import Span

_COLUMNS = "id, account_id, kind, actor_id, status_id, group_key, filtered"
_GROUP = "g.group_key, g.counted, g.newest_id"
_OLDEST = (
    "(SELECT MIN(n.id) FROM notifications n WHERE n.account_id = g.account_id AND n.group_key = g.group_key)"
)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of notifications as a whole."""

    key: str
    count: int
    newest_id: int
    oldest_id: int


async def join(tx: Tx, rows: Sequence[NotificationRow]) -> None:
    """Count the notifications that are shown, of one receiver, into their groups, if they have some."""
    parts: dict[str, tuple[str, str, int, int]] = {}
    for row in rows:
        if row.kind in GROUPED and not row.filtered:
            _, _, counted, newest = parts.get(row.group_key, ("", "", 0, 0))
            parts[row.group_key] = (row.group_key, row.kind, counted + 1, max(newest, row.id))
    if parts:
        await join_many(tx, rows[0].account_id, list(parts.values()))


async def join_many(tx: Tx, account_id: int, parts: Sequence[tuple[str, str, int, int]]) -> None:
    """Count notifications into groups: of each the key, the kind, how many, and the newest of them."""
    await tx.execute_many(
        "INSERT INTO notification_groups (account_id, group_key, kind, counted, newest_id) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, group_key) DO UPDATE SET counted = notification_groups.counted + excluded.counted, "
        "newest_id = CASE WHEN notification_groups.newest_id < excluded.newest_id THEN excluded.newest_id "
        "ELSE notification_groups.newest_id END",
        [(account_id, *part) for part in parts],
    )


async def leave(tx: Tx, account_id: int, key: str, number: int) -> None:
    """Count so many deleted notifications off a group; one that is empty goes."""
    await tx.execute(
        "UPDATE notification_groups SET counted = counted - ?, newest_id = COALESCE((SELECT MAX(n.id) "
        "FROM notifications n WHERE n.account_id = notification_groups.account_id "
        "AND n.group_key = notification_groups.group_key AND n.filtered = 0), 0) "
        "WHERE account_id = ? AND group_key = ?", number, account_id, key,
    )  # fmt: skip
    await tx.execute(
        "DELETE FROM notification_groups WHERE account_id = ? AND group_key = ? AND counted <= 0",
        account_id,
        key,
    )


async def parts_that_wait(tx: Tx, account_id: int, from_id: int) -> list[tuple[str, str, int, int]]:
    """Give what a stranger's waiting notifications would add to groups, as `join_many` takes it."""
    kinds = orjson.dumps(GROUPED).decode()
    rows = await tx.fetch_all(
        "SELECT group_key, kind, COUNT(*), MAX(id) FROM notifications WHERE account_id = ? AND actor_id = ? "
        "AND filtered = 1 AND kind IN (SELECT value FROM json_each(?)) GROUP BY group_key, kind",
        account_id, from_id, kinds,
    )  # fmt: skip
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def page(tx: Tx, account_id: int, kinds: Sequence[str], span: Span) -> list[GroupRow]:
    """Give groups of these kinds by their newest, in the span's order, one more than its limit."""
    if not kinds:
        return []
    one = (
        "SELECT * FROM (SELECT account_id, group_key, counted, newest_id FROM notification_groups "
        f"WHERE account_id = ? AND kind = ? AND {span.where('newest_id')} {span.order('newest_id')} "
        f"LIMIT {span.limit + 1}) x"
    )
    rows = await tx.fetch_all(
        f"SELECT {_GROUP}, {_OLDEST} FROM ({' UNION ALL '.join([one] * len(kinds))} "
        f"{span.order('newest_id')} LIMIT ?) g {span.order('g.newest_id')}",
        *(value for kind in kinds for value in (account_id, kind, *span.bounds)),
        span.limit + 1,
    )  # fmt: skip
    return [GroupRow(*row) for row in rows]


async def by_keys(tx: Tx, account_id: int, keys: Sequence[str]) -> dict[str, GroupRow]:
    """Give by key how many notifications each group has, and its newest and oldest."""
    rows = await tx.fetch_all(
        f"SELECT {_GROUP}, {_OLDEST} FROM notification_groups g WHERE g.account_id = ? "
        "AND g.group_key IN (SELECT value FROM json_each(?))", account_id, orjson.dumps(list(keys)).decode(),
    )  # fmt: skip
    return {row[0]: GroupRow(*row) for row in rows}


async def newest_of(
    tx: Tx, account_id: int, keys: Sequence[str], each: int
) -> dict[str, list[NotificationRow]]:
    """Give by key the newest few notifications of groups, the newest first."""
    if not keys:
        return {}
    one = (
        f"SELECT * FROM (SELECT {_COLUMNS} FROM notifications WHERE account_id = ? AND group_key = ? "
        f"AND filtered = 0 ORDER BY id DESC LIMIT {each}) x"
    )
    rows = await tx.fetch_all(
        " UNION ALL ".join([one] * len(keys)), *(value for key in keys for value in (account_id, key))
    )
    found: dict[str, list[NotificationRow]] = {}
    for row in sorted((NotificationRow(*row) for row in rows), key=lambda row: row.id, reverse=True):
        found.setdefault(row.group_key, []).append(row)
    return found


async def count_after(tx: Tx, account_id: int, kinds: Sequence[str], after_id: int, most: int) -> int:
    """Count the groups of these kinds with a notification above an id, but no further than `most`."""
    found: int = await tx.fetch_value(
        "SELECT COUNT(*) FROM (SELECT newest_id FROM notification_groups WHERE account_id = ? "
        "AND kind IN (SELECT value FROM json_each(?)) AND newest_id > ? LIMIT ?) n",
        account_id, orjson.dumps(list(kinds)).decode(), after_id, most,
    )  # fmt: skip
    return found


async def delete(tx: Tx, account_id: int, key: str) -> None:
    """Forget a group with its notifications."""
    await tx.execute("DELETE FROM notifications WHERE account_id = ? AND group_key = ?", account_id, key)
    await tx.execute(
        "DELETE FROM notification_groups WHERE account_id = ? AND group_key = ?", account_id, key
    )
