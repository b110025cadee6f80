"""People whom operators decide about, and what the log then holds."""

from __future__ import annotations

import json
from typing import Any

from teahouse.app import Services
from teahouse.kernel.http import Scope
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.posts.records import Draft
from teahouse.trust.entries import read_entry
from tests.actors import fresh_localpart

__all__ = ["Draft", "entries", "name_of", "person", "raw_entries"]


async def person(services: Services, name: str) -> Viewer:
    """Make a user, and give who looks."""
    user_id = f"@{fresh_localpart(name)}:localhost"
    await services.accounts.register.register(user_id, None, None, None)
    return await services.microblog.book.viewer(Scope(user_id, "", 0))


def name_of(viewer: Viewer) -> str:
    """Give the name by which operators call somebody."""
    return viewer.user_id.lstrip("@").partition(":")[0]


async def raw_entries(services: Services) -> list[str]:
    """Give the log's entries as they are hashed."""
    size = (await services.trust.log.shown(None, None, 1)).size
    return await services.trust.log.bundle(0, size)


async def entries(services: Services) -> list[dict[str, Any]]:
    """Give the log's entries, each checked as a stranger would."""
    found = [read_entry(text.encode(), seq) for seq, text in enumerate(await raw_entries(services))]
    assert [json.loads(text) for text in await raw_entries(services)] == found
    return found
