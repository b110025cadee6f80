"""`teahouse registration-token`: tokens that let people make an account, whether or not the server runs."""

import time
from typing import Annotated

import typer

from teahouse.cli.options import (
    AsJson,
    ConfigFile,
    DatabaseAddress,
    DataFolder,
    ServerName,
    ask_accounts,
    read_settings,
    show,
)

registration_token = typer.Typer(help="Tokens that let people make an account.", rich_markup_mode=None)


@registration_token.command("create")
def create_token(
    token: Annotated[str | None, typer.Option(help="The token itself; a random one when left out.")] = None,
    uses: Annotated[
        int | None, typer.Option(min=1, help="How many accounts it may make; any number when left out.")
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0.01, help="How long it works; for ever when left out.")
    ] = None,
    config: ConfigFile = None,
    data: DataFolder = None,
    database: DatabaseAddress = None,
    server_name: ServerName = None,
) -> None:
    """Make a registration token and print it.

    \b
    Examples:
      teahouse registration-token create
      teahouse registration-token create --uses 20 --days 7
    """
    expires_at_ms = int((time.time() + days * 86_400) * 1000) if days is not None else None
    made = ask_accounts(
        read_settings(config, data=data, database=database, server_name=server_name),
        lambda accounts: accounts.create_registration_token(
            token=token, uses_allowed=uses, expires_at_ms=expires_at_ms
        ),
    )
    typer.echo(getattr(made, "token", made))


@registration_token.command("list")
def list_tokens(
    as_json: AsJson = False,
    config: ConfigFile = None,
    data: DataFolder = None,
    database: DatabaseAddress = None,
    server_name: ServerName = None,
) -> None:
    """List all registration tokens with their uses.

    \b
    Example:
      teahouse registration-token list
    """
    settings = read_settings(config, data=data, database=database, server_name=server_name)
    show(ask_accounts(settings, lambda accounts: accounts.list_registration_tokens()), as_json)


@registration_token.command("revoke")
def revoke_token(
    token: Annotated[str, typer.Argument(help="The token to end.")],
    config: ConfigFile = None,
    data: DataFolder = None,
    database: DatabaseAddress = None,
    server_name: ServerName = None,
) -> None:
    """End a registration token; accounts made with it stay.

    \b
    Example:
      teahouse registration-token revoke 4fG7...
    """
    settings = read_settings(config, data=data, database=database, server_name=server_name)
    ask_accounts(settings, lambda accounts: accounts.revoke_registration_token(token))
    typer.echo("revoked")
