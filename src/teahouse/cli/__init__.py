"""The command line: `teahouse serve`, and what an operator does beside it.

    serve.py                           run the server
    users.py, registration_tokens.py   work on the database, whether or not the server runs
    media.py                           work on the database and the store of media
    microblog.py                       emoji, announcements
    moderation.py                      reports, warnings, posts taken down, appeals
    log.py                             check the public log of decisions, of any server
    demo.py                            people to look at
    setup_commands.py                  config ..., database ...
    backup.py                          save everything, and bring it back
    database_copy.py                   from SQLite to PostgreSQL and back
    options.py, progress.py            what several commands share

Refused here: any rule about users or rooms; commands call the slices' own functions. Whatever goes wrong is
told in one line on standard error, with exit status 2 for wrong usage and settings, 1 for everything else.
"""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from teahouse.cli.backup import backup
from teahouse.cli.database_copy import copy
from teahouse.cli.demo import demo
from teahouse.cli.log import public_log
from teahouse.cli.media import media
from teahouse.cli.microblog import announcement, emoji
from teahouse.cli.moderation import moderate, report
from teahouse.cli.registration_tokens import registration_token
from teahouse.cli.serve import serve
from teahouse.cli.setup_commands import config, database
from teahouse.cli.users import user
from teahouse.config import ConfigError
from teahouse.errors import TeahouseError

app = typer.Typer(
    name="teahouse",
    help="A messenger and a microblog that a community runs for itself.",
    epilog="Start with: teahouse serve",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.add_typer(user, name="user")
app.add_typer(registration_token, name="registration-token")
app.add_typer(media, name="media")
app.add_typer(emoji, name="emoji")
app.add_typer(announcement, name="announcement")
app.add_typer(report, name="report")
app.add_typer(moderate, name="moderate")
app.add_typer(public_log, name="log")
app.add_typer(demo, name="demo")
app.add_typer(backup, name="backup")
app.add_typer(config, name="config")
database.command("copy")(copy)
app.add_typer(database, name="database")

# Typer carries its own copy of click, in which this is the ancestor of every complaint about usage.
_UsageComplaint = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"teahouse {version('teahouse')}")
        raise typer.Exit


@app.callback()
def _top(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """A messenger and a microblog that a community runs for itself."""


def main() -> None:
    """Run the command that the arguments name, and exit with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit status; complaints go to standard error in one line each."""
    try:
        status = app(args=arguments, prog_name="teahouse", standalone_mode=False)
    except ConfigError as error:
        return _complain("\nteahouse: ".join(error.mistakes), 2)
    except TeahouseError as error:
        return _complain(error.message, 1)
    except (OSError, ValueError) as error:
        return _complain(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        return _complain("stopped", 130)
    except Exception as error:
        if isinstance(error, _UsageComplaint):
            told = error.format_message()  # type: ignore[attr-defined]
            return _complain(f"{told.rstrip('.')} (see --help)" if told else "see teahouse --help", 2)
        raise
    return int(status or 0)


def _complain(message: str, status: int) -> int:
    typer.echo(f"teahouse: {message}", err=True)
    return status
