"""SQL of lists of people, and of what exclusive lists keep out of the home timeline."""

from collections.abc import Iterable
from dataclasses import dataclass

from teahouse.kernel.storage import Tx
from teahouse.microblog.paging import Span
from teahouse.microblog.people.store_accounts import LISTED, ids


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list of people."""

    id: int
    account_id: int
    title: str
    replies_policy: str
    exclusive: int


_COLUMNS = "id, account_id, title, replies_policy, exclusive"


async def lists_of(tx: Tx, account_id: int) -> list[ListRow]:
    """Give somebody's lists in the order they were made."""
    rows = await tx.fetch_all(f"SELECT {_COLUMNS} FROM lists WHERE account_id = ? ORDER BY id", account_id)
    return [ListRow(*row) for row in rows]


async def find_list(tx: Tx, account_id: int, list_id: int) -> ListRow | None:
    """Give a list of somebody's."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM lists WHERE account_id = ? AND id = ?", account_id, list_id
    )  # fmt: skip
    return None if row is None else ListRow(*row)


async def put_list(tx: Tx, row: ListRow) -> None:
    """Keep a list, in the place of what it was."""
    await tx.execute(
        f"INSERT INTO lists ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "title = excluded.title, replies_policy = excluded.replies_policy, exclusive = excluded.exclusive",
        row.id, row.account_id, row.title, row.replies_policy, row.exclusive,
    )  # fmt: skip


async def delete_list(tx: Tx, list_id: int) -> None:
    """Delete a list; its people stay followed."""
    await tx.execute("DELETE FROM list_members WHERE list_id = ?", list_id)
    await tx.execute("DELETE FROM lists WHERE id = ?", list_id)


async def members(tx: Tx, list_id: int, span: Span) -> list[tuple[int, int]]:
    """Give (account, account) of a list's people by page."""
    rows = await tx.fetch_all(
        "SELECT target_id FROM list_members WHERE list_id = ? "
        f"AND {span.where('target_id')} {span.order('target_id')} LIMIT ?",
        list_id, *span.bounds, span.limit + 1,
    )  # fmt: skip
    return [(row[0], row[0]) for row in rows]


async def count_members(tx: Tx, list_id: int) -> int:
    """Count a list's people."""
    counted: int = await tx.fetch_value("SELECT COUNT(*) FROM list_members WHERE list_id = ?", list_id)
    return counted


async def is_any_member(tx: Tx, list_id: int, targets: Iterable[int]) -> bool:
    """Tell whether one of the people is in a list."""
    found = await tx.fetch_value(
        f"SELECT 1 FROM list_members WHERE list_id = ? AND target_id IN {LISTED} LIMIT 1", list_id, ids(targets)
    )  # fmt: skip
    return found is not None


async def add_members(tx: Tx, list_id: int, owner_id: int, targets: Iterable[int]) -> None:
    """Put people into a list."""
    await tx.execute_many(
        "INSERT INTO list_members (list_id, target_id, owner_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(list_id, target, owner_id) for target in targets],
    )


async def remove_members(tx: Tx, list_id: int, targets: Iterable[int]) -> None:
    """Take people out of a list."""
    await tx.execute(
        f"DELETE FROM list_members WHERE list_id = ? AND target_id IN {LISTED}", list_id, ids(targets)
    )  # fmt: skip


async def remove_from_all(tx: Tx, owner_id: int, target_id: int) -> None:
    """Take somebody out of all lists of one owner."""
    await tx.execute("DELETE FROM list_members WHERE owner_id = ? AND target_id = ?", owner_id, target_id)


async def lists_with(tx: Tx, owner_id: int, target_id: int) -> list[ListRow]:
    """Give the owner's lists that somebody is in."""
    rows = await tx.fetch_all(
        "SELECT l.id, l.account_id, l.title, l.replies_policy, l.exclusive FROM list_members m "
        "JOIN lists l ON l.id = m.list_id WHERE m.owner_id = ? AND m.target_id = ? ORDER BY l.id",
        owner_id, target_id,
    )  # fmt: skip
    return [ListRow(*row) for row in rows]


async def all_followed(tx: Tx, follower_id: int, targets: Iterable[int]) -> bool:
    """Tell whether somebody follows each of these."""
    wanted = set(targets)
    counted: int = await tx.fetch_value(
        f"SELECT COUNT(*) FROM follows WHERE follower_id = ? AND target_id IN {LISTED}",
        follower_id, ids(wanted),
    )  # fmt: skip
    return counted == len(wanted - {follower_id})


async def settle_home(tx: Tx, owner_id: int) -> None:
    """Set for each follow of the owner whether it reaches home: not for people of exclusive lists."""
    await tx.execute(
        "UPDATE follows SET in_home = 1 - in_home WHERE follower_id = ? AND in_home = CASE WHEN EXISTS ("
        "SELECT 1 FROM list_members m JOIN lists l ON l.id = m.list_id WHERE m.owner_id = follows.follower_id "
        "AND m.target_id = follows.target_id AND l.exclusive = 1) THEN 1 ELSE 0 END", owner_id,
    )  # fmt: skip
