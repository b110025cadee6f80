"""Typed rows of notifications."""

from dataclasses import dataclass

KINDS = (
    "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote", "quoted_update",
    "moderation_warning", "severed_relationships", "admin.sign_up", "admin.report",
)  # fmt: skip
"""Every kind that the API knows; those beyond the first eleven are not made here, but may be asked for."""
WARNING = "moderation_warning"
"""What operators decided: instead of a post's id such a notification has the decision's."""
GROUPED = ("favourite", "follow", "reblog")
GROUP_MS = 12 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """One notification; `status_id` is 0 where no post is meant."""

    id: int
    account_id: int
    kind: str
    actor_id: int
    status_id: int
    group_key: str
    filtered: int


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A stranger whose notifications wait."""

    account_id: int
    from_id: int
    id: int
    last_status_id: int
    waiting: int
    updated_ts: int


def group_key(kind: str, status_id: int, now_ms: int, number: int) -> str:
    """Give the key of the group in which a notification is shown; most have a group of their own."""
    if kind not in GROUPED:
        return f"ungrouped-{number}"
    about = f"-{status_id}" if status_id else ""
    return f"{kind}{about}-{now_ms // GROUP_MS}"
