"""Entities that only those who moderate get."""

import msgspec

from teahouse.microblog.entities.instance import Rule
from teahouse.microblog.entities.people import Account, Role, Tag
from teahouse.microblog.entities.statuses import Status


class AdminTag(Tag, kw_only=True):
    """A tag as moderators see it: everybody may use each, and each may trend."""

    trendable: bool = True
    usable: bool = True
    requires_review: bool = False


class AdminIp(msgspec.Struct):
    ip: str
    used_at: str


class AdminAccount(msgspec.Struct, kw_only=True):
    """An account with what its user adds. `email` is empty: the server keeps none; nothing waits for approval."""

    id: str
    username: str
    domain: str | None = None
    created_at: str
    email: str = ""
    ip: str | None
    role: Role
    confirmed: bool = True
    suspended: bool
    silenced: bool
    disabled: bool
    sensitized: bool
    approved: bool = True
    locale: str | None = None
    invite_request: str | None = None
    ips: list[AdminIp]
    account: Account


class AdminReport(msgspec.Struct, kw_only=True):
    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool = False
    created_at: str
    updated_at: str
    account: AdminAccount
    target_account: AdminAccount
    assigned_account: AdminAccount | None
    action_taken_by_account: AdminAccount | None
    statuses: list[Status]
    rules: list[Rule]
