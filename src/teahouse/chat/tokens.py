"""Tokens of a room's history: a place between two events, opaque to clients.

A token names the place right after a position of the one stream, so that it stays good over restarts, and a
token of /sync, also of sliding sync, is a place in every room.
"""

import re

from teahouse.errors import InvalidParam

_TOKEN = re.compile(r"(?:t|s1_)(\d{1,18})(?:_\d{1,18}_[0-9a-f]{8})?(?:\.[0-9a-z]{1,40})?")


def room_token(position: int) -> str:
    """Give the token of the place right after `position`."""
    return f"t{max(position, 0)}"


def parse_room_token(text: str, newest: int) -> int:
    """Give the position that a token stands behind.

    Raises InvalidParam for what is no token of ours: also for a place beyond `newest`, the newest position.
    """
    match = _TOKEN.fullmatch(text)
    position = int(match[1]) if match is not None else newest + 1
    if position > newest:
        raise InvalidParam("Unknown pagination token")
    return position
