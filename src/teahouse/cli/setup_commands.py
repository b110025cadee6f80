"""`teahouse config` and `teahouse database`: look at the settings, bring the database up to date."""

import asyncio
import dataclasses
from typing import Any

import typer

from teahouse.cli.options import ConfigFile, DatabaseAddress, DataFolder, ServerName, read_settings
from teahouse.config import Config, sample_toml
from teahouse.kernel.storage import all_migrations, applied_steps, migrate, open_database

config = typer.Typer(help="Look at the settings.", rich_markup_mode=None)
database = typer.Typer(help="Look after the database.", rich_markup_mode=None)


@config.command()
def check(
    config: ConfigFile = None,
    data: DataFolder = None,
    server_name: ServerName = None,
    database: DatabaseAddress = None,
) -> None:
    """Read all settings, tell every mistake at once, and show what the server would use (no secrets).

    \b
    Examples:
      teahouse config check --config teahouse.toml
      TEAHOUSE_PORT=8010 teahouse config check
    """
    settings = read_settings(config, data=data, server_name=server_name, database=database)
    for path, value in _flat(settings, ""):
        typer.echo(f"{path} = {value!r}" if not hasattr(value, "joinpath") else f"{path} = '{value}'")


@config.command()
def sample() -> None:
    """Print a TOML file with every setting, its default and what it does.

    \b
    Example:
      teahouse config sample > teahouse.toml
    """
    typer.echo(sample_toml(), nl=False)


@database.command("migrate")
def migrate_database(
    config: ConfigFile = None, data: DataFolder = None, database: DatabaseAddress = None
) -> None:
    """Bring the database to this version's schema (the server does so too when it starts).

    \b
    Examples:
      teahouse database migrate
      teahouse database migrate --database postgresql://teahouse:password@127.0.0.1/teahouse
    """
    steps = asyncio.run(_migrate(read_settings(config, data=data, database=database)))
    typer.echo("\n".join(f"applied {step}" for step in steps) or "nothing to do: the schema is up to date")


@database.command()
def status(config: ConfigFile = None, data: DataFolder = None, database: DatabaseAddress = None) -> None:
    """Tell which schema the database has and which one this program brings.

    \b
    Example:
      teahouse database status --data /var/lib/teahouse
    """
    settings = read_settings(config, data=data, database=database)
    has, brings = asyncio.run(_status(settings))
    verdict = "up to date"
    if has - brings:
        verdict = "written by a newer program"
    elif brings - has:
        verdict = "run: teahouse database migrate"
    typer.echo(
        f"{settings.database.shown}\n"
        f"schema {max(has, default=0)}, this program brings {max(brings)}: {verdict}"
    )


async def _migrate(settings: Config) -> list[str]:
    settings.data.mkdir(parents=True, exist_ok=True)
    opened = await open_database(settings.database, upgrade=False)
    try:
        return await migrate(opened)
    finally:
        await opened.close()


async def _status(settings: Config) -> tuple[set[int], set[int]]:
    """Give the numbers of the steps that the database has, and of those that this program brings."""
    path = settings.database.sqlite_path
    if path is not None and not path.exists():
        # Opening would make an empty file, and a question must not change anything.
        raise typer.BadParameter(f"there is no database at {path}; teahouse serve makes one")
    opened = await open_database(settings.database, upgrade=False)

    try:
        has = await opened.run_alone(applied_steps)
        return has, {step.number for step in all_migrations(opened.dialect)}
    finally:
        await opened.close()


def _flat(section: Any, prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for item in dataclasses.fields(section):
        value = getattr(section, item.name)
        if dataclasses.is_dataclass(value):
            found += _flat(value, f"{prefix}{item.name}.")
        else:
            found.append((prefix + item.name, value))
    return found
