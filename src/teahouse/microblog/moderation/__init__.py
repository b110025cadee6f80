"""What operators decide about accounts and posts: never in silence, and never without an entry in the public log.

    decisions.py   THE ONE DOOR: whatever restrains somebody or takes something away writes its decision there, in the
                   write that does it. It closes the report, writes the log's entry, keeps the row with its reason
                   and tells whoever it concerns.
    files.py       what operators decide about files
    holds.py       the restraints of accounts;  orders.py  what administrators decide from their apps
    moderation.py  what operators may decide, and appeals: whoever it concerns may appeal once

A further way to act upon an account: in the write that does it, `await moderation.door.decide(tx, Decided(...))`.
tests/trust/test_no_entry_no_action.py walks every function of Moderation, and wants a row for a new one.
A further kind of action: a line in `decisions.LOGGED`, and if the log has no word for it one in trust/entries.py.

Table account_warnings. Who acts is the command line, and whoever may call the operators' routes.
"""

from teahouse.microblog.moderation.decisions import DISABLE, LIMIT, SENSITIVE, SUSPEND, Decided, Decisions
from teahouse.microblog.moderation.moderation import Appeal, Moderation
from teahouse.microblog.moderation.orders import Order, Orders

__all__ = [
    "DISABLE",
    "LIMIT",
    "SENSITIVE",
    "SUSPEND",
    "Appeal",
    "Decided",
    "Decisions",
    "Moderation",
    "Order",
    "Orders",
]
