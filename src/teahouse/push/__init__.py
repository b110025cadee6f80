"""Push: what an event does for each reader, and the notifications that reach phones.

Owns push rules, unread counts, pushers and their delivery to push gateways (client-server API, "Push
Notifications"; push gateway API), and the tables push_rules, pushers and push_dispatch. `rules/` judges,
`unread/` counts, `delivery/` tells. Refuses to take part in sending: it learns of events after their commit,
and a counted event costs no row a reader.
"""

from teahouse.push import routes_pushers, routes_rules
from teahouse.push.rules.default_verdict import DefaultVerdict, default_verdict
from teahouse.push.service import Push
from teahouse.push.unread.counts import UnreadCounts
from teahouse.push.unread.load import Unread

ROUTES: list[object] = [*routes_rules.ROUTES, *routes_pushers.ROUTES]

__all__ = ["ROUTES", "DefaultVerdict", "Push", "Unread", "UnreadCounts", "default_verdict"]
