"""SQL of who among those connected a post concerns: each query takes the accounts that are listening, never all."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.people.store_accounts import LISTED, ids

_LISTED_ID = "(SELECT CAST(value AS BIGINT) AS id FROM json_each(?))"
_FOLLOW_ID = "(SELECT g.id FROM follows g WHERE g.follower_id = l.id AND g.target_id = ?)"
"""The follow of each that listens, by its key: no database may think of walking an author's million followers."""


@dataclass(frozen=True, slots=True)
class Follower:
    """How somebody who listens follows the author."""

    account_id: int
    reblogs: bool
    languages: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class HeardList:
    """A list that is heard and holds the author."""

    list_id: int
    owner_id: int
    replies_policy: str


async def followers_among(tx: Tx, author_id: int, account_ids: Iterable[int]) -> list[Follower]:
    """Give those of the accounts that have the author's posts in their home timeline."""
    rows = await tx.fetch_all(
        f"SELECT f.follower_id, f.reblogs, f.languages FROM {_LISTED_ID} l CROSS JOIN follows f "
        f"WHERE f.id = {_FOLLOW_ID} AND f.in_home = 1", ids(account_ids), author_id,
    )  # fmt: skip
    return [
        Follower(row[0], bool(row[1]), None if row[2] is None else tuple(orjson.loads(row[2])))
        for row in rows
    ]


async def following_among(tx: Tx, target_id: int, account_ids: Iterable[int]) -> set[int]:
    """Give those of the accounts that follow somebody."""
    rows = await tx.fetch_all(
        f"SELECT l.id FROM {_LISTED_ID} l WHERE {_FOLLOW_ID} > 0", ids(account_ids), target_id
    )  # fmt: skip
    return {row[0] for row in rows}


async def followers_of_tags(tx: Tx, tags: Iterable[str], account_ids: Iterable[int]) -> set[int]:
    """Give those of the accounts that follow one of the tags."""
    rows = await tx.fetch_all(
        f"SELECT account_id FROM followed_tags WHERE account_id IN {LISTED} "
        "AND tag IN (SELECT value FROM json_each(?))", ids(account_ids), orjson.dumps(list(tags)).decode(),
    )  # fmt: skip
    return {row[0] for row in rows}


async def lists_with(tx: Tx, author_id: int, list_ids: Iterable[int]) -> list[HeardList]:
    """Give those of the lists that hold the author."""
    rows = await tx.fetch_all(
        "SELECT l.id, l.account_id, l.replies_policy FROM lists l JOIN list_members m "
        f"ON m.list_id = l.id AND m.target_id = ? WHERE l.id IN {LISTED}", author_id, ids(list_ids),
    )  # fmt: skip
    return [HeardList(*row) for row in rows]


async def list_owner(tx: Tx, list_id: int) -> int | None:
    """Give whose list it is; None when there is none."""
    found: int | None = await tx.fetch_value("SELECT account_id FROM lists WHERE id = ?", list_id)
    return found


async def apart(
    tx: Tx, account_ids: Iterable[int], target_ids: Iterable[int], now_ms: int
) -> set[tuple[int, int]]:
    """Give the pairs (account, target) between which a block stands, or where the account mutes the target."""
    accounts, targets = ids(account_ids), ids(target_ids)
    rows = await tx.fetch_all(
        "SELECT a.id, t.id FROM accounts t JOIN blocks b ON b.target_user_id = t.user_id "
        f"JOIN accounts a ON a.user_id = b.user_id WHERE t.id IN {LISTED} AND a.id IN {LISTED} "
        "UNION SELECT a.id, t.id FROM accounts t JOIN blocks b ON b.user_id = t.user_id "
        f"JOIN accounts a ON a.user_id = b.target_user_id WHERE t.id IN {LISTED} AND a.id IN {LISTED} "
        f"UNION SELECT account_id, target_id FROM mutes WHERE account_id IN {LISTED} AND target_id IN {LISTED} "
        "AND (expires_ts IS NULL OR expires_ts > ?)",
        targets, accounts, targets, accounts, accounts, targets, now_ms,
    )  # fmt: skip
    return {(row[0], row[1]) for row in rows}


async def seeing_otherwise(
    tx: Tx, account_ids: Iterable[int], status_ids: Iterable[int], poll_id: int
) -> set[int]:
    """Give those of the accounts that see a post in their own way: they marked it, voted, or filter words."""
    accounts = ids(account_ids)
    rows = await tx.fetch_all(
        f"SELECT account_id FROM status_filters WHERE account_id IN {LISTED} "
        f"UNION SELECT l.id FROM {_LISTED_ID} l CROSS JOIN {_LISTED_ID} s WHERE (SELECT MIN(m.id) "
        "FROM status_marks m WHERE m.account_id = l.id AND m.status_id = s.id) > 0 "
        f"UNION SELECT l.id FROM {_LISTED_ID} l WHERE (SELECT MIN(v.choice) FROM poll_votes v "
        "WHERE v.poll_id = ? AND v.account_id = l.id) >= 0",
        accounts, accounts, ids(status_ids), accounts, poll_id,
    )  # fmt: skip
    return {row[0] for row in rows}


async def newest_status(tx: Tx) -> int:
    """Give the id of the newest post of all; 0 when there is none."""
    found: int | None = await tx.fetch_value("SELECT MAX(id) FROM statuses")
    return found or 0
