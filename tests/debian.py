"""Programs that tests need and that Python's package index doesn't have: found, or with CI=true installed.

Elsewhere what needs a missing one is skipped with one line that says how to get it.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def in_ci() -> bool:
    """Say whether a missing program is a failure."""
    return os.environ.get("CI", "").lower() in ("true", "1")


@functools.cache
def find_program(names: tuple[str, ...], packages: tuple[str, ...]) -> str | None:
    """Return the first of these programs that is there, None when there is none and none may be installed."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None and in_ci() and shutil.which("apt-get"):
        _install(names, packages)
        found = next((path for name in names if (path := shutil.which(name))), None)
    return found


def require_program(names: tuple[str, ...], packages: tuple[str, ...]) -> str:
    """Return the first of these programs that is there; skips the test without one, fails it when CI=true."""
    found = find_program(names, packages)
    if found is not None:
        return found
    words = f"no {names[0]} (Debian: apt-get install {' '.join(packages)})"
    if in_ci():
        pytest.fail(f"CI needs a program: {words}", pytrace=False)
    pytest.skip(words)


def _install(names: tuple[str, ...], packages: tuple[str, ...]) -> None:
    """Install packages, one test process at a time."""
    sudo = ["sudo", "-n"] if os.geteuid() != 0 and shutil.which("sudo") else []
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (Path(tempfile.gettempdir()) / f"teahouse-tests-apt.{os.geteuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if any(shutil.which(name) for name in names):
            return
        for step in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run([*sudo, "apt-get", "-qq", *step], env=environ, capture_output=True, check=False)
