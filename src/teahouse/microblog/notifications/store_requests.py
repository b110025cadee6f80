"""SQL of strangers whose notifications wait, and of the policy that lets them."""

from collections.abc import Sequence

from teahouse.kernel.storage import Tx
from teahouse.microblog.notifications import store_groups
from teahouse.microblog.notifications.policy import Policy
from teahouse.microblog.notifications.records import RequestRow
from teahouse.microblog.paging import Span
from teahouse.microblog.people.store_accounts import LISTED, ids

_COLUMNS = "account_id, from_id, id, last_status_id, waiting, updated_ts"


async def policy_of(tx: Tx, account_id: int) -> Policy:
    """Give somebody's policy, or the one that everybody begins with."""
    row = await tx.fetch_one(
        "SELECT for_not_following, for_not_followers, for_new_accounts, for_private_mentions, for_limited_accounts "
        "FROM notification_policies WHERE account_id = ?", account_id,
    )  # fmt: skip
    return Policy() if row is None else Policy(*row)


async def put_policy(tx: Tx, account_id: int, policy: Policy) -> None:
    """Keep somebody's policy."""
    await tx.execute(
        "INSERT INTO notification_policies (account_id, for_not_following, for_not_followers, for_new_accounts, "
        "for_private_mentions, for_limited_accounts) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id) DO UPDATE SET "
        "for_not_following = excluded.for_not_following, for_not_followers = excluded.for_not_followers, "
        "for_new_accounts = excluded.for_new_accounts, for_private_mentions = excluded.for_private_mentions, "
        "for_limited_accounts = excluded.for_limited_accounts",
        account_id, policy.for_not_following, policy.for_not_followers, policy.for_new_accounts,
        policy.for_private_mentions, policy.for_limited_accounts,
    )  # fmt: skip


async def permitted_among(tx: Tx, account_id: int, from_ids: Sequence[int]) -> set[int]:
    """Give those of the strangers who were let through."""
    if not from_ids:
        return set()
    rows = await tx.fetch_all(
        f"SELECT from_id FROM notification_permits WHERE account_id = ? AND from_id IN {LISTED}",
        account_id, ids(from_ids),
    )  # fmt: skip
    return {row[0] for row in rows}


async def add_waiting(tx: Tx, rows: Sequence[RequestRow]) -> None:
    """Count one more notification of each of these strangers."""
    if not rows:
        return
    await tx.execute_many(
        f"INSERT INTO notification_requests ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, from_id) DO UPDATE SET waiting = notification_requests.waiting + 1, "
        "last_status_id = CASE WHEN excluded.last_status_id > 0 THEN excluded.last_status_id "
        "ELSE notification_requests.last_status_id END, updated_ts = excluded.updated_ts",
        [
            (row.account_id, row.from_id, row.id, row.last_status_id, row.waiting, row.updated_ts)
            for row in rows
        ],
    )


async def page(tx: Tx, account_id: int, span: Span) -> list[RequestRow]:
    """Give a page of requests in the span's order, one more than its limit."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM notification_requests WHERE account_id = ? AND {span.where('id')} "
        f"{span.order('id')} LIMIT ?", account_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return [RequestRow(*row) for row in rows]


async def by_ids(tx: Tx, account_id: int, numbers: Sequence[int]) -> list[RequestRow]:
    """Give those of the requests that are somebody's."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM notification_requests WHERE id IN {LISTED} AND account_id = ? "
        "ORDER BY id DESC", ids(numbers), account_id,
    )  # fmt: skip
    return [RequestRow(*row) for row in rows]


async def waiting(tx: Tx, account_id: int) -> tuple[int, int]:
    """Give how many requests wait, and how many notifications in all of them."""
    row = await tx.fetch_one(
        "SELECT COUNT(*), COALESCE(SUM(waiting), 0) FROM notification_requests WHERE account_id = ?",
        account_id,
    )
    return (0, 0) if row is None else (row[0], int(row[1]))


async def let_through(tx: Tx, row: RequestRow) -> None:
    """Let a stranger through, with what waited."""
    await tx.execute(
        "INSERT INTO notification_permits (account_id, from_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        row.account_id, row.from_id,
    )  # fmt: skip
    parts = await store_groups.parts_that_wait(tx, row.account_id, row.from_id)
    await store_groups.join_many(tx, row.account_id, parts)
    await tx.execute(
        "UPDATE notifications SET filtered = 0 WHERE account_id = ? AND actor_id = ? AND filtered = 1",
        row.account_id, row.from_id,
    )  # fmt: skip
    await _forget(tx, row)


async def turn_away(tx: Tx, row: RequestRow) -> None:
    """Forget a stranger's request and what waited."""
    await tx.execute(
        "DELETE FROM notifications WHERE account_id = ? AND actor_id = ? AND filtered = 1",
        row.account_id, row.from_id,
    )  # fmt: skip
    await _forget(tx, row)


async def _forget(tx: Tx, row: RequestRow) -> None:
    await tx.execute(
        "DELETE FROM notification_requests WHERE account_id = ? AND from_id = ?", row.account_id, row.from_id
    )  # fmt: skip
