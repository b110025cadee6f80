"""Sync: what is new for a reader, gathered from every slice below (specification, "Syncing").

    routes.py    decodes the request          service.py   waits, then answers
    sessions.py  who is connected, what changed for whom     changes.py   what to look at
    answer.py    the making of one answer     joined.py, other_rooms.py, personal.py   its parts
    timeline.py, room_state.py   a room's newest events and its state at a position

    sliding/   sliding sync: the same told by lists of the newest rooms
    encryption.py, device_lists.py               what belongs to the asking device: messages, keys, whose keys changed

Owns no data and no tables; refuses to write.
"""

from teahouse.sync import routes, routes_device_lists
from teahouse.sync.service import Sync
from teahouse.sync.sliding import routes as sliding_routes
from teahouse.sync.sliding.service import SlidingSync

ROUTES = [*routes.ROUTES, *routes_device_lists.ROUTES, *sliding_routes.ROUTES]

__all__ = ["ROUTES", "SlidingSync", "Sync"]
