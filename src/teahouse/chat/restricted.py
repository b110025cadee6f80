"""Restricted joins: who may come in because they are in another room, and who of the room vouches for them.

Owns the reading of `allow` in the join rules (specification, "Restricted rooms"). Every condition that this
server knows is asked until one holds; the local member with the most power who may invite vouches.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from teahouse.chat import store_rooms
from teahouse.chat.power_levels import PowerLevels, creators_of
from teahouse.chat.room import MEMBER, RoomDraft
from teahouse.errors import Forbidden
from teahouse.ids import is_room_id
from teahouse.kernel.storage import Tx

RESTRICTED = ("restricted", "knock_restricted")
_AUTHORISER = "join_authorised_via_users_server"


def allowed_rooms(join_rules: Mapping[str, Any]) -> list[str]:
    """List the rooms whose members may join by these join rules; odd entries count as absent."""
    if join_rules.get("join_rule") not in RESTRICTED:
        return []
    allow = join_rules.get("allow")
    entries = allow if isinstance(allow, list) else []
    rooms = [
        entry["room_id"]
        for entry in entries
        if isinstance(entry, Mapping)
        and entry.get("type") == "m.room_membership"
        and is_room_id(entry.get("room_id"))
    ]
    return list(dict.fromkeys(rooms))


async def vouch_for(tx: Tx, room: RoomDraft, user_id: str, content: dict[str, Any]) -> None:
    """Complete a join's content for a restricted room; whom others invited, or who is in, needs nobody.

    Never trusts an authoriser that the client named. Raises Forbidden when no condition holds or nobody here
    may vouch.
    """
    content.pop(_AUTHORISER, None)
    rules = room.content("m.room.join_rules")
    if rules.get("join_rule") not in RESTRICTED or room.membership(user_id) in ("join", "invite", "ban"):
        return
    if not await store_rooms.is_in_any(tx, user_id, allowed_rooms(rules)):
        raise Forbidden("You are not in any of the rooms whose members may join this one")
    authoriser = _who_may_invite(room)
    if authoriser is None:
        raise Forbidden(
            "Nobody in this room may invite you just now", errcode="M_UNABLE_TO_GRANT_JOIN", status=400
        )
    content[_AUTHORISER] = authoriser


def _who_may_invite(room: RoomDraft) -> str | None:
    levels = PowerLevels(room.version, room)
    listed = room.content("m.room.power_levels").get("users")
    named = {
        *creators_of(room.version, room.get("m.room.create", "")),
        *(listed if isinstance(listed, dict) else ()),
    }
    strong: list[str] = [user for user in named if room.membership(user) == "join"]
    best = max(strong, key=lambda user: (levels.user_level(user), user), default=None)
    if best is not None and levels.user_level(best) >= levels.invite:
        return best
    return next((user for user in _joined(room) if levels.user_level(user) >= levels.invite), None)


def _joined(room: RoomDraft) -> Iterator[str]:
    changed = [user for (kind, user), _ in room.changed.items() if kind == MEMBER]
    return (user for user in chain(changed, room.room.joined) if room.membership(user) == "join")
