"""Finds Chromium for the tests and pictures that need a real browser; with CI=true a missing one is installed."""

from __future__ import annotations

from tests.debian import find_program, require_program

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk", "fonts-noto-color-emoji")
SWITCHES = ["--autoplay-policy=no-user-gesture-required", "--font-render-hinting=none"]


def find_chromium() -> str | None:
    """Return the browser's program, None when there is none and none may be installed."""
    return find_program(NAMES, PACKAGES)


def require_chromium() -> str:
    """Return the browser's program; skips the test without one, fails it when CI=true."""
    return require_program(NAMES, PACKAGES)
