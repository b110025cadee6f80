"""Run the tests on SQLite, then all again on PostgreSQL; say what was left out.

    ./dev test [--sqlite | --postgres] [pytest's options and paths]

PostgreSQL is a throw-away server that scripts/postgres.py starts. Where it isn't installed the SQLite run
is all there is, except with CI=true: then it is installed, and its absence is a failure.
"""

import os
import subprocess
import sys

import postgres

URL = "TEAHOUSE_TEST_DATABASE_URL"


def main(arguments: list[str]) -> int:
    """Give pytest's status; the worse one of the two runs."""
    if "--help" in arguments:
        print(__doc__.strip())
        return 0
    chosen = {"--sqlite", "--postgres"} & set(arguments)
    arguments = [argument for argument in arguments if argument not in chosen]
    status = 0
    if chosen != {"--postgres"}:
        status = run("SQLite", arguments, {})
    if chosen != {"--sqlite"}:
        in_ci = os.environ.get("CI", "").lower() in ("true", "1")
        if postgres.find(install=in_ci) is None:
            print("Left out: the run on PostgreSQL, which isn't installed here (apt-get install postgresql)")
            return status or int(in_ci or chosen == {"--postgres"})
        with postgres.running(fast=True) as url:
            status = run("PostgreSQL", arguments, {URL: url}) or status
    return status


def run(database: str, arguments: list[str], extra: dict[str, str]) -> int:
    """Run pytest once with further environment."""
    print(f"+ pytest on {database}", flush=True)
    # Settings of a server that this shell runs must not reach the servers under test.
    ours = [name for name in os.environ if name.startswith("TEAHOUSE_") and "_TEST_" not in name]
    environ = {name: value for name, value in os.environ.items() if name not in (*ours, URL)}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, env={**environ, **extra}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
