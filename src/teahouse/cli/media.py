"""`teahouse media`: look after everybody's files, whether or not the server runs.

Progress is drawn on standard error, and only on a terminal; what was found goes to standard output, as text or as
JSON.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from teahouse.cli.options import AsJson, MediaStore, ask_services, reads_settings, show
from teahouse.config import Config

if TYPE_CHECKING:
    from teahouse.media import Collected, Fault, Media, Overview

media = typer.Typer(help="Look after photos, videos and files.", rich_markup_mode=None)
Address = Annotated[
    str, typer.Argument(metavar="MXC", help="The address of a file, mxc://example.org/abc, or its id alone.")
]


@media.command("report")
@reads_settings(media__store=MediaStore)
def report(
    settings: Config,
    users: Annotated[int, typer.Option(min=1, max=10_000, help="How many users to list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Tell how much is stored, and by whom.

    \b
    Examples:
      teahouse media report
      teahouse media report --users 50 --json
    """

    async def ask(door: Media) -> Overview:
        return await door.report.overview(users)

    found = ask_services(settings, lambda services: ask(services.media))
    totals = found.totals
    if as_json:
        largest = [{"user": user, "files": files, "bytes": size} for user, files, size in found.largest]
        typer.echo(
            json.dumps(
                {
                    "store": found.store,
                    "free_bytes": found.free_bytes,
                    **dataclasses.asdict(totals),
                    "users": largest,
                }
            )
        )
        return
    typer.echo(f"store      {found.store}")
    if found.free_bytes is not None:
        typer.echo(f"free       {decimal(found.free_bytes)}")
    typer.echo(f"uploads    {totals.uploads}, {decimal(totals.upload_bytes)}; {totals.pending} reserved")
    typer.echo(f"contents   {totals.contents}, {decimal(totals.content_bytes)} (each kept once)")
    typer.echo(f"derived    {totals.derived}, {decimal(totals.derived_bytes)} (thumbnails and the like)")
    typer.echo(f"blocked    {totals.blocked}")
    show(
        [{"user": user, "files": files, "stored": decimal(size)} for user, files, size in found.largest],
        False,
    )


@media.command("collect")
@reads_settings(media__store=MediaStore)
def collect(
    settings: Config,
    older_than_hours: Annotated[
        float, typer.Option(min=0, help="Leave objects of the store alone that are younger.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Remove what nothing refers to, what has expired, and what the retention rules let go.

    \b
    Example:
      teahouse media collect
    """

    async def ask(door: Media) -> Collected:
        total = (await door.report.overview(1)).totals
        with _progress(BarColumn(), TextColumn("{task.completed} of {task.total} objects")) as progress:
            task = progress.add_task("collecting", total=total.contents + total.derived)
            return await door.collection.collect(
                grace_ms=int(older_than_hours * 3_600_000), seen=lambda: progress.advance(task)
            )

    done = ask_services(settings, lambda services: ask(services.media))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(done)))
        return
    typer.echo(f"expired    {done.expired}")
    typer.echo(f"unused     {done.unused}")
    typer.echo(f"erased     {done.erased} (of users who were erased)")
    typer.echo(f"contents   {done.contents} (no upload named them)")
    typer.echo(f"orphans    {done.orphans}, {decimal(done.orphan_bytes)} (in the store only)")


@media.command("verify")
@reads_settings(media__store=MediaStore)
def verify(settings: Config, as_json: AsJson = False) -> None:
    """Read every file anew and name those that are damaged or missing; exit status 1 when there are any.

    \b
    Example:
      teahouse media verify --json
    """

    async def ask(door: Media) -> list[Fault]:
        total = (await door.report.overview(1)).totals
        with _progress(BarColumn(), DownloadColumn(), TimeRemainingColumn()) as progress:
            task = progress.add_task("reading", total=total.content_bytes)
            return [
                fault async for fault in door.verification.faults(lambda size: progress.advance(task, size))
            ]

    faults = ask_services(settings, lambda services: ask(services.media))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(fault) for fault in faults]))
    for fault in () if as_json else faults:
        # Never a table: a cut-off id is of no use to the next command.
        typer.echo(f"{fault.problem} {fault.object} behind {' '.join(fault.uploads) or 'no upload'}")
    if not (faults or as_json):
        typer.echo("every file is whole")
    if faults:
        raise typer.Exit(1)


@media.command("quarantine")
@reads_settings(media__store=MediaStore)
def quarantine(
    settings: Config,
    address: Address,
    reason: Annotated[
        str, typer.Option(help="Why; whoever uploaded the file is told. Needed unless lifted.")
    ] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Allow the content again instead.")] = False,
) -> None:
    """Block a file's content: nobody gets it any more under any id, and nobody can upload it again.

    The bytes are kept for those who must judge them. Whoever uploaded the file is told why, and may appeal; the public
    log says that something was decided.

    \b
    Examples:
      teahouse media quarantine mxc://example.org/pVHj... --reason "Rule 2: no malware."
      teahouse media quarantine mxc://example.org/pVHj... --lift
    """
    media_id = _media_id(address, settings)
    if lift:
        lifted = ask_services(
            settings,
            lambda services: services.media.removal.release(
                media_id, services.microblog.moderation.files.released(reason)
            ),
        )
        typer.echo("allowed again" if lifted else "it was not blocked")
        return
    count = ask_services(
        settings,
        lambda services: services.media.removal.quarantine(
            media_id, "operator", reason,
            services.microblog.moderation.files.blocked(reason),
        ),
    )  # fmt: skip
    typer.echo(f"blocked; it was uploaded {count} {'time' if count == 1 else 'times'}")


@media.command("remove")
@reads_settings(media__store=MediaStore)
def remove(
    settings: Config,
    address: Address,
    reason: Annotated[str, typer.Option(help="Why; whoever uploaded the file is told.")],
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="All other uploads of the same content too.")
    ] = False,
) -> None:
    """Remove a file for ever. Whoever uploaded it is told why; the public log says that something was decided.

    \b
    Example:
      teahouse media remove mxc://example.org/pVHj... --everywhere --reason "The photographer asked us to."
    """
    media_id = _media_id(address, settings)
    count = ask_services(
        settings,
        lambda services: services.media.removal.remove(
            media_id, same_content=everywhere,
            within=services.microblog.moderation.files.removed(reason),
        ),
    )  # fmt: skip
    typer.echo(f"removed {count} {'upload' if count == 1 else 'uploads'}")


def _media_id(address: str, settings: Config) -> str:
    media_id = address.removeprefix(f"mxc://{settings.server_name}/")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", media_id):
        raise typer.BadParameter(f"{address} is not a file of {settings.server_name}; write mxc://server/id")
    return media_id


def _progress(*columns: BarColumn | TextColumn | DownloadColumn | TimeRemainingColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"), *columns, console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip
