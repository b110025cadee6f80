"""`teahouse registration-token`: tokens that let people make an account, whether or not the server runs."""

import time
from typing import Annotated

import typer

from teahouse.cli.options import AsJson, ask_accounts, reads_settings, show
from teahouse.config import Config

registration_token = typer.Typer(help="Tokens that let people make an account.", rich_markup_mode=None)


@registration_token.command("create")
@reads_settings()
def create_token(
    settings: Config,
    token: Annotated[str | None, typer.Option(help="The token itself; a random one when left out.")] = None,
    uses: Annotated[
        int | None, typer.Option(min=1, help="How many accounts it may make; any number when left out.")
    ] = None,
    days: Annotated[
        float | None, typer.Option(min=0.01, help="How long it works; for ever when left out.")
    ] = None,
) -> None:
    """Make a registration token and print it.

    \b
    Examples:
      teahouse registration-token create
      teahouse registration-token create --uses 20 --days 7
    """
    expires_at_ms = int((time.time() + days * 86_400) * 1000) if days is not None else None
    made = ask_accounts(
        settings,
        lambda accounts: accounts.create_registration_token(
            token=token, uses_allowed=uses, expires_at_ms=expires_at_ms
        ),
    )
    typer.echo(getattr(made, "token", made))


@registration_token.command("list")
@reads_settings()
def list_tokens(settings: Config, as_json: AsJson = False) -> None:
    """List all registration tokens with their uses.

    \b
    Example:
      teahouse registration-token list
    """
    show(ask_accounts(settings, lambda accounts: accounts.list_registration_tokens()), as_json)


@registration_token.command("revoke")
@reads_settings()
def revoke_token(
    settings: Config,
    token: Annotated[str, typer.Argument(help="The token to end.")],
) -> None:
    """End a registration token; accounts made with it stay.

    \b
    Example:
      teahouse registration-token revoke 4fG7...
    """
    ask_accounts(settings, lambda accounts: accounts.revoke_registration_token(token))
    typer.echo("revoked")
