"""SQL of what the server counts of itself: a row a day for each thing counted, never a look at all posts."""

from collections import Counter
from collections.abc import Iterable

from teahouse.kernel.storage import Tx

DAY_MS = 86_400_000
DAYS_IN_WEEK = 7


def week_of(day: int) -> int:
    """Give the week of a day, counted from 1970; weeks begin on Monday, and the first day was a Thursday."""
    return (day + 3) // DAYS_IN_WEEK


async def count(tx: Tx, at_ms: int, what: str, change: int = 1) -> None:
    """Add to what is counted on the day of a moment."""
    await tx.execute(
        "INSERT INTO server_counts (day, what, counted) VALUES (?, ?, ?) ON CONFLICT (day, what) "
        "DO UPDATE SET counted = server_counts.counted + excluded.counted", at_ms // DAY_MS, what, change,
    )  # fmt: skip


async def take_off(tx: Tx, moments_ms: Iterable[int], what: str) -> None:
    """Take one off for each of these moments."""
    for day, number in Counter(moment // DAY_MS for moment in moments_ms).items():
        await count(tx, day * DAY_MS, what, -number)


async def note_seen(tx: Tx, account_id: int, day: int) -> None:
    """Note that somebody is here today."""
    before = await tx.fetch_value("SELECT day FROM account_seen WHERE account_id = ?", account_id)
    if before is not None and before >= day:
        return
    await tx.execute(
        "INSERT INTO account_seen (account_id, day) VALUES (?, ?) "
        "ON CONFLICT (account_id) DO UPDATE SET day = excluded.day", account_id, day,
    )  # fmt: skip
    if before is None or week_of(before) != week_of(day):
        await count(tx, day * DAY_MS, "logins")


async def forget_seen(tx: Tx, account_id: int) -> None:
    """Forget when somebody was here."""
    await tx.execute("DELETE FROM account_seen WHERE account_id = ?", account_id)


async def count_seen(tx: Tx, since_day: int) -> int:
    """Count the people who were here since a day."""
    return int(await tx.fetch_value("SELECT COUNT(*) FROM account_seen WHERE day >= ?", since_day))


async def totals(tx: Tx) -> dict[str, int]:
    """Give everything that was ever counted."""
    rows = await tx.fetch_all("SELECT what, SUM(counted) FROM server_counts GROUP BY what")
    return {row[0]: int(row[1]) for row in rows}


async def by_day(tx: Tx, since_day: int) -> list[tuple[int, str, int]]:
    """Give (day, what, count) since a day."""
    rows = await tx.fetch_all("SELECT day, what, counted FROM server_counts WHERE day >= ?", since_day)
    return [(row[0], row[1], row[2]) for row in rows]
