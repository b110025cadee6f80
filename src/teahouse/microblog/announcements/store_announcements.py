"""SQL of announcements, of who put them away and of reactions to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from teahouse.kernel.storage import Tx
from teahouse.microblog.people.store_accounts import LISTED, ids

_COLUMNS = "id, text, starts_ts, ends_ts, all_day, published_ts, updated_ts, removed, position"


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """One announcement; of a removed one only the id is left."""

    id: int
    text: str
    starts_ts: int | None
    ends_ts: int | None
    all_day: int
    published_ts: int
    updated_ts: int
    removed: int
    position: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many reacted in one way, and whether the viewer did."""

    announcement_id: int
    name: str
    count: int
    mine: bool


async def shown(tx: Tx, now_ms: int, most: int) -> list[AnnouncementRow]:
    """Give what is announced now, the newest first."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM announcements WHERE removed = 0 AND (ends_ts IS NULL OR ends_ts > ?)"
        " ORDER BY id DESC LIMIT ?",
        now_ms, most,
    )  # fmt: skip
    return [AnnouncementRow(*row) for row in rows]


async def find(tx: Tx, number: int) -> AnnouncementRow | None:
    """Give one that was not removed."""
    row = await tx.fetch_one(
        f"SELECT {_COLUMNS} FROM announcements WHERE id = ? AND removed = 0",
        number,
    )
    return None if row is None else AnnouncementRow(*row)


async def changed_after(tx: Tx, position: int, most: int) -> list[AnnouncementRow]:
    """Give what changed after that position, removals too, in their order."""
    rows = await tx.fetch_all(
        f"SELECT {_COLUMNS} FROM announcements WHERE position > ? ORDER BY position LIMIT ?",
        position, most,
    )  # fmt: skip
    return [AnnouncementRow(*row) for row in rows]


async def put(tx: Tx, row: AnnouncementRow) -> None:
    """Keep a new one, or write it over."""
    await tx.execute("DELETE FROM announcements WHERE id = ?", row.id)
    await tx.execute(
        f"INSERT INTO announcements ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row.id, row.text, row.starts_ts, row.ends_ts, row.all_day, row.published_ts, row.updated_ts, row.removed,
        row.position,
    )  # fmt: skip


async def forget_acts(tx: Tx, number: int) -> None:
    """Forget who put one away and who reacted to it."""
    await tx.execute("DELETE FROM announcement_dismissals WHERE announcement_id = ?", number)
    await tx.execute("DELETE FROM announcement_reactions WHERE announcement_id = ?", number)


async def dismiss(tx: Tx, account_id: int, number: int) -> None:
    """Note that somebody put one away."""
    await tx.execute(
        "INSERT INTO announcement_dismissals (account_id, announcement_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        account_id, number,
    )  # fmt: skip


async def dismissed_among(tx: Tx, account_id: int, numbers: Sequence[int]) -> set[int]:
    """Give those that somebody put away."""
    rows = await tx.fetch_all(
        "SELECT announcement_id FROM announcement_dismissals WHERE account_id = ?"
        f" AND announcement_id IN {LISTED}",
        account_id, ids(numbers),
    )  # fmt: skip
    return {row[0] for row in rows}


async def react(tx: Tx, row_id: int, account_id: int, number: int, name: str) -> bool:
    """Note a reaction; False when it was there."""
    changed = await tx.execute(
        "INSERT INTO announcement_reactions (announcement_id, name, account_id, id) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        number, name, account_id, row_id,
    )  # fmt: skip
    return changed == 1


async def unreact(tx: Tx, account_id: int, number: int, name: str) -> bool:
    """Take a reaction back; False when there was none."""
    changed = await tx.execute(
        "DELETE FROM announcement_reactions WHERE announcement_id = ? AND name = ? AND account_id = ?",
        number, name, account_id,
    )  # fmt: skip
    return changed == 1


async def tallies(tx: Tx, account_id: int, numbers: Sequence[int]) -> list[Tally]:
    """Count the reactions to some announcements, the earliest first; `account_id` is who looks."""
    rows = await tx.fetch_all(
        "SELECT announcement_id, name, COUNT(*), SUM(CASE WHEN account_id = ? THEN 1 ELSE 0 END)"
        f" FROM announcement_reactions WHERE announcement_id IN {LISTED}"
        " GROUP BY announcement_id, name ORDER BY MIN(id)",
        account_id, ids(numbers),
    )  # fmt: skip
    return [Tally(row[0], row[1], int(row[2]), bool(row[3])) for row in rows]
