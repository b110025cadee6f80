"""Whether a notification is told, waits among the requests, or is dropped. Pure.

The first class that somebody falls into with the sternest wish decides. Who is followed, or was let through, is never
held back, and so is not asked about here.
"""

from dataclasses import dataclass

ACCEPT, FILTER, DROP = "accept", "filter", "drop"
WISHES = (ACCEPT, FILTER, DROP)
NEW_MS = 30 * 24 * 3600 * 1000
RECENT_FOLLOWER_MS = 3 * 24 * 3600 * 1000
NEVER_HELD = frozenset(("poll", "update", "quoted_update"))


@dataclass(frozen=True, slots=True)
class Policy:
    """What somebody wishes for each class of strangers."""

    for_not_following: str = ACCEPT
    for_not_followers: str = ACCEPT
    for_new_accounts: str = FILTER
    for_private_mentions: str = FILTER
    for_limited_accounts: str = FILTER


@dataclass(frozen=True, slots=True)
class Sender:
    """What decides about a sender, as the receiver stands to them."""

    follows_since_ms: int | None
    age_ms: int
    receiver_age_ms: int
    is_private: bool
    answers_receiver: bool
    is_limited: bool


def verdict(policy: Policy, kind: str, sender: Sender, now_ms: int) -> str:
    """Give `accept`, `filter` or `drop` for somebody who is neither followed nor was let through."""
    if kind in NEVER_HELD:
        return ACCEPT
    wishes = [policy.for_not_following]
    if sender.follows_since_ms is None or now_ms - sender.follows_since_ms < RECENT_FOLLOWER_MS:
        wishes.append(policy.for_not_followers)
    # Among newcomers nobody is a stranger for being new: a young community would hear nothing.
    if sender.age_ms < NEW_MS <= sender.receiver_age_ms:
        wishes.append(policy.for_new_accounts)
    if sender.is_private and not sender.answers_receiver:
        wishes.append(policy.for_private_mentions)
    if sender.is_limited:
        wishes.append(policy.for_limited_accounts)
    return max(wishes, key=WISHES.index)
