"""`teahouse user`: make and look after users in the database, whether or not the server runs.

A password is asked for on the terminal or read from standard input; never taken as an option, where every
user of the machine could read it.
"""

import sys
from typing import Annotated

import typer

from teahouse.cli.options import AsJson, ask_accounts, ask_services, reads_settings, show
from teahouse.config import Config

user = typer.Typer(help="Make and look after users.", rich_markup_mode=None)
PasswordOnStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input (its first line).")
]
Name = Annotated[
    str, typer.Argument(metavar="USER", help="A user name such as alice, or the whole @alice:example.org.")
]


@user.command("create")
@reads_settings()
def create_user(
    settings: Config,
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="Make an administrator of the server.")] = False,
    password_stdin: PasswordOnStdin = False,
    token: Annotated[
        bool, typer.Option("--token", help="Sign the user in too, and print the access token.")
    ] = False,
) -> None:
    """Make a user, whatever the registration mode; asks for the password.

    \b
    Examples:
      teahouse user create alice --admin
      echo correct-horse | teahouse user create bot --password-stdin --token
      pass show tea/bob | teahouse user create bob --password-stdin
    """
    localpart = _user_id(name, settings).removeprefix("@").rpartition(f":{settings.server_name}")[0]
    password = _ask_password(password_stdin)
    if token:
        made = ask_accounts(
            settings, lambda accounts: accounts.create_user_with_token(localpart, password, admin=admin)
        )
        typer.echo(made[1])
        return
    ask_accounts(settings, lambda accounts: accounts.create_user(localpart, password, admin=admin))
    typer.echo(f"created @{localpart}:{settings.server_name}")


@user.command("list")
@reads_settings()
def list_users(settings: Config, as_json: AsJson = False) -> None:
    """List all users.

    \b
    Examples:
      teahouse user list
      teahouse user list --json
    """
    found = ask_accounts(
        settings,
        lambda accounts: accounts.list_users(),
    )
    show(found, as_json)


@user.command("deactivate")
@reads_settings()
def deactivate_user(
    settings: Config,
    name: Name,
    erase: Annotated[
        bool, typer.Option("--erase", help="Hide the user's messages from later members too.")
    ] = False,
) -> None:
    """End a user's account for ever: all devices are signed out, the name stays taken. The public log has it.

    Nobody can tell the person any more: who shall hear why, and be able to object, is locked first.

    \b
    Examples:
      teahouse moderate lock mallory --reason "Rule 3: no threats."
      teahouse user deactivate @mallory:example.org --erase
    """
    user_id = _user_id(name, settings)
    ask_services(
        settings,
        lambda services: services.accounts.deactivate_user(
            user_id, erase, services.trust.log.commanded("close", "account", {})
        ),
    )
    typer.echo(f"deactivated {user_id}")


@user.command("reset-password")
@reads_settings()
def reset_password(
    settings: Config,
    name: Name,
    password_stdin: PasswordOnStdin = False,
) -> None:
    """Give a user a new password and sign out all the user's devices.

    \b
    Example:
      teahouse user reset-password alice
    """
    user_id = _user_id(name, settings)
    password = _ask_password(password_stdin)
    ask_accounts(settings, lambda accounts: accounts.reset_password(user_id, password))
    typer.echo(f"new password set for {user_id}; all devices are signed out")


@user.command("set-admin")
@reads_settings()
def set_admin(
    settings: Config,
    name: Name,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the role away instead.")] = False,
) -> None:
    """Make a user an administrator of the server, or take that away.

    \b
    Examples:
      teahouse user set-admin alice
      teahouse user set-admin alice --revoke
    """
    user_id = _user_id(name, settings)
    ask_accounts(settings, lambda accounts: accounts.set_admin(user_id, not revoke))
    typer.echo(f"{user_id} is {'no longer' if revoke else 'now'} an administrator")


def _user_id(name: str, settings: Config) -> str:
    user_id = name if name.startswith("@") else f"@{name}:{settings.server_name}"
    if not user_id.endswith(f":{settings.server_name}"):
        raise typer.BadParameter(f"{name} is not a user of {settings.server_name}; check --server-name")
    return user_id


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        raise typer.BadParameter("there is no terminal to ask for the password; write --password-stdin")
    if not password:
        raise typer.BadParameter("the password is empty")
    return password
