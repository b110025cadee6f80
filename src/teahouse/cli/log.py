"""`teahouse log`: checking the public log of operators' decisions, of any server, with nothing but its address."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from teahouse.cli.options import ask_services, reads_settings
from teahouse.config import Config
from teahouse.errors import TeahouseError

if TYPE_CHECKING:
    from teahouse.trust import Fetch

public_log = typer.Typer(help="Check the public log of operators' decisions.", rich_markup_mode=None)
TRIES = 6
TIMEOUT_S = 30
MOST_BYTES = 20_000_000
PLACE = "/transparency"

Key = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="The log's key as you know it; without it, the one it names."),
]


@public_log.command("verify")
def verify(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server's address.")],
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", metavar="FILE", help="A checkpoint that you kept: the log must go on from it."
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="FILE", help="Keep the checkpoint here, for the next time."),
    ] = None,
    key: Key = None,
) -> None:
    """Read a whole log and check it: signature, tree, entries, and that nothing of it was changed since.

    \b
    Examples:
      teahouse log verify https://tea.example --keep tea.checkpoint
      teahouse log verify https://tea.example --since tea.checkpoint
    """
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from teahouse.trust import Verifier, verify_log  # noqa: PLC0415

    known = None if key is None else Verifier.parse(key)
    older = None if since is None else since.read_text(encoding="utf-8")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading the log")
        found = verify_log(
            _fetcher(url), key=known, since=older,
            progress=lambda done, whole: bar.update(task, completed=done, total=whole),
        )  # fmt: skip
    if keep is not None:
        keep.write_text(found.note, encoding="utf-8")
    typer.echo(f"The log {found.checkpoint.origin} holds: {found.checkpoint.size} entries.")
    if since is not None:
        typer.echo("It goes on from the checkpoint that you kept: nothing was changed or removed since.")
    typer.echo(f"Decisions: {found.counts['decision']}, answers to appeals: {found.counts['appeal']}.")
    if found.untold:
        typer.echo(f"Details to come with the entry of their week: {found.untold}.")
    if known is None:
        typer.echo(
            f"Signed with the key that the log itself names. To be sure it stays the same: --key {found.key}"
        )


@public_log.command("prove")
def prove(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proof of a decision about you.")],
    key: Key = None,
) -> None:
    """Check the proof of one decision, without asking any server.

    \b
    Example:
      teahouse log prove decision.tlog-proof
    """
    from teahouse.trust import Verifier, check_proof, read_proof  # noqa: PLC0415

    known = None if key is None else Verifier.parse(key)
    proved = check_proof(read_proof(file.read_text(encoding="utf-8")), known)
    head = proved.checkpoint
    typer.echo(f"Entry {proved.seq} of the log {head.origin} is about this very record:")
    for name, value in proved.record.items():
        typer.echo(f"  {name}: {value}")
    if known is None:
        typer.echo(
            f"Signed with the key that the proof names; compare it with the one you know: {proved.key}"
        )


@public_log.command("checkpoint")
@reads_settings()
def checkpoint(settings: Config) -> None:
    """Print this server's signed checkpoint as it is now.

    \b
    Example:
      teahouse log checkpoint
    """
    typer.echo(ask_services(settings, lambda services: services.trust.log.checkpoint()), nl=False)


def _fetcher(url: str) -> Fetch:
    """Give what reads the pieces of the log at an address."""
    prefix = url.rstrip("/").removesuffix(PLACE)
    if urlsplit(prefix).scheme not in ("http", "https"):
        raise typer.BadParameter("URL begins with https:// or http://")

    def fetch(path: str) -> bytes:
        for attempt in range(TRIES):
            try:
                with urllib.request.urlopen(f"{prefix}{PLACE}/{path}", timeout=TIMEOUT_S) as answer:  # noqa: S310
                    data: bytes = answer.read(MOST_BYTES)
                    return data
            except urllib.error.HTTPError as error:
                if error.code != 429 or attempt == TRIES - 1:
                    raise TeahouseError(f"The log doesn't give {path}: {_complaint(error)}") from None
                time.sleep(min(float(error.headers.get("Retry-After") or 1), TIMEOUT_S))
            except urllib.error.URLError as error:
                raise TeahouseError(f"Can't reach {prefix}: {error.reason}") from None
        raise AssertionError(path)

    return fetch


def _complaint(error: urllib.error.HTTPError) -> str:
    return "it has no such piece" if error.code == 404 else f"status {error.code}"
