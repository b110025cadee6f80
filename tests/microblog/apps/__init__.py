"""toot and an old Mastodon.py in a virtual environment of their own: they want other libraries than our tests do.

It is made once in the cache outside the checkout, from the pinned `requirements.txt`. With `CI=true` it is an error
when that is impossible, elsewhere the tests that need it are skipped with the reason.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

PINNED = Path(__file__).parent / "requirements.txt"
PATIENCE_S = 300


def programs() -> Path:
    """Return the folder of the environment's programs, making the environment when it is missing."""
    found = _attempt()
    if isinstance(found, Path):
        return found
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"CI needs toot and Mastodon.py 1.8: {found}", pytrace=False)
    pytest.skip(f"no toot: {found}")


@functools.cache
def _attempt() -> Path | str:
    wanted = PINNED.read_bytes() + sys.version.encode()
    digest = hashlib.sha256(wanted).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "teahouse" / "client-tests"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"python-{digest}"
    with (cache / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            try:
                _make(folder)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
                return f"{failed}: {(failed.stderr or b'')[-400:]!r}"
            (folder / "complete").touch()
    return folder / "bin"


def _make(folder: Path) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", *quiet, "-r", str(PINNED)]
    for step in ([sys.executable, "-m", "venv", "--clear", str(folder)], pip):
        subprocess.run(step, check=True, capture_output=True, timeout=PATIENCE_S)
