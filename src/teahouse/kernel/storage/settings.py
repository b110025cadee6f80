"""What the server remembers of itself in the database, such as its name."""

from teahouse.kernel.storage.db import Database
from teahouse.kernel.storage.tx import Tx


async def remember(database: Database, name: str, value: str) -> str:
    """Give the remembered value of `name`; `value` is kept when there is none yet."""

    async def job(tx: Tx) -> str:
        await tx.execute(
            "INSERT INTO server_settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            name,
            value,
        )
        kept = await recall(tx, name)
        assert kept is not None  # noqa: S101
        return kept

    return await database.write(job)


async def recall(tx: Tx, name: str) -> str | None:
    """Give the remembered value of `name`, None when there is none."""
    value: str | None = await tx.fetch_value("SELECT value FROM server_settings WHERE name = ?", name)
    return value


async def forget(tx: Tx, name: str) -> None:
    """Let `name` be remembered anew."""
    await tx.execute("DELETE FROM server_settings WHERE name = ?", name)
