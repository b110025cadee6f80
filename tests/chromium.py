"""Finds Chromium for the tests and pictures that need a real browser; with CI=true a missing one is installed.

Elsewhere what needs it is skipped with one line that says how to get it.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ["chromium", "fonts-noto-cjk", "fonts-noto-color-emoji"]
SWITCHES = ["--autoplay-policy=no-user-gesture-required", "--font-render-hinting=none"]


@functools.cache
def find_chromium() -> str | None:
    """Return the browser's program, None when there is none and none may be installed."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None and _in_ci() and shutil.which("apt-get"):
        _install()
        found = shutil.which("chromium")
    return found


def require_chromium() -> str:
    """Return the browser's program; skips the test without one, fails it when CI=true."""
    found = find_chromium()
    if found is not None:
        return found
    words = "no Chromium (Debian: apt-get install " + " ".join(PACKAGES) + ")"
    if _in_ci():
        pytest.fail(f"CI needs a browser: {words}", pytrace=False)
    pytest.skip(words)


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")


def _install() -> None:
    sudo = ["sudo", "-n"] if os.geteuid() != 0 and shutil.which("sudo") else []
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        subprocess.run([*sudo, "apt-get", "-qq", *step], env=environ, capture_output=True, check=False)
