"""SQL of limited and suspended accounts, and of those whose media are marked."""

from teahouse.kernel.storage import Tx


def shown(alias: str) -> str:
    """Give the condition that an account may be shown to people who don't know it: neither gone nor restrained."""
    return f"{alias}.gone_ts IS NULL AND {alias}.limited_ts IS NULL AND {alias}.suspended_ts IS NULL"


async def restrained(tx: Tx) -> tuple[list[int], list[str]]:
    """Give the accounts that are limited, and the users whose accounts are suspended."""
    limited = await tx.fetch_all("SELECT id FROM accounts WHERE limited_ts IS NOT NULL")
    suspended = await tx.fetch_all("SELECT user_id FROM accounts WHERE suspended_ts IS NOT NULL")
    return [row[0] for row in limited], [row[0] for row in suspended]


async def limit(tx: Tx, account_id: int, now_ms: int | None) -> None:
    """Limit an account from now on, or no longer."""
    await tx.execute("UPDATE accounts SET limited_ts = ? WHERE id = ?", now_ms, account_id)


async def suspend(tx: Tx, account_id: int, now_ms: int | None) -> None:
    """Suspend an account from now on, or no longer."""
    await tx.execute("UPDATE accounts SET suspended_ts = ? WHERE id = ?", now_ms, account_id)


async def mark_sensitive(tx: Tx, account_id: int, now_ms: int | None) -> None:
    """Mark an account's media as sensitive from now on, or no longer."""
    await tx.execute("UPDATE accounts SET sensitized_ts = ? WHERE id = ?", now_ms, account_id)


CHANGES = {"silence": limit, "suspend": suspend, "sensitive": mark_sensitive}
"""By its name in the API, what puts a restraint on an account or takes it away."""
