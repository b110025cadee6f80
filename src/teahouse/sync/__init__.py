"""Sync: what is new for a reader, gathered from every slice below (specification, "Syncing").

    routes.py    decodes the request          service.py   waits, then answers
    sessions.py  who is connected, what changed for whom     changes.py   what to look at
    answer.py    the making of one answer     joined.py, other_rooms.py, personal.py   its parts
    timeline.py, room_state.py   a room's newest events and its state at a position

Owns no data and no tables; refuses to write.
"""

from teahouse.sync.routes import ROUTES
from teahouse.sync.service import Sync

__all__ = ["ROUTES", "Sync"]
