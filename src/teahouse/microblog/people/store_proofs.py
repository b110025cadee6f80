"""SQL of the addresses in profiles that are still to be looked at."""

from collections.abc import Iterable
from dataclasses import dataclass

from teahouse.kernel.storage import Tx


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """An address that somebody put into a field of the profile."""

    account_id: int
    url: str

    @property
    def key(self) -> str:
        """What tells it from others."""
        return f"{self.account_id} {self.url}"


async def want(tx: Tx, account_id: int, urls: Iterable[str]) -> None:
    """Have these looked at, and nothing else of this account's."""
    await tx.execute("DELETE FROM field_checks WHERE account_id = ?", account_id)
    await tx.execute_many(
        "INSERT INTO field_checks (account_id, url) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(account_id, url) for url in urls],
    )


async def next_check(tx: Tx, but: Iterable[str]) -> FieldCheck | None:
    """Give an address that is to be looked at, none of these."""
    in_work = set(but)
    rows = await tx.fetch_all(
        "SELECT account_id, url FROM field_checks ORDER BY account_id, url LIMIT ?", len(in_work) + 1
    )
    checks = (FieldCheck(row[0], row[1]) for row in rows)
    return next((check for check in checks if check.key not in in_work), None)


async def take(tx: Tx, check: FieldCheck) -> bool:
    """Take a check off the list; False when the profile has changed since."""
    done = await tx.execute(
        "DELETE FROM field_checks WHERE account_id = ? AND url = ?", check.account_id, check.url
    )
    return done == 1
