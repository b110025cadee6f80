#!/usr/bin/env python3
"""Start a throw-away PostgreSQL on a free loopback port, from Debian's package, and remove it afterwards.

    scripts/postgres.py [--install] [--fast]                print its URL, run until Ctrl-C
    scripts/postgres.py [--install] [--fast] -- COMMAND...  run a command with TEAHOUSE_TEST_DATABASE_URL set

`--fast` gives up durability (fsync off), for tests that don't speak of it.
`--install` runs apt-get when PostgreSQL is missing.
"""

import contextlib
import getpass
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def find(*, install: bool = False) -> Path | None:
    """Give the folder of PostgreSQL's programs, newest first; None when it is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    if debian or beside:
        return (debian[-1] if debian else Path(str(beside)).resolve()).parent
    if install and shutil.which("apt-get"):
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        packages = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "postgresql"]
        for command in (["apt-get", "update", "-q"], packages):
            subprocess.run([*as_root, *command], env=environ, stdout=sys.stderr, check=False)
        return find()
    return None


@contextlib.contextmanager
def running(*, fast: bool = False, kept: Path | None = None) -> Iterator[str]:
    """Run a server for as long as the block lasts; gives the URL of its superuser.

    It is a fresh one, whose folder goes afterwards; or that in the folder `kept`, which stays, and is made if need be.
    """
    programs = find()
    if programs is None:
        raise SystemExit("PostgreSQL isn't installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="teahouse-postgres-")) if kept is None else kept.resolve()
    user = _user()
    try:
        if not (folder / "data" / "PG_VERSION").exists():
            folder.mkdir(parents=True, exist_ok=True)
            _make_cluster(programs, folder, user, fast=fast)
        password = (folder / "password").read_text()
        port = _start(programs, folder, user, fast=fast)
        try:
            yield f"postgresql://teahouse:{password}@127.0.0.1:{port}/postgres"
        finally:
            how = "immediate" if kept is None else "fast"
            _run(user, [programs / "pg_ctl", "-D", folder / "data", "-m", how, "-w", "-t", "600", "stop"])
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _user() -> str:
    """Give the user that the server runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return getpass.getuser()
    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"


def _make_cluster(programs: Path, folder: Path, user: str, *, fast: bool) -> None:
    """Fill the folder."""
    (folder / "password").write_text(secrets.token_hex(16))
    (folder / "password").chmod(0o600)
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, user)
    options = ["-U", "teahouse", "-E", "UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
    options += ["--pwfile", str(folder / "password")] + (["--no-sync"] if fast else [])
    _run(user, [programs / "initdb", "-D", folder / "data", *options])


def _start(programs: Path, folder: Path, user: str, *, fast: bool) -> int:
    """Start the server and give its port; a port that another program takes in between is tried anew."""
    log = folder / "log"
    for _ in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
        options += "-c max_connections=200 " + (FAST if fast else "")
        start: list[str | Path] = [
            programs / "pg_ctl",
            "-D",
            folder / "data",
            "-l",
            log,
            "-w",
            "-o",
            options,
            "start",
        ]
        if not _run(user, start, check=False):
            return port
    raise SystemExit(f"PostgreSQL does not start:\n{log.read_text()}")


def _run(user: str, command: Sequence[str | Path], *, check: bool = True) -> int:
    prefix = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    return subprocess.run([*prefix, *command], stdout=subprocess.DEVNULL, cwd="/", check=check).returncode


def main(arguments: list[str]) -> int:
    """Serve until interrupted, or for as long as the command runs."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options, command = arguments[:split], arguments[split + 1 :]
    if set(options) - {"--fast", "--install"}:
        print(__doc__)
        return 2
    find(install="--install" in options)
    # A plain kill must stop the server too, not leave it behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with running(fast="--fast" in options) as url:
        if command:
            environ = {**os.environ, "TEAHOUSE_TEST_DATABASE_URL": url}
            return subprocess.run(command, env=environ, check=False).returncode
        print(url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
