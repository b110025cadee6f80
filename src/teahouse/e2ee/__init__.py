"""End-to-end encryption: the server stores and orders what devices tell each other, and never sees content.

    service.py         the door: wires the capabilities
    keys.py            device keys, one-time keys, fallback keys
    cross_signing.py   a user's own keys, and signatures; all are checked
    inbox.py           to-device messages until they are acknowledged;  inbox_memory.py
    dehydrated.py      the one locked device that waits for its user's next
    backups.py         server-side key backup
    changes.py         who may know that somebody's keys changed;  device_cache.py  forms.py
    store_*.py  all SQL;  routes_*.py  the wire

Announces the facts device_list (user_id: whose, or the only reader; body: the changed user and his encrypted
rooms), to_device and one_time_keys. Sync makes device lists of the changes and hands the messages out. Refuses
to know rooms: app.py tells it which encrypted rooms a user is in.
"""

from teahouse.e2ee import routes_backups, routes_dehydrated, routes_keys
from teahouse.e2ee.service import Encryption
from teahouse.e2ee.store_keys import forget_one_time_keys

ROUTES = [*routes_keys.ROUTES, *routes_backups.ROUTES, *routes_dehydrated.ROUTES]

__all__ = ["ROUTES", "Encryption", "forget_one_time_keys"]
