"""SQL of notifications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.notifications.records import NotificationRow
from teahouse.microblog.paging import Span
from teahouse.microblog.people.store_accounts import LISTED, ids

_COLUMNS = "id, account_id, kind, actor_id, status_id, group_key, filtered"
MOST_TOLD = 10_000
"""How many are told of one post or poll at most; who comes after them sees it in the timeline."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notifications a request wants: kinds, their sender, and whether those that wait too."""

    kinds: Sequence[str]
    from_id: int | None = None
    filtered_too: bool = False

    def where(self) -> tuple[str, list[object]]:
        """Give the conditions and their parameters."""
        words, params = (
            ["kind IN (SELECT value FROM json_each(?))"],
            [orjson.dumps(list(self.kinds)).decode()],
        )
        found: list[object] = list(params)
        if self.from_id is not None:
            words.append("actor_id = ?")
            found.append(self.from_id)
        words.append("filtered IN (0, 1)" if self.filtered_too else "filtered = 0")
        return " AND ".join(words), found


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of notifications as a whole."""

    key: str
    count: int
    newest_id: int
    oldest_id: int


async def insert(tx: Tx, row: NotificationRow) -> None:
    """Keep a notification."""
    await tx.execute(
        f"INSERT INTO notifications ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        row.id, row.account_id, row.kind, row.actor_id, row.status_id, row.group_key, row.filtered,
    )  # fmt: skip


_TOLD = {
    "status": "SELECT follower_id AS reader FROM follows WHERE target_id = ? AND notify = 1",
    "poll": "SELECT DISTINCT account_id AS reader FROM poll_votes WHERE poll_id = ?",
    "update": "SELECT account_id AS reader FROM status_marks WHERE status_id = ? AND kind = 'reblog'",
    "quoted_update": "SELECT DISTINCT account_id AS reader FROM statuses WHERE quote_of = ?",
}


async def insert_for_many(tx: Tx, first_id: int, kind: str, about: int, actor_id: int, status_id: int) -> int:
    """Keep one notification for everybody whom an act concerns, with ids from `first_id` on; gives how many.

    Whoever blocks or mutes the actor is left out, and the actor.
    """
    return await tx.execute(
        f"INSERT INTO notifications ({_COLUMNS}) "
        "SELECT n.id, n.reader, ?, ?, ?, 'ungrouped-' || CAST(n.id AS TEXT), 0 FROM ("
        f"SELECT CAST(? AS BIGINT) + ROW_NUMBER() OVER (ORDER BY r.reader) AS id, r.reader FROM ({_TOLD[kind]}) r "
        "JOIN accounts a ON a.id = r.reader JOIN accounts s ON s.id = ? "
        "WHERE r.reader <> ? AND a.gone_ts IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = a.user_id AND b.target_user_id = s.user_id) "
        "AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = s.user_id AND b.target_user_id = a.user_id) "
        "AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = r.reader AND m.target_id = ? "
        "AND m.notifications = 1) ORDER BY r.reader LIMIT ?) n",
        kind, actor_id, status_id, first_id - 1, about, actor_id, actor_id, actor_id, MOST_TOLD,
    )  # fmt: skip


async def page(tx: Tx, account_id: int, wanted: Wanted, span: Span) -> list[NotificationRow]:
    """Give a page in the span's order, one row more than its limit."""
    words, params = wanted.where()
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM notifications WHERE account_id = ? AND {words} "
        f"AND {span.where('id')} {span.order('id')} LIMIT ?",
        account_id, *params, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return [NotificationRow(*row) for row in rows]


async def by_id(tx: Tx, account_id: int, number: int) -> NotificationRow | None:
    """Give one of somebody's notifications."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM notifications WHERE id = ? AND account_id = ?", number, account_id
    )  # fmt: skip
    return None if row is None else NotificationRow(*row)


async def told_between(
    tx: Tx, first_id: int, last_id: int, account_ids: Iterable[int]
) -> list[NotificationRow]:
    """Give the notifications of these ids that concern one of the accounts and don't wait."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM notifications WHERE id BETWEEN ? AND ? AND account_id IN {LISTED} "
        "AND filtered = 0 ORDER BY id", first_id, last_id, ids(account_ids),
    )  # fmt: skip
    return [NotificationRow(*row) for row in rows]


async def count_after(tx: Tx, account_id: int, wanted: Wanted, after_id: int, most: int) -> int:
    """Count the notifications above an id, but no further than `most`."""
    words, params = wanted.where()
    found: int = await tx.fetch_value(
        f"SELECT COUNT(*) FROM (SELECT id FROM notifications WHERE account_id = ? AND {words} "
        "AND id > ? LIMIT ?) n", account_id, *params, after_id, most,
    )  # fmt: skip
    return found


async def count_groups_after(
    tx: Tx, account_id: int, wanted: Wanted, grouped: Sequence[str], bounds: tuple[int, int]
) -> int:
    """Count the groups with a notification above an id, up to a number (`bounds`); kinds not `grouped` stand alone.

    It looks at no more than ten times as many notifications.
    """
    words, params = wanted.where()
    after_id, most = bounds
    found: int = await tx.fetch_value(
        "SELECT COUNT(*) FROM (SELECT DISTINCT CASE WHEN kind IN (SELECT value FROM json_each(?)) "
        "THEN group_key ELSE CAST(id AS TEXT) END FROM (SELECT id, kind, group_key FROM notifications "
        f"WHERE account_id = ? AND {words} AND id > ? ORDER BY id DESC LIMIT ?) n) g",
        orjson.dumps(list(grouped)).decode(), account_id, *params, after_id, most * 10,
    )  # fmt: skip
    return min(found, most)


async def last_read(tx: Tx, account_id: int) -> int:
    """Give how far somebody has read; 0 from the beginning."""
    found: int | None = await tx.fetch_value(
        "SELECT last_read_id FROM markers WHERE account_id = ? AND timeline = 'notifications'", account_id
    )
    return found or 0


async def delete(tx: Tx, account_id: int, number: int) -> None:
    """Forget one notification."""
    await tx.execute("DELETE FROM notifications WHERE id = ? AND account_id = ?", number, account_id)


async def delete_group(tx: Tx, account_id: int, key: str) -> None:
    """Forget a group."""
    await tx.execute("DELETE FROM notifications WHERE account_id = ? AND group_key = ?", account_id, key)


async def clear(tx: Tx, account_id: int) -> None:
    """Forget all notifications of somebody, those that wait too."""
    await tx.execute("DELETE FROM notifications WHERE account_id = ?", account_id)
    await tx.execute("DELETE FROM notification_requests WHERE account_id = ?", account_id)


async def groups(tx: Tx, account_id: int, keys: Sequence[str]) -> dict[str, GroupRow]:
    """Give by key how many notifications each group has, and its newest and oldest."""
    rows = await tx.fetch_all(
        "SELECT group_key, COUNT(*), MAX(id), MIN(id) FROM notifications WHERE account_id = ? "
        "AND group_key IN (SELECT value FROM json_each(?)) GROUP BY group_key",
        account_id, orjson.dumps(list(keys)).decode(),
    )  # fmt: skip
    return {row[0]: GroupRow(*row) for row in rows}


async def newest_of_groups(tx: Tx, account_id: int, keys: Sequence[str], each: int) -> list[NotificationRow]:
    """Give the newest few notifications of each group, the newest first."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM (SELECT {_COLUMNS}, ROW_NUMBER() OVER "
        "(PARTITION BY group_key ORDER BY id DESC) AS place FROM notifications WHERE account_id = ? "
        "AND group_key IN (SELECT value FROM json_each(?))) n WHERE place <= ? ORDER BY id DESC",
        account_id, orjson.dumps(list(keys)).decode(), each,
    )  # fmt: skip
    return [NotificationRow(*row) for row in rows]


async def is_thread_muted(tx: Tx, account_id: int, status_id: int) -> bool:
    """Tell whether somebody wants to hear nothing more of the thread that a post belongs to."""
    return await tx.fetch_one(
        "SELECT 1 FROM status_marks m JOIN statuses s ON s.root_id = m.status_id "
        "WHERE s.id = ? AND m.account_id = ? AND m.kind = 'mute'", status_id, account_id,
    ) is not None  # fmt: skip


async def mutes_notifications(tx: Tx, account_id: int, target_id: int, now_ms: int) -> bool:
    """Tell whether somebody mutes another one's notifications."""
    return await tx.fetch_one(
        "SELECT 1 FROM mutes WHERE account_id = ? AND target_id = ? AND notifications = 1 "
        "AND (expires_ts IS NULL OR expires_ts > ?)", account_id, target_id, now_ms,
    ) is not None  # fmt: skip
