"""Entities about notifications, one by one and in groups, and about strangers who wait."""

import msgspec
from msgspec import UNSET, UnsetType

from teahouse.microblog.entities.house import AccountWarning
from teahouse.microblog.entities.people import Account
from teahouse.microblog.entities.statuses import Status


class Notification(msgspec.Struct, kw_only=True):
    id: str
    type: str
    created_at: str
    group_key: str
    account: Account
    status: Status | UnsetType = UNSET
    filtered: bool | UnsetType = UNSET
    moderation_warning: AccountWarning | UnsetType = UNSET


class NotificationGroup(msgspec.Struct, kw_only=True):
    group_key: str
    notifications_count: int
    type: str
    most_recent_notification_id: int
    page_min_id: str | UnsetType = UNSET
    page_max_id: str | UnsetType = UNSET
    latest_page_notification_at: str | UnsetType = UNSET
    sample_account_ids: list[str]
    status_id: str | UnsetType = UNSET
    moderation_warning: AccountWarning | UnsetType = UNSET


class PartialAccount(msgspec.Struct):
    id: str
    acct: str
    url: str
    avatar: str
    avatar_static: str
    locked: bool
    bot: bool


class GroupedNotifications(msgspec.Struct, kw_only=True):
    accounts: list[Account]
    partial_accounts: list[PartialAccount] | UnsetType = UNSET
    statuses: list[Status]
    notification_groups: list[NotificationGroup]


class NotificationRequest(msgspec.Struct, kw_only=True):
    id: str
    created_at: str
    updated_at: str
    notifications_count: str
    account: Account
    last_status: Status | None


class PolicySummary(msgspec.Struct):
    pending_requests_count: int
    pending_notifications_count: int


class NotificationPolicy(msgspec.Struct, kw_only=True):
    for_not_following: str
    for_not_followers: str
    for_new_accounts: str
    for_private_mentions: str
    for_limited_accounts: str
    summary: PolicySummary


class OldNotificationPolicy(msgspec.Struct, kw_only=True):
    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: PolicySummary


class UnreadCount(msgspec.Struct):
    count: int


class Merged(msgspec.Struct):
    merged: bool
