"""`teahouse database copy`: from SQLite to PostgreSQL, and back."""

import asyncio
import time
from typing import Annotated

import typer

from teahouse.cli.options import ConfigFile, DatabaseAddress, DataFolder, read_settings
from teahouse.cli.progress import progress_bars
from teahouse.kernel.durable import held_data_folder
from teahouse.kernel.storage import copy_database


def copy(
    target: Annotated[str, typer.Argument(metavar="URL", help="The empty database to fill, of either kind.")],
    config: ConfigFile = None,
    data: DataFolder = None,
    database: DatabaseAddress = None,
) -> None:
    """Copy everything into another database, from SQLite to PostgreSQL or back, while the server is stopped.

    Every table is read again from the copy and compared, by its rows and a sum over them, before any of it is kept. A
    copy that fails or is stopped leaves the target empty: begin it again. The source stays as it was. Apps go on where
    they were once the server is started on the copy.

    \b
    Examples:
      teahouse database copy postgresql://teahouse:password@127.0.0.1/teahouse --data /var/lib/teahouse
      teahouse database copy sqlite:////var/lib/teahouse/teahouse.db --config /etc/teahouse/teahouse.toml
    """
    source = read_settings(config, data=data, database=database)
    wanted = read_settings(config, data=data, database=target).database
    if wanted == source.database:
        raise typer.BadParameter("this is the database that is to be copied; name the other one")
    began = time.monotonic()
    with held_data_folder(source.data), progress_bars() as seen:
        copied = asyncio.run(copy_database(source.database, wanted, hold_writes=True, seen=seen))
    rows, seconds = sum(table.rows for table in copied), time.monotonic() - began
    typer.echo(f"{len(copied)} tables with {rows} rows are the same on both sides")
    typer.echo(f"{seconds:.1f} s, {rows / seconds:,.0f} rows/s")
    typer.echo(f'Now set database = "{wanted.shown}" and start the server.')
