"""Writes answers in both forms: the one that apps read today, and MSC4186 as it was accepted.

The accepted form has other names for some fields, tells the membership and the lists of a room, and leaves the
unread counts out, which apps work out themselves.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from teahouse.sync.sliding.room_result import RoomResult, Unchanged


def answer_json(
    pos: str,
    counts: Mapping[str, int],
    rooms: Mapping[str, bytes],
    extensions: Mapping[str, bytes],
    txn_id: str = "",
) -> bytes:
    """Give a whole answer; rooms and extensions come as JSON by name."""
    lists = orjson.dumps({name: {"count": count} for name, count in counts.items()})
    return b'{"pos":%b%b,"lists":%b,"rooms":%b,"extensions":%b}' % (
        orjson.dumps(pos),
        b',"txn_id":' + orjson.dumps(txn_id) if txn_id else b"",
        lists,
        _object(rooms),
        _object(extensions),
    )


def _object(members: Mapping[str, bytes]) -> bytes:
    return b"{%b}" % b",".join([orjson.dumps(name) + b":" + value for name, value in members.items()])


def room_json(room: RoomResult, *, is_stable: bool) -> bytes:
    """Give what is told of a room."""
    shown = _common(room)
    if is_stable:
        shown["membership"] = room.membership
        if room.lists:
            shown["lists"] = room.lists
    elif room.unread is not None:
        shown["notification_count"], shown["highlight_count"] = room.unread
    if room.stripped is not None:
        shown["stripped_state" if is_stable else "invite_state"] = room.stripped
    if room.expanded:
        shown["expanded_timeline" if is_stable else "unstable_expanded_timeline"] = True
    parts = [orjson.dumps(shown)[:-1]]
    if room.state:
        parts.append(b'"required_state":[%b]' % b",".join(room.state))
    if room.timeline is not None:
        name = b"timeline_events" if is_stable else b"timeline"
        parts.append(b'"%b":[%b]' % (name, b",".join(room.timeline)))
    return b",".join(parts) + b"}"


def _common(room: RoomResult) -> dict[str, Any]:
    shown: dict[str, Any] = {"is_dm": room.is_dm}
    if room.initial:
        shown["initial"] = True
    for key, value in (("name", room.name), ("avatar", room.avatar)):
        # With `initial` what is not there is not set.
        if not isinstance(value, Unchanged) and not (room.initial and value is None):
            shown[key] = value
    for key, found in (
        ("heroes", room.heroes),
        ("joined_count", room.joined_count),
        ("invited_count", room.invited_count),
        ("bump_stamp", room.bump_stamp),
    ):
        if found is not None:
            shown[key] = found
    if room.timeline is not None:
        shown |= {"limited": room.limited, "num_live": room.num_live}
        if room.prev_batch is not None:
            shown["prev_batch"] = room.prev_batch
    return shown
