"""Sync: what is new for a reader, gathered from every slice below (specification, "Syncing").

    routes.py    decodes the request          service.py   waits, then answers
    sessions.py  who is connected, what changed for whom     changes.py   what to look at
    answer.py    the making of one answer     joined.py, other_rooms.py, personal.py   its parts
    timeline.py, room_state.py   a room's newest events and its state at a position

    encryption.py, device_lists.py               what belongs to the asking device: messages, keys, whose keys changed

Owns no data and no tables; refuses to write.
"""

from teahouse.sync import routes, routes_device_lists
from teahouse.sync.service import Sync

ROUTES = [*routes.ROUTES, *routes_device_lists.ROUTES]

__all__ = ["ROUTES", "Sync"]
