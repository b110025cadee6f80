"""A phone that speaks sliding sync as Element X does: same paths, same fields, two connections."""

from __future__ import annotations

import copy
from typing import Any

from tests.actors import Actor, Json

UNSTABLE = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"
STABLE = "/_matrix/client/v4/sync"
WANTED_STATE = [
    ["m.room.name", ""],
    ["m.room.encryption", ""],
    ["m.room.member", "$LAZY"],
    ["m.room.member", "$ME"],
    ["m.room.topic", ""],
    ["m.room.avatar", ""],
    ["m.room.canonical_alias", ""],
    ["m.room.power_levels", ""],
    ["org.matrix.msc3401.call.member", "*"],
    ["m.room.join_rules", ""],
    ["m.room.tombstone", ""],
    ["m.room.create", ""],
    ["m.room.history_visibility", ""],
    ["io.element.functional_members", ""],
    ["m.space.parent", "*"],
    ["m.space.child", "*"],
]
SUBSCRIPTION = {"timeline_limit": 20, "required_state": [*WANTED_STATE, ["m.room.pinned_events", ""]]}


def room_list(last: int = 19, timeline_limit: int = 1, **more: Any) -> Json:
    """The body of the connection `room-list`."""
    shown = {
        "ranges": [[0, last]],
        "timeline_limit": timeline_limit,
        "required_state": WANTED_STATE,
        "filters": {},
    }
    return {
        "conn_id": "room-list",
        "lists": {"all_rooms": {**shown, **more}},
        "extensions": {
            "account_data": {"enabled": True},
            "receipts": {"enabled": True, "rooms": ["*"]},
            "typing": {"enabled": True},
        },
    }


def encryption() -> Json:
    """The body of the connection `encryption`."""
    return {
        "conn_id": "encryption",
        "extensions": {"to_device": {"enabled": True}, "e2ee": {"enabled": True}},
    }


class Phone:
    """One connection of one device; `body` is what it sends and may be changed between requests."""

    def __init__(self, actor: Actor, body: Json | None = None) -> None:
        self.actor = actor
        self.body = room_list() if body is None else body
        self.pos: str | None = None

    async def sync(self, timeout_ms: int = 0, pos: str | None = None) -> Json:
        """Make one request from the newest position, or from `pos`, and keep the position it gives."""
        query = {"pos": pos or self.pos, "timeout": timeout_ms}
        answer: Json = await self.actor.request("POST", UNSTABLE, self.body, query)
        self.pos = answer["pos"]
        if "to_device" in answer["extensions"]:
            self.body["extensions"]["to_device"]["since"] = answer["extensions"]["to_device"]["next_batch"]
        return answer

    async def refused(self, status: int, errcode: str, pos: str | None = None) -> None:
        """Make one request that must be refused."""
        await self.actor.refused("POST", UNSTABLE, status, errcode, self.body, {"pos": pos or self.pos})

    def show(self, last: int) -> None:
        """Let the list show the places up to the last."""
        self.body["lists"]["all_rooms"]["ranges"] = [[0, last]]

    def subscribe(self, *room_ids: str) -> None:
        """Subscribe to these rooms and to no others."""
        self.body["room_subscriptions"] = {room_id: copy.deepcopy(SUBSCRIPTION) for room_id in room_ids}


def ageless(room: Json) -> Json:
    """Give what was told of a room without the ages of its events, which grow from answer to answer."""
    events = [{**event, "unsigned": {**event["unsigned"], "age": 0}} for event in room.get("timeline", [])]
    return {**room, "timeline": events}


def texts(room: Json) -> list[str]:
    """The texts of a room's timeline."""
    return [e["content"]["body"] for e in room.get("timeline", []) if "body" in e["content"]]


def state_keys(room: Json) -> set[tuple[str, str]]:
    """The keys of the state that an answer tells of a room."""
    return {(event["type"], event["state_key"]) for event in room.get("required_state", [])}
