"""`teahouse report` and `moderate`: what people report, from chats and from the microblog, and what comes of it.

All work whether or not the server runs; one that runs notices within a second.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from teahouse.cli.options import AsJson, ask_services, reads_settings, show
from teahouse.config import Config

if TYPE_CHECKING:
    from teahouse.app import Services
    from teahouse.microblog import Appeal

report = typer.Typer(help="Read what people report, in chats and on the microblog.", rich_markup_mode=None)
moderate = typer.Typer(
    help="Decide about accounts and posts; whoever it concerns is told why.", rich_markup_mode=None
)
CHAT = "chat-"
Reported = Annotated[str, typer.Argument(metavar="ID", help="As `teahouse report list` shows it.")]
Decision = Annotated[int, typer.Argument(metavar="ID", help="As `teahouse moderate appeals` shows it.")]
AccountName = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; the person reads it.")]
ForReport = Annotated[
    int | None, typer.Option("--report", metavar="ID", help="The report that this answers; it is closed.")
]

ForRule = Annotated[
    int | None,
    typer.Option("--rule", metavar="N", help="The house rule that it is about; it stands before the reason."),
]


@report.command("list")
@reads_settings()
def list_reports(settings: Config, as_json: AsJson = False) -> None:
    """List what people reported and nobody has closed: from the microblog, then from chats, the oldest first.

    \b
    Example:
      teahouse report list
    """
    rows = ask_services(settings, _all_open)
    show(rows if as_json else [{**row, "posts": " ".join(row["posts"])} for row in rows], as_json)


async def _all_open(services: Services) -> list[dict[str, Any]]:
    from teahouse.chat import open_reports  # noqa: PLC0415

    found = await services.microblog.reports.list_open()
    rows: list[dict[str, Any]] = [{**dataclasses.asdict(one), "id": str(one.id)} for one in found]
    for chat in await open_reports(services.chat):
        told = chat.report
        about = " ".join(part for part in (told.event_id, told.room_id, told.user_id) if part)
        rows.append({
            "id": f"{CHAT}{chat.number}", "by": told.reporter, "about": about, "category": told.kind,
            "comment": told.reason, "posts": [],
        })  # fmt: skip
    return rows


@report.command("close")
@reads_settings()
def close_one(settings: Config, number: Reported) -> None:
    """Note that a report is dealt with.

    \b
    Examples:
      teahouse report close 114000000000000001
      teahouse report close chat-17
    """
    digits = number.removeprefix(CHAT)
    if not re.fullmatch(r"\d{1,18}", digits):
        raise typer.BadParameter("ID is a number, or chat- and a number")

    async def close(services: Services) -> None:
        from teahouse.chat import close_report  # noqa: PLC0415

        if number.startswith(CHAT):
            await close_report(services.chat, int(digits))
        else:
            await services.microblog.reports.close(int(digits))

    ask_services(settings, close)
    typer.echo(f"closed {number}")


@moderate.command("warn")
@reads_settings()
def warn(
    settings: Config,
    name: AccountName,
    reason: Reason,
    report_id: ForReport = None,
    rule: ForRule = None,
) -> None:
    """Warn an account; it is told, and may appeal.

    \b
    Example:
      teahouse moderate warn ann --rule 2 --reason "Three times today." --report 114000000000000001
    """
    number = ask_services(
        settings, lambda services: services.microblog.moderation.warn(name, reason, report_id, rule)
    )
    typer.echo(str(number))


RESTRAINTS = {
    "limit": (
        "silence",
        "Leave an account out of public timelines, trends and suggestions; it is told, everybody sees it, "
        "it may appeal.",
        'ann --rule 2 --reason "Ten posts a day."',
    ),
    "suspend": (
        "suspend",
        "Hide an account's posts and profile, and let it only read and appeal; its chats go on. It is told why.",
        'ann --reason "Rule 1: threats." --report 114000000000000001',
    ),
    "lock": (
        "disable",
        "Let a person neither sign in nor do anything, chats included, but hear why and appeal; everything stays.",
        'ann --reason "Somebody else seems to use your account."',
    ),
    "mark-sensitive": (
        "sensitive",
        "Show all pictures and films of an account only to who wants to see them; it is told why, and may appeal.",
        'ann --reason "Rule 3: mark what not everybody wants to see."',
    ),
}
"""Of each command that restrains an account: the action, what it does, and an example of its use."""


def _restraint(action: str) -> Callable[..., None]:
    @reads_settings()
    def restrain(
        settings: Config,
        name: AccountName,
        reason: Reason,
        report_id: ForReport = None,
        rule: ForRule = None,
    ) -> None:
        number = ask_services(
            settings,
            lambda services: services.microblog.moderation.restrain(name, action, reason, report_id, rule),
        )
        typer.echo(str(number))

    return restrain


for _verb, (_action, _told, _example) in RESTRAINTS.items():
    _help = f"{_told}\n\n\b\nExample:\n  teahouse moderate {_verb} {_example}"
    moderate.command(_verb, help=_help)(_restraint(_action))


@moderate.command("restore")
@reads_settings()
def restore(
    settings: Config,
    name: AccountName,
    reason: Reason,
) -> None:
    """Take every limit, suspension, lock and mark from an account; what was hidden is there again, and it is told.

    \b
    Example:
      teahouse moderate restore ann --reason "Half a year has passed."
    """
    number = ask_services(settings, lambda services: services.microblog.moderation.lift(name, reason))
    typer.echo(str(number))


@moderate.command("take-down")
@reads_settings()
def take_down(
    settings: Config,
    post: Annotated[str, typer.Argument(metavar="POST", help="The post's address, or its id.")],
    reason: Reason,
    report_id: ForReport = None,
    rule: ForRule = None,
) -> None:
    """Delete a post and its files; its author is told why, keeps the words to read, and may appeal.

    \b
    Example:
      teahouse moderate take-down https://tea.example/@ann/114000000000000002 --reason "Rule 1: be kind."
    """
    digits = post.rstrip("/").rpartition("/")[2]
    if not re.fullmatch(r"\d{1,18}", digits):
        raise typer.BadParameter("POST is the address of a post, or its id")
    number = ask_services(
        settings,
        lambda services: services.microblog.moderation.take_down(int(digits), reason, report_id, rule),
    )
    typer.echo(str(number))


@moderate.command("appeals")
@reads_settings()
def list_appeals(settings: Config, as_json: AsJson = False) -> None:
    """List the appeals that wait for an answer, the oldest first.

    \b
    Example:
      teahouse moderate appeals
    """
    found: list[Appeal] = ask_services(settings, lambda services: services.microblog.moderation.appeals())
    rows = [{**dataclasses.asdict(one), "id": str(one.id)} for one in found]
    show(rows if as_json else [{**row, "posts": " / ".join(row["posts"])} for row in rows], as_json)


@moderate.command("answer")
@reads_settings()
def answer_appeal(
    settings: Config,
    number: Decision,
    reason: Reason,
    accept: Annotated[bool, typer.Option("--accept/--reject", help="Whether the appeal is right.")],
) -> None:
    """Answer an appeal; its author is told. What is accepted is undone: a post comes back, but without its files.

    \b
    Example:
      teahouse moderate answer 114000000000000003 --accept --reason "You are right, it was a quotation."
    """
    ask_services(
        settings, lambda services: services.microblog.moderation.answer(number, reason, accept=accept)
    )
    typer.echo(f"answered {number}")
