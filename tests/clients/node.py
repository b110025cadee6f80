"""Node and the JavaScript libraries of the tests: found, or installed into a cache outside the checkout.

With `CI=true` a missing piece is a failure, and Node itself is installed with apt-get; elsewhere the tests
that need it are skipped with the reason. Nothing is written into the checkout.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.debian import find_program, in_ci

JS_FOLDER = Path(__file__).parent / "js"
OLDEST_NODE = 18


def require_js_sdk() -> tuple[str, Path]:
    """Return the `node` program and the SDK's entry file, installing the locked SDK when it is missing.

    Skips the test when that is impossible, fails it when `CI=true`; the attempt is made once a session.
    """
    node, installed = require_installed(JS_FOLDER, "matrix-js-sdk")
    return node, installed / "node_modules" / "matrix-js-sdk" / "lib" / "index.js"


def require_installed(wanted: Path, name: str) -> tuple[str, Path]:
    """Return the `node` program and a folder with `node_modules` of the lock file in `wanted`; else as above."""
    found = _attempt(wanted)
    if isinstance(found, tuple):
        return found
    if in_ci():
        pytest.fail(f"CI needs {name} on Node: {found}", pytrace=False)
    pytest.skip(f"no {name}: {found}")


class _Missing(Exception):
    """Something is not there; the text says what."""


@functools.cache
def _attempt(wanted: Path) -> tuple[str, Path] | str:
    try:
        return _find_node(), _installed(wanted)
    except _Missing as missing:
        return str(missing)


def _find_node() -> str:
    npm, node = find_program(("npm",), ("nodejs", "npm")), shutil.which("node")
    if node is None or npm is None:
        raise _Missing("`node` and `npm` are not on the PATH (Debian: apt-get install nodejs npm)")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        raise _Missing(f"Node {version} is older than {OLDEST_NODE}")
    return node


def _installed(wanted: Path) -> Path:
    """Return the folder with `node_modules` of exactly that lock file; one process installs, others wait."""
    lock_file = wanted / "package-lock.json"
    digest = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "teahouse" / "client-tests"
    folder = cache / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (cache / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _npm_ci(wanted, folder)
            (folder / "complete").touch()
    return folder


def _npm_ci(wanted: Path, folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(wanted / name, folder / name)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    patience = [
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        "--fetch-retry-maxtimeout=2000",
        "--fetch-timeout=30000",
    ]
    try:
        done = subprocess.run(
            ["npm", "ci", *quiet, *patience],
            cwd=folder, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _Missing("`npm ci` did not finish in 100 s") from None
    if done.returncode != 0:
        raise _Missing(f"`npm ci` failed: {' '.join((done.stderr or done.stdout).split())[:400]}")
