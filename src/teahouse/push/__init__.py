"""Push: what an event does for each reader, and the notifications that reach phones.

Owns push rules (client-server API, "Push Notifications"), pushers and their delivery to push gateways.
`glob`, `conditions`, `rules`, `default_rules`,
`default_verdict`, `ruleset` and `deviations`
are pure. Refuses to
take part in sending: it learns of events after their commit.
"""

from teahouse.push.conditions import EventView, RoomContext
from teahouse.push.default_rules import default_rules
from teahouse.push.default_verdict import DefaultVerdict, default_verdict
from teahouse.push.rules import Actions, CompiledRules

__all__ = [
    "Actions",
    "CompiledRules",
    "DefaultVerdict",
    "EventView",
    "RoomContext",
    "default_rules",
    "default_verdict",
]
