"""SQL of suggestions and of the directory."""

from teahouse.kernel.storage import Tx
from teahouse.microblog.store_restraints import shown

MOST_FRIENDS = 100
"""Whom the newest so many friends follow is looked at for suggestions, not whom all do."""

_UNKNOWN = (
    f"{shown('t')} AND t.discoverable = 1 AND t.id <> ? "
    "AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ? AND f.target_id = t.id) "
    "AND NOT EXISTS (SELECT 1 FROM follow_requests r WHERE r.follower_id = ? AND r.target_id = t.id) "
    "AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = ? AND m.target_id = t.id "
    "AND (m.expires_ts IS NULL OR m.expires_ts > ?)) "
    "AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = ? AND b.target_user_id = t.user_id) "
    "AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = t.user_id AND b.target_user_id = ?) "
    "AND NOT EXISTS (SELECT 1 FROM suggestions_dismissed d WHERE d.account_id = ? AND d.target_id = t.id)"
)


def _viewer(account_id: int, user_id: str, now_ms: int) -> tuple[object, ...]:
    return (account_id, account_id, account_id, account_id, now_ms, user_id, user_id, account_id)


async def friends_of_friends(tx: Tx, account_id: int, user_id: str, now_ms: int, limit: int) -> list[int]:
    """Give whom several of those followed follow, the most shared first."""
    rows = await tx.fetch_all(
        "SELECT f.target_id FROM (SELECT target_id FROM follows WHERE follower_id = ? ORDER BY id DESC LIMIT ?) mine "
        "JOIN follows f ON f.follower_id = mine.target_id JOIN accounts t ON t.id = f.target_id "
        f"WHERE {_UNKNOWN} GROUP BY f.target_id ORDER BY COUNT(*) DESC, f.target_id DESC LIMIT ?",
        account_id, MOST_FRIENDS, *_viewer(account_id, user_id, now_ms), limit,
    )  # fmt: skip
    return [row[0] for row in rows]


async def most_followed(tx: Tx, account_id: int, user_id: str, now_ms: int, limit: int) -> list[int]:
    """Give those whom most people follow."""
    rows = await tx.fetch_all(
        "SELECT t.id FROM account_counts c JOIN accounts t ON t.id = c.account_id "
        f"WHERE c.followers > 0 AND {_UNKNOWN} ORDER BY c.followers DESC, c.account_id DESC LIMIT ?",
        *_viewer(account_id, user_id, now_ms), limit,
    )  # fmt: skip
    return [row[0] for row in rows]


async def dismiss(tx: Tx, account_id: int, target_id: int) -> None:
    """Let somebody not be suggested any more."""
    await tx.execute(
        "INSERT INTO suggestions_dismissed (account_id, target_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        account_id, target_id,
    )  # fmt: skip


async def directory(tx: Tx, *, newest: bool, limit: int, offset: int) -> list[int]:
    """Give those who let themselves be found: who posted last, or who came last."""
    order = "c.account_id DESC" if newest else "c.last_status_id DESC, c.account_id DESC"
    rows = await tx.fetch_all(
        "SELECT t.id FROM account_counts c JOIN accounts t ON t.id = c.account_id "
        f"WHERE {shown('t')} AND t.discoverable = 1 ORDER BY {order} LIMIT ? OFFSET ?", limit, offset,
    )  # fmt: skip
    return [row[0] for row in rows]
