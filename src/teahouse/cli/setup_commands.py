"""`teahouse config` and `teahouse database`: look at the settings, bring the database up to date."""

import asyncio
import dataclasses
from typing import Any

import typer

from teahouse.cli.options import ConfigFile, DatabaseAddress, DataFolder, ServerName, read_settings
from teahouse.config import Config, sample_toml
from teahouse.kernel.storage import Tx, all_migrations, migrate, open_database, schema_version

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
    verdict = "up to date" if has == brings else "written by a newer program"
    if has < brings:
        verdict = "run: teahouse database migrate"
    typer.echo(f"{settings.database.shown}\nschema {has}, this program brings {brings}: {verdict}")


async def _migrate(settings: Config) -> list[str]:
    settings.data.mkdir(parents=True, exist_ok=True)
    opened = await open_database(settings.database, upgrade=False)
    try:
        return await migrate(opened)
    finally:
        await opened.close()


async def _status(settings: Config) -> tuple[int, int]:
    path = settings.database.sqlite_path
    if path is not None and not path.exists():
        # Opening would make an empty file, and a question must not change anything.
        raise typer.BadParameter(f"there is no database at {path}; teahouse serve makes one")
    opened = await open_database(settings.database, upgrade=False)

    async def ask(tx: Tx) -> int:
        return await schema_version(tx)

    try:
        return await opened.run_alone(ask), all_migrations(opened.dialect)[-1].number
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
