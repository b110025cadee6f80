"""Public accounts made over the API, as the web app makes them (decision 47)."""

from __future__ import annotations

import html
from typing import Any

from tests.actors import Actor, segment

CHANNEL = "org.teahouse.channel"


async def make_channel(owner: Actor, name: str, handle: str, **options: Any) -> str:
    """Make a public account and give its room's id."""
    levels = {
        "events_default": 50,
        "state_default": 100,
        "redact": 50,
        "events": {"m.reaction": 0, "m.room.redaction": 0, "m.room.tombstone": 150},
    }
    open_to_all = {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": "world_readable"},
    }
    return await owner.create_room(
        preset="public_chat",
        visibility="public",
        room_alias_name=handle,
        name=name,
        creation_content={"type": CHANNEL},
        power_level_content_override=levels,
        initial_state=[open_to_all, *options.pop("initial_state", [])],
        **options,
    )


def article(title: str, source: str, rich: str, **block: Any) -> dict[str, Any]:
    """Make an article: its body with marks, and as HTML."""
    return {
        "msgtype": "m.text",
        "body": f"{title}\n\n{source}",
        "format": "org.matrix.custom.html",
        "formatted_body": f"<h1>{html.escape(title)}</h1>{rich}",
        "org.teahouse.article": {"title": title, **block},
    }


async def let_edit(owner: Actor, room: str, editor: str, level: int = 50) -> None:
    """Make a subscriber an editor, or with a level of 100 an admin."""
    levels = await owner.state(room, "m.room.power_levels")
    levels["users"] = {**levels.get("users", {}), editor: level}
    await owner.put(f"/rooms/{segment(room)}/state/m.room.power_levels/", levels)
