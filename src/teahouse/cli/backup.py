"""`teahouse backup`: save everything beside the running server, and bring it back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from teahouse.cli.options import ConfigFile, DatabaseAddress, DataFolder, MediaStore, read_settings
from teahouse.cli.progress import progress_bars

backup = typer.Typer(help="Save everything, and bring it back.", rich_markup_mode=None)
Source = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the backup.")]
SHOWN = 10


@backup.command("make")
def make(
    target: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The folder to make; it may not be there.")
    ],
    no_media: Annotated[
        bool,
        typer.Option(
            "--no-media", help="Leave photos, videos and files out: their store is saved otherwise."
        ),
    ] = False,
    config: ConfigFile = None,
    data: DataFolder = None,
    database: DatabaseAddress = None,
    media: MediaStore = None,
) -> None:
    """Save the database, media, keys and the settings file in a new folder, while the server runs or not.

    Everything that the server acknowledged before the beginning is in it. Exit status 1 also when the store of media
    has lost files that the database names; the backup is whole but for these, and its manifest names them.

    \b
    Examples:
      teahouse backup make /backup/2026-11-26 --data /var/lib/teahouse
      teahouse backup make "/backup/$(date +%F)" --config /etc/teahouse/teahouse.toml
      teahouse backup make /backup/now --no-media
    """
    from teahouse.backups import Wanted, make_backup  # noqa: PLC0415

    settings = read_settings(config, data=data, database=database, media__store=media)
    with progress_bars() as seen:
        made = asyncio.run(make_backup(settings, Wanted(target, config, not no_media), seen))
    typer.echo(f"{target}: the server {made.server_name} as it was at {made.began}")
    typer.echo(f"database   {decimal(made.database_bytes)}")
    typer.echo(
        f"media      {made.objects} files, {decimal(made.object_bytes)}"
        if made.has_media
        else f"media      left out: {made.media_store} must be saved otherwise"
    )
    _name("missing in the store already", made.missing)
    _name("damaged in the store already", made.damaged)
    if made.missing or made.damaged:
        raise typer.Exit(1)


@backup.command("verify")
def verify(source: Source) -> None:
    """Read a backup anew and name the files that are damaged or missing; exit status 1 when there are any.

    \b
    Examples:
      teahouse backup verify /backup/2026-11-26
      cd /backup/2026-11-26 && sha256sum --quiet -c SHA256SUMS
    """
    from teahouse.backups import faults_of  # noqa: PLC0415

    with progress_bars() as seen:
        faults = faults_of(source, seen)
    typer.echo("\n".join(faults) or "every file is whole")
    if faults:
        raise typer.Exit(1)


@backup.command("restore")
def restore(
    source: Source,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Restore the rest when files of media are damaged.")
    ] = False,
    config: ConfigFile = None,
    data: DataFolder = None,
    database: DatabaseAddress = None,
    media: MediaStore = None,
) -> None:
    """Bring a backup back into an empty data folder, and an empty database and store of media if they lie elsewhere.

    They need not be of the kind that was saved. Nothing that is there is ever overwritten. What is stopped goes on when
    it is begun again; until it is finished no server starts there.

    \b
    Examples:
      teahouse backup restore /backup/2026-11-26 --data /var/lib/teahouse
      teahouse backup restore /backup/2026-11-26 --config /etc/teahouse/teahouse.toml
      teahouse backup restore /backup/2026-11-26 --data /tmp/look --database postgresql://teahouse:password@127.0.0.1/look
    """
    from teahouse.backups import restore_backup  # noqa: PLC0415

    settings = read_settings(config, data=data, database=database, media__store=media)
    with progress_bars() as seen:
        done = asyncio.run(restore_backup(source, settings, keep_going=keep_going, seen=seen))
    typer.echo(
        f"restored {done.manifest.server_name} as it was at {done.manifest.began}, {done.objects} files of media"
    )
    if not done.manifest.has_media:
        typer.echo(f"media were left out of the backup: {settings.media.store} is taken as it is")
    _name("not in the backup, or damaged there", done.lost)
    typer.echo("Apps will sync from the start, once.")
    if done.lost:
        raise typer.Exit(1)


def _name(what: str, objects: list[str]) -> None:
    if objects:
        more = f" and {len(objects) - SHOWN} more" if len(objects) > SHOWN else ""
        typer.echo(f"{what}: {', '.join(objects[:SHOWN])}{more}")
