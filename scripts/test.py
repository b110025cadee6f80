"""Run the tests on SQLite, then all again on PostgreSQL; say what was left out.

    ./dev test [--sqlite | --postgres] [--coverage] [pytest's options and paths]

The files are shared out over two workers a core, each with a server of its own; those that drive a browser or mistreat
a server come afterwards, one worker a core. What has no database below it runs with SQLite only. With `-n` or paths
given, pytest runs once, just so.
PostgreSQL is a throw-away server that scripts/postgres.py starts. Where it isn't installed the SQLite run
is all there is, except with CI=true: then it is installed, and its absence is a failure.
"""

import os
import subprocess
import sys
from pathlib import Path

import postgres

URL = "TEAHOUSE_TEST_DATABASE_URL"
HEAVY = ["tests/faults", "tests/web"]
"""What needs the machine for itself: browsers, and servers that are killed and flooded."""
WITHOUT_DATABASE = [
    *(f"tests/{folder}" for folder in ("house", "config", "test_clock.py", "test_ids.py")),
    "tests/chat/test_auth_rules_fuzz.py",
    "tests/cli/test_demo.py",
    *(
        f"tests/media_processing/test_{name}.py"
        for name in ("confinement", "hostile", "moving", "pictures", "sound", "strip")
    ),
]
"""What has no storage below it, or a server's routes between: once is enough."""
COMMAND = [sys.executable, "-m", "pytest"]


def main(arguments: list[str]) -> int:
    """Give pytest's status; the worse one of the two runs."""
    if "--help" in arguments:
        print(__doc__.strip())
        return 0
    chosen = {"--sqlite", "--postgres"} & set(arguments)
    arguments = [argument for argument in arguments if argument not in chosen]
    if "--coverage" in arguments:
        arguments.remove("--coverage")
        COMMAND[1:1] = ["-m", "coverage", "run"]
        Path(".cache/coverage").mkdir(parents=True, exist_ok=True)
    status = run_on(chosen, arguments)
    if "coverage" in COMMAND:
        subprocess.run([sys.executable, "-m", "coverage", "combine", "--quiet"], check=False)
        subprocess.run([sys.executable, "-m", "coverage", "report"], check=False)
    return status


def run_on(chosen: set[str], arguments: list[str]) -> int:
    """Run on the databases that are chosen, both when none is."""
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
    """Run pytest, once or in two passes, with further environment; gives the worse status."""
    chosen = any(argument.startswith(("-n", "--pdb", "tests")) for argument in arguments)
    left_out = [*HEAVY, *(WITHOUT_DATABASE if URL in extra else [])]
    rest = [f"--ignore={folder}" for folder in left_out]
    passes = (
        [arguments] if chosen else [[*shared_out(2), *rest, *arguments], [*shared_out(1), *HEAVY, *arguments]]
    )
    return max(abs(run_once(database, one, extra)) for one in passes)


def shared_out(workers_a_core: int) -> list[str]:
    """Give the options that share the files out over so many workers a core."""
    return ["-n", str(workers_a_core * min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]


def run_once(database: str, arguments: list[str], extra: dict[str, str]) -> int:
    """Run pytest once with further environment."""
    print(f"+ pytest on {database}: {' '.join(arguments)}", flush=True)
    # Settings of a server that this shell runs must not reach the servers under test.
    ours = [name for name in os.environ if name.startswith("TEAHOUSE_") and "_TEST_" not in name]
    environ = {name: value for name, value in os.environ.items() if name not in (*ours, URL)}
    return subprocess.run([*COMMAND, *arguments], env={**environ, **extra}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
