"""Keeps what a failed journey looked like, for whoever has to find out why."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from playwright.async_api import Error

from tests.web.person import Person

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "web-failures"


async def keep_failure(person: Person, test: str) -> None:
    """Write a picture of the page and what it reported."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", f"{test}-{person.name}")
    with contextlib.suppress(Error):
        await person.page.screenshot(path=FOLDER / f"{name}.png")
    (FOLDER / f"{name}.txt").write_text("\n".join([person.page.url, *person.errors]))
