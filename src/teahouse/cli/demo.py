"""`teahouse demo`: fills a server with people to look at."""

from __future__ import annotations

import asyncio
import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from teahouse.cli.options import reads_settings
from teahouse.cli.progress import progress_bars
from teahouse.config import Config

if TYPE_CHECKING:
    from teahouse.demo import Loaded, Wish

demo = typer.Typer(help="Fill a server with people to look at.", rich_markup_mode=None)
SHOWN_NAMES = 6


@demo.command("load")
@reads_settings()
def load(
    settings: Config,
    seed: Annotated[int, typer.Option(metavar="N", help="The same number makes the same people again.")] = 1,
    people: Annotated[int, typer.Option(min=2, max=500, help="How many people.")] = 24,
    posts: Annotated[
        int | None, typer.Option(min=0, max=100_000, help="How many posts (ten a person).")
    ] = None,
    messages: Annotated[
        int | None, typer.Option(min=0, max=100_000, help="How many messages in rooms (twenty a person).")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="Over how many days, up to now.")] = 14,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin", help="Read everybody's password from standard input, else one is made."
        ),
    ] = False,
) -> None:
    """Fill the server with people, rooms, posts, pictures and voices, and print how to sign in as one of them.

    For looking around, pictures and measuring: not for a server that others use. It works beside a running server
    and without one. Voices are spoken where espeak-ng is installed, else hummed.

    \b
    Examples:
      teahouse demo load --data /tmp/tea
      teahouse demo load --data /tmp/tea --people 100 --posts 3000 --seed 7
    """
    from teahouse.demo import Wish  # noqa: PLC0415

    wish = Wish(
        seed=seed, people=people, days=days,
        posts=people * 10 if posts is None else posts, messages=people * 20 if messages is None else messages,
    )  # fmt: skip
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(9)
    if not password:
        raise typer.BadParameter("the password is empty")
    made = _with_progress(settings, wish, password)
    typer.echo(
        f"{len(made.names)} people, {made.posts} public posts, {made.rooms} rooms with {made.messages} messages"
    )
    others = ", ".join(made.names[1:SHOWN_NAMES])
    typer.echo(f"Sign in at {settings.public_url} as {made.names[0]} (or {others}, ...)")
    if not password_stdin:
        typer.echo(f"with the password {password}")


def _with_progress(settings: Config, wish: Wish, password: str) -> Loaded:
    from teahouse.demo import load as load_story  # noqa: PLC0415

    with progress_bars() as seen:
        return asyncio.run(load_story(settings, wish, password, seen))
