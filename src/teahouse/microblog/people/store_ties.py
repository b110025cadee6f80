"""SQL of what ties people: follows and requests, blocks, mutes."""

from collections.abc import Collection, Iterable

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.people.records import Follow, Ties, Viewer
from teahouse.microblog.people.store_accounts import LISTED, ids


def _if_any(some: str, tie: str) -> str:
    """Seek a tie of each account only if the viewer has any of the kind, which is asked once; most block nobody."""
    return f"CASE WHEN EXISTS (SELECT 1 FROM {some}) THEN (SELECT 1 FROM {tie}) END"


_TIES = (
    "SELECT l.id, "
    + ", ".join(
        (
            _if_any(
                "follows WHERE follower_id = ?", "follows f WHERE f.follower_id = ? AND f.target_id = l.id"
            ),
            _if_any(
                "follows WHERE target_id = ?", "follows f WHERE f.follower_id = l.id AND f.target_id = ?"
            ),
            _if_any(
                "blocks WHERE user_id = ?", "blocks b WHERE b.user_id = ? AND b.target_user_id = l.user_id"
            ),
            _if_any(
                "blocks WHERE target_user_id = ?",
                "blocks b WHERE b.user_id = l.user_id AND b.target_user_id = ?",
            ),
            _if_any(
                "mutes WHERE account_id = ?",
                "mutes m WHERE m.account_id = ? AND m.target_id = l.id AND (m.expires_ts IS NULL OR m.expires_ts > ?)",
            ),
        )
    )
    + f" FROM accounts l WHERE l.id IN {LISTED}"
)
"""Each tie is sought by its key, for each account: whoever is looked at may have a million followers."""


async def ties_of(tx: Tx, viewer: Viewer, account_ids: Iterable[int], now_ms: int) -> Ties:
    """Give what ties the viewer to these accounts; of mutes, those that still run."""
    ties = Ties()
    wanted = ids(set(account_ids) - {viewer.id})
    if not viewer.is_known or wanted == "[]":
        return ties
    me, user = viewer.id, viewer.user_id
    sets = (ties.follows, ties.followed_by, ties.blocks, ties.blocked_by, ties.mutes)
    for account_id, *found in await tx.fetch_all(
        _TIES, me, me, me, me, user, user, user, user, me, me, now_ms, wanted
    ):
        for each, is_tied in zip(sets, found, strict=True):
            if is_tied:
                each.add(account_id)
    return ties


async def find_follow(tx: Tx, follower_id: int, target_id: int, table: str = "follows") -> Follow | None:
    """Give how one account follows another, or (in `follow_requests`) asks to."""
    row = await tx.fetch_one(
        f"SELECT follower_id, target_id, id, reblogs, notify, languages FROM {table} "
        "WHERE follower_id = ? AND target_id = ?", follower_id, target_id,
    )  # fmt: skip
    if row is None:
        return None
    languages = None if row[5] is None else tuple(orjson.loads(row[5]))
    return Follow(row[0], row[1], row[2], bool(row[3]), bool(row[4]), languages)


async def follow_ids(tx: Tx, follower_ids: Collection[int], target_id: int) -> dict[int, int]:
    """Give by follower the id of the follow of an account, for those who follow it."""
    if not follower_ids:
        return {}
    rows = await tx.fetch_all(
        "SELECT a.id, (SELECT f.id FROM follows f WHERE f.follower_id = a.id AND f.target_id = ?) "
        f"FROM accounts a WHERE a.id IN {LISTED}", target_id, ids(follower_ids),
    )  # fmt: skip
    return {account_id: follow_id for account_id, follow_id in rows if follow_id is not None}


async def put_follow(tx: Tx, follow: Follow, table: str = "follows") -> None:
    """Keep a follow or a request, in the place of an earlier one of the same two."""
    languages = None if follow.languages is None else orjson.dumps(follow.languages).decode()
    extra, mark = (", in_home", ", 1") if table == "follows" else ("", "")
    await tx.execute(
        f"INSERT INTO {table} (follower_id, target_id, id, reblogs, notify, languages{extra}) "
        f"VALUES (?, ?, ?, ?, ?, ?{mark}) ON CONFLICT (follower_id, target_id) DO UPDATE SET "
        "reblogs = excluded.reblogs, notify = excluded.notify, languages = excluded.languages",
        follow.follower_id, follow.target_id, follow.id, int(follow.reblogs), int(follow.notify), languages,
    )  # fmt: skip


async def delete_follow(tx: Tx, follower_id: int, target_id: int, table: str = "follows") -> bool:
    """End a follow or a request; False when there was none."""
    return await tx.execute(
        f"DELETE FROM {table} WHERE follower_id = ? AND target_id = ?", follower_id, target_id
    ) == 1  # fmt: skip


async def count_requests(tx: Tx, target_id: int) -> int:
    """Count who asks to follow."""
    found: int = await tx.fetch_value("SELECT COUNT(*) FROM follow_requests WHERE target_id = ?", target_id)
    return found


async def count_follows(tx: Tx, follower_id: int) -> int:
    """Count whom an account follows or asks to."""
    found: int = await tx.fetch_value(
        "SELECT (SELECT COUNT(*) FROM follows WHERE follower_id = ?) + "
        "(SELECT COUNT(*) FROM follow_requests WHERE follower_id = ?)", follower_id, follower_id,
    )  # fmt: skip
    return found


async def blocked_users(tx: Tx, user_id: str) -> set[str]:
    """Give whom a user blocks."""
    rows = await tx.fetch_all("SELECT target_user_id FROM blocks WHERE user_id = ?", user_id)
    return {row[0] for row in rows}


async def insert_block(tx: Tx, user_id: str, target_user_id: str, block_id: int) -> None:
    """Keep a block."""
    await tx.execute(
        "INSERT INTO blocks (user_id, target_user_id, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        user_id, target_user_id, block_id,
    )  # fmt: skip


async def delete_block(tx: Tx, user_id: str, target_user_id: str) -> None:
    """End a block."""
    await tx.execute("DELETE FROM blocks WHERE user_id = ? AND target_user_id = ?", user_id, target_user_id)


async def put_mute(tx: Tx, account_id: int, target_id: int, mute_id: int, *, notifications: bool,
                   expires_ts: int | None) -> None:  # fmt: skip
    """Keep a mute, in the place of an earlier one."""
    await tx.execute(
        "INSERT INTO mutes (account_id, target_id, id, notifications, expires_ts) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, target_id) DO UPDATE SET notifications = excluded.notifications, "
        "expires_ts = excluded.expires_ts", account_id, target_id, mute_id, int(notifications), expires_ts,
    )  # fmt: skip


async def delete_mute(tx: Tx, account_id: int, target_id: int) -> None:
    """End a mute."""
    await tx.execute("DELETE FROM mutes WHERE account_id = ? AND target_id = ?", account_id, target_id)
