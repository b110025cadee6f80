"""Brings a database to this program's schema: numbered SQL files, forward only, each in one transaction."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

from teahouse.errors import TeahouseError
from teahouse.kernel.storage.db import Database
from teahouse.kernel.storage.tx import Tx


class SchemaTooNew(TeahouseError):
    """The database was written by a newer Teahouse that this one would damage."""


@dataclass(frozen=True)
class Migration:
    """One numbered step; `statements` are in the subset that both databases share."""

    number: int
    name: str
    statements: tuple[str, ...]


def all_migrations(dialect: str) -> list[Migration]:
    """Read the steps that the package carries; a block between `-- only: sqlite|postgres` and `-- end` is for one."""
    found = []
    for file in resources.files("teahouse.migrations").iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name)
        if match:
            text = _for_dialect(file.read_text(encoding="utf-8"), dialect)
            found.append(Migration(int(match[1]), match[2], _statements(text)))
    return sorted(found, key=lambda step: step.number)


def _for_dialect(text: str, dialect: str) -> str:
    def keep(block: re.Match[str]) -> str:
        return block[2] if block[1] == dialect else ""

    text = re.sub(r"-- only: (\w+)\n(.*?)-- end\n", keep, text, flags=re.DOTALL)
    return text if dialect == "sqlite" else text.replace(" BLOB", " BYTEA")


def _statements(text: str) -> tuple[str, ...]:
    plain = re.sub(r"--[^\n]*", "", text)
    return tuple(part.strip() for part in plain.split(";\n") if part.strip().strip(";"))


async def applied_steps(tx: Tx) -> set[int]:
    """Give the numbers of the steps that the database has; none for an empty one."""
    await tx.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)")
    return {int(row[0]) for row in await tx.fetch_all("SELECT version FROM schema_version")}


async def apply_steps(tx: Tx, steps: Iterable[Migration]) -> None:
    """Run steps that the database has not, in their order, and note them."""
    for step in steps:
        for statement in step.statements:
            await tx.execute(statement)
        await tx.execute("INSERT INTO schema_version (version) VALUES (?)", step.number)


async def migrate(database: Database) -> list[str]:
    """Apply the missing steps and give their names; raises SchemaTooNew, changing nothing.

    A missing step may have a lower number than one that is there: steps that are developed side by side arrive in
    any order.
    """
    steps = all_migrations(database.dialect)

    async def apply(tx: Tx) -> list[str]:
        applied = await applied_steps(tx)
        unknown = applied - {step.number for step in steps}
        if unknown:
            raise SchemaTooNew(
                f"This database has schema {max(unknown)}, which this Teahouse does not know (it brings "
                f"{steps[-1].number}): start it with the newer Teahouse that wrote it, or restore a backup"
            )
        missing = [step for step in steps if step.number not in applied]
        await apply_steps(tx, missing)
        return [f"{step.number:04d}_{step.name}" for step in missing]

    return await database.run_alone(apply)
