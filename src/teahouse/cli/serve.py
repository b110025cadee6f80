"""`teahouse serve`: runs the server until Ctrl-C."""

from typing import Annotated

import typer

from teahouse.cli.options import ConfigFile, DatabaseAddress, DataFolder, ServerName, read_settings


def serve(  # noqa: PLR0913, PLR0917 (each option of the command is one parameter)
    config: ConfigFile = None,
    data: DataFolder = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on (127.0.0.1).")] = None,
    port: Annotated[
        str | None, typer.Option(metavar="N", help="The port to listen on (8008); 0 takes a free one.")
    ] = None,
    server_name: ServerName = None,
    database: DatabaseAddress = None,
    media: Annotated[
        str | None, typer.Option(metavar="URL", help="Where media lie: file:///folder or s3://bucket/prefix.")
    ] = None,
    registration: Annotated[
        str | None, typer.Option(metavar="open|token|closed", help="Who may make an account.")
    ] = None,
    registration_shared_secret: Annotated[
        str | None, typer.Option(metavar="S", help="Lets operator tools that know it make users.")
    ] = None,
    default_room_version: Annotated[
        str | None, typer.Option(metavar="V", help="The version of new rooms: 10, 11 or 12.")
    ] = None,
    no_rate_limits: Annotated[
        bool, typer.Option("--no-rate-limits", help="No rate limits: for benchmarks and test suites only.")
    ] = False,
    test_password_grant: Annotated[
        bool,
        typer.Option(
            "--test-password-grant",
            help="Passwords at /oauth/token, weak ones too, decisions without reasons: for test suites only.",
        ),
    ] = False,
) -> None:
    """Run the server until Ctrl-C.

    Without options it listens on http://127.0.0.1:8008, keeps everything in ./teahouse-data and lets anybody
    on this machine make an account. Settings come from options, then TEAHOUSE_* variables, then the file.

    \b
    Examples:
      teahouse serve
      teahouse serve --port 8010 --data /tmp/tea
      teahouse serve --host 0.0.0.0 --server-name example.org --registration token
      teahouse serve --config /etc/teahouse/teahouse.toml
    """
    import uvloop  # noqa: PLC0415

    from teahouse.app import serve as serve_forever  # noqa: PLC0415
    from teahouse.kernel.http import free_port  # noqa: PLC0415

    flags: dict[str, object] = {
        "data": data,
        "listen__host": host,
        "listen__port": port,
        "server_name": server_name,
        "database": database,
        "media__store": media,
        "registration__mode": registration,
        "registration__shared_secret": registration_shared_secret,
        "rooms__default_version": default_room_version,
        "rate_limits__enabled": False if no_rate_limits else None,
        "sign_in__test_password_grant": True if test_password_grant else None,
    }
    settings = read_settings(config, **flags)
    if settings.listen.port == 0:
        # Read anew, since the address that apps are told follows from the port.
        settings = read_settings(config, **{**flags, "listen__port": free_port(settings.listen.host)})
    uvloop.run(serve_forever(settings))
