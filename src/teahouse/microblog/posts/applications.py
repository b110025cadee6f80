"""The app that a post came from: kept with the post as a short JSON list, so that showing it needs no other row."""

from typing import Any

import orjson

from teahouse.microblog.entities.statuses import Application


def written(name: str, website: str | None, number: int) -> str:
    """Give an app as posts keep it."""
    return orjson.dumps([name, website, number]).decode()


def shown(kept: str | None) -> Application | None:
    """Give the entity of a kept app."""
    return None if kept is None else Application(*_read(kept)[:2])


def number_of(kept: str | None) -> int | None:
    """Give the number of a kept app's registration."""
    return None if kept is None else int(_read(kept)[2])


def _read(kept: str) -> list[Any]:
    read: list[Any] = orjson.loads(kept)
    return read
