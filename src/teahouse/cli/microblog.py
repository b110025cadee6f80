"""`teahouse emoji` and `announcement`: what operators give everybody on the microblog.

All work whether or not the server runs; one that runs notices within a second.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from teahouse.cli.options import AsJson, ask_services, reads_settings, show
from teahouse.config import Config

if TYPE_CHECKING:
    from teahouse.microblog import AnnouncementRow, EmojiRow

emoji = typer.Typer(help="Look after the server's own emoji.", rich_markup_mode=None)
announcement = typer.Typer(help="Tell everybody something.", rich_markup_mode=None)
Shortcode = Annotated[str, typer.Argument(metavar="SHORTCODE", help="What people write between two colons.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="As `teahouse announcement list` shows it.")]
Words = Annotated[str, typer.Argument(metavar="TEXT", help="What to say; - reads it from standard input.")]


@emoji.command("add")
@reads_settings()
def add_emoji(
    settings: Config,
    shortcode: Shortcode,
    picture: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A PNG, GIF, WebP or JPEG file."),
    ],
    category: Annotated[str | None, typer.Option(help="Under which heading apps show it.")] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Leave it out of the apps' pickers.")] = False,
) -> None:
    """Make an emoji of a picture of at most 256 KiB.

    \b
    Examples:
      teahouse emoji add teapot teapot.png --category Tea
      teahouse emoji add old_logo logo.gif --hidden
    """
    ask_services(
        settings,
        lambda services: services.microblog.emoji_desk.add(
            shortcode, picture.name, picture.read_bytes(), category=category, in_picker=not hidden
        ),
    )
    typer.echo(f"added :{shortcode}:")


@emoji.command("list")
@reads_settings()
def list_emojis(settings: Config, as_json: AsJson = False) -> None:
    """List the server's own emoji.

    \b
    Example:
      teahouse emoji list
    """
    found: list[EmojiRow] = ask_services(settings, lambda services: services.microblog.emoji_desk.list())
    show(
        [
            {"shortcode": one.shortcode, "category": one.category, "hidden": not one.in_picker}
            for one in found
        ],
        as_json,
    )


@emoji.command("remove")
@reads_settings()
def remove_emoji(settings: Config, shortcode: Shortcode) -> None:
    """Remove an emoji and its picture; where it was written its name stays.

    \b
    Example:
      teahouse emoji remove teapot
    """
    ask_services(settings, lambda services: services.microblog.emoji_desk.remove(shortcode))
    typer.echo(f"removed :{shortcode}:")


@announcement.command("publish")
@reads_settings()
def publish_announcement(
    settings: Config,
    text: Words,
    starts: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When what is announced begins, such as 2030-01-31T19:00."),
    ] = None,
    ends: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it is over; the announcement goes then.")
    ] = None,
    all_day: Annotated[bool, typer.Option("--all-day", help="Only the days count, not the hours.")] = False,
) -> None:
    """Tell everybody something; prints the announcement's id. Times are UTC unless they say otherwise.

    \b
    Examples:
      teahouse announcement publish "The server moves on Sunday." --ends 2030-02-03T06:00
      teahouse announcement publish - < news.txt
    """
    said, starts_ms, ends_ms = _words(text), _moment(starts, "--starts"), _moment(ends, "--ends")
    number = ask_services(
        settings,
        lambda services: services.microblog.announcements.publish(
            said, starts_ts=starts_ms, ends_ts=ends_ms, all_day=all_day
        ),
    )
    typer.echo(str(number))


@announcement.command("list")
@reads_settings()
def list_announcements(settings: Config, as_json: AsJson = False) -> None:
    """List what is announced now.

    \b
    Example:
      teahouse announcement list
    """
    found: list[AnnouncementRow] = ask_services(
        settings, lambda services: services.microblog.announcements.all()
    )
    show([{"id": str(one.id), "ends": _shown(one.ends_ts), "text": one.text} for one in found], as_json)


@announcement.command("change")
@reads_settings()
def change_announcement(
    settings: Config,
    number: Number,
    text: Words,
) -> None:
    """Let an announcement say something else; nobody is told twice.

    \b
    Example:
      teahouse announcement change 114000000000000001 "The server moves on Monday."
    """
    said = _words(text)
    ask_services(settings, lambda services: services.microblog.announcements.change(number, said))
    typer.echo(f"changed {number}")


@announcement.command("remove")
@reads_settings()
def remove_announcement(settings: Config, number: Number) -> None:
    """Take an announcement down.

    \b
    Example:
      teahouse announcement remove 114000000000000001
    """
    ask_services(settings, lambda services: services.microblog.announcements.remove(number))
    typer.echo(f"removed {number}")


def _words(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


def _moment(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option} wants a time such as 2030-01-31T19:00") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _shown(moment_ms: int | None) -> str | None:
    return (
        None
        if moment_ms is None
        else datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="minutes")
    )
