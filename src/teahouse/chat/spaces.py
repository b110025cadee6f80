"""Spaces: walking the tree of rooms below one, depth first, in pages.

Owns the order of children, the end of cycles, and what of the tree a caller may see (specification, "Spaces").
A page's token says how many rooms came before it, so no walk is kept between requests.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import orjson

from teahouse.chat.client_events import stripped_state
from teahouse.chat.records import StateEvent
from teahouse.chat.room import Room
from teahouse.chat.room_fields import room_type, summary_of
from teahouse.chat.service import Chat
from teahouse.chat.summary import may_see
from teahouse.errors import Forbidden, InvalidParam
from teahouse.ids import is_room_id, parse_room_id
from teahouse.kernel.http import Scope

JsonObject = dict[str, Any]

PAGE = 50
LARGEST_PAGE = 100
MOST_ROOMS = 2_000
"""A walk ends here, whatever the tree promises."""
CHILD = "m.space.child"


@dataclass(frozen=True, slots=True)
class Walk:
    """What the caller asks for; the same on every page."""

    room_id: str
    suggested_only: bool
    max_depth: int | None


async def hierarchy(
    scope: Scope, chat: Chat, walk: Walk, *, limit: int | None, token: str | None
) -> JsonObject:
    """Give one page of the tree below a room; raises Forbidden for what the caller may not see, InvalidParam."""
    parse_room_id(walk.room_id)
    if limit is not None and limit <= 0:
        raise InvalidParam("limit must be greater than zero")
    if walk.max_depth is not None and walk.max_depth < 0:
        raise InvalidParam("max_depth must not be negative")
    skipped = _read_token(token, walk)
    size = min(limit or PAGE, LARGEST_PAGE)
    found = await _rooms_below(scope, chat, walk, skipped + size + 1)
    if not found:
        raise Forbidden("There is no such space, or you may not see it")
    page: JsonObject = {"rooms": [_entry(room, walk) for room in found[skipped : skipped + size]]}
    if len(found) > skipped + size:
        page["next_batch"] = _token(walk, skipped + size)
    return page


async def _rooms_below(scope: Scope, chat: Chat, walk: Walk, most: int) -> list[Room]:
    """List at most so many rooms in the order of the walk, each once, whatever cycles there are."""
    found: list[Room] = []
    seen: set[str] = set()
    pending = [(walk.room_id, 0)]
    while pending and len(found) < most and len(seen) < MOST_ROOMS:
        room_id, depth = pending.pop()
        if room_id in seen:
            continue
        seen.add(room_id)
        room = await chat.rooms.find(room_id)
        if room is None or not await may_see(chat, room, scope.user_id):
            continue
        found.append(room)
        if walk.max_depth is not None and depth >= walk.max_depth:
            continue
        children = [event.state_key for event in children_of(room, walk.suggested_only)]
        fresh = [child for child in children if child not in seen][:MOST_ROOMS]
        pending.extend((child, depth + 1) for child in reversed(fresh))
    return found


def children_of(room: Room, suggested_only: bool) -> list[StateEvent]:
    """List the valid children of a space in the order that its makers gave; none for an ordinary room."""
    if room_type(room) != "m.space":
        return []
    children = [
        event
        for (event_type, child), event in room.state.items()
        if event_type == CHILD and is_room_id(child) and _is_valid(event.content, suggested_only)
    ]
    return sorted(children, key=_rank)


def _is_valid(content: JsonObject, suggested_only: bool) -> bool:
    via = content.get("via")
    return isinstance(via, list) and bool(via) and (not suggested_only or content.get("suggested") is True)


def _rank(event: StateEvent) -> tuple[bool, str, int, str]:
    order = event.content.get("order")
    if not isinstance(order, str) or len(order) > 50 or not all(" " <= letter <= "~" for letter in order):
        return True, "", event.origin_server_ts, event.state_key
    return False, order, event.origin_server_ts, event.state_key


def _entry(room: Room, walk: Walk) -> JsonObject:
    children = [
        {**stripped_state(event), "origin_server_ts": event.origin_server_ts}
        for event in children_of(room, walk.suggested_only)
    ]
    return {**summary_of(room), "children_state": children}


def _token(walk: Walk, skipped: int) -> str:
    plain = orjson.dumps([skipped, walk.room_id, walk.suggested_only, walk.max_depth])
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _read_token(token: str | None, walk: Walk) -> int:
    """Read how many rooms came before; raises InvalidParam for a token of another walk."""
    if token is None:
        return 0
    try:
        skipped, *rest = orjson.loads(
            base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError, TypeError):
        raise InvalidParam("from is no token of this walk") from None
    if rest != [walk.room_id, walk.suggested_only, walk.max_depth]:
        raise InvalidParam("suggested_only and max_depth must stay the same from page to page")
    if type(skipped) is not int or not 0 <= skipped <= MOST_ROOMS:
        raise InvalidParam("from is no token of this walk")
    return skipped
