"""SQL of notifications."""

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.entities.forms import LARGEST_ID
from teahouse.microblog.notifications import store_groups
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

    def source(
        self, account_id: int, span: Span, most: int, grouped: Container[str] = ()
    ) -> tuple[str, list[object]]:
        """Give the query of the nearest `most` of each kind, and its parameters: none of it when nothing is wanted.

        Of `grouped` kinds, which are read as groups, only those that wait are among them.
        """
        # How many is part of the text: PostgreSQL plans once for all values, and would else plan to read a tenth.
        words, params = (
            "filtered IN (0, 1)" if self.filtered_too else "filtered = 0",
            [account_id, *span.bounds],
        )
        one = (
            f"SELECT * FROM (SELECT {_COLUMNS} FROM notifications WHERE account_id = ? AND {span.where('id')} "
            f"AND {{}} {span.order('id')} LIMIT {most}) x"
        )
        if self.from_id is not None:
            kinds = orjson.dumps(list(self.kinds)).decode()
            where = f"actor_id = ? AND {words} AND kind IN (SELECT value FROM json_each(?))"
            return one.format(where), [*params, self.from_id, kinds]
        arms: list[str] = []
        values: list[object] = []
        for kind in self.kinds:
            if kind not in grouped or self.filtered_too:
                arms.append(one.format(f"kind = ? AND {'filtered = 1' if kind in grouped else words}"))
                values += [*params, kind]
        return " UNION ALL ".join(arms), values


async def insert_all(tx: Tx, rows: Sequence[NotificationRow]) -> None:
    """Keep notifications of one receiver, and count them into their groups."""
    await tx.execute_many(
        f"INSERT INTO notifications ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (row.id, row.account_id, row.kind, row.actor_id, row.status_id, row.group_key, row.filtered)
            for row in rows
        ],
    )
    await store_groups.join(tx, rows)


async def told_among(
    tx: Tx, account_id: int, act: tuple[str, int], actor_ids: Iterable[int], after_id: int
) -> set[int]:
    """Give those actors of whose act (kind, post) somebody was told by a notification above an id."""
    # Kind and post are hidden from the planners: by either a receiver may have very many, by one actor only few.
    rows = await tx.fetch_all(
        f"SELECT a.id FROM accounts a WHERE a.id IN {LISTED} AND (SELECT 1 FROM notifications n "
        "WHERE n.account_id = ? AND n.actor_id = a.id AND n.id > ? AND n.kind || '' = ? AND n.status_id + 0 = ? "
        "LIMIT 1) = 1", ids(actor_ids), account_id, after_id, *act,
    )  # fmt: skip
    return {row[0] for row in rows}


_TOLD = {
    "status": "SELECT follower_id AS reader FROM follows WHERE target_id = ? AND notify = 1",
    "poll": "SELECT DISTINCT account_id AS reader FROM poll_votes WHERE poll_id = ?",
    "update": "SELECT account_id AS reader FROM status_marks WHERE status_id = ? AND kind = 'reblog'",
    "quoted_update": "SELECT DISTINCT account_id AS reader FROM statuses WHERE quote_of = ?",
}


async def insert_for_many(
    tx: Tx, first_id: int, kind: str, about: int, actor_id: int, status_id: int, now_ms: int
) -> int:
    """Keep one notification for everybody whom an act concerns, with ids from `first_id` on; gives how many.

    Whoever blocks or mutes the actor is left out, and the actor.
    """
    return await tx.execute(
        f"INSERT INTO notifications ({_COLUMNS}) "
        "SELECT n.id, n.reader, ?, ?, ?, 'ungrouped-' || CAST(n.id AS TEXT), 0 FROM ("
        f"SELECT CAST(? AS BIGINT) + ROW_NUMBER() OVER (ORDER BY r.reader) AS id, r.reader FROM ({_TOLD[kind]}) r "
        "JOIN accounts a ON a.id = r.reader JOIN accounts s ON s.id = ? "
        "WHERE r.reader <> ? AND a.gone_ts IS NULL AND a.suspended_ts IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = a.user_id AND b.target_user_id = s.user_id) "
        "AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = s.user_id AND b.target_user_id = a.user_id) "
        "AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = r.reader AND m.target_id = ? "
        "AND m.notifications = 1 AND (m.expires_ts IS NULL OR m.expires_ts > ?)) ORDER BY r.reader LIMIT ?) n",
        kind, actor_id, status_id, first_id - 1, about, actor_id, actor_id, actor_id, now_ms,
        MOST_TOLD,
    )  # fmt: skip


async def page(
    tx: Tx, account_id: int, wanted: Wanted, span: Span, grouped: Container[str] = ()
) -> list[NotificationRow]:
    """Give a page in the span's order, one row more than its limit, without `grouped` kinds (but see `source`)."""
    source, params = wanted.source(account_id, span, span.limit + 1, grouped)
    if not source:
        return []
    rows = await tx.fetch_all(f"{source} {span.order('id')} LIMIT ?", *params, span.limit + 1)
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


async def count_after(
    tx: Tx, account_id: int, wanted: Wanted, after_id: int, most: int, grouped: Container[str] = ()
) -> int:
    """Count the notifications above an id, but no further than `most`."""
    source, params = wanted.source(account_id, Span(LARGEST_ID, after_id, False, most), most, grouped)
    if not source:
        return 0
    found: int = await tx.fetch_value(
        f"SELECT COUNT(*) FROM (SELECT id FROM ({source}) n LIMIT ?) m", *params, most
    )
    return found


async def last_read(tx: Tx, account_id: int) -> int:
    """Give how far somebody has read; 0 from the beginning."""
    found: int | None = await tx.fetch_value(
        "SELECT last_read_id FROM markers WHERE account_id = ? AND timeline = 'notifications'", account_id
    )
    return found or 0


async def delete(tx: Tx, row: NotificationRow) -> None:
    """Forget one notification."""
    await tx.execute("DELETE FROM notifications WHERE id = ?", row.id)
    if not row.filtered:
        await store_groups.leave(tx, row.account_id, row.group_key, 1)


async def clear(tx: Tx, account_id: int) -> None:
    """Forget all notifications of somebody, those that wait too."""
    await tx.execute("DELETE FROM notifications WHERE account_id = ?", account_id)
    await tx.execute("DELETE FROM notification_groups WHERE account_id = ?", account_id)
    await tx.execute("DELETE FROM notification_requests WHERE account_id = ?", account_id)


async def is_thread_muted(tx: Tx, account_id: int, status_id: int) -> bool:
    """Tell whether somebody wants to hear nothing more of the thread that a post belongs to."""
    return await tx.fetch_one(
        "SELECT 1 FROM status_marks m JOIN statuses s ON s.root_id = m.status_id "
        "WHERE s.id = ? AND m.account_id = ? AND m.kind = 'mute'", status_id, account_id,
    ) is not None  # fmt: skip


async def silenced_among(tx: Tx, account_id: int, target_ids: Collection[int], now_ms: int) -> set[int]:
    """Give those of the accounts whose notifications somebody mutes too."""
    if not target_ids:
        return set()
    rows = await tx.fetch_all(
        f"SELECT target_id FROM mutes WHERE account_id = ? AND target_id IN {LISTED} AND notifications = 1 "
        "AND (expires_ts IS NULL OR expires_ts > ?)", account_id, ids(target_ids), now_ms,
    )  # fmt: skip
    return {row[0] for row in rows}
