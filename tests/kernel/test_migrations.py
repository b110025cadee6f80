"""Databases of earlier programs come to the same schema, whichever steps they have and whenever they are stopped."""

from __future__ import annotations

from pathlib import Path

from teahouse.kernel.storage import Tx, all_migrations, applied_steps, migrate, open_database
from tests.kernel.databases import fresh_database

BROUGHT_LATER = {61, 62, 70, 71, 93}
"""Steps that were written beside higher ones and came after them: real databases had 101 without these."""

SHAPE = {
    "sqlite": "SELECT m.name, COALESCE(c.name, ''), COALESCE(c.type, ''), COALESCE(c.pk, 0) FROM sqlite_schema m "
    "LEFT JOIN pragma_table_info(m.name) c ON m.type = 'table' WHERE m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
    "postgres": "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
    "WHERE table_schema = 'public' UNION ALL SELECT indexname, indexdef, '', '' FROM pg_indexes "
    "WHERE schemaname = 'public' ORDER BY 1, 2",
}


async def migrated_after(folder: Path, earlier: set[int]) -> tuple[list[str], object]:
    """Make a database with these steps only, let today's program bring it up to date, and give what that did."""
    async with fresh_database(folder) as url:
        database = await open_database(url, upgrade=False)
        try:

            async def begin(tx: Tx) -> None:
                await applied_steps(tx)
                for step in all_migrations(database.dialect):
                    if step.number in earlier:
                        for statement in step.statements:
                            await tx.execute(statement)
                        await tx.execute("INSERT INTO schema_version (version) VALUES (?)", step.number)

            await database.run_alone(begin)
            done = await migrate(database)
            shape = await database.run_alone(lambda tx: tx.fetch_all(SHAPE[database.dialect]))
            assert await migrate(database) == []
            return done, shape
        finally:
            await database.close()


async def test_steps_that_came_after_higher_ones_are_made_up_for(tmp_path: Path) -> None:
    known = {step.number for step in all_migrations("sqlite")}
    earlier = {number for number in known if number <= 101} - BROUGHT_LATER
    done, shape = await migrated_after(tmp_path / "old", earlier)
    assert [int(name[:4]) for name in done] == sorted(known - earlier)
    _, fresh = await migrated_after(tmp_path / "new", set())
    assert shape == fresh
