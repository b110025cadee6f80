"""Owns the options that several commands share, and how flags become a Config.

The whole server is imported only by the command that needs it, so that `--help` and mistakes answer at once.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from teahouse.config import Config, load

if TYPE_CHECKING:
    from teahouse.app import Services

T = TypeVar("T")
Command = Callable[Concatenate[Config, ...], None]

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", envvar="TEAHOUSE_CONFIG", help="The TOML file to read."),
]
DataFolder = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The folder for everything the server keeps.")
]
DatabaseAddress = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///path or postgresql://user:password@host/name."),
]
ServerName = Annotated[
    str | None, typer.Option("--server-name", metavar="NAME", help="The name behind the colon in user ids.")
]
MediaStore = Annotated[
    str | None,
    typer.Option("--media", metavar="URL", help="Where media lie: file:///folder or s3://bucket/prefix."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def read_settings(config_file: Path | None, **flags: object) -> Config:
    """Read all settings; flags are dotted paths with `__` for the dot, None meaning not given."""
    overrides = {name.replace("__", "."): value for name, value in flags.items()}
    return load(config_file, os.environ, overrides)


def reads_settings(**further: Any) -> Callable[[Command], Callable[..., None]]:
    """Decorate a command that takes the settings first: its user gets the options that say where they stand.

    `further` names more settings that the command line may give, by their path (see `read_settings`), with their
    annotations.
    """
    options = {
        "config": ConfigFile, "data": DataFolder, "database": DatabaseAddress, "server_name": ServerName, **further,
    }  # fmt: skip

    def decorate(command: Command) -> Callable[..., None]:
        @functools.wraps(command)
        def with_settings(**given: Any) -> None:
            flags = {name: given.pop(name) for name in options}
            command(read_settings(flags.pop("config"), **flags), **given)

        _, *own = inspect.signature(command, eval_str=True).parameters.values()
        shared = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in options.items()
        ]
        with_settings.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        return with_settings

    return decorate


def ask_services(settings: Config, command: Callable[[Services], Awaitable[T]]) -> T:
    """Run one command of any slice on the database, beside the server or without it."""

    from teahouse.app import open_services  # noqa: PLC0415

    async def run() -> T:
        async with open_services(settings) as services:
            return await command(services)

    return asyncio.run(run())


def ask_accounts(settings: Config, command: Callable[[Any], Awaitable[T]]) -> T:
    """Run one command of the accounts slice."""
    return ask_services(settings, lambda services: command(services.accounts))


def show(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Print records as a table, or as JSON."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        typer.echo("none")
        return
    table = Table(*(str(name) for name in rows[0]), box=None)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console().print(table)
